"""A refusal is on the disk when it is given, and holds until its consent is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.ports.recording_permission import RecordingPermission
from experiment.protocol.plan import Clause, Consent, Step
from experiment.record.consent.at_start import consent_at_start
from experiment.record.journal import read_journal
from experiment.screens.screen import Screen
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import Run, run_script

FILM = Clause("film", "Film me?", required=False, recording=True, sha256="film")
SHOW = Clause("show", "Show me?", required=False, sha256="show")
PART = Clause("part", "Take part?", sha256="part")
FIRST = Consent("first", "first", "", "Text", (PART, FILM))
CLOSED = {"Pause": "q", "End the session": "y"}


def steps_of(folder: Path, *consents: Consent) -> tuple[Step, ...]:
    """A consent before each trial."""
    targets = make_targets(folder / "targets")
    trials = [make_trial(targets[number], number) for number in range(len(consents))]
    return tuple(step for pair in zip(consents, trials, strict=True) for step in pair)


def answering(tmp_path: Path, steps: tuple[Step, ...], answers: dict[str, str | list[str]], **more: Any) -> Run:
    """Answer by the words on the screen; a list is used up answer by answer."""
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        text = texts_of(screen)
        for words, keys in (CLOSED | answers).items():
            if words in text:
                keyboards[0].press(keys if isinstance(keys, str) else keys.pop(0), flip.time_s + 0.1)
                return True
        return False

    return run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards, **more)


def permissions(done: Run) -> list[tuple[str, str]]:
    return [(data["state"], data["source"]) for event, data in done.events if event == "recording-permission"]


def other_session(tmp_path: Path) -> tuple[str, str]:
    """State and source of another session of the participant, whose protocol asks for nothing."""
    targets = make_targets(tmp_path / "targets")
    plan = make_plan(tmp_path, (make_trial(targets[0], 0),), session="other")
    found = consent_at_start(plan, tmp_path / "data")
    return found.state, found.source


def test_after_a_declined_second_consent_nothing_is_filmed_until_it_is_agreed_to(tmp_path: Path) -> None:
    again = Consent("again", "again", "", "Text", (Clause("go", "Keep going?", sha256="go"),))
    steps = steps_of(tmp_path, FIRST, again)
    declined = answering(tmp_path, steps, {"Take part": "y", "Film me": "y", "Keep going": "n"})

    at_start = consent_at_start(make_plan(tmp_path, steps), tmp_path / "data")
    resumed = answering(tmp_path, steps, {"Keep going": "y"}, resume=True)

    assert declined.ending == "declined"
    assert (at_start.state, at_start.source) == ("pending", "again")
    assert permissions(resumed)[-2:] == [("pending", "again"), ("granted", "first")]
    assert resumed.ending == "complete"
    assert len(resumed.trial(1).frames) > 0


def test_a_declined_consent_about_filming_is_pending_when_the_session_is_resumed(tmp_path: Path) -> None:
    again = Consent("again", "again", "", "Text", (Clause("go", "Film on?", recording=True, sha256="go"),))
    steps = steps_of(tmp_path, FIRST, again)
    answering(tmp_path, steps, {"Take part": "y", "Film me": "y", "Film on": "n"})

    half = answering(tmp_path, steps, {"Film on": ["escape"]}, resume=True)
    resumed = answering(tmp_path, steps, {"Film on": "y"}, resume=True)

    assert permissions(half)[-1] == ("pending", "again")
    assert permissions(resumed)[-2:] == [("pending", "again"), ("granted", "again")]


@pytest.mark.parametrize(("clauses", "refused"), [((FILM, SHOW), "Film me"), ((PART, SHOW), "Take part")])
def test_a_refusal_is_on_the_disk_before_the_next_question(
    clauses: tuple[Clause, ...], refused: str, tmp_path: Path
) -> None:
    """After the first refusal of a required clause, the same question follows."""
    steps = steps_of(tmp_path, Consent("first", "first", "", "Text", clauses))
    keyboards: list[SimulatedKeyboard] = []
    journal = tmp_path / "data/sourcedata/sub-01/journal.jsonl"
    found: list[tuple[str, bool]] = []

    def script(screen: Screen, flip: Flip) -> bool:
        text = texts_of(screen)
        lines = [entry.data for entry in read_journal(journal).entries if entry.event == "clause"]
        if lines:
            found.extend((line["facts"]["id"], line["agreed"]) for line in lines)
            raise KeyboardInterrupt
        if refused in text:
            keyboards[0].press("n", flip.time_s + 0.1)
        return refused in text

    with pytest.raises(KeyboardInterrupt):
        run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards)

    assert found == [(clauses[0].id, False)]
    assert other_session(tmp_path) == ("refused", "sub-01")


def test_a_refusal_before_the_session_was_ended_holds_elsewhere_and_is_asked_again(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, Consent("first", "first", "", "Text", (FILM, SHOW)))
    ended = answering(tmp_path, steps, {"Film me": "n", "Show me": "escape"})

    elsewhere = other_session(tmp_path)
    resumed = answering(tmp_path, steps, {"Film me": "y", "Show me": "y"}, resume=True)

    assert ended.ending == "ended"
    assert elsewhere == ("refused", "sub-01")
    assert len(resumed.trial(0).frames) > 0
    assert other_session(tmp_path) == ("granted", "sub-01")


def test_agreements_of_a_consent_that_was_not_completed_do_not_count(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, Consent("first", "first", "", "Text", (FILM, SHOW)))
    answering(tmp_path, steps, {"Film me": "y", "Show me": "escape"})

    assert other_session(tmp_path) == ("refused", "sub-01")


def test_a_refusal_stops_filming_before_its_consent_is_complete(tmp_path: Path) -> None:
    """Filmed since the first consent; refused and paused in the second one, then agreed to."""
    again = Consent("again", "again", "", "Text", (Clause("on", "Film on?", required=False, recording=True), SHOW))
    done = answering(
        tmp_path,
        steps_of(tmp_path, FIRST, again),
        {"Take part": "y", "Film me": "y", "Film on": ["n", "y"], "Show me": ["escape", "y"], "Pause": "space"},
    )

    assert permissions(done) == [("pending", ""), ("granted", "first"), ("pending", "again"), ("granted", "again")]
    assert done.ending == "complete"


def test_a_declined_consent_keeps_all_its_answers(tmp_path: Path) -> None:
    consent = Consent("first", "first", "", "Text", (FILM, SHOW, PART))
    done = answering(tmp_path, steps_of(tmp_path, consent), {"Film me": "y", "Show me": "n", "Take part": "n"})

    given = [(one.question, one.answer) for one in done.history.answers]
    table = next((tmp_path / "data").rglob("*_beh.tsv")).read_text().splitlines()

    assert given == [("film", "yes"), ("show", "no"), ("part", "no")]
    assert len(table) == 4
    assert done.history.kept == []


def test_a_suspended_permission_comes_back_only_when_every_consent_is_settled() -> None:
    permission = RecordingPermission("granted", "first")
    permission.suspend(source="second")
    permission.suspend(source="third")
    permission.settle(1.0, source="second")
    pending = permission.state
    permission.settle(2.0, source="third")

    assert pending == "pending"
    assert (permission.state, permission.source) == ("granted", "first")
    assert (permission.covers(1.5), permission.covers(2.0)) == (False, True)


def test_a_refused_permission_does_not_come_back() -> None:
    permission = RecordingPermission("granted", "first")
    permission.refuse(source="second")
    permission.suspend(source="third")
    permission.settle(1.0, source="third")
    permission.grant(1.0, source="third")

    assert permission.state == "refused"

"""An agreement counts for the person, the words and the filming it was given for."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Consent, SessionPlan
from experiment.protocol.planner import design
from experiment.record.consent import consent_at_start
from experiment.record.errors import RecordError
from experiment.screens.screen import Screen
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_targets
from tests.experiment.session.simulated_run import Run, run

PROTOCOL = """
protocol: 1
name: two-sessions
sessions: [pre, post]
targets: {{anger: {{image: targets/anger.png}}}}
timing: {{fixation: 6 frames, target: until-response, timeout: 2 s, inter_trial: 6 frames}}
blocks:
  - name: agreement
    kind: consent
    sessions: [pre]
    when_missing: {when_missing}
    text: Please read this.
    clauses:
      - {{id: part, about: participation, text: I take part.}}
      - {{id: film, about: recording, required: false, text: {words}}}
  - {{name: faces, kind: experiment, trials: [anger]}}
"""


def plan_of(
    folder: Path, session: str, *, participant: str = "01", when_missing: str = "ask", words: str = "Film me."
) -> SessionPlan:
    make_targets(folder / "targets", ("anger",))
    file = folder / "protocol.yaml"
    file.write_text(PROTOCOL.format(when_missing=when_missing, words=words))
    return design(load_protocol(file), participant=participant, session=session)


def run_with(plan: SessionPlan, folder: Path, *, part: str = "y", film: str = "y") -> Run:
    keyboards: list = []  # type: ignore[type-arg]

    def script(screen: Screen, flip: object) -> bool:
        text = texts_of(screen)
        key = part if "I take part." in text else film if "Film" in text else ""
        if key:
            keyboards[0].press(key, flip.time_s + 0.1)  # type: ignore[attr-defined]
        return bool(key)

    return run(plan, folder / "data", on_screen=script, keyboards=keyboards)


def asks(plan: SessionPlan) -> bool:
    return any(isinstance(step, Consent) for step in plan.steps)


def frames(done: Run) -> int:
    return len(list(done.history.place.source.rglob("*.png")))


def test_the_second_session_needs_no_consent_after_an_agreement_in_the_first(tmp_path: Path) -> None:
    run_with(plan_of(tmp_path, "pre"), tmp_path)

    found = consent_at_start(plan_of(tmp_path, "post"), tmp_path / "data")
    done = run_with(plan_of(tmp_path, "post"), tmp_path)

    assert not asks(found.plan)
    assert (found.state, found.source, found.missing) == ("granted", "sub-01_ses-pre", ())
    assert done.history.clause_answers == []
    assert frames(done) > 0


def test_a_participant_without_agreement_is_asked_in_the_second_session(tmp_path: Path) -> None:
    """The id was mistyped, or the first session is in another data set."""
    run_with(plan_of(tmp_path, "pre", participant="01"), tmp_path)

    found = consent_at_start(plan_of(tmp_path, "post", participant="10"), tmp_path / "data")
    done = run_with(plan_of(tmp_path, "post", participant="10"), tmp_path, part="n")

    assert (found.state, found.missing) == ("pending", ("agreement",))
    assert done.ending == "declined"
    assert frames(done) == 0


def test_a_protocol_can_refuse_a_participant_without_agreement(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"01 has no recorded agreement to `agreement`.*check the id"):
        consent_at_start(plan_of(tmp_path, "post", when_missing="refuse"), tmp_path / "data")

    run_with(plan_of(tmp_path, "pre", when_missing="refuse"), tmp_path)
    found = consent_at_start(plan_of(tmp_path, "post", when_missing="refuse"), tmp_path / "data")

    assert found.state == "granted"


def test_an_agreement_to_other_words_does_not_count(tmp_path: Path) -> None:
    run_with(plan_of(tmp_path, "pre"), tmp_path)

    changed = consent_at_start(plan_of(tmp_path, "post", words="Film and publish me."), tmp_path / "data")
    same = consent_at_start(plan_of(tmp_path, "post", words="'Film me.'"), tmp_path / "data")

    assert (changed.state, changed.missing) == ("pending", ("agreement",))
    assert same.missing == ()


def test_a_refusal_to_be_filmed_holds_in_the_next_session(tmp_path: Path) -> None:
    run_with(plan_of(tmp_path, "pre"), tmp_path, film="n")

    found = consent_at_start(plan_of(tmp_path, "post"), tmp_path / "data")
    done = run_with(plan_of(tmp_path, "post"), tmp_path)

    assert (found.state, found.source) == ("refused", "sub-01_ses-pre")
    assert frames(done) == 0
    assert done.trial(0).problem == "recording-refused"


def test_a_consent_that_was_declined_is_asked_again(tmp_path: Path) -> None:
    declined = run_with(plan_of(tmp_path, "pre"), tmp_path, part="n")

    found = consent_at_start(plan_of(tmp_path, "post"), tmp_path / "data")

    assert declined.history.declined is not None
    assert (found.state, found.missing) == ("pending", ("agreement",))


def test_the_consent_of_a_later_session_is_not_needed(tmp_path: Path) -> None:
    file = tmp_path / "protocol.yaml"
    make_targets(tmp_path / "targets", ("anger",))
    file.write_text(PROTOCOL.format(when_missing="ask", words="Film me.").replace("[pre]\n", "[post]\n"))

    plan = design(load_protocol(file), participant="01", session="pre")

    assert not asks(plan)

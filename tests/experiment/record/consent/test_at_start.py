"""An agreement counts for the person, the words and the filming it was given for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Consent, SessionPlan
from experiment.protocol.planner import design
from experiment.record.consent.at_start import consent_at_start, filming_state
from experiment.record.consent.evidence import Evidence
from experiment.record.errors import RecordError
from experiment.record.history import ClauseAnswer
from experiment.record.journal_lines import ClauseFacts
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


def test_an_agreement_after_other_information_does_not_count(tmp_path: Path) -> None:
    """The clauses are the same; the page before them says more."""
    run_with(plan_of(tmp_path, "pre"), tmp_path)
    file = tmp_path / "protocol.yaml"
    plan_of(tmp_path, "post")
    file.write_text(file.read_text().replace("Please read this.", "Please read this. The films are published."))

    plan = design(load_protocol(file), participant="01", session="post")

    assert consent_at_start(plan, tmp_path / "data").missing == ("agreement",)


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
    text = PROTOCOL.format(when_missing="ask", words="Film me.").replace("[pre]\n", "[post]\n")
    text = text.replace("kind: experiment, ", "kind: experiment, sessions: [post], ")
    file.write_text(text + "  - {name: hello, kind: instructions, text: Hello.}\n")

    plan = design(load_protocol(file), participant="01", session="pre")

    assert not asks(plan)


def test_an_agreement_in_a_renamed_folder_or_an_edited_journal_does_not_count(tmp_path: Path) -> None:
    done = run_with(plan_of(tmp_path, "pre", participant="02"), tmp_path)
    source = tmp_path / "data" / "sourcedata"
    shutil.copytree(source / "sub-02", source / "sub-01")

    renamed = consent_at_start(plan_of(tmp_path, "post", participant="01"), tmp_path / "data")
    journal = done.history.place.journal
    journal.write_text(journal.read_text().replace('"part":"yes"', '"part":"yes" '))
    edited = consent_at_start(plan_of(tmp_path, "post", participant="02"), tmp_path / "data")

    assert (renamed.state, renamed.missing) == ("pending", ("agreement",))
    assert (edited.state, edited.missing) == ("pending", ("agreement",))


def test_a_refusal_that_was_edited_into_an_agreement_does_not_count(tmp_path: Path) -> None:
    done = run_with(plan_of(tmp_path, "pre"), tmp_path, film="n")
    journal = done.history.place.journal
    journal.write_text(journal.read_text().replace('"film":"no"', '"film":"yes"'))

    found = consent_at_start(plan_of(tmp_path, "post"), tmp_path / "data")

    assert (found.state, found.missing) == ("pending", ("agreement",))


def test_a_refusal_holds_after_resume_and_under_another_protocol(tmp_path: Path) -> None:
    """The other protocol does not ask for consent at all."""
    keyboards: list = []  # type: ignore[type-arg]

    def end_at_target(screen: Screen, flip: object) -> bool:
        text = texts_of(screen)
        keys = {"I take part.": "y", "Film": "n", "Pause": "q", "End the session": "y"}
        key = "escape" if screen.kind == "target" else next((key for words, key in keys.items() if words in text), "")
        if key:
            keyboards[0].press(key, flip.time_s + 0.1)  # type: ignore[attr-defined]
        return bool(key)

    plan = plan_of(tmp_path, "pre")
    ended = run(plan, tmp_path / "data", on_screen=end_at_target, keyboards=keyboards)
    resumed = run(plan, tmp_path / "data", resume=True)
    file = tmp_path / "other.yaml"
    text = PROTOCOL.format(when_missing="ask", words="Film me.")
    file.write_text(text[: text.index("blocks:")] + "blocks: [{name: faces, kind: experiment, trials: [anger]}]\n")
    other = consent_at_start(design(load_protocol(file), participant="01", session="post"), tmp_path / "data")

    assert (ended.ending, resumed.ending) == ("ended", "complete")
    assert frames(resumed) == 0
    assert (other.state, other.source) == ("refused", "sub-01_ses-pre")


def test_of_two_clauses_about_filming_one_refusal_is_enough(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "pre")
    (consent, *rest) = plan.steps
    assert isinstance(consent, Consent)
    second = replace(consent.clauses[1], id="show", text="Show me?", sha256="2")
    plan = replace(plan, steps=(replace(consent, clauses=(*consent.clauses, second)), *rest))
    keyboards: list = []  # type: ignore[type-arg]

    def script(screen: Screen, flip: object) -> bool:
        answers = {"I take part.": "y", "Film": "y", "Show me?": "n"}
        key = next((key for words, key in answers.items() if words in texts_of(screen)), "")
        if key:
            keyboards[0].press(key, flip.time_s + 0.1)  # type: ignore[attr-defined]
        return bool(key)

    done = run(plan, tmp_path / "data", on_screen=script, keyboards=keyboards)

    assert frames(done) == 0


def about_filming(given_s: float, session: str, *, step: str, agreed: bool) -> ClauseAnswer:
    return ClauseAnswer(given_s, session, step, agreed, ClauseFacts("film", "words", recording=True, required=False))


def test_a_refusal_in_another_session_counts_when_an_interrupted_session_is_resumed(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "pre")
    own = about_filming(10.0, "sub-01_ses-pre", step="agreement", agreed=True)
    refusal = about_filming(20.0, "sub-01_ses-mid", step="agreement", agreed=False)

    withdrawn = filming_state(plan, Evidence((own,), (refusal,)))
    replaced = filming_state(plan, Evidence((own,), (replace(refusal, given_s=5.0),)))

    assert (withdrawn.state, withdrawn.source) == ("refused", "sub-01_ses-mid")
    assert (replaced.state, replaced.source) == ("granted", "agreement")


def test_of_two_consents_in_an_earlier_session_one_refusal_is_enough(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "post")
    plan = replace(plan, steps=tuple(step for step in plan.steps if not isinstance(step, Consent)))
    first = about_filming(10.0, "sub-01_ses-pre", step="agreement", agreed=False)
    second = about_filming(20.0, "sub-01_ses-pre", step="again", agreed=True)

    refused = filming_state(plan, Evidence((), (first, second)))
    granted = filming_state(plan, Evidence((), (replace(first, agreed=True), second)))

    assert (refused.state, refused.source) == ("refused", "sub-01_ses-pre")
    assert (granted.state, granted.source) == ("granted", "sub-01_ses-pre")

"""Sentences between steps: where a session continues, why a part is repeated, the result of a training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.ports.display import Flip
from experiment.protocol.plan import Break, Criterion, Feedback, Form, Page, Question, SessionPlan, Step, Trial
from experiment.protocol.trials.criterion import Outcome
from experiment.screens.screen import Picture, Screen, Text
from experiment.screens.step_screens import notice as notice_screen
from experiment.screens.style import Style
from experiment.session.notices import face_results, notice_after, resume_sentence
from tests.experiment.devices import texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import run, run_script


def level(tmp_path: Path, *, feedback: Feedback | None = None, similarity: float | None = 0.8) -> SessionPlan:
    """Two rounds of two training trials, then a page."""
    targets = make_targets(tmp_path / "targets")
    trials = tuple(
        make_trial(targets[n % 2], n, kind="training", feedback=feedback, round=1 + n // 2) for n in range(4)
    )
    steps: tuple[Step, ...] = (*trials, Page("bye", "bye", "", "Bye"))
    return make_plan(tmp_path, steps, criteria={"mimicry": Criterion("mimicry", 2, 1.0, similarity)})


def notice(plan: SessionPlan, number: int, following: int | None, similarities: tuple[float | None, ...]) -> str:
    outcomes = {f"trial-{n:02d}": Outcome(one is not None, one) for n, one in enumerate(similarities)}
    trial = plan.steps[number]
    assert isinstance(trial, Trial)
    step = None if following is None else plan.steps[following]
    return notice_after(Style.of(plan), plan, trial, step, outcomes=outcomes)


def test_a_repeated_level_says_which_similarity_is_needed(tmp_path: Path) -> None:
    plan = level(tmp_path, feedback=Feedback())

    assert notice(plan, 0, 1, (0.9, 0.5)) == ""
    assert notice(plan, 1, 2, (0.9, 0.5)) == "Your mean similarity was 70. 80 is needed, so this part is repeated."
    assert "was 79. 80 is needed" in notice(plan, 1, 2, (0.799, 0.799))


def test_a_repeated_level_without_answers_says_how_many_came_in_time(tmp_path: Path) -> None:
    plan = level(tmp_path, feedback=Feedback())

    assert notice(plan, 1, 2, (0.9, None)) == "1 of 2 answers were in time. This part is repeated."


def test_without_a_gauge_no_similarity_is_shown(tmp_path: Path) -> None:
    plan = level(tmp_path, feedback=Feedback(gauge=False))

    assert notice(plan, 1, 2, (0.9, 0.5)) == "This part is repeated."
    assert notice(plan, 3, 4, (0.9, 0.5, 0.9, 0.9)) == ""


@pytest.mark.parametrize(
    ("needed", "similarity", "sentence"),
    [
        (0.8, 0.9, "This part is complete. Your mean similarity was 90; 80 was needed."),
        (0.8, 0.7, "This part is over. Your mean similarity was 70; 80 was the aim."),
        (None, 0.7, "This part is complete. Your mean similarity was 70."),
    ],
)
def test_a_finished_level_shows_its_result(
    tmp_path: Path, needed: float | None, similarity: float, sentence: str
) -> None:
    plan = level(tmp_path, feedback=Feedback(), similarity=needed)

    assert notice(plan, 3, 4, (0.1, 0.1, similarity, similarity)) == sentence
    assert notice(plan, 3, None, (0.1, 0.1, similarity, similarity)) == sentence


def test_a_notice_shows_the_result_of_each_face(tmp_path: Path) -> None:
    """The mean of its attempts in the round; a dash after time-outs alone."""
    plan = level(tmp_path, feedback=Feedback())
    trials = [step for step in plan.steps if isinstance(step, Trial)]
    outcomes = {"trial-00": Outcome(True, 0.9), "trial-01": Outcome(False), "trial-02": Outcome(True, 0.2)}
    pictures = [trials[0].target.image, trials[1].target.image]
    first = face_results(plan, trials[1], outcomes=outcomes)
    assert first == ((pictures[0], "90"), (pictures[1], "–"))
    assert face_results(plan, trials[3], outcomes=outcomes) == ((pictures[0], "20"), (pictures[1], "–"))
    twice = replace(plan, steps=(*plan.steps, replace(trials[0], id="more")))
    assert face_results(twice, trials[1], outcomes={**outcomes, "more": Outcome(True, 0.6)})[0][1] == "75"

    shown = notice_screen(Style.of(plan), "This part is repeated.", faces=first)
    assert [one.file for one in shown.elements if isinstance(one, Picture)] == pictures
    assert {"90", "–", "This part is repeated."} <= {one.text for one in shown.elements if isinstance(one, Text)}


def test_without_a_gauge_and_for_many_faces_there_are_no_results_of_faces(tmp_path: Path) -> None:
    hidden = level(tmp_path, feedback=Feedback(gauge=False))
    trial = hidden.steps[1]
    assert isinstance(trial, Trial)
    assert face_results(hidden, trial, outcomes={}) == ()

    many = [
        replace(trial, id=str(n), feedback=Feedback(), target=replace(trial.target, name=str(n))) for n in range(13)
    ]
    for count, shown in ((12, 12), (13, 0)):
        plan = replace(hidden, steps=tuple(many[:count]))
        assert len(face_results(plan, many[0], outcomes={})) == shown


def test_a_rest_within_a_block_is_not_its_end(tmp_path: Path) -> None:
    plan = level(tmp_path, feedback=Feedback(), similarity=None)
    rest = Break("rest", "mimicry", "Rest")
    trial = plan.steps[0]
    assert isinstance(trial, Trial)

    assert notice_after(Style.of(plan), plan, trial, rest, outcomes={}) == ""


def test_a_session_shows_the_reason_before_the_round_and_goes_on_with_space(tmp_path: Path) -> None:
    """The second target of the first round gets no answer."""
    plan, targets = level(tmp_path, similarity=None), 0
    shown: list[str] = []

    def script(screen: Screen, flip: Flip) -> bool:
        nonlocal targets
        shown.append(texts_of(screen))
        targets += screen.kind == "target"
        return targets == 2 and screen.kind == "target"

    done = run_script(plan, tmp_path, script, [])

    assert done.ending == "complete"
    assert len(done.history.trials) == 4
    reasons = [text for text in shown if "in time" in text]
    assert reasons == ["1 of 2 answers were in time. This part is repeated.\nPress SPACE to continue."]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "face 1 of 2"),
        (1, "face 2 of 2"),
        (2, "the repeated exercise"),
        (3, "the instructions"),
        (4, "questions to you"),
        (None, "the session ends now"),
    ],
)
def test_the_sentence_after_resume_names_the_step(tmp_path: Path, number: int | None, words: str) -> None:
    targets = make_targets(tmp_path / "targets")
    steps: tuple[Step, ...] = (
        *(make_trial(targets[n], n, round=1 + n // 2) for n in range(3)),
        Page("p", "p", "", "Text"),
        Form("f", "f", "", (Question("age", "Age?", "integer"),)),
    )
    plan = make_plan(tmp_path, steps)
    step = None if number is None else steps[number]

    assert words in resume_sentence(Style.of(plan), plan, step, has_open_questions=False)
    assert "a question about the last face" in resume_sentence(Style.of(plan), plan, step, has_open_questions=True)


def test_a_resumed_session_begins_with_that_sentence(tmp_path: Path) -> None:
    plan = make_plan(tmp_path)
    seen = 0

    def ending(screen: Screen, flip: Flip) -> bool:
        nonlocal seen
        seen += screen.kind == "target"
        if seen == 3:
            raise KeyboardInterrupt
        return False

    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path / "data", on_screen=ending)
    shown: list[str] = []

    def reading(screen: Screen, flip: Flip) -> bool:
        shown.append(texts_of(screen))
        return False

    done = run(plan, tmp_path / "data", resume=True, on_screen=reading)

    assert done.ending == "complete"
    assert shown[0] == "The session continues with face 3 of 6.\nPress SPACE to continue."

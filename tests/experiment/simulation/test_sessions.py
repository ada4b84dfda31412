"""Whole simulated sessions: every protocol ends, every run is the same."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.protocol.plan import Calibration, SessionPlan, Trial
from experiment.record.journal_lines import CameraTimesLine, read_lines
from experiment.simulation.truth import FILE, read_truth
from experiment.simulation.visitor import LearnedState
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import Fingerprints, Rehearsed, key_indices, plan_of, rehearse, small_person

PROTOCOLS = [
    ("facial_mimicry", None),
    ("facial_training", None),
    pytest.param("mimicry_intensity", None, marks=pytest.mark.slow),
    ("minimal", None),
    pytest.param("training_study", "pre", marks=pytest.mark.slow),
    ("training_study", "post"),
]


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def usual(model: FaceModel, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """The smallest protocol that ships, with the person of seed 1; tests only read it."""
    return rehearse(plan_of(PROJECT / "protocols" / "minimal.yaml"), tmp_path_factory.mktemp("usual") / "data", model)


def kept_frames(done: Rehearsed) -> dict[str, np.ndarray]:
    """Return every picture of a session by its path in the data set."""
    folder = done.place.frames
    return {str(file.relative_to(folder)): np.asarray(Image.open(file)) for file in sorted(folder.rglob("*.png"))}


def truth_of(done: Rehearsed) -> dict[int, dict[str, object]]:
    return {row["index"]: dict(row) for row in read_truth(done.place.source / FILE)}


@pytest.mark.parametrize(("name", "session"), PROTOCOLS)
def test_every_protocol_that_ships_runs_to_its_end(
    name: str, session: str | None, tmp_path: Path, model: FaceModel
) -> None:
    plan = plan_of(PROJECT / "protocols" / f"{name}.yaml", session=session)

    done = rehearse(plan, tmp_path / "data", model)

    assert done.ending == "complete"
    assert done.history.complete
    shown = {trial.id for trial in done.history.trials}
    needed = {step.id for step in plan.steps if isinstance(step, Trial) and step.block not in plan.criteria}
    assert needed <= shown
    assert {trial.outcome for trial in done.history.trials} == {"response"}
    calibrations = [step for step in plan.steps if isinstance(step, Calibration)]
    assert [len(one.frames) for one in done.history.calibrations] == [step.frames for step in calibrations]


def test_two_runs_with_the_same_seed_keep_the_same_frames_and_coefficients(
    usual: Rehearsed, tmp_path: Path, model: FaceModel
) -> None:
    # the display of the second run flips at other moments between the camera's frames
    second = rehearse(usual.plan, tmp_path / "second", model, start_s=1000.0071)

    frames, again = kept_frames(usual), kept_frames(second)
    assert list(frames) == list(again)
    assert len(frames) == 10 + 3 * (15 + 1 + 5)
    for name, picture in frames.items():
        assert np.array_equal(picture, again[name]), name
    assert kept_truth(usual) == kept_truth(second)


def kept_truth(done: Rehearsed) -> list[dict[str, object]]:
    """Return the true expressions of the kept frames."""
    truth = truth_of(done)
    rows = [truth[frame.index] for frame in done.history.frames()]
    return [{name: value for name, value in row.items() if name not in ("index", "time_s")} for row in rows]


def test_another_seed_gives_another_face_and_other_frames(usual: Rehearsed, tmp_path: Path, model: FaceModel) -> None:
    other = rehearse(usual.plan, tmp_path / "other", model, seed=2)

    assert kept_truth(usual) != kept_truth(other)
    frames, others = kept_frames(usual), kept_frames(other)
    assert not any(np.array_equal(frames[name], others[name]) for name in frames)


def test_the_true_expression_of_every_camera_frame_is_written(usual: Rehearsed) -> None:
    truth = truth_of(usual)
    times: dict[int, float] = {}
    for line in read_lines(usual.place.journal, CameraTimesLine):
        times |= dict(zip(line.index, line.captured_s, strict=True))
    assert set(times) <= set(truth)
    for index, time_s in times.items():
        assert truth[index]["time_s"] == pytest.approx(time_s, abs=2e-6)
    keys = key_indices(usual.place)
    assert {target: truth[index]["act"] for target, index in keys.items()} == {
        "happiness": "happiness-1",
        "anger": "anger-1",
        "surprise": "surprise-1",
    }
    happiness = truth[keys["happiness"]]["units"]
    assert isinstance(happiness, dict)
    assert happiness["mouthSmileLeft"] > 0.5


def test_the_key_is_pressed_at_the_time_of_a_frame(usual: Rehearsed) -> None:
    assert [trial.key_to_frame_ms for trial in usual.history.trials] == [0.0, 0.0, 0.0]


def test_a_face_without_ready_pictures_waits_and_then_does_the_same(
    usual: Rehearsed, tmp_path: Path, model: FaceModel
) -> None:
    late_run = rehearse(usual.plan, tmp_path / "late_run", model, pictures=Fingerprints(slow=60))

    assert late_run.ending == "complete"
    late = late_run.history.trials[0].response_time_s
    usual_s = usual.history.trials[0].response_time_s
    assert late is not None
    assert usual_s is not None
    assert late > usual_s + 0.9
    assert kept_truth(usual) == kept_truth(late_run)


def test_pictures_of_an_unused_imitation_are_not_shown_in_the_next_session(tmp_path: Path, model: FaceModel) -> None:
    def practice(session: str) -> SessionPlan:
        whole = plan_of(PROJECT / "protocols" / "training_study.yaml", session=session)
        return replace(
            whole, steps=tuple(step for step in whole.steps if isinstance(step, Trial) and step.block == "practice")
        )

    # three imitations are prepared, and the first one is sufficient
    learned, pictures = LearnedState.initial(small_person(1, model), model), Fingerprints()
    rehearse(practice("pre"), tmp_path / "pre", model, learned=learned, pictures=pictures)
    assert learned.imitations == {"smile": 1}
    learned.habit *= 0.5  # training between the sessions
    copied = deepcopy(learned)

    with_old_pictures = rehearse(practice("post"), tmp_path / "post", model, learned=learned, pictures=pictures)
    with_new_pictures = rehearse(practice("post"), tmp_path / "with_new_pictures", model, learned=copied)

    assert kept_truth(with_old_pictures) == kept_truth(with_new_pictures)
    frames, expected = kept_frames(with_old_pictures), kept_frames(with_new_pictures)
    assert list(frames) == list(expected)
    assert all(np.array_equal(frames[name], expected[name]) for name in frames)


def test_without_simulated_keys_an_expression_is_held_until_the_key_press(tmp_path: Path, model: FaceModel) -> None:
    plan = plan_of(PROJECT / "protocols" / "minimal.yaml")
    steps = tuple(replace(step, timeout_frames=600) for step in plan.steps if isinstance(step, Trial))[:1]
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    keyboard.press("space", clock.now() + 6.0)

    done = rehearse(
        replace(plan, steps=steps), tmp_path / "data", model, presses_keys=False, keyboard=keyboard, clock=clock
    )

    assert done.ending == "complete"
    (trial,) = done.history.trials
    assert trial.outcome == "response"
    truth = truth_of(done)
    (key,) = key_indices(done.place).values()
    assert truth[key]["act"] == f"{trial.target}-1"
    units = truth[key]["units"]
    assert isinstance(units, dict)
    assert max(units.values()) > 0.4
    rested = [row for index, row in truth.items() if index > key + 40]
    assert rested
    assert {row["act"] for row in rested} == {"rest"}

"""A simulated camera whose pictures take longer than the time between two frames."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.scene import HeadPose
from experiment.session.display_loop import STALE_FRAME_S
from experiment.simulation.face_schedule import FaceSchedule, FaceSequence, FaceState, SequenceFrame
from experiment.simulation.simulated_camera import FrameGrid, SimulatedCamera
from experiment.simulation.visitor import LearnedState, SimulatedVisitor
from tests.experiment.simulation.rehearsing import Fingerprints, small_person


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


class SlowClock:
    """A clock that also moves while a picture is prepared."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def now(self) -> float:
        return self.now_s

    def sleep_until(self, time_s: float) -> None:
        self.now_s = max(self.now_s, time_s)


def lateness(model: FaceModel, *, picture_s: float, frames: int = 200) -> tuple[list[int], list[float]]:
    """Return index and age in seconds of frames when they are read."""
    clock = SlowClock()

    def work(_index: int, _time_s: float, _moment: SequenceFrame) -> None:
        clock.now_s += picture_s

    pose = HeadPose(0.0, 0.0, 0.0, 0.0, 0.0, 540.0)
    rest = FaceState(np.zeros(len(model.bases["units"].names)), pose)
    pictures = Fingerprints()
    sequence = FaceSequence("rest", (rest,), (0,), loop_from=0)
    pictures.request(sequence)
    person = small_person(1, model)
    visitor = SimulatedVisitor(person, pictures, LearnedState.initial(person, model))
    camera = SimulatedCamera(visitor, FaceSchedule(sequence), FrameGrid(clock.now(), 30.0), clock=clock, on_frame=work)
    indices, ages = [], []
    for _ in range(frames):
        frame = camera.read()
        assert frame is not None
        indices.append(frame.index)
        ages.append(clock.now() - frame.captured_s)
    return indices, ages


def test_a_camera_in_time_loses_no_frame(model: FaceModel) -> None:
    indices, ages = lateness(model, picture_s=0.02)

    assert indices == list(range(200))
    assert max(ages) < 0.06


def test_a_camera_that_is_too_slow_loses_frames_and_still_counts_as_running(model: FaceModel) -> None:
    indices, ages = lateness(model, picture_s=0.05)

    assert max(ages) < STALE_FRAME_S, "a key press would find a camera that has stopped"
    assert sum(age < 0.2 for age in ages) > len(ages) / 4, "it catches up again and again"
    assert all(step > 0 for step in np.diff(indices))
    assert indices[-1] > 200

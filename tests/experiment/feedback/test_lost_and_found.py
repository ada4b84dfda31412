"""Clips of a drawn face that cannot be measured for a while: the screen says what to do, and goes on by itself.

Only the camera and the time are simulated: landmarks, fit, similarity and screens are real.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.face.arrays import ImageArray
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from experiment.clock import ManualClock
from experiment.feedback.controller import Training
from experiment.feedback.live_measurer import FaceMeasurer, TargetPictures
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.screens.screen import Screen, Text
from experiment.simulation.person import draw_simulated_person
from tests.conftest import PROJECT
from tests.experiment.feedback.fakes import plan_of, trial_of

pytestmark = pytest.mark.slow

TARGETS = PROJECT / "protocols" / "targets"
RATE_HZ = 10.0
CLEAR_S, COVERED_S = 1.0, 2.0


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def measurer(model: FaceModel) -> FaceMeasurer:
    return FaceMeasurer(model, [TargetPictures("smile", TARGETS / "happiness.png", TARGETS / "neutral.png")])


@pytest.fixture(scope="module")
def pictures(model: FaceModel) -> dict[str, ImageArray]:
    """A face in front of the camera, by the fault of the picture."""
    person = draw_simulated_person(5, model)
    renderer = FaceRenderer(model, refine=0, samples=1)
    neutral = model.neutral(person.identity)

    def drawn(**pose: float) -> ImageArray:
        scene = replace(person.scene, pose=replace(person.scene.pose, **pose))
        return renderer.render(neutral, scene)

    clear, small = drawn(), drawn(x_mm=0.0, distance_mm=800.0)[:, 160:480]
    landmarks = LandmarkDetector().detect(clear)
    cut = int(landmarks.points_px[:, 1].min() + 0.15 * landmarks.eye_distance_px)
    found = {
        "clear": clear,
        "no-face": np.full_like(clear, 118),
        "several-faces": np.concatenate((small, small), axis=1),
        "turned": drawn(yaw_deg=44.0),
        "dark": (clear // 60).astype(np.uint8),
        "cut": np.concatenate((clear[cut:], clear[-cut:])),
        "overexposed": (clear * 3.0).clip(0, 255).astype(np.uint8),
    }
    renderer.close()
    return found


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("no-face", "Move into the picture"),
        ("several-faces", "Only you should be in the picture"),
        ("turned", "Look straight at the screen"),
        ("dark", "Switch on a light"),
        ("cut", "Move to its middle"),
        ("overexposed", "Turn away from the lamp"),
    ],
)
def test_the_screen_says_what_to_do_and_goes_on_by_itself(
    measurer: FaceMeasurer, pictures: dict[str, ImageArray], what: str, said: str
) -> None:
    trial = trial_of(TARGETS / "happiness.png")
    clock = ManualClock()
    training = Training(plan_of(trial), SynchronousMeasuring(measurer, clock=clock), clock=clock)
    training.calibrate([CameraFrame(k, clock.now(), "simulated", pictures["clear"]) for k in range(3)])
    training.begin(trial, clock.now())

    def film(name: str, seconds: float) -> str:
        screen = Screen("blank")
        for index in range(round(seconds * RATE_HZ)):
            training.offer(CameraFrame(index, clock.now(), "simulated", pictures[name]))
            screen = training.screen(clock.now())
            clock.sleep_until(clock.now() + 1.0 / RATE_HZ)
            training.flipped(Flip(index, clock.now()))
        return " ".join(element.text for element in screen.elements if isinstance(element, Text))

    before, meanwhile, after = film("clear", CLEAR_S), film(what, COVERED_S), film("clear", CLEAR_S)

    assert "Similarity" in before
    assert said in meanwhile
    assert "Similarity" not in meanwhile
    assert "Similarity" in after
    assert set(training.end()["troubles"]) == {what}

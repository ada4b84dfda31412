"""Write the pictures of the training screen for the documentation.

``python -m experiment.bench.training_pictures``.

A drawn trainee imitates a target three times; then the lights go out. Measurement, hints and screens are those of a
session, in the real window; only the time is simulated, so that every run shows the same. `scripts/pictures` runs it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.people import PersonDrawer
from analysis.paths import PROJECT
from experiment.bench.live_session import PERSON_SEED, PROTOCOL, target_pictures
from experiment.bench.screen_pixels import ScreenPixels
from experiment.bench.window_session import missing_window
from experiment.clock import MonotonicClock, VirtualClock
from experiment.display.opening import open_display
from experiment.feedback.controller import Training
from experiment.feedback.live_measurer import FaceMeasurer
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.lab.rendered_targets import render_drawn
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Display, Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Feedback, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.screens.screen import Screen
from experiment.simulation.drawing.states import camera_renderer
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.target_units import target_units

FOLDER = PROJECT / "docs" / "figures"
WIDTH_PX = 1080
QUALITY = 90
"""Of the JPEG files. A palette of 256 colours gave teeth the green of a bar."""
RATE_HZ = 10.0
TARGET, OTHER = "happiness", "fear"
"""The target, and another face."""
GOOD, WEAK, WRONG = 0.85, 0.42, 0.5
"""Share of the target in the first attempt; later that of the target and of the other face."""
DARK = 0.04
"""Brightness after the lights go out."""


def main() -> int:
    """Draw and write; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/pictures", description=__doc__)
    parser.add_argument("--out", metavar="DIR", type=Path, default=FOLDER, help="folder; default docs/figures")
    given = parser.parse_args()
    if not given.out.is_dir():
        parser.error(f"the folder {given.out} does not exist")
    reason = missing_window()
    if reason:
        print(f"error: {reason}", file=sys.stderr)
        return 1
    plan = design(load_protocol(PROTOCOL), participant="01", seed=1, language="en", render=render_drawn)
    screens = training_screens(plan, load_model())
    opened = open_display(plan.display, clock=MonotonicClock(), windowed=False)
    pixels = ScreenPixels(os.environ["DISPLAY"])
    try:
        for name, screen in screens.items():
            file = given.out / f"{name}.jpg"
            _save(_shown(screen, opened.display, pixels), file)
            print(file)
    finally:
        pixels.close()
        opened.close()
    return 0


def training_screens(plan: SessionPlan, model: FaceModel) -> dict[str, Screen]:
    """Return the screens of attempts at one target, by the names of their files.

    Parameters
    ----------
    plan
        Has the target.
    model
        Draws and measures the trainee.
    """
    steps = [step for step in plan.steps if isinstance(step, Trial)]
    trial = replace(next(one for one in steps if one.target.name == TARGET), feedback=Feedback(units=True))
    other = next(one for one in steps if one.target.name == OTHER)
    wanted = target_units(trial.target, model)
    attempt = _Attempt(plan, model)
    attempt.run(trial, GOOD * wanted, seconds=2.0)
    attempt.training.answer(attempt.clock.now())
    screens = {"training-captured": attempt.end()}
    mixed = np.clip(WEAK * wanted + WRONG * target_units(other.target, model), 0.0, 1.0)
    screens["training"] = attempt.run(trial, mixed, seconds=2.0)
    screens["training-time-out"] = attempt.end()
    attempt.run(trial, mixed, seconds=2.0)
    screens["training-dark"] = attempt.go_on(mixed, seconds=1.5, change=_dark)
    return screens


@dataclass(slots=True)
class _Attempt:
    """A trainee before the screen, on a simulated clock."""

    clock: VirtualClock
    training: Training
    _drawer: PersonDrawer
    _person: SimulatedPerson
    _frames: int = 0

    def __init__(self, plan: SessionPlan, model: FaceModel) -> None:
        self.clock = VirtualClock(0.0)
        self._person, self._frames = draw_simulated_person(PERSON_SEED, model), 0
        self._drawer = PersonDrawer(self._person, camera_renderer(model.name))
        measurer = FaceMeasurer(model, target_pictures(plan), metric_name=plan.live_metric)
        self.training = Training(plan, SynchronousMeasuring(measurer, clock=self.clock), clock=self.clock)
        at_rest = np.zeros(len(model.bases["units"].names))
        self.training.calibrate([self._frame(at_rest) for _ in range(5)])

    def run(self, trial: Trial, units: FloatArray, *, seconds: float) -> Screen:
        """Begin a trial and return its screen after some time."""
        self.training.begin(trial, self.clock.now())
        return self.go_on(units, seconds=seconds)

    def go_on(
        self, units: FloatArray, *, seconds: float, change: Callable[[ImageArray], ImageArray] = lambda image: image
    ) -> Screen:
        """Return the screen after some more time."""
        for index in range(round(seconds * RATE_HZ)):
            frame = self._frame(units)
            self.training.offer(replace(frame, image=change(frame.image)))
            screen = self.training.screen(self.clock.now())
            self.clock.sleep_until(self.clock.now() + 1.0 / RATE_HZ)
            self.training.flipped(Flip(index, self.clock.now()))
        return screen

    def end(self) -> Screen:
        """End the trial and return the screen after it."""
        self.training.end()
        shown = self.training.afterwards()
        assert shown is not None  # the trial has a gauge
        return shown

    def _frame(self, units: FloatArray) -> CameraFrame:
        self._frames += 1
        image = self._drawer.draw(units, self._person.scene, frame=self._frames)
        return CameraFrame(self._frames, self.clock.now(), "simulated", image)


def _dark(image: ImageArray) -> ImageArray:
    return np.asarray(image * DARK, dtype=np.uint8)


def _shown(screen: Screen, display: Display, pixels: ScreenPixels) -> ImageArray:
    for _ in range(3):  # the X server may show a frame later
        display.flip(screen)
    return pixels.picture(*display.size_px)


def _save(picture: ImageArray, file: Path) -> None:
    height, width = picture.shape[:2]
    size = (WIDTH_PX, round(WIDTH_PX * height / width))
    small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    small.save(file, quality=QUALITY, subsampling=0)


if __name__ == "__main__":
    sys.exit(main())

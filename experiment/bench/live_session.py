"""A session with live feedback in the real window.

Only the camera is a clip of a drawn face.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.people import PersonDrawer
from analysis.paths import PROTOCOLS
from analysis.terminal import progress
from experiment.bench.resource_meter import ResourceMeter
from experiment.bench.small_session import ScriptedParticipant
from experiment.camera.played import PlayedCamera, at_rate
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.simulated import SimulatedKeyboard
from experiment.feedback.controller import Training
from experiment.feedback.live_measurer import FaceMeasurer, FaceMeasurerFactory, TargetPictures
from experiment.feedback.measuring import Measurer
from experiment.feedback.messages import LiveReading
from experiment.feedback.worker_process import MeasuringProcess
from experiment.lab.rendered_targets import render_drawn
from experiment.lab.session_options import OpenDevices, Options, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Calibration, Feedback, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.target_units import target_units

PROTOCOL = PROTOCOLS / "facial_training.yaml"
RATE_HZ = 30.0
CLIP_S = 3.0
TRIAL_S = 20
PERSON_SEED = 5


def bench_plan(seconds: float) -> SessionPlan:
    """Return a plan with calibration and training trials without response key."""
    plan = design(load_protocol(PROTOCOL), participant="01", seed=1, language="en", render=render_drawn)
    calibration = next(step for step in plan.steps if isinstance(step, Calibration))
    rate_hz = plan.display.refresh_rate_hz
    shown = [step for step in plan.steps if isinstance(step, Trial)]
    trials = [
        replace(
            shown[number % len(shown)],
            id=f"bench-{number:03d}",
            index=number,
            feedback=Feedback(units=True),
            hold=None,
            round=1,
            timeout_frames=round(TRIAL_S * rate_hz),
            respond_keys=(),
        )
        for number in range(max(1, round(seconds / TRIAL_S)))
    ]
    return replace(plan, steps=(calibration, *trials), criteria={})


def target_pictures(plan: SessionPlan) -> tuple[TargetPictures, ...]:
    """Return the pictures of the targets of a plan."""
    background = plan.display.background
    return tuple(TargetPictures(one.name, one.image, one.neutral, background) for one in plan.targets)


def draw_clip(model: FaceModel) -> list[ImageArray]:
    """Draw a face that imitates the first target and returns to rest.

    The first picture is at rest.
    """
    person, target = draw_simulated_person(PERSON_SEED, model), bench_plan(TRIAL_S).targets[0]
    expression = target_units(target, model)
    frames = round(CLIP_S * RATE_HZ)
    renderer = FaceRenderer(model)
    drawer = PersonDrawer(person, renderer)
    try:
        strengths = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, frames, endpoint=False))
        return [
            drawer.draw(strength * expression, person.scene, frame=number)
            for number, strength in progress(enumerate(strengths), total=frames, title="drawing the clip")
        ]
    finally:
        renderer.close()


class ClipCamera(PlayedCamera):
    """Delivers pictures of a clip at their times, like a webcam.

    Shows the first one until `play` is called.

    Parameters
    ----------
    clip : sequence of (H, W, 3) uint8 arrays
        Repeated without end.
    clock : Clock
        Clock of the session.
    """

    def __init__(self, clip: Sequence[ImageArray], *, clock: Clock) -> None:
        self._clip = clip
        self._next = 0
        self._first: int | None = None
        height, width = clip[0].shape[:2]
        super().__init__(
            at_rate(lambda index: partial(self._picture, index), clock=clock, rate_hz=RATE_HZ),
            clock=clock,
            time_kind="simulated",
            facts={"kind": "clip", "size_px": [width, height], "rate_hz": RATE_HZ},
        )

    def play(self) -> None:
        """Start the clip; a second call does nothing."""
        self._first = self._next if self._first is None else self._first

    def _picture(self, index: int) -> ImageArray:
        number = 0 if self._first is None else (index - self._first) % len(self._clip)
        self._next = index + 1
        return self._clip[number].copy()


class TimedTraining(Training):
    """Training that measures the duration of its calls.

    Parameters
    ----------
    plan, measuring, clock
        As in `Training`.
    """

    def __init__(self, plan: SessionPlan, measuring: MeasuringProcess, *, clock: Clock) -> None:
        super().__init__(plan, measuring, clock=clock)
        # Arrays: lists of numbers would themselves grow by 10 MB an hour.
        self.screen_ms = array("d")
        self.offer_cpu_ms = array("d")

    def screen(self, now_s: float) -> Screen:
        """Return what the next flip shows."""
        began_s = time.perf_counter()
        shown = super().screen(now_s)
        self.screen_ms.append(1000.0 * (time.perf_counter() - began_s))
        return shown

    def offer(self, frame: CameraFrame) -> None:
        """Take the newest frame."""
        began_s = time.thread_time()
        super().offer(frame)
        self.offer_cpu_ms.append(1000.0 * (time.thread_time() - began_s))


@dataclass(frozen=True, slots=True)
class SlowFactory:
    """Makes a measurer that waits before every measurement."""

    factory: FaceMeasurerFactory
    delay_s: float

    def __call__(self) -> Measurer:
        """Load what is needed, in the measuring process."""
        return _SlowMeasurer(self.factory(), self.delay_s)


class _SlowMeasurer:
    def __init__(self, measurer: FaceMeasurer, delay_s: float) -> None:
        self._measurer, self._delay_s = measurer, delay_s
        self.info, self.calibrate, self.set_target = measurer.info, measurer.calibrate, measurer.set_target

    def measure(self, image: ImageArray) -> LiveReading:
        time.sleep(self._delay_s)
        return self._measurer.measure(image)


@dataclass(frozen=True, slots=True, eq=False)
class LiveSession:
    """The record and the measurements of one session."""

    place: SessionPlace
    screen_ms: FloatArray
    """Time of each call of `Training.screen`."""
    offer_cpu_ms: FloatArray
    """Processor time of each call of `Training.offer`."""
    meter: ResourceMeter


class LiveWindow:
    """A window in which sessions with live feedback run one after the other.

    Parameters
    ----------
    plan
        Of one of them; its display is opened.
    clock
        Of all sessions.
    """

    def __init__(self, plan: SessionPlan, *, clock: Clock) -> None:
        self._clock = clock
        self._operator: ScriptedParticipant | None = None
        self._opened = open_display(plan.display, clock=clock, windowed=False, observers=[self])

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Pass the screen on to the participant of the present session."""
        if self._operator is not None:
            self._operator.on_flip(screen, flip)

    def session(
        self, plan: SessionPlan, dataset: Path, clip: Sequence[ImageArray], *, training: Training
    ) -> SessionReport:
        """Run and record one session.

        Parameters
        ----------
        plan
            Of the session.
        dataset
            Where it is recorded.
        clip : sequence of (H, W, 3) uint8 arrays
            What the camera shows.
        training
            Its live feedback.
        """
        camera, keyboard = ClipCamera(clip, clock=self._clock), SimulatedKeyboard(self._clock)

        def play(screen: Screen) -> None:
            if screen.kind == "feedback":
                camera.play()

        self._operator = ScriptedParticipant(keyboard, np.random.default_rng(0), on_change=play)
        opened = replace(self._opened, keyboard=keyboard, keys_stamped_by="simulation")
        return record_session(
            plan,
            dataset,
            Options(camera="clip", accept_display=True),
            devices=OpenDevices(self._clock, opened, camera),
            training=training,
        )

    def close(self) -> None:
        """Close the window."""
        self._opened.close()


def run_live_session(clip: Sequence[ImageArray], dataset: Path, *, seconds: float, slow_s: float = 0.0) -> LiveSession:
    """Run one session in the real window.

    Parameters
    ----------
    clip : sequence of (H, W, 3) uint8 arrays
        What the camera shows.
    dataset
        Where the session is recorded.
    seconds
        Of live feedback.
    slow_s
        Added to every measurement.
    """
    plan, clock = bench_plan(seconds), MonotonicClock()
    factory = FaceMeasurerFactory(target_pictures(plan), metric=plan.live_metric)
    with ExitStack() as closing:
        measuring = MeasuringProcess(SlowFactory(factory, slow_s) if slow_s else factory, clock=clock)
        training = TimedTraining(plan, measuring, clock=clock)
        closing.callback(training.close)
        wait_until_ready(training)
        window = LiveWindow(plan, clock=clock)
        closing.callback(window.close)
        meter = ResourceMeter(lambda: measuring.process_id)
        meter.start()
        closing.callback(meter.stop)
        report = window.session(plan, dataset, clip, training=training)
    return LiveSession(report.place, np.array(training.screen_ms), np.array(training.offer_cpu_ms), meter)


def wait_until_ready(training: Training) -> None:
    """Wait until measuring has started."""
    while not training.check_ready():
        time.sleep(0.1)

"""``python -m experiment.bench.live_feedback``: what live feedback on this machine can be trusted with.

A whole session in the real window, with the real camera thread, measuring process and recorder; only the camera is a
clip of a drawn face, made beforehand, so that drawing it takes nothing away. Exit status 1 if a requirement is not met.
`scripts/bench training` runs it, on a virtual display where there is none.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from analysis.face.arrays import ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.paths import PROTOCOLS
from analysis.terminal import progress
from experiment.bench.result import Result, require, tell
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.simulated import SimulatedKeyboard
from experiment.feedback.controller import Training
from experiment.feedback.live_measurer import FaceMeasurer, FaceMeasurerFactory, TargetPictures
from experiment.feedback.measuring import Measurer
from experiment.feedback.messages import LiveReading
from experiment.feedback.worker_process import MeasuringProcess
from experiment.lab.rendered_targets import render_blends
from experiment.lab.session_setup import OpenDevices, Options, record_session
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Calibration, Feedback, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.record.live import DELAYS, read_live
from experiment.screens.screen import Screen
from experiment.simulation.person import Person, draw_person
from experiment.simulation.target_units import goal_of
from experiment.simulation.trainee import practices

PROTOCOL = PROTOCOLS / "facial_training.yaml"
RATE_HZ = 30.0
CLIP_S = 3.0
TRIAL_S = 20
WARM_UP_S = 60.0
"""Memory is compared from here on: the first trials load weights, pictures and letters."""
SLOW_S = 0.4
"""How long a measurement takes that is slowed down on purpose."""
_STAGES = (
    "handed over by the camera's thread",
    "measuring begins",
    "measured (landmarks, three fits, similarity, coloured face)",
    "drawn and on the display",
)


def bench_plan(seconds: float) -> SessionPlan:
    """A calibration, then training trials that nobody answers, with every element of the feedback on the screen."""
    plan = design(load_protocol(PROTOCOL), participant="01", seed=1, language="en", render=render_blends)
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


def draw_clip(person: Person, model: FaceModel, expression: np.ndarray[Any, Any], *, frames: int) -> list[ImageArray]:
    """A face that goes from rest to an expression and back; the first picture is at rest."""
    renderer = FaceRenderer(model)
    neutral = model.neutral(person.identity)
    try:
        strengths = 0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, frames, endpoint=False))
        return [
            renderer.render(neutral + model.displacement(strength * expression), person.scene, frame=number)
            for number, strength in progress(enumerate(strengths), total=frames, title="drawing the clip")
        ]
    finally:
        renderer.close()


class ClipCamera:
    """Hands out pictures of a clip at their times, as a webcam does; at rest until it is told to play."""

    def __init__(self, clip: Sequence[ImageArray], *, clock: Clock) -> None:
        self._clip, self._clock = clip, clock
        self._start_s: float | None = None
        self._index = 0
        self._first: int | None = None
        height, width = clip[0].shape[:2]
        self.facts: Mapping[str, Any] = {"kind": "clip", "size_px": [width, height], "rate_hz": RATE_HZ}

    def play(self) -> None:
        """Begin to move."""
        self._first = self._index if self._first is None else self._first

    def read(self) -> CameraFrame | None:
        """The next picture at its time; pictures that are late by a frame or more are left out."""
        now_s = self._clock.now()
        self._start_s = now_s if self._start_s is None else self._start_s
        self._index = max(self._index, int((now_s - self._start_s) * RATE_HZ))
        due_s = self._start_s + self._index / RATE_HZ
        self._clock.sleep_until(due_s)
        number = 0 if self._first is None else (self._index - self._first) % len(self._clip)
        frame = CameraFrame(self._index, due_s, "simulated", self._clip[number].copy())
        self._index += 1
        return frame

    def close(self) -> None:
        """Nothing is held open."""


class ScriptedOperator:
    """Presses the key that starts the calibration, and lets the clip play when feedback begins."""

    def __init__(self, keyboard: SimulatedKeyboard, camera: ClipCamera) -> None:
        self._keyboard, self._camera = keyboard, camera
        self._pressed = False

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Look at the display."""
        if screen.kind == "page" and not self._pressed:
            self._keyboard.press("space", flip.time_s + 0.3)
            self._pressed = True
        elif screen.kind == "feedback":
            self._camera.play()


class WatchedTraining(Training):
    """Training that notes how long it keeps the drawing loop and the camera's thread."""

    def __init__(self, plan: SessionPlan, measuring: MeasuringProcess, *, clock: Clock) -> None:
        super().__init__(plan, measuring, clock=clock)
        # Arrays: lists of numbers would themselves grow by 10 MB an hour.
        self.asked_ms = array("d")
        self.offered_cpu_ms = array("d")

    def screen(self, now_s: float) -> Screen:
        """As in training."""
        began_s = time.perf_counter()
        shown = super().screen(now_s)
        self.asked_ms.append(1000.0 * (time.perf_counter() - began_s))
        return shown

    def offer(self, frame: CameraFrame) -> None:
        """As in training."""
        began_s = time.thread_time()
        super().offer(frame)
        self.offered_cpu_ms.append(1000.0 * (time.thread_time() - began_s))


@dataclass(frozen=True, slots=True)
class SlowFactory:
    """Makes a measurer that takes its time."""

    factory: FaceMeasurerFactory
    delay_s: float

    def __call__(self) -> Measurer:
        """Load what is needed, in the measuring process."""
        return _Slow(self.factory(), self.delay_s)


class _Slow:
    def __init__(self, measurer: FaceMeasurer, delay_s: float) -> None:
        self._measurer, self._delay_s = measurer, delay_s
        self.info, self.calibrate, self.set_target = measurer.info, measurer.calibrate, measurer.set_target

    def measure(self, image: ImageArray) -> LiveReading:
        time.sleep(self._delay_s)
        return self._measurer.measure(image)


class Meter(threading.Thread):
    """Looks at processor time and memory of this process and the measuring process, now and then."""

    def __init__(self, pid: Callable[[], int | None], *, every_s: float = 2.0) -> None:
        super().__init__(name="meter", daemon=True)
        self._pid, self._every_s = pid, every_s
        self._stop_now = threading.Event()
        self.times_s: list[float] = []
        self.memory_mb: list[tuple[float, float]] = []
        """Of this process and of the measuring process."""
        self.cpu_s: list[dict[str, float]] = []
        """By thread or process, since its start."""

    def run(self) -> None:
        """Look until told to stop."""
        own = psutil.Process()
        while not self._stop_now.wait(self._every_s):
            pid = self._pid()
            if pid is None:
                continue
            measuring = psutil.Process(pid)
            self.times_s.append(time.monotonic())
            self.memory_mb.append((own.memory_info().rss / 1e6, measuring.memory_info().rss / 1e6))
            self.cpu_s.append(_threads(own) | {"measuring process": sum(measuring.cpu_times()[:2])})

    def stop(self) -> None:
        """Look no more."""
        self._stop_now.set()
        self.join()

    def growth_mb_per_hour(self, process: int) -> tuple[float, float]:
        """Median slope after the warm-up (Theil 1950), and how much more there was at the end than at its beginning."""
        times = np.array(self.times_s) - self.times_s[0]
        late = times > min(WARM_UP_S, times[-1] / 2)
        t, m = times[late], np.array([memory[process] for memory in self.memory_mb])[late]
        slopes = [(m[i] - m[j]) / (t[i] - t[j]) for j, i in combinations(range(len(t)), 2)]
        return 3600.0 * float(np.median(slopes)) if slopes else 0.0, float(m[-1] - m[0])

    def cpu_share(self) -> dict[str, float]:
        """Share of one core each thread took, between the first and the last look."""
        passed_s = self.times_s[-1] - self.times_s[0]
        first, last = self.cpu_s[0], self.cpu_s[-1]
        return {name: (last[name] - first.get(name, 0.0)) / passed_s for name in last}


def _threads(process: psutil.Process) -> dict[str, float]:
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    spent: dict[str, float] = {}
    for one in process.threads():
        name = "drawing loop" if names.get(one.id) == "MainThread" else names.get(one.id, "OpenGL and libraries")
        spent[name] = spent.get(name, 0.0) + one.user_time + one.system_time
    return spent


@dataclass(frozen=True, slots=True)
class Session:
    """What one benchmark session left behind."""

    place: SessionPlace
    asked_ms: np.ndarray[Any, Any]
    offered_cpu_ms: np.ndarray[Any, Any]
    meter: Meter


def run_session(
    clip: Sequence[ImageArray], dataset: Path, *, seconds: float, slow_s: float = 0.0, every_s: float = 2.0
) -> Session:
    """One session in the real window."""
    plan, clock = bench_plan(seconds), MonotonicClock()
    camera, keyboard = ClipCamera(clip, clock=clock), SimulatedKeyboard(clock)
    factory = FaceMeasurerFactory(
        tuple(TargetPictures(target.name, target.image, target.neutral) for target in plan.targets)
    )
    with ExitStack() as closing:
        measuring = MeasuringProcess(SlowFactory(factory, slow_s) if slow_s else factory, clock=clock)
        training = WatchedTraining(plan, measuring, clock=clock)
        closing.callback(training.close)
        while not training.check_ready():
            time.sleep(0.1)
        opened = open_display(plan.display, clock=clock, windowed=False, observers=[ScriptedOperator(keyboard, camera)])
        closing.callback(opened.close)
        meter = Meter(lambda: measuring.process_id, every_s=every_s)
        meter.start()
        closing.callback(meter.stop)
        report = record_session(
            plan,
            dataset,
            Options(camera="clip", accept_display=True),
            devices=OpenDevices(clock, replace(opened, keyboard=keyboard, keys_stamped_by="simulation"), camera),
            training=training,
        )
    return Session(report.place, np.array(training.asked_ms), np.array(training.offered_cpu_ms), meter)


def live_results(session: Session) -> Iterator[Result]:
    """Rate, delays, flips and where the time goes."""
    live = read_live(session.place)
    trials = _trials(session.place)
    seconds = sum(trial.offset_s - trial.onset_s for trial in trials)
    measured = live.is_measured.sum()
    rate = measured / seconds
    yield require("live", "measured frames on the display", "25/s", f"{rate:.1f}/s", rate >= 25.0, per_second=rate)
    shown = live.delays_ms[live.is_measured][:, DELAYS.index("shown_ms")]
    for share, limit, name in ((50, 60.0, "median"), (95, 100.0, "95 %")):
        delay = float(np.percentile(shown, share))
        what = f"camera frame to feedback on the display, {name}"
        yield require("live", what, f"under {limit:.0f} ms", f"{delay:.1f} ms", delay < limit, ms=delay)
    flips, late = sum(len(trial.flip_times_s) for trial in trials), sum(trial.late_flips for trial in trials)
    yield require(
        "live", "late flips", "1 % at most", f"{late} of {flips} ({late / flips:.2%})", late <= 0.01 * flips, late=late,
        flips=flips,
    )  # fmt: skip
    before = np.zeros(int(measured))
    for stage, column in zip(_STAGES, live.delays_ms[live.is_measured].T, strict=True):
        took = column - before
        before = column
        median, most = float(np.median(took)), float(np.percentile(took, 95))
        yield tell("where the time goes", stage, f"{median:.1f} ms, 95 % {most:.1f} ms", median_ms=median, p95_ms=most)
    asked = session.asked_ms
    yield tell(
        "where the time goes", "the drawing loop asks for the next screen",
        f"{np.median(asked):.2f} ms, 99 % {np.percentile(asked, 99):.2f} ms, longest {asked.max():.1f} ms",
        median_ms=float(np.median(asked)), longest_ms=float(asked.max()),
    )  # fmt: skip
    offered = session.offered_cpu_ms
    yield tell(
        "processor", "the camera's thread scales and hands over, a frame", f"{np.median(offered):.2f} ms",
        median_ms=float(np.median(offered)),
    )  # fmt: skip
    for name, part in sorted(session.meter.cpu_share().items(), key=lambda pair: -pair[1]):
        if part >= 0.005:
            yield tell("processor", name, f"{part:.0%} of a core", share=part)


def waiting_results(quick: Session, slow: Session) -> Iterator[Result]:
    """Whether flips wait for measurements: a measurement that takes 0.4 s may not make one flip later."""
    yield tell(
        "waiting", "measured frames with measurements slowed down to 0.4 s",
        f"{read_live(slow.place).is_measured.sum() / _seconds(slow.place):.1f}/s",
    )  # fmt: skip
    longest = float(np.percentile(slow.asked_ms, 99.9))
    yield require(
        "waiting", "the drawing loop is kept, 99.9 % of flips", f"far less than {1000 * SLOW_S:.0f} ms",
        f"{longest:.1f} ms", longest < 1000 * SLOW_S / 10, ms=longest,
    )  # fmt: skip
    usual, slowed = _longest_gap_ms(quick.place), _longest_gap_ms(slow.place)
    yield require(
        "waiting", "longest time between two flips, measurements slowed down",
        f"less than {1000 * SLOW_S:.0f} ms", f"{slowed:.0f} ms; {usual:.0f} ms otherwise", slowed < 1000 * SLOW_S,
        ms=slowed, otherwise_ms=usual,
    )  # fmt: skip


def memory_results(session: Session, *, seconds: float) -> Iterator[Result]:
    """Whether memory grows."""
    for process, name in enumerate(("session", "measuring process")):
        slope, more = session.meter.growth_mb_per_hour(process)
        last = session.meter.memory_mb[-1][process]
        told = f"{slope:+.1f} MB/h, {more:+.1f} MB after the warm-up, {last:.0f} MB at the end"
        what = f"memory of the {name} over {seconds / 60:.0f} minutes"
        if seconds < 300:
            yield tell("memory", what, told + " (too short to judge; --minutes 10)", mb_per_hour=slope)
        else:
            yield require("memory", what, "under 10 MB/h", told, slope < 10.0, mb_per_hour=slope, more_mb=more)


def trainee_results(model: FaceModel, *, runs: int, seed: int = 0) -> Iterator[Result]:
    """Whether the hints help those who follow them; ``seed`` is that of the first trainee, the others count on."""
    plan = bench_plan(TRIAL_S * 100)
    measurer = FaceMeasurer(model, [TargetPictures(one.name, one.image, one.neutral) for one in plan.targets])
    pairs = list(progress(practices(plan, measurer, model, runs=runs, seed=seed), total=runs, title="trainees"))
    followed, ignored = ([pair[side].gain for pair in pairs] for side in (0, 1))
    for gains, what, required, met in (
        (followed, "trainees who follow the hints", "90 % improve", np.mean(np.array(followed) > 0) >= 0.9),
        (ignored, "trainees who ignore them", "do not improve on average", np.mean(ignored) <= 0.0),
    ):
        better = float(np.mean(np.array(gains) > 0))
        told = f"{better:.0%} of {len(gains)} improve, by {np.mean(gains):+.2f} on average"
        yield require("trainees", what, required, told, bool(met), share=better, mean_gain=float(np.mean(gains)))


def _trials(place: SessionPlace) -> list[TrialLine]:
    return read_lines(place.journal, TrialLine)


def _seconds(place: SessionPlace) -> float:
    return float(sum(trial.offset_s - trial.onset_s for trial in _trials(place)))


def _longest_gap_ms(place: SessionPlace) -> float:
    return max(1000.0 * float(np.diff(trial.flip_times_s).max()) for trial in _trials(place))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench training", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of live feedback; default 60")
    parser.add_argument("--minutes", type=float, help="the same in minutes; from 5 on, memory is judged as well")
    parser.add_argument("--trainees", type=int, default=50, help="simulated trainees, 0 for none; default 50")
    parser.add_argument("--seed", type=int, default=0, help="of the first trainee; default 0")
    parser.add_argument("--no-window", action="store_true", help="the trainees only")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    given = parser.parse_args()
    seconds = given.seconds if given.minutes is None else 60.0 * given.minutes
    found: list[Result] = []
    model = load_model()
    if not given.no_window:
        target = bench_plan(TRIAL_S).targets[0]
        clip = draw_clip(draw_person(5, model), model, goal_of(target, model), frames=round(CLIP_S * RATE_HZ))
        with tempfile.TemporaryDirectory(prefix="mimicry-bench-") as folder:
            print(f"measuring live feedback for {seconds:.0f} s ...", file=sys.stderr)
            quick = run_session(clip, Path(folder) / "live", seconds=seconds)
            found += [*live_results(quick), *memory_results(quick, seconds=seconds)]
            print("measuring with slow measurements ...", file=sys.stderr)
            slow = run_session(clip, Path(folder) / "slow", seconds=TRIAL_S, slow_s=SLOW_S)
            found += waiting_results(quick, slow)
    if given.trainees:
        print(f"practising with {given.trainees} trainees ...", file=sys.stderr)
        found += trainee_results(model, runs=given.trainees, seed=given.seed)
    if given.json:
        print(json.dumps({"results": [asdict(result) for result in found]}, indent=2))
    else:
        show(found)
    return 1 if any(result.failed for result in found) else 0


def show(results: Sequence[Result]) -> None:
    """Print results as a table."""
    for result in results:
        sign = {True: "ok  ", False: "FAIL", None: "    "}[result.met]
        needed = f"  (required: {result.required})" if result.required else ""
        print(f"{sign} {result.part}: {result.what}: {result.measured}{needed}")


if __name__ == "__main__":
    sys.exit(main())

"""Measure whether live measurement makes flips of the training screen late.

Sessions with and without it take turns in one window. Both show the same: without the measuring process, the screen
gets the readings of the same clip, measured before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.models.model import FaceModel
from experiment.bench.late import Stretch
from experiment.bench.live_session import (
    RATE_HZ,
    LiveWindow,
    bench_plan,
    draw_clip,
    target_pictures,
    wait_until_ready,
)
from experiment.bench.result import Result, ResultPart
from experiment.bench.turns import compare_turns
from experiment.bench.window_session import missing_window
from experiment.clock import MonotonicClock
from experiment.feedback.controller import Training
from experiment.feedback.live_measurer import FaceMeasurer, FaceMeasurerFactory
from experiment.feedback.measuring import Measuring, SynchronousMeasuring
from experiment.feedback.messages import LiveReading, MeasurerInfo
from experiment.feedback.worker_process import MeasuringProcess
from experiment.ports.clock import Clock
from experiment.protocol.plan import SessionPlan, Trial
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.live import read_live

PART = ResultPart("late flips")
NAME = "the measurement"
SESSION_S = 20.0


@dataclass(slots=True)
class RecordedMeasurer:
    """Gives readings that were measured before, one after the other."""

    info: MeasurerInfo
    readings: Iterator[LiveReading]

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Do nothing: the readings were measured before.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            Not used.
        """

    def set_target(self, target: str | None, *, want_distance: bool, want_forecast: bool) -> None:
        """Do nothing: the target is the one of the readings.

        Parameters
        ----------
        target, want_distance, want_forecast
            Not used.
        """

    def measure(self, image: ImageArray) -> LiveReading:  # noqa: ARG002
        """Return the next reading.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            Not used.
        """
        return next(self.readings)


def record_readings(plan: SessionPlan, clip: Sequence[ImageArray], model: FaceModel) -> RecordedMeasurer:
    """Measure a clip against the first target, with all that a screen shows.

    Parameters
    ----------
    plan
        Has the target and the metric.
    clip : sequence of (H, W, 3) uint8 arrays
        The first picture is at rest.
    model
        Measures it.
    """
    measurer = FaceMeasurer(model, target_pictures(plan), metric_name=plan.live_metric)
    measurer.calibrate(clip[:1])
    trial = next(step for step in plan.steps if isinstance(step, Trial))
    measurer.set_target(trial.target.name, want_distance=True, want_forecast=True)
    return RecordedMeasurer(measurer.info, cycle([measurer.measure(image) for image in clip]))


def late_results(
    model: FaceModel, folder: Path, *, turns: int, on_turn: Callable[[int], None] = lambda _: None
) -> Iterator[Result]:
    """Take turns and yield the comparison.

    Parameters
    ----------
    model
        Draws and measures the clip.
    folder
        For the data set.
    turns
        Of a session with and one without the measurement.
    on_turn
        Called with the number of turns up to now.
    """
    reason = missing_window()
    if reason:
        yield PART.skip(f"late flips with and without {NAME}", reason)
        return
    clip, plan, clock = draw_clip(model), bench_plan(SESSION_S), MonotonicClock()
    recorded = record_readings(plan, clip, model)
    loads = [os.getloadavg()[0]]
    stretches: Mapping[bool, list[Stretch]] = {True: [], False: []}
    rates: list[float] = []
    window = LiveWindow(plan, clock=clock)
    try:
        for turn in range(turns):
            for is_measured in (turn % 2 == 0, turn % 2 == 1):
                measuring = _process(plan, clock) if is_measured else SynchronousMeasuring(recorded, clock=clock)
                number = sum(map(len, stretches.values())) + 1
                named = replace(plan, participant=f"{number:02d}")
                stretch, rate = _session(window, named, folder, clip, measuring=measuring, clock=clock)
                stretches[is_measured].append(stretch)
                rates += [rate] * is_measured
            loads.append(os.getloadavg()[0])
            on_turn(turn + 1)
    finally:
        window.close()
    yield from compare_turns(PART, NAME, stretches[True], stretches[False], loads=loads)
    lowest, middle = min(rates), float(np.median(rates))
    measured = f"median {middle:.1f}/s, lowest {lowest:.1f}/s, of a camera with {RATE_HZ:g}"
    yield PART.note("measured frames on the display, sessions with the measurement", measured, per_second=middle)


def _process(plan: SessionPlan, clock: Clock) -> MeasuringProcess:
    factory = FaceMeasurerFactory(target_pictures(plan), metric=plan.live_metric)
    return MeasuringProcess(factory, clock=clock)


def _session(
    window: LiveWindow,
    plan: SessionPlan,
    folder: Path,
    clip: Sequence[ImageArray],
    *,
    measuring: Measuring,
    clock: Clock,
) -> tuple[Stretch, float]:
    """Return the flips of one session, and the measured frames a second."""
    with ExitStack() as closing:
        training = Training(plan, measuring, clock=clock)
        closing.callback(training.close)
        wait_until_ready(training)
        report = window.session(plan, folder, clip, training=training)
    trials = read_lines(report.place.journal, TrialLine)
    flips, late = sum(len(one.flip_times_s) for one in trials), sum(one.late_flips for one in trials)
    intervals = np.concatenate([np.diff(one.flip_times_s) for one in trials])
    seconds = sum(one.offset_s - one.onset_s for one in trials)
    rate = float(read_live(report.place).is_measured.sum()) / seconds
    return Stretch(flips, late, report.totals.missed, 1000 * intervals, late), rate

"""Results of sessions with live feedback and of simulated trainees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.terminal import progress
from experiment.bench.live_session import TRIAL_S, LiveSession, bench_plan, target_pictures
from experiment.bench.result import Result, ResultPart
from experiment.feedback.live_measurer import FaceMeasurer
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.record.live import DELAYS, read_live
from experiment.simulation.trainee import practice_pairs

SLOW_S = 0.4
"""Time added to a measurement that is slowed down on purpose."""
JUDGED_FROM_S = 300.0
"""Shorter sessions are too short to judge the growth of memory."""
_STAGES = (
    "handed over by the camera's thread",
    "measuring begins",
    "measured (landmarks, three fits, similarity, coloured face)",
    "drawn and on the display",
)


def live_results(session: LiveSession) -> Iterator[Result]:
    """Yield rate, delays, late flips and where the time goes."""
    live, trials = read_live(session.place), _trials(session.place)
    delays_ms = live.delays_ms[live.is_measured]
    yield from _requirements(delays_ms[:, DELAYS.index("shown_ms")], trials)
    stages, part = np.diff(delays_ms, axis=1, prepend=0.0), ResultPart("where the time goes")
    for stage, took in zip(_STAGES, stages.T, strict=True):
        median, most = float(np.median(took)), float(np.percentile(took, 95))
        yield part.note(stage, f"{median:.1f} ms, 95 % {most:.1f} ms", median_ms=median, p95_ms=most)
    asked = session.screen_ms
    yield part.note(
        "the drawing loop asks for the next screen",
        f"{np.median(asked):.2f} ms, 99 % {np.percentile(asked, 99):.2f} ms, longest {asked.max():.1f} ms",
        median_ms=float(np.median(asked)),
        longest_ms=float(asked.max()),
    )
    part, offered = ResultPart("processor"), float(np.median(session.offer_cpu_ms))
    yield part.note("the camera's thread scales and hands over a frame", f"{offered:.2f} ms", median_ms=offered)
    for name, share in sorted(session.meter.cpu_share().items(), key=lambda pair: -pair[1]):
        if share >= 0.005:
            yield part.note(name, f"{share:.0%} of a core", share=share)


def _requirements(shown_ms: FloatArray, trials: Sequence[TrialLine]) -> Iterator[Result]:
    """Yield the rate, the delays and the late flips of a session."""
    part = ResultPart("live")
    rate = len(shown_ms) / _seconds(trials)
    yield part.require("measured frames on the display", "25/s", f"{rate:.1f}/s", met=rate >= 25.0, per_second=rate)
    for share, limit, name in ((50, 60.0, "median"), (95, 100.0, "95 %")):
        delay = float(np.percentile(shown_ms, share))
        what = f"camera frame to feedback on the display, {name}"
        yield part.require(what, f"under {limit:.0f} ms", f"{delay:.1f} ms", met=delay < limit, ms=delay)
    flips, late = sum(len(trial.flip_times_s) for trial in trials), sum(trial.late_flips for trial in trials)
    measured = f"{late} of {flips} ({late / flips:.2%})"
    yield part.require("late flips", "1 % at most", measured, met=late <= 0.01 * flips, late=late, flips=flips)


def waiting_results(usual: LiveSession, slow: LiveSession) -> Iterator[Result]:
    """Yield whether flips wait for measurements.

    ``slow`` adds 0.4 s to every measurement.
    """
    part, slow_ms = ResultPart("waiting"), 1000.0 * SLOW_S
    usual_trials, slow_trials = _trials(usual.place), _trials(slow.place)
    rate = read_live(slow.place).is_measured.sum() / _seconds(slow_trials)
    yield part.note(f"measured frames with measurements slowed down to {SLOW_S:g} s", f"{rate:.1f}/s")
    longest = float(np.percentile(slow.screen_ms, 99.9))
    yield part.require(
        "time in the drawing loop, 99.9 % of flips",
        f"far less than {slow_ms:.0f} ms",
        f"{longest:.1f} ms",
        met=longest < slow_ms / 10,
        ms=longest,
    )
    gap, usual_gap = _longest_gap_ms(slow_trials), _longest_gap_ms(usual_trials)
    yield part.require(
        "longest time between two flips, measurements slowed down",
        f"less than {slow_ms:.0f} ms",
        f"{gap:.0f} ms; {usual_gap:.0f} ms otherwise",
        met=gap < slow_ms,
        ms=gap,
        otherwise_ms=usual_gap,
    )


def memory_results(session: LiveSession, *, seconds: float) -> Iterator[Result]:
    """Yield whether memory grows; too short sessions are not judged."""
    part = ResultPart("memory")
    for process, name in enumerate(("session", "measuring process")):
        slope, more = session.meter.growth_mb_per_hour(process)
        last = session.meter.memory_mb[-1][process]
        measured = f"{slope:+.1f} MB/h, {more:+.1f} MB after the warm-up, {last:.0f} MB at the end"
        what = f"memory of the {name} over {seconds / 60:.0f} minutes"
        if seconds < JUDGED_FROM_S:
            yield part.note(what, measured + " (too short to judge; --minutes 10)", mb_per_hour=slope)
        else:
            yield part.require(what, "under 10 MB/h", measured, met=slope < 10.0, mb_per_hour=slope, more_mb=more)


def trainee_results(
    model: FaceModel, *, runs: int, seed: int = 0, metric: str = DEFAULT_LIVE_METRIC
) -> Iterator[Result]:
    """Yield whether the hints help trainees who follow them.

    Parameters
    ----------
    model
        Draws and measures the trainees.
    runs
        Number of trainees.
    seed
        Of the first trainee; the others count on.
    metric
        Metric of the similarity.
    """
    part, plan = ResultPart("trainees"), replace(bench_plan(TRIAL_S * 100), live_metric=metric)
    measurer = FaceMeasurer(model, target_pictures(plan), metric_name=metric)
    pairs = list(progress(practice_pairs(plan, measurer, model, runs=runs, seed=seed), total=runs, title="trainees"))
    followed, ignored = (np.array([pair[side].gain for pair in pairs]) for side in (0, 1))
    nearer = [np.array([pair[side].true_gain for pair in pairs]) for side in (0, 1)]
    for gains, what, required, met in (
        (followed, "trainees who follow the hints", "90 % improve", np.mean(followed > 0) >= 0.9),
        (ignored, "trainees who ignore them", "do not improve on average", np.mean(ignored) <= 0.0),
    ):
        better, mean = float(np.mean(gains > 0)), float(np.mean(gains))
        measured = f"{better:.0%} of {len(gains)} improve, by {mean:+.2f} on average"
        yield part.require(what, required, measured, met=met, share=better, mean_gain=mean)
    for gains, what in zip(nearer, ("who follow", "who ignore them"), strict=True):
        better, mean = float(np.mean(gains > 0)), float(np.mean(gains))
        measured = f"{better:.0%} come nearer, by {mean:+.2f} on average"
        yield part.note(f"true movements of trainees {what} (cosine)", measured, share=better, mean_gain=mean)


def _trials(place: SessionPlace) -> Sequence[TrialLine]:
    return read_lines(place.journal, TrialLine)


def _seconds(trials: Sequence[TrialLine]) -> float:
    return float(sum(trial.offset_s - trial.onset_s for trial in trials))


def _longest_gap_ms(trials: Sequence[TrialLine]) -> float:
    return max(1000.0 * float(np.diff(trial.flip_times_s).max()) for trial in trials)

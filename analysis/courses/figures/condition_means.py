"""Mean course of a condition over participants, with its interval.

Frames of a trial are averaged in bins of time, then the trials of a participant, then the participants. The interval is
that of the mean over participants by Student's t, so it describes people and not trials. Frames are not interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit  # a quantile; `scipy.stats` takes a third of a second to load

from analysis.courses.figures.course_reading import DrawnTrial
from analysis.face.arrays import FloatArray, IntArray
from experiment.record.session_record import SessionRecord

BIN_S = 0.05
"""Width of a bin for cameras with 30 frames a second or more."""
CONFIDENCE = 0.95
FEWEST_FOR_INTERVAL = 2


@dataclass(frozen=True, slots=True, eq=False)
class BinnedTrial:
    """A trial reduced to what the figures of many trials draw."""

    participant: str
    label: str
    """Label of its session."""
    trial_id: str
    target: str
    """Identifies the target in all sessions."""
    group: str
    """The condition."""
    first_bin: int
    """Bin 0 begins at the onset of the target."""
    values: FloatArray
    """(M, B) mean change of each measure in each bin; NaN without a used frame."""
    onsets_s: tuple[float | None, ...]
    """Onset of each measure."""
    duration_s: float
    """How long the target was shown."""


@dataclass(frozen=True, slots=True, eq=False)
class ConditionMean:
    """The mean course of one measure in one condition."""

    group: str
    time_s: FloatArray
    """(B,) middle of the bins."""
    mean: FloatArray
    """(B,) mean over participants; NaN where fewer than half of them contribute."""
    half_width: FloatArray
    """(B,) half of the interval; NaN with fewer than two participants."""
    participants: int
    trials: int


def bin_width_s(time_s: FloatArray) -> float:
    """Return the width of bins: `BIN_S`, or wider for a slow camera.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times of the frames of a trial.
    """
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    return max(BIN_S, math.ceil(120.0 * step_s - 1e-6) / 100.0)


def bin_trial(trial: DrawnTrial, measures: Sequence[str], *, group: str, width_s: float) -> BinnedTrial:
    """Return the mean change of each measure in bins of time.

    Parameters
    ----------
    trial : DrawnTrial
        The trial.
    measures : sequence of str
        Keys of its values.
    group : str
        Its condition.
    width_s : float
        Width of the bins.
    """
    bins: IntArray = np.floor(trial.time_s / width_s + 1e-9).astype(np.int64)
    first, count = (int(bins.min()), int(np.ptp(bins)) + 1) if len(bins) else (0, 0)
    rows = np.full((len(measures), count), np.nan)
    for row, measure in zip(rows, measures, strict=True):
        change = trial.change(measure)
        given = np.isfinite(change)
        sums = np.bincount(bins[given] - first, weights=change[given], minlength=count)
        frames = np.bincount(bins[given] - first, minlength=count)
        np.divide(sums, frames, out=row, where=frames > 0)
    onsets = tuple(trial.movements[name].onset_s if name in trial.movements else None for name in measures)
    return BinnedTrial(
        participant=trial.record.participant,
        label=trial.record.label,
        trial_id=trial.trial.id,
        target=target_key(trial.record, trial.trial.target),
        group=group,
        first_bin=first,
        values=rows,
        onsets_s=onsets,
        duration_s=trial.trial.duration_s,
    )


def target_key(record: SessionRecord, name: str) -> str:
    """Return a key that is the same for the same face in all sessions.

    Parameters
    ----------
    record : SessionRecord
        A session.
    name : str
        Name of the target.
    """
    target = record.targets[name]
    return f"{name}:{(target.motion_sha256 or target.sha256)[:12]}"


def stacked(trials: Sequence[BinnedTrial], measure: int, *, width_s: float) -> tuple[FloatArray, FloatArray]:
    """Return the (B + 1,) edges of bins, s, and the (T, B) values of a measure.

    Parameters
    ----------
    trials : sequence of BinnedTrial
        Trials with the same bins.
    measure : int
        Number of the measure.
    width_s : float
        Width of the bins.
    """
    filled = [one for one in trials if one.values.shape[1]]
    first = min((one.first_bin for one in filled), default=0)
    last = max((one.first_bin + one.values.shape[1] for one in filled), default=0)
    values = np.full((len(trials), last - first), np.nan)
    for row, one in zip(values, trials, strict=True):
        begin = one.first_bin - first
        row[begin : begin + one.values.shape[1]] = one.values[measure]
    return np.arange(first, last + 1) * width_s, values


def condition_mean(trials: Sequence[BinnedTrial], measure: int, *, width_s: float) -> ConditionMean:
    """Return the mean of the participants' means, with its 95 % interval.

    Parameters
    ----------
    trials : sequence of BinnedTrial
        The trials of one condition.
    measure : int
        Number of the measure.
    width_s : float
        Width of the bins.
    """
    edges_s, values = stacked(trials, measure, width_s=width_s)
    measured = np.isfinite(values).any(axis=1)
    owners = np.array([one.participant for one in trials])
    people = sorted(set(owners[measured].tolist()))
    of_people = np.array([_mean(values[owners == one]) for one in people]).reshape(len(people), values.shape[1])
    count = np.isfinite(of_people).sum(axis=0)
    mean = _mean(of_people)
    mean[2 * count < len(people)] = np.nan
    half = np.full(len(mean), np.nan)
    enough = (count >= FEWEST_FOR_INTERVAL) & np.isfinite(mean)
    if enough.any():
        spread = np.nanstd(of_people[:, enough], axis=0, ddof=1)
        quantile = stdtrit(count[enough] - 1, (1.0 + CONFIDENCE) / 2.0)
        half[enough] = quantile * spread / np.sqrt(count[enough])
    middle_s = (edges_s[:-1] + edges_s[1:]) / 2.0
    group = trials[0].group if trials else ""
    return ConditionMean(group, middle_s, mean, half, len(people), int(measured.sum()))


def _mean(rows: FloatArray) -> FloatArray:
    """Return the mean over rows, without a warning where all are NaN."""
    given = np.isfinite(rows)
    sums, count = np.where(given, rows, 0.0).sum(axis=0), given.sum(axis=0)
    return np.asarray(np.divide(sums, count, out=np.full(rows.shape[1], np.nan), where=count > 0))

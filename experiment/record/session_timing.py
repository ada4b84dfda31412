"""How well a session kept time: every flip, every camera frame, every key press, and a judgement of each trial.

Read from the journal, where all of it is. Times count from the start of the session, also after it was resumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiment.record.history import CAMERA_TIMES, History, read_history
from experiment.record.journal import Entry
from experiment.record.layout import SessionPlace

FloatArray = NDArray[np.float64]

LONGEST_HALF_INTERVAL = 0.75
"""Of the camera's interval: half an interval is 0.5 of it, with one frame lost 1.0."""
ROUNDING_MS = 0.01
LOST = 1.5
"""A camera interval of more than so many nominal ones has a frame missing in it."""
SLOW = 0.9
"""Of the nominal rate: below, the camera exposes longer than it was asked to, for want of light."""

FAULTS = {
    "frames-missed": "the display missed frames",
    "no-frame": "no camera frame was kept for the key press",
    "not-nearest": "the frame kept is farther from the key press than half a camera interval",
    "camera-gap": "the camera gave no frame near the key press: it lost some, or is slower than asked for",
    "aborted": "the trial was broken off",
}
"""What makes a trial fail, in words. Words not listed come from the session: what it found wrong with the trial."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialTiming:
    """One trial in time."""

    id: str
    attempt: int
    target: str
    outcome: str
    begin_s: float
    """First flip of the trial."""
    end_s: float
    flips_s: FloatArray
    """(N,) times of its flips."""
    late_flips: int
    missed_frames: int
    key_s: float | None
    key_to_frame_ms: float | None
    half_interval_ms: float | None
    camera_interval_ms: float | None
    """Median while the trial ran; None if it is not known."""
    camera_lost: int | None
    """Frames missing meanwhile."""
    faults: tuple[str, ...]
    """Words of `FAULTS`, or of the session."""

    @property
    def passes(self) -> bool:
        """Whether its timing is as it should be."""
        return not self.faults


@dataclass(frozen=True, slots=True, eq=False)
class SessionTiming:
    """One session in time."""

    place: SessionPlace
    task: str
    trials: tuple[TrialTiming, ...]
    camera_s: FloatArray
    """(N,) times of all camera frames that are known, in order; the last seconds before a crash are not."""
    camera_breaks: tuple[int, ...]
    """Positions in `camera_s` before which the session was interrupted: no interval leads there."""
    flip_period_ms: float
    """Time between two refreshes, as the session reckoned."""
    camera_period_ms: float
    """What the camera was opened with, or asked for."""
    verdict: str
    """On the display."""
    software_paced: bool
    keys_stamped_by: str

    @property
    def failed(self) -> tuple[TrialTiming, ...]:
        """Trials that do not pass."""
        return tuple(trial for trial in self.trials if not trial.passes)

    @property
    def camera_intervals_ms(self) -> tuple[FloatArray, FloatArray]:
        """Times of frames and the milliseconds since the frame before."""
        keep = np.ones(max(0, len(self.camera_s) - 1), dtype=bool)
        keep[[position - 1 for position in self.camera_breaks if 0 < position < len(self.camera_s)]] = False
        return self.camera_s[1:][keep], 1000 * np.diff(self.camera_s)[keep]

    @property
    def is_slow(self) -> bool:
        """Whether the camera is slower than it was opened with: webcams expose longer in the dark."""
        intervals = self.camera_intervals_ms[1]
        return len(intervals) >= 8 and SLOW * float(np.median(intervals)) > self.camera_period_ms

    def sentences(self) -> list[str]:
        """What to tell whoever ran the session: how many trials pass, and each that does not."""
        passed = len(self.trials) - len(self.failed)
        told = [f"timing: {passed} of {len(self.trials)} trials pass"]
        if self.software_paced:
            told[0] += "; frames were paced by the computer's clock, which is not certified"
        for trial in self.failed:
            again = f" (attempt {trial.attempt})" if trial.attempt > 1 else ""
            told.append(f"  {trial.id}{again}: " + "; ".join(in_words(fault, trial) for fault in trial.faults))
        if self.is_slow:
            rate = 1000 / float(np.median(self.camera_intervals_ms[1]))
            told.append(
                f"  the camera gave {rate:.1f} frames a second instead of {1000 / self.camera_period_ms:.1f}: more "
                "light lets a webcam expose shorter"
            )
        return told


def in_words(fault: str, trial: TrialTiming) -> str:
    """A fault of a trial as it is told."""
    if fault == "frames-missed":
        return f"{trial.missed_frames} display frames missed at {trial.late_flips} flips"
    return FAULTS.get(fault, fault)


def session_timing(place: SessionPlace) -> SessionTiming:
    """Read the timing of a session.

    Raises
    ------
    RecordError
        If there is no journal, or it is damaged.
    """
    flips: list[FloatArray] = []  # of every trial
    camera: list[FloatArray] = []
    breaks: list[int] = []

    def collect(entry: Entry, history: History) -> None:
        shift_s = history.segments[-1].shift_s
        if entry.event == "session-resume" and camera:
            breaks.append(sum(map(len, camera)))
        elif entry.event == "trial":
            flips.append(np.asarray(entry.data["flip_times_s"], dtype=np.float64) + shift_s)
        elif entry.event == CAMERA_TIMES:
            camera.append(np.asarray(entry.data["time_s"], dtype=np.float64) + shift_s)

    history = read_history(place, each=collect)
    camera_s = np.sort(np.concatenate(camera)) if camera else np.empty(0)
    display = history.start["display"]
    period_ms = _camera_period_ms(history.start["camera"])
    trials = [_trial(data, flips_s, camera_s, period_ms) for data, flips_s in zip(history.trials, flips, strict=True)]
    return SessionTiming(
        place=place,
        task=history.start["task"],
        trials=tuple(trials),
        camera_s=camera_s,
        camera_breaks=tuple(breaks),
        flip_period_ms=_flip_period_ms(display, trials),
        camera_period_ms=period_ms,
        verdict=str(display.get("verdict", "")),
        software_paced=bool(display.get("software_paced", False)),
        keys_stamped_by=str(display.get("keys_stamped_by", "")),
    )


def _trial(data: Mapping[str, Any], flips_s: FloatArray, camera_s: FloatArray, period_ms: float) -> TrialTiming:
    """A trial as the history has it, its times from the start of the session."""
    begin_s = float(flips_s[0]) if len(flips_s) else data["onset_s"]
    end_s = float(flips_s[-1]) if len(flips_s) else data["offset_s"]
    own = 1000 * np.diff(camera_s[(camera_s >= begin_s) & (camera_s <= end_s)])
    steps = np.rint(own[own > LOST * period_ms] / period_ms)
    return TrialTiming(
        id=data["id"],
        attempt=data["attempt"],
        target=data["target"],
        outcome=data["outcome"],
        begin_s=begin_s,
        end_s=end_s,
        flips_s=flips_s,
        late_flips=int(data["late_flips"]),
        missed_frames=int(data["missed_frames"]),
        key_s=data["key_time_s"],
        key_to_frame_ms=data["key_to_frame_ms"],
        half_interval_ms=data["half_interval_ms"],
        camera_interval_ms=float(np.median(own)) if len(own) else None,
        camera_lost=int((steps - 1).sum()) if len(own) else None,
        faults=tuple(_faults(data, period_ms)),
    )


def _faults(data: Mapping[str, Any], camera_period_ms: float) -> list[str]:
    if data["outcome"] == "aborted":
        return ["aborted"]
    faults = ["frames-missed"] if data["missed_frames"] else []
    if data["problem"]:
        faults.append(data["problem"])
    if data["outcome"] == "response":
        distance, half = data["key_to_frame_ms"], data["half_interval_ms"]
        if distance is None:
            faults.append("no-frame")
        elif half is not None and abs(distance) > half + ROUNDING_MS:
            faults.append("not-nearest")
        if half is not None and half > LONGEST_HALF_INTERVAL * camera_period_ms:
            faults.append("camera-gap")
    return faults


def _camera_period_ms(camera: Mapping[str, Any]) -> float:
    """From the rate the camera says it gives; if it says none, from the one it was asked for."""
    rate_hz = float(camera.get("rate_hz") or 0) or float(camera.get("asked", {}).get("rate_hz") or 0) or 30.0
    return 1000 / rate_hz


def _flip_period_ms(display: Mapping[str, Any], trials: list[TrialTiming]) -> float:
    refresh = display.get("refresh", {})
    rate_hz = refresh.get("nominal_hz" if display.get("software_paced") else "measured_hz")
    if rate_hz:
        return 1000 / float(rate_hz)
    intervals = [np.diff(trial.flips_s) for trial in trials if len(trial.flips_s) > 1]
    return 1000 * float(np.median(np.concatenate(intervals))) if intervals else 1000 / 60

"""Timing of a session: flips, camera frames, key presses, verdicts.

All of it is read from the journal. Times count from the start of the session, also after it was resumed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiment.record.camera_offset_report import CameraOffsets, offsets_of
from experiment.record.checks.plausibility import MESSAGES
from experiment.record.history import CHANGED_LINE, History, RecordedTrial, read_history
from experiment.record.journal_lines import CameraTimesLine, FilmEndLine, JournalLine, SessionResume, TrialLine
from experiment.record.layout import SessionPlace
from experiment.record.session_record import NO_FRAME_MESSAGES
from experiment.record.viewing_summary import ViewingSummary, viewing_summary

FloatArray = NDArray[np.float64]

LONGEST_HALF_INTERVAL = 0.75
"""Limit of half an interval, in camera intervals: 0.5 is regular, 1.0 has one frame lost."""
ROUNDING_MS = 0.01
LOST = 1.5
"""A camera interval longer than this many nominal ones lacks a frame."""
SLOW = 0.9
"""Share of the nominal rate; a slower camera exposes longer because it lacks light."""

FAULTS = {
    "frames-missed": "the display missed frames",
    "no-frame": "no camera frame was kept for the key press",
    "not-nearest": "the frame kept is farther from the key press than half a camera interval",
    "camera-gap": "the camera gave no frame near the key press: it lost some, or is slower than asked for",
    "aborted": "the trial was aborted",
    **MESSAGES,
    CHANGED_LINE: "its line in the journal, or the first line, is not as the session wrote it",
}
"""Faults for which a trial fails, and their texts. Faults not listed come from the session."""

FILM_LOSSES = {
    "queue": "because the computer was too slow to encode them",
    "camera": "by the camera",
    "size": "because their size is larger than the camera announced",
    "interrupted": "because the session was interrupted",
}
"""Texts for the reasons of lost film frames (`experiment.record.film.frame_queue.LossReason`)."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialTiming:
    """One trial in time."""

    recorded: RecordedTrial
    begin_s: float
    """First flip of the trial."""
    end_s: float
    flips_s: FloatArray
    """(N,) times of its flips."""
    camera_interval_ms: float | None
    """Median during the trial; None if it is not known."""
    camera_lost: int | None
    """Frames missing during the trial."""
    faults: tuple[str, ...]
    """Words of `FAULTS`, or of the session."""
    excluded: str = ""
    """Reason of the experimenter to exclude the trial or its session; empty if it counts."""

    @property
    def passes(self) -> bool:
        """Whether it has no fault."""
        return not self.faults


@dataclass(frozen=True, slots=True, eq=False)
class SessionTiming:
    """One session in time."""

    place: SessionPlace
    task: str
    trials: tuple[TrialTiming, ...]
    camera_s: FloatArray
    """(N,) times of all known camera frames, in order; those of the last seconds before a crash are not known."""
    camera_breaks: tuple[int, ...]
    """Positions in `camera_s` before which the session was interrupted: no interval ends there."""
    flip_period_ms: float
    """Time between two refreshes that the session assumed."""
    camera_period_ms: float
    """Of the rate the camera reported, or was asked for."""
    verdict: str
    """Verdict on the display."""
    software_paced: bool
    keys_stamped_by: str
    film: tuple[FilmEndLine, ...] = ()
    """The parts of the film that are complete; those of an interrupted session when it is resumed."""
    offsets: CameraOffsets = field(default_factory=lambda: CameraOffsets(()))
    """Measured offsets of the cameras; no time contains them."""

    @property
    def viewing(self) -> ViewingSummary:
        """The viewing trials and their attention probes."""
        return viewing_summary(trial.recorded for trial in self.counted)

    @property
    def counted(self) -> tuple[TrialTiming, ...]:
        """Trials that were not excluded by hand."""
        return tuple(trial for trial in self.trials if not trial.excluded)

    @property
    def failed(self) -> tuple[TrialTiming, ...]:
        """Trials that count and do not pass."""
        return tuple(trial for trial in self.counted if not trial.passes)

    @property
    def camera_intervals_ms(self) -> tuple[FloatArray, FloatArray]:
        """Times of frames and the intervals since the frame before, (M,) each."""
        keep = np.ones(max(0, len(self.camera_s) - 1), dtype=bool)
        keep[[position - 1 for position in self.camera_breaks if 0 < position < len(self.camera_s)]] = False
        return self.camera_s[1:][keep], 1000 * np.diff(self.camera_s)[keep]

    @property
    def is_slow(self) -> bool:
        """Whether the camera is slower than its nominal rate.

        Webcams expose longer in the dark.
        """
        intervals = self.camera_intervals_ms[1]
        return len(intervals) >= 8 and SLOW * float(np.median(intervals)) > self.camera_period_ms

    def sentences(self) -> list[str]:
        """Return the report: how many trials pass, and a line for each that does not."""
        counted = len(self.counted)
        first = f"timing: {counted - len(self.failed)} of {counted} trials pass"
        if self.software_paced:
            first += "; frames were paced by the computer's clock, which is not certified"
        lines = [first]
        for trial in self.failed:
            recorded = trial.recorded
            again = f" (attempt {recorded.attempt})" if recorded.attempt > 1 else ""
            lines.append(f"  {recorded.id}{again}: " + "; ".join(fault_text(one, recorded) for one in trial.faults))
        lines += [f"  {sentence}" for sentence in self._exclusion_sentences()]
        for problem, message in NO_FRAME_MESSAGES.items():
            if count := sum(trial.recorded.problem == problem for trial in self.counted):
                lines.append(f"  trials without camera frames: {count}; {message}")
        lines += [f"  {sentence}" for sentence in self.viewing.sentences()]
        lines += self._film_sentences()
        lines += [f"  {sentence}" for sentence in self.offsets.sentences()]
        if self.is_slow:
            rate = 1000 / float(np.median(self.camera_intervals_ms[1]))
            lines.append(
                f"  the camera gave {rate:.1f} frames a second instead of {1000 / self.camera_period_ms:.1f}: more "
                "light lets a webcam expose shorter"
            )
        return lines

    def _exclusion_sentences(self) -> list[str]:
        reasons: dict[str, list[str]] = {}
        for trial in self.trials:
            if trial.excluded:
                reasons.setdefault(trial.excluded, []).append(trial.recorded.id)
        return [f"excluded by hand: {_trials(list(dict.fromkeys(ids)))}: {reason}" for reason, ids in reasons.items()]

    def _film_sentences(self) -> list[str]:
        sentences = []
        for person, name in (("participant", "film"), ("partner", "film of the partner")):
            film = [part for part in self.film if part.person == person]
            if not film:
                continue
            frames, lost = sum(part.frames for part in film), Counter[str]()
            for part in film:
                lost.update(part.lost)
            parts = f" in {len(film)} parts" if len(film) > 1 else ""
            reasons = "; ".join(f"{count} {FILM_LOSSES.get(reason, reason)}" for reason, count in sorted(lost.items()))
            sentence = f"  {name}: {frames} frames{parts}, {sum(lost.values())} lost"
            sentences.append(sentence + (f": {reasons}" if reasons else ""))
        return sentences


def _trials(ids: list[str]) -> str:
    return ", ".join(ids) if len(ids) <= 6 else f"{len(ids)} trials, {ids[0]} to {ids[-1]}"


def fault_text(fault: str, trial: RecordedTrial) -> str:
    """Return the text of a fault of a trial."""
    if fault == "frames-missed":
        frames, flips = ("" if count == 1 else "s" for count in (trial.missed_frames, trial.late_flips))
        return f"{trial.missed_frames} display frame{frames} missed at {trial.late_flips} flip{flips}"
    return FAULTS.get(fault, fault)


def session_timing(place: SessionPlace) -> SessionTiming:
    """Read the timing of a session.

    Raises
    ------
    RecordError
        If the journal does not exist or is damaged.
    """
    flips: list[FloatArray] = []  # of every trial
    camera: list[FloatArray] = []
    breaks: list[int] = []

    def collect(line: JournalLine, history: History) -> None:
        shift_s = history.segments[-1].shift_s
        match line:
            case SessionResume() if camera:
                breaks.append(sum(map(len, camera)))
            case TrialLine():
                flips.append(np.asarray(line.flip_times_s, dtype=np.float64) + shift_s)
            case CameraTimesLine():
                camera.append(np.asarray(line.captured_s, dtype=np.float64) + shift_s)

    history = read_history(place, each=collect)
    camera_s = np.sort(np.concatenate(camera)) if camera else np.empty(0)
    display = history.start.setting.display
    period_ms = _camera_period_ms(history.start.setting.camera)
    excluded = [history.exclusion_of(trial.id) for trial in history.trials]
    trials = [
        replace(_trial(trial, flips_s, camera_s, period_ms), excluded="" if line is None else line.reason)
        for trial, flips_s, line in zip(history.trials, flips, excluded, strict=True)
    ]
    return SessionTiming(
        place=place,
        task=history.start.task,
        trials=tuple(trials),
        camera_s=camera_s,
        camera_breaks=tuple(breaks),
        flip_period_ms=_flip_period_ms(display, trials),
        camera_period_ms=period_ms,
        verdict=str(display.get("verdict", "")),
        software_paced=bool(display.get("software_paced", False)),
        keys_stamped_by=str(display.get("keys_stamped_by", "")),
        film=tuple(history.film),
        offsets=offsets_of(history),
    )


def _trial(trial: RecordedTrial, flips_s: FloatArray, camera_s: FloatArray, period_ms: float) -> TrialTiming:
    begin_s = float(flips_s[0]) if len(flips_s) else trial.onset_s
    end_s = float(flips_s[-1]) if len(flips_s) else trial.offset_s
    own = 1000 * np.diff(camera_s[(camera_s >= begin_s) & (camera_s <= end_s)])
    steps = np.rint(own[own > LOST * period_ms] / period_ms)
    return TrialTiming(
        recorded=trial,
        begin_s=begin_s,
        end_s=end_s,
        flips_s=flips_s,
        camera_interval_ms=float(np.median(own)) if len(own) else None,
        camera_lost=int((steps - 1).sum()) if len(own) else None,
        faults=tuple(_faults(trial, period_ms)),
    )


def _faults(trial: RecordedTrial, camera_period_ms: float) -> list[str]:
    if trial.outcome == "aborted":
        return ["aborted", *trial.implausible]
    faults = [*trial.implausible, *(["frames-missed"] if trial.missed_frames else [])]
    if trial.problem in NO_FRAME_MESSAGES:
        return faults
    if trial.problem:
        faults.append(trial.problem)
    if trial.outcome == "response":
        distance, half = trial.anchor_to_frame_ms, trial.half_interval_ms
        if distance is None:
            faults.append("no-frame")
        elif half is not None and abs(distance) > half + ROUNDING_MS:
            faults.append("not-nearest")
        if half is not None and half > LONGEST_HALF_INTERVAL * camera_period_ms:
            faults.append("camera-gap")
    return faults


def _camera_period_ms(camera: Mapping[str, Any]) -> float:
    """Return the period of the rate the camera reports.

    Without one, of the rate it was asked for.
    """
    rate_hz = float(camera.get("rate_hz") or 0) or float(camera.get("asked", {}).get("rate_hz") or 0) or 30.0
    return 1000 / rate_hz


def _flip_period_ms(display: Mapping[str, Any], trials: list[TrialTiming]) -> float:
    refresh = display.get("refresh", {})
    rate_hz = refresh.get("nominal_hz" if display.get("software_paced") else "measured_hz")
    if rate_hz:
        return 1000 / float(rate_hz)
    intervals = [np.diff(trial.flips_s) for trial in trials if len(trial.flips_s) > 1]
    return 1000 * float(np.median(np.concatenate(intervals))) if intervals else 1000 / 60

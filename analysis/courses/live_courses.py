"""What was measured live in the trials of a training session, frame by frame.

The session wrote these values; nothing is measured again. The measurement is not that of `courses`: it is quicker,
follows landmarks from frame to frame, and has another metric of similarity. So these values have a table of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.courses.course_columns import ABOUT, EMOTION, FRAME_COLUMNS, SIMILARITY, SOURCE, UNIT, number_text
from analysis.courses.frames import POSE, QUALITY
from analysis.courses.unit_movements import directions
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.terminal import many
from experiment.record.history import CHANGED_LINE, History, read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import CalibrationLine, JournalLine, LiveCalibrationLine, LiveLine, TrialLine
from experiment.record.layout import SessionPlace
from experiment.record.live import require_whole
from experiment.record.session_record import SessionRecord, TrialRecord

LIVE = "live-"
"""Begin of the names of these tables, after the part for the session."""
LIVE_COLUMNS = ("intensity", "hint")
"""Strength of the movement relative to the target's, and the hint on the screen; only of these tables."""


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """What was measured in one frame."""

    index: int
    time_s: float
    """From the onset of the target."""
    reason: str
    """Why nothing was measured; empty if something was."""
    similarity: float | None
    intensity: float | None
    units: tuple[float, ...]
    emotions: tuple[float, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class LiveTrial:
    """The frames of a trial, in the order in which they were shown."""

    trial: TrialRecord
    neutral: str
    """``calibration``, or ``none`` if the face at rest was not measured since the program was started."""
    frames: tuple[LiveFrame, ...]


@dataclass(frozen=True, slots=True)
class LiveSession:
    """The live measurements of a session."""

    trials: tuple[LiveTrial, ...] = ()
    changed_lines: int = 0
    """Lines of the journal with live measurements that are not as the session wrote them; they are left out."""
    metric: str = "units"
    """Metric of the similarities."""


@dataclass(slots=True)
class _Stretch:
    """What the journal has of a session without interruption."""

    measured: list[tuple[int, LiveLine]]
    """Number of each line, and the line."""
    calibrated_s: list[float]


def has_live(record: SessionRecord, place: SessionPlace) -> bool:
    """Return whether the journal of a session has live measurements that may be used.

    Parameters
    ----------
    record : SessionRecord
        The session.
    place : SessionPlace
        Where it lies.

    Raises
    ------
    RecordError
        If the journal cannot be read.
    """
    entries = () if record.withheld else read_journal(place.journal).entries
    return any(entry.event == LiveLine.EVENT for entry in entries)


def live_session(record: SessionRecord, place: SessionPlace) -> LiveSession:
    """Return the live measurements of the trials of a session that were not aborted.

    Parameters
    ----------
    record : SessionRecord
        The session.
    place : SessionPlace
        Where it lies.

    Raises
    ------
    RecordError
        If the journal cannot be read.
    """
    if record.withheld:
        return LiveSession()
    attempts, stretches, changed = _read_journal(place)
    found = []
    for trial, (number, attempt) in zip(record.trials, attempts, strict=True):
        if trial.outcome == "aborted" or trial.excluded or trial.problem == CHANGED_LINE:
            continue
        stretch = stretches[number]
        frames = tuple(frame for n, line in stretch.measured if n not in changed for frame in _frames(line, attempt))
        if frames:
            calibrated = any(time_s < attempt.onset_s for time_s in stretch.calibrated_s)
            failed = bool(trial.details.get("measuring_problem"))
            neutral = "calibration" if calibrated and not failed else "none"
            found.append(LiveTrial(trial, neutral, frames))
    measured = [pair for stretch in stretches.values() for pair in stretch.measured]
    metric = measured[0][1].metric if measured else "units"
    return LiveSession(tuple(found), sum(n in changed for n, _ in measured), metric)


def _read_journal(
    place: SessionPlace,
) -> tuple[list[tuple[int, TrialLine]], Mapping[int, _Stretch], Collection[int]]:
    """Return the attempts with their stretches, the stretches, and changed lines."""
    attempts: list[tuple[int, TrialLine]] = []
    stretches: defaultdict[int, _Stretch] = defaultdict(lambda: _Stretch([], []))

    def take(line: JournalLine, history: History) -> None:
        number = len(history.segments)
        if isinstance(line, TrialLine):
            attempts.append((number, line))
        elif isinstance(line, CalibrationLine):
            stretches[number].calibrated_s += [frame.captured_s for frame in line.frames]
        elif isinstance(line, LiveCalibrationLine):
            stretches[number].calibrated_s.append(float("-inf"))
        elif isinstance(line, LiveLine):
            stretches[number].measured.append((history.lines - 1, line))

    changed = {line.n for line in read_history(place, each=take).changed}
    for stretch in stretches.values():
        for n, line in stretch.measured:
            if n not in changed:
                require_whole(line, place, number=n)
    return attempts, stretches, changed


def _frames(line: LiveLine, attempt: TrialLine) -> Iterator[LiveFrame]:
    """Yield the frames of a line that were captured while the target was shown."""
    for number, index in enumerate(line.frame):
        captured_s, fault = line.captured_s[number], line.fault[number]
        if not attempt.onset_s <= captured_s <= attempt.offset_s:
            continue
        yield LiveFrame(
            index,
            captured_s - attempt.onset_s,
            fault or "",
            line.similarity[number],
            line.intensity[number],
            () if fault else tuple(line.units[number]),
            () if fault else tuple(line.emotions[number]),
            line.hint[number],
        )


def live_columns(model: FaceModel) -> tuple[str, ...]:
    """Return the columns of the table: those of `courses`, and `LIVE_COLUMNS`.

    Movements in the direction of units are not measured live; their columns are empty.

    Parameters
    ----------
    model : FaceModel
        The model of the live measurement.
    """
    measures = (
        *(UNIT + name for name in model.bases["units"].names),
        *directions().measures,
        *(EMOTION + name for name in EMOTIONS),
    )
    return (*ABOUT, *FRAME_COLUMNS, SIMILARITY, *POSE, "neutral", SOURCE, *QUALITY, *measures, *LIVE_COLUMNS)


def live_rows(session: LiveSession, record: SessionRecord, model: FaceModel) -> Iterator[list[Any]]:
    """Yield the cells of each frame.

    Parameters
    ----------
    session : LiveSession
        The measurements.
    record : SessionRecord
        Their session.
    model : FaceModel
        The model of the live measurement.
    """
    units = len(model.bases["units"].names)
    for one in session.trials:
        trial = one.trial
        about = (record.participant, record.session or "", trial.id, trial.kind, trial.target)
        for frame in one.frames:
            yield [
                *about,
                *(frame.index, number_text(frame.time_s, 6), int(not frame.reason), frame.reason),
                number_text(frame.similarity),
                *[""] * len(POSE),
                *(one.neutral, "live"),
                *[""] * len(QUALITY),
                *_cells(frame.units, units),
                *[""] * len(directions().units),
                *_cells(frame.emotions, len(EMOTIONS)),
                *(number_text(frame.intensity), frame.hint),
            ]


def _cells(values: Sequence[float], count: int) -> list[str]:
    """Return the cells of values; empty ones if the model has another number."""
    return [number_text(value) for value in values] if len(values) == count else [""] * count


def live_notes(session: LiveSession, model: FaceModel) -> Iterator[str]:
    """Yield what a reader of the table must know.

    Parameters
    ----------
    session : LiveSession
        The measurements.
    model : FaceModel
        The model of the live measurement.
    """
    if session.metric != "units":
        yield f"the live similarity is that of the metric {session.metric}"
    if session.changed_lines:
        yield (
            f"left out: {many(session.changed_lines, 'line')} of live measurements in the journal, because the session "
            "did not write them like this"
        )
    counts = {len(frame.units) for one in session.trials for frame in one.frames if frame.units}
    if other := sorted(counts - {len(model.bases["units"].names)}):
        yield (
            f"live measurements have {other[0]} units, the face model {model.name} has "
            f"{len(model.bases['units'].names)}: the units are left out"
        )
    without = sum(one.neutral == "none" for one in session.trials)
    if without:
        yield (
            f"{without} of {len(session.trials)} trials were measured live without a face at rest, as after `resume`: "
            "their live values contain the face itself"
        )

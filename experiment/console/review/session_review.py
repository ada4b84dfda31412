"""One recorded session as the page Review shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from experiment.record.history import History, RecordedTrial, read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import CameraFaultLine, ContinueLine, NoteLine, PauseLine, SessionEnd
from experiment.record.layout import SessionPlace
from experiment.record.session_timing import SessionTiming, session_timing
from experiment.record.sessions import session_record
from experiment.record.trial_pictures import film_pictures_of, pictures_of, why_closed

SessionState = Literal["complete", "interrupted", "declined", "excluded"]
Verdict = Literal["usable", "not-checked", "not-measurable", "no-response", "no-picture", "spoilt", "excluded"]
"""What becomes of a trial: ``spoilt`` has a fault of a device."""
KILLED = "killed"
"""Reason of an interruption without an end in the journal: a crash, a power cut, a killed process."""


@dataclass(frozen=True, slots=True)
class TrialReview:
    """One attempt at a trial."""

    recorded: RecordedTrial
    verdict: Verdict
    reasons: tuple[str, ...]
    """Words for why it is not usable: faults of the face check, outcome, problem."""
    timing_faults: tuple[str, ...]
    """Words of `experiment.record.session_timing.FAULTS`."""
    exclusion: str
    """Reason of its own exclusion; empty if it has none."""
    roles: tuple[str, ...]
    """What each of its pictures is, in the order of time: ``before``, ``key``, ``after``, ``film``."""
    film_pictures: int
    """Number of pictures from the film."""

    @property
    def best_picture(self) -> int:
        """Position of the picture that is shown first."""
        return best_picture(self.roles)


@dataclass(frozen=True, slots=True)
class SessionReview:
    """One session with its trials."""

    place: SessionPlace
    history: History
    state: SessionState
    interruption: str
    """Why it is not complete: ``ended``, ``interrupted``, `KILLED`, or a fault of the camera; else empty."""
    exclusion: str
    """Reason to exclude the whole session; empty if it counts."""
    closed: str
    """Why no picture can be shown, as `experiment.record.trial_pictures.why_closed`."""
    trials: tuple[TrialReview, ...]
    timing: SessionTiming
    warnings: tuple[str, ...]
    notes: tuple[NoteLine, ...]

    def count(self, verdict: Verdict) -> int:
        """Return the number of trials with a verdict."""
        return sum(trial.verdict == verdict for trial in self.trials)


def best_picture(roles: Sequence[str]) -> int:
    """Return the position of the picture of the key press, else of the middle one."""
    return roles.index("key") if "key" in roles else len(roles) // 2


def session_review(place: SessionPlace) -> SessionReview:
    """Read a session for the page Review.

    It is read again only if its journal has grown or changed.

    Raises
    ------
    RecordError
        If the journal does not exist or cannot be understood.
    """
    return _session_review(place, *_version(place))


def known_history(place: SessionPlace) -> History:
    """Return what happened in a session; read again only if its journal changed.

    Raises
    ------
    RecordError
        If the journal does not exist or cannot be understood.
    """
    return _history(place, *_version(place))


def _version(place: SessionPlace) -> tuple[int, int]:
    """Return size and time of the journal: both change when a line is added."""
    if not place.journal.is_file():
        return 0, 0
    about = place.journal.stat()
    return about.st_size, about.st_mtime_ns


def _state(history: History) -> SessionState:
    """Return the state of a session that does not run now."""
    if history.exclusion is not None:
        return "excluded"
    if history.declined is not None:
        return "declined"
    return "complete" if history.complete else "interrupted"


@lru_cache(maxsize=512)
def _history(place: SessionPlace, _size_bytes: int, _changed_ns: int) -> History:
    return read_history(place)


@lru_cache(maxsize=8)
def _session_review(place: SessionPlace, _size_bytes: int, _changed_ns: int) -> SessionReview:
    history = known_history(place)
    timing = session_timing(place)
    closed = why_closed(history)
    exclusion = history.exclusion
    return SessionReview(
        place=place,
        history=history,
        state=_state(history),
        interruption=_interruption(history),
        exclusion="" if exclusion is None else exclusion.reason,
        closed=closed,
        trials=tuple(
            _trial(history, trial, timed.faults, is_closed=bool(closed))
            for trial, timed in zip(history.trials, timing.trials, strict=True)
        ),
        timing=timing,
        warnings=session_record(history).warnings,
        notes=tuple(history.notes),
    )


def _trial(history: History, trial: RecordedTrial, faults: tuple[str, ...], *, is_closed: bool) -> TrialReview:
    exclusion = history.exclusions.get(("trial", trial.id))
    verdict, reasons = _verdict(history, trial)
    return TrialReview(
        recorded=trial,
        verdict=verdict,
        reasons=reasons,
        timing_faults=faults,
        exclusion="" if exclusion is None else exclusion.reason,
        roles=() if is_closed else tuple(picture.role for picture in pictures_of(history, trial)),
        film_pictures=0 if is_closed else len(film_pictures_of(history, trial)),
    )


def _verdict(history: History, trial: RecordedTrial) -> tuple[Verdict, tuple[str, ...]]:
    """Return what becomes of a trial, and why."""
    if history.exclusion_of(trial.id) is not None:
        return "excluded", ()
    if trial.outcome in ("aborted", "timeout"):
        return "no-response", (trial.outcome,)
    has_picture = bool(trial.filmed) if trial.outcome == "viewed" else trial.key_frame is not None
    if not has_picture:
        return "no-picture", (trial.problem or "no-frame",)
    if trial.problem:
        return "spoilt", (trial.problem,)
    check = history.face_checks.get(trial.id)
    if check is None or not check.checked:
        return "not-checked", ()
    return ("usable", ()) if check.measurable else ("not-measurable", check.reasons)


def _interruption(history: History) -> str:
    """Return the word for why a session is not complete; empty if it is."""
    if history.complete or history.declined is not None:
        return ""
    entries = read_journal(history.place.journal).entries
    fault = ""
    for entry in reversed(entries):
        if entry.event in (ContinueLine.EVENT, "trial", "session-start", "session-resume"):
            break
        if entry.event == CameraFaultLine.EVENT:
            fault = str(entry.data.get("condition", ""))
            break
        if entry.event == PauseLine.EVENT:
            break
    if not history.ended:
        return fault or KILLED
    end = next(entry for entry in reversed(entries) if entry.event == SessionEnd.EVENT)
    return fault or str(end.data.get("reason") or "interrupted")

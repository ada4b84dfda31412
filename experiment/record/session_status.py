"""The state of recorded sessions: how far each came, and what is measurable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from experiment.record.consent.at_start import declined_sentence
from experiment.record.errors import RecordError
from experiment.record.face_summary import FaceSummary, summarise
from experiment.record.history import History
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.lock import living_holder
from experiment.record.skimmed_history import skim_history

SessionState = Literal["due", "running", "interrupted", "complete", "declined", "excluded"]
"""``running``: a living process of this computer records it. ``excluded``: by hand, as a whole."""
_MOST_SESSIONS = 4096
_REASONS = {
    "ended": "ended at the pause screen",
    "interrupted": "stopped by Ctrl-C, a closed window, log-off or an error",
}
_NO_END = "the program or the computer stopped without warning"


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One session of one participant; one that has not begun has state ``due``."""

    participant: str
    session: str | None
    state: SessionState
    reason: str = ""
    """Why it was interrupted, declined or excluded, or cannot be read; else empty."""
    task: str = ""
    began_s: float | None = None
    """Seconds since 1970; None if it has not begun."""
    latest_s: float | None = None
    """Time of the latest line of its journal that counts, seconds since 1970."""
    trials_done: int = 0
    """Trials that were not aborted."""
    trials_planned: int | None = None
    """Trials of the first rounds; None if the protocol is not known."""
    measurable: int | None = None
    """Trials whose frame shows a measurable face; None if no frame was checked. Excluded trials do not count."""
    excluded_trials: int = 0
    """Trials that were excluded by hand one by one."""
    notes: int = 0
    """Notes of the experimenter."""
    resumed: int = 0
    """How often it was resumed."""
    is_pilot: bool = False
    is_simulated: bool = False

    @property
    def label(self) -> str:
        """``sub-01`` or ``sub-01_ses-a``."""
        return SessionPlace(Path(), self.participant, self.session).label

    @property
    def has_begun(self) -> bool:
        """Whether it has a journal."""
        return self.began_s is not None

    def to_json(self) -> dict[str, Any]:
        """Return the status as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """A recorded session with what a study needs to know of it."""

    status: SessionStatus
    groups: tuple[tuple[str, str], ...]
    """Level of every factor."""
    protocol_file: str
    """Where its protocol was."""
    participant_exclusion: str = ""
    """Reason to exclude all sessions of the participant; empty if there is none."""
    partner: str | None = None
    live_metric: str | None = None
    """Metric of its training; None if the journal cannot be read."""


def recorded_statuses(dataset: Path) -> Iterator[RecordedSession]:
    """Yield every recorded session of a data set, by participant and session.

    A journal is read again only after it has changed.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    """
    for place in recorded_sessions(dataset.absolute()):
        try:
            about = place.journal.stat()
            recorded = _recorded(place, about.st_size, about.st_mtime_ns)
        except (RecordError, OSError) as error:
            status = SessionStatus(place.participant, place.session, "interrupted", str(error), began_s=0.0)
            yield RecordedSession(status, (), "")
            continue
        if living_holder(place.lock) is not None:
            recorded = replace(recorded, status=replace(recorded.status, state="running", reason=""))
        yield recorded


@lru_cache(maxsize=_MOST_SESSIONS)
def _recorded(place: SessionPlace, _size_bytes: int, _changed_ns: int) -> RecordedSession:
    history = skim_history(place)
    state, reason = _state(history)
    start, faces = history.start, _faces(history)
    status = SessionStatus(
        participant=place.participant,
        session=place.session,
        state=state,
        reason=reason,
        task=start.task,
        began_s=start.setting.wall_s,
        latest_s=start.setting.wall_s + history.latest_s,
        trials_done=len(set(history.done)),
        measurable=faces.measurable if faces.checked else None,
        excluded_trials=sum(scope == "trial" for scope, _ in history.exclusions),
        notes=len(history.notes),
        resumed=len(history.resumed),
        is_pilot=start.pilot,
        is_simulated=history.is_simulated,
    )
    everywhere = history.exclusions.get(("participant", ""))
    return RecordedSession(
        status,
        tuple(start.groups.items()),
        start.protocol.file,
        "" if everywhere is None else everywhere.reason,
        start.partner,
        start.live_metric,
    )


def _state(history: History) -> tuple[SessionState, str]:
    """Return the state of a session that does not run, and the reason for it."""
    if history.exclusion is not None:
        return "excluded", history.exclusion.reason
    if declined := declined_sentence(history):
        return "declined", declined
    if history.complete:
        return "complete", ""
    return "interrupted", _REASONS.get(history.end_reason, history.end_reason) if history.ended else _NO_END


def _faces(history: History) -> FaceSummary:
    """Return the checks of the trials that were not excluded."""
    answered = [one.id for one in history.trials if one.outcome == "response" and one.key_frame is not None]
    counted = [trial for trial in answered if history.exclusion_of(trial) is None]
    return summarise(counted, history.face_checks.values())

"""The stretches of a session between its start, interruptions and its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from experiment.record.journal import Entry, Journal
from experiment.record.journal_lines import (
    AFTER_THE_END,
    CameraTimesLine,
    PermissionLine,
    SessionEnd,
    SessionResume,
    SessionStart,
)

TOLERANCE_S = 0.25
"""Lines of several threads may reach the journal this much out of order."""
REFUSED = ("refused", "pending")
"""Permissions with which no frame may be kept."""


@dataclass(slots=True)
class StretchOfSession:
    """The lines from a start or resumption to an end, a crash or the next resumption."""

    clock_s: float
    wall_s: float
    utc: str
    entries: list[Entry] = field(default_factory=list)
    camera: dict[int, float] = field(default_factory=dict)
    """Time of the camera frames, by index."""
    permissions: list[tuple[float, str]] = field(default_factory=list)
    """Time and state of every permission line."""

    @property
    def latest_s(self) -> float:
        """Time of the latest line."""
        return max(entry.time_s for entry in self.entries)

    @property
    def is_closed(self) -> bool:
        """Whether it has a line for its end."""
        return any(entry.event == SessionEnd.EVENT for entry in self.entries)

    def permission(self, time_s: float) -> str | None:
        """Return the permission at a time; None if the journal has none.

        What is known before the first line is what this line says: it comes from an earlier session.
        """
        if not self.permissions:
            return None
        earlier = [state for since_s, state in self.permissions if since_s <= time_s + TOLERANCE_S]
        return earlier[-1] if earlier else self.permissions[0][1]


def read_segments(journal: Journal) -> list[StretchOfSession]:
    """Return the stretches of a session, in order."""
    found: list[StretchOfSession] = []
    for entry in journal.entries:
        if entry.event in (SessionStart.EVENT, SessionResume.EVENT):
            data = entry.data
            found.append(StretchOfSession(float(data["clock_s"]), float(data["wall_s"]), str(data["utc"])))
        stretch = found[-1]
        stretch.entries.append(entry)
        if entry.event == CameraTimesLine.EVENT:
            stretch.camera.update(zip(entry.data["index"], entry.data["time_s"], strict=False))
        elif entry.event == PermissionLine.EVENT:
            stretch.permissions.append((entry.time_s, str(entry.data["state"])))
    return found


def is_closed(journal: Journal) -> bool:
    """Return whether the last line is the end of the session."""
    events = [entry.event for entry in journal.entries if entry.event not in AFTER_THE_END]
    return bool(events) and events[-1] == SessionEnd.EVENT


def after_the_end(stretch: StretchOfSession) -> Iterator[Entry]:
    """Yield the lines after the end of a session."""
    has_ended = False
    for entry in stretch.entries:
        if has_ended and entry.event not in AFTER_THE_END:
            yield entry
        has_ended |= entry.event == SessionEnd.EVENT

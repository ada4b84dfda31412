"""Offset of a camera on the clock of the session, as sessions record it.

A frame's time minus the offset is the time of the flip that the frame shows. The offset was measured before the session
(``check camera-loop``). No recorded time is shifted. Subtract the offset to compare frames with flips, or
the frames of two cameras.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from experiment.record.errors import RecordError
from experiment.record.journal_lines import FilmStartLine
from experiment.record.layout import FilmedPerson

KEY = "offset"
"""Key of the offset among the facts about a camera."""


@dataclass(frozen=True, slots=True)
class CameraOffset:
    """The measured offset of one camera."""

    camera: str
    """Name that stays with the camera (``identity`` of its facts)."""
    offset_s: float
    """Time stamp of a frame minus the time of the flip that it shows, in seconds; with the lag of the screen."""
    low_s: float
    high_s: float
    """A 95 % interval."""
    size_px: tuple[int, int]
    rate_hz: float
    """Size and rate of the camera at the measurement; the offset holds for these."""
    time_kind: str
    """Source of its time stamps (`experiment.ports.camera.TimeKind`)."""
    measured_utc: str
    flashes: int

    @property
    def half_width_s(self) -> float:
        """Half the 95 % interval, in seconds."""
        return (self.high_s - self.low_s) / 2

    def flip_time_s(self, captured_s: float) -> float:
        """Return the time of the flip that a frame shows, in seconds."""
        return captured_s - self.offset_s

    def to_json(self) -> dict[str, Any]:
        """Return the offset as JSON values."""
        return {**asdict(self), "size_px": list(self.size_px)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> CameraOffset:
        """Build an offset from JSON values.

        Raises
        ------
        KeyError, TypeError, ValueError
            If a key is missing, or a value is not a number.
        """
        numbers = {name: float(value[name]) for name in ("offset_s", "low_s", "high_s", "rate_hz")}
        if not all(math.isfinite(number) for number in numbers.values()):
            raise ValueError("a number is not finite")
        width_px, height_px = value["size_px"]
        return cls(
            camera=str(value["camera"]),
            size_px=(int(width_px), int(height_px)),
            time_kind=str(value["time_kind"]),
            measured_utc=str(value["measured_utc"]),
            flashes=int(value["flashes"]),
            **numbers,
        )


def difference_s(of: CameraOffset, minus: CameraOffset) -> tuple[float, float]:
    """Return the difference of two offsets and its error, in seconds.

    The lag of the screen cancels if both were measured on the same screen. The error is half a 95 % interval of the
    difference of two independent measurements.
    """
    return of.offset_s - minus.offset_s, math.hypot(of.half_width_s, minus.half_width_s)


def recorded_offsets(camera: Mapping[str, Any]) -> dict[FilmedPerson, CameraOffset]:
    """Return the recorded offsets of the cameras of a session, by person.

    Raises
    ------
    RecordError
        If an offset is damaged.
    """
    found: dict[FilmedPerson, CameraOffset] = {}
    for person, facts in cameras_of(camera).items():
        if (offset := facts.get(KEY)) is not None:
            found[person] = _parsed(offset)
    return found


def cameras_of(camera: Mapping[str, Any]) -> dict[FilmedPerson, Mapping[str, Any]]:
    """Return the recorded facts about each camera of a session, by person."""
    found: dict[FilmedPerson, Mapping[str, Any]] = {"participant": camera}
    if isinstance(partner := camera.get("partner"), Mapping):
        found["partner"] = partner
    return found


def offset_of_part(lines: Iterable[FilmStartLine], *, person: FilmedPerson, part: int) -> CameraOffset | None:
    """Return the offset of the camera that filmed a part; None if it was not measured.

    Parameters
    ----------
    lines : iterable of FilmStartLine
        All such lines of a journal, in order.
    person : {"participant", "partner"}
        Whom the film shows.
    part : int
        Number of the part.

    Raises
    ------
    RecordError
        If the offset is damaged.
    """
    found = [line for line in lines if line.person == person and line.part <= part]
    offset = found[-1].camera_offset if found else None
    return None if offset is None else _parsed(offset)


def _parsed(value: Any) -> CameraOffset:
    try:
        return CameraOffset.from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecordError(
            f"the offset of a camera in the journal is damaged ({error}); restore the journal from a copy"
        ) from error

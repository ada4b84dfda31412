"""The condition of a camera: running, or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from experiment.ports.camera import CameraFault

CameraCondition = Literal["starting", "running", "stalled", "frozen", "unplugged", "ended"]

_STALLED_S = 1.0
"""A camera without a frame for this long (or for 10 frame intervals, if that is longer) has stopped."""
_FROZEN_S = 2.0
"""Duplicates of one picture for this long mean a frozen driver or a covered lens."""
_FIRST_FRAME_S = 10.0
"""Longest time from opening to the first frame."""

_MESSAGES: dict[CameraCondition, str] = {
    "starting": "",
    "running": "",
    "stalled": "The camera sends no pictures. Check its cable and that no other program uses it.",
    "frozen": "The camera's picture does not change. Uncover the lens, or unplug the camera and plug it in again.",
    "unplugged": "The camera is gone. Plug it in again.",
    "ended": "The camera's recording has come to its end.",
}
_FAULTS: dict[CameraCondition, CameraFault] = {
    "stalled": "stalled",
    "frozen": "frozen",
    "unplugged": "unplugged",
    "ended": "ended",
}


@dataclass(frozen=True, slots=True)
class CameraState:
    """The condition of the camera at one moment."""

    condition: CameraCondition
    since_s: float
    """When it began, on the clock of the session."""
    frames: int
    """All frames so far."""
    duplicates: int
    """Frames that came twice."""
    reason: str = ""
    """What the driver reported when the camera was lost last; for the journal."""
    by_file: bool = False
    """Whether a picture file was the reason, not the camera's cable."""
    of_partner: bool = False
    """Whether this is the camera of the second person of a session."""

    @property
    def message(self) -> str:
        """One sentence for the screen: the fault and its remedy.

        Empty while the camera starts or runs.
        """
        message = self.reason if self.by_file and self.condition == "unplugged" else _MESSAGES[self.condition]
        return f"Camera of the partner: {message}" if self.of_partner and message else message

    @property
    def usable(self) -> bool:
        """Whether frames can be expected at the next key press."""
        return self.fault is None

    @property
    def fault(self) -> CameraFault | None:
        """The name of the fault in the record; None while the camera starts or runs."""
        return _FAULTS.get(self.condition)


class ConditionMonitor:
    """Follows the condition of a camera; a camera that hangs is noticed by the clock.

    Times are passed in, on the clock of the session.

    Parameters
    ----------
    now_s : float
        Time of opening.
    rate_hz : float
        Nominal frame rate.
    """

    def __init__(self, now_s: float, *, rate_hz: float) -> None:
        self._stalled_s = max(_STALLED_S, 10 / rate_hz)
        self._condition: CameraCondition = "starting"
        self._since_s = self._arrival_s = self._new_picture_s = now_s
        self._frames = 0
        self._reason = ""
        self._by_file = False

    @property
    def is_ended(self) -> bool:
        """Whether the source has ended."""
        return self._condition == "ended"

    def arrived(self, now_s: float, *, is_new: bool) -> None:
        """Note a frame, new or a duplicate."""
        self._arrival_s = now_s
        if is_new:
            self._frames += 1
            self._new_picture_s = now_s
            self._set("running", now_s)

    def lost(self, now_s: float, *, reason: str, by_file: bool = False) -> None:
        """Note that the driver failed, or that a picture file cannot be read.

        Parameters
        ----------
        now_s : float
            When it was noticed.
        reason : str
            What the driver or the reader reported.
        by_file : bool
            Whether a picture file is the reason.
        """
        self._reason, self._by_file = reason, by_file
        self._set("unplugged", now_s)

    def reopened(self, now_s: float) -> None:
        """Note that the camera was opened again."""
        self._arrival_s = self._new_picture_s = now_s
        self._set("starting", now_s)

    def ended(self, now_s: float) -> None:
        """Note that the source has ended."""
        self._set("ended", now_s)

    def state(self, now_s: float, *, duplicates: int) -> CameraState:
        """Return the condition now, with the faults that only the clock shows."""
        condition, since_s = self._condition, self._since_s
        if condition == "starting" and now_s - since_s > _FIRST_FRAME_S:
            condition = "stalled"
        elif condition == "running" and now_s - self._arrival_s > self._stalled_s:
            condition, since_s = "stalled", self._arrival_s
        elif condition == "running" and self._arrival_s - self._new_picture_s > _FROZEN_S:  # duplicates came
            condition, since_s = "frozen", self._new_picture_s
        return CameraState(condition, since_s, self._frames, duplicates, self._reason, self._by_file)

    def _set(self, condition: CameraCondition, now_s: float) -> None:
        if condition != self._condition:
            self._condition, self._since_s = condition, now_s

"""Camera frames with times on the clock of the session. Images are RGB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
TimeKind = Literal["driver", "arrival", "media", "simulated"]
"""Source of a frame's time: the stamp of the driver, the return of `read()`, the position in a clip or folder, or the
simulation."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """One frame of the camera."""

    index: int
    """Counts from 0 within a session; gaps are frames that the source reported as lost."""
    captured_s: float
    """When it was captured, on the clock of the session; ``time_kind`` gives the source of this time."""
    time_kind: TimeKind
    image: Image
    """(H, W, 3) RGB; the source does not change it later."""


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When a frame was captured and when it arrived, for the journal."""

    index: int
    captured_s: float
    arrival_s: float


CameraFault = Literal[
    "no-camera", "no-frame", "no-frame-after", "no-frame-before", "stalled", "frozen", "unplugged", "ended"
]


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """The frames kept for one key press or hold."""

    anchor_s: float
    """Time of the key press, or best moment of the hold."""
    frame: CameraFrame | None
    """The frame nearest in time to the anchor (the earlier of two equally near); None without any frame."""
    before: tuple[CameraFrame, ...] = ()
    """Neighbours before `frame`, oldest first."""
    after: tuple[CameraFrame, ...] = ()
    """Neighbours after `frame`, oldest first."""
    half_interval_s: float | None = None
    """Half the time between the two frames around the anchor, the bound of the distance; None if one is missing."""
    fault: CameraFault | None = None
    """The camera's fault at the key press; None without one."""

    @property
    def anchor_to_frame_s(self) -> float | None:
        """Time of the frame minus the time it was chosen for."""
        return None if self.frame is None else self.frame.captured_s - self.anchor_s


class CameraSource(Protocol):
    """A camera that is read frame by frame, in the thread of the camera."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was opened and what it gives, for the record."""
        ...

    def read(self) -> CameraFrame | None:
        """Wait for the next frame and return it; None at the end of the source."""
        ...

    def close(self) -> None:
        """Close the device."""
        ...

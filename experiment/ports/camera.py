"""Camera frames with times, in seconds on the clock of the session. Images are RGB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
TimeKind = Literal["driver", "arrival", "media", "simulated"]
"""Where a frame's time comes from: the capture driver's own stamp, the moment `read()` returned, the position in a
clip or folder played at its rate, or the simulated face's own clock."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """One picture of the camera."""

    index: int
    """Counts up from 0 within a session; gaps are frames the source reported as lost."""
    time_s: float
    """When it was taken, on the clock of the session, as well as ``time_kind`` can know."""
    time_kind: TimeKind
    image: Image
    """(H, W, 3) RGB; the source never writes to it again."""


@dataclass(frozen=True, slots=True)
class FrameTime:
    """When a frame was taken and when it was here; for the journal."""

    index: int
    time_s: float
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
    """The frame nearest in time to the anchor (the earlier of two equally near); None if the camera gave none."""
    before: tuple[CameraFrame, ...] = ()
    """Neighbours taken before `frame`, oldest first."""
    after: tuple[CameraFrame, ...] = ()
    """Neighbours taken after `frame`, oldest first."""
    half_interval_s: float | None = None
    """Half the time between the two frames around the anchor, the bound of the distance; None if one is missing."""
    fault: CameraFault | None = None
    """What was wrong with the camera at that moment; None when nothing was."""

    @property
    def anchor_to_frame_s(self) -> float | None:
        """Time of the frame minus the time it was chosen for."""
        return None if self.frame is None else self.frame.time_s - self.anchor_s


class CameraSource(Protocol):
    """A camera that is read frame by frame, in the thread of the camera."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What was opened and what it gives, for the record."""
        ...

    def read(self) -> CameraFrame | None:
        """The next frame, blocking until there is one; None when the source has ended."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...

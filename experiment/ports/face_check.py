"""Check whether faces can be measured, without using the drawing thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from experiment.ports.camera import CameraFrame


@dataclass(frozen=True, slots=True)
class FaceCheck:
    """What was found in one camera frame."""

    captured_s: float
    fault: str | None
    """Why the face cannot be measured (`analysis.face.errors.FaceError.reason`, or ``dark``); None if it can be."""
    outline: tuple[tuple[float, float], ...] = ()
    """Landmarks as fractions of the picture's width and height, y down; empty if none were found."""


class FaceChecker(Protocol):
    """Checks frames in another process."""

    @property
    def fault(self) -> str:
        """Why no faces can be checked here; empty if they can be."""
        ...

    @property
    def newest(self) -> FaceCheck | None:
        """The newest check since `watch`."""
        ...

    def watch(self, latest: Callable[[], CameraFrame | None]) -> None:
        """Check the newest frame again and again, until `unwatch`."""
        ...

    def unwatch(self) -> None:
        """Stop to check the newest frame."""
        ...

    def submit(self, step: str, frames: Sequence[CameraFrame]) -> None:
        """Check the kept frames of a trial or a calibration; returns at once."""
        ...

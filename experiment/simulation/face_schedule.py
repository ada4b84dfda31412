"""The state of a simulated face in every camera frame.

A sequence is a list of face states and the order they are shown in, counted in camera frames from its first. So the
face depends only on the number of frames since an event, and two runs with the same seed show the same pictures
although their real times differ.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import astuple, dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.scene import HeadPose


@dataclass(frozen=True, slots=True, eq=False)
class FaceState:
    """The true expression and head pose of one picture."""

    units: FloatArray
    """(E,) strengths of the units of the face model, 0..1."""
    pose: HeadPose
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    """Rotation of the eyes in the head, to the right of the picture and up."""

    @property
    def key(self) -> bytes:
        """Bytes that are equal for states that look the same."""
        return self.units.tobytes() + np.array([*astuple(self.pose), *self.gaze_deg]).tobytes()


@dataclass(frozen=True, slots=True, eq=False)
class FaceSequence:
    """Face states and the order they are shown in."""

    name: str
    """Unique within a session: ``anger-2`` is the second imitation of anger."""
    states: tuple[FaceState, ...]
    order: tuple[int, ...]
    """Index into `states` for every frame."""
    loop_from: int
    """After its last frame, the sequence runs back to this frame and forth again."""
    shared_pictures: str = ""
    """Name of the sequence whose pictures are shown; empty if it has its own."""

    @property
    def pictures_name(self) -> str:
        """The name of the sequence's pictures."""
        return self.shared_pictures or self.name

    def number(self, frame: int) -> int:
        """Return the index into `states` of a frame, counted from 0."""
        if frame < len(self.order):
            return self.order[frame]
        last = len(self.order) - 1
        span = last - self.loop_from
        if span == 0:
            return self.order[last]
        step = (frame - last) % (2 * span)
        return self.order[last - step if step <= span else self.loop_from + step - span]


@dataclass(frozen=True, slots=True, eq=False)
class SequenceFrame:
    """One camera frame of a face."""

    sequence: FaceSequence
    frame: int
    """Counted from the first frame of the sequence."""
    instead: FaceState | None = None
    """The face that the picture shows if its own picture is not drawn yet."""

    @property
    def number(self) -> int:
        """Index into the states of the sequence."""
        return self.sequence.number(self.frame)

    @property
    def state(self) -> FaceState:
        """The state of the face that the picture shows."""
        return self.instead or self.sequence.states[self.number]


class FaceSchedule:
    """The sequence of every camera frame, for participant and camera thread."""

    def __init__(self, first: FaceSequence) -> None:
        self._lock = threading.Lock()
        self._starts = [0]
        self._sequences = [first]

    def start(self, sequence: FaceSequence, index: int) -> None:
        """Start a sequence at a camera frame; cancel what starts then or later."""
        with self._lock:
            keep = bisect_right(self._starts, index - 1)
            self._starts[keep:] = [index]
            self._sequences[keep:] = [sequence]
            if not keep:
                self._starts[0] = 0

    def at(self, index: int) -> SequenceFrame:
        """Return the frame of the face at a camera frame."""
        with self._lock:
            number = bisect_right(self._starts, index) - 1
            return SequenceFrame(self._sequences[number], index - self._starts[number])

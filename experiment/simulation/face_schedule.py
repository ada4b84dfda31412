"""Which picture of a face belongs to which camera frame.

An act is a list of faces and the order they are shown in, counted in camera frames from its first. What the face looks
like therefore depends on how many frames ago something happened and on nothing else: two runs with the same seed film
the same pictures, however the real times jitter.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")


@dataclass(frozen=True, slots=True, eq=False)
class Act(Generic[State]):
    """Something a face does."""

    name: str
    """Unique within a session: ``anger-2`` is the second imitation of anger."""
    states: tuple[State, ...]
    """The different faces of it."""
    order: tuple[int, ...]
    """Index into ``states`` for every frame; a state may be shown often."""
    loop_from: int
    """After the last frame of ``order`` it goes back to this one and forth again, until another act begins."""
    drawn_as: str = ""
    """Name of the act whose pictures these are, where several share their states; empty: its own."""

    @property
    def roll(self) -> str:
        """The name its pictures are kept under."""
        return self.drawn_as or self.name

    def number(self, frame: int) -> int:
        """Index into ``states`` of the act's frame of this number, 0 is the first."""
        if frame < len(self.order):
            return self.order[frame]
        last = len(self.order) - 1
        span = last - self.loop_from
        if span == 0:
            return self.order[last]
        step = (frame - last) % (2 * span)
        return self.order[last - step if step <= span else self.loop_from + step - span]


@dataclass(frozen=True, slots=True, eq=False)
class Moment(Generic[State]):
    """One camera frame of a face."""

    act: Act[State]
    frame: int
    """Counted from the first frame of the act."""

    @property
    def number(self) -> int:
        """Index into the states of the act."""
        return self.act.number(self.frame)

    @property
    def state(self) -> State:
        """What the face does."""
        return self.act.states[self.number]


class Schedule(Generic[State]):
    """Which act is on at every camera frame; the participant writes it, the camera reads it in another thread."""

    def __init__(self, first: Act[State]) -> None:
        self._lock = threading.Lock()
        self._starts = [0]
        self._acts = [first]

    def begin(self, act: Act[State], at: int) -> None:
        """Let an act begin at a camera frame; whatever was to begin then or later does not."""
        with self._lock:
            keep = bisect_right(self._starts, at - 1)
            self._starts[keep:] = [at]
            self._acts[keep:] = [act]
            if not keep:
                self._starts[0] = 0

    def at(self, index: int) -> Moment[State]:
        """What the face does at a camera frame."""
        with self._lock:
            number = bisect_right(self._starts, index) - 1
            return Moment(self._acts[number], index - self._starts[number])

"""A camera that plays pictures at given times of the session's clock.

Clips, folders and simulated cameras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from experiment.ports.camera import CameraFrame, Image, TimeKind
from experiment.ports.clock import Clock


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One frame on its way to the program."""

    index: int
    captured_s: float
    """Time of the frame."""
    arrival_s: float
    """When `PlayedCamera.read` returns it."""
    picture: Callable[[], Image]
    """Returns the picture; called at the time of arrival."""


class PlayedCamera:
    """Delivers frames at their times of arrival.

    Ends after the last, or fails as ``deliveries`` does.

    Parameters
    ----------
    deliveries : iterator of Delivery
        In order of arrival. It is asked for the next one when the last one was read.
    clock : Clock
        Clock of the session.
    time_kind : TimeKind
        Where the times of the frames come from.
    facts : mapping
        Facts for the record.
    """

    def __init__(
        self, deliveries: Iterator[Delivery], *, clock: Clock, time_kind: TimeKind, facts: Mapping[str, Any]
    ) -> None:
        self.facts = facts
        self._deliveries = deliveries
        self._clock = clock
        self._time_kind = time_kind

    def read(self) -> CameraFrame | None:
        """Wait for the next frame; None at the end."""
        delivery = next(self._deliveries, None)
        if delivery is None:
            return None
        self._clock.sleep_until(delivery.arrival_s)
        return CameraFrame(delivery.index, delivery.captured_s, self._time_kind, delivery.picture())

    def close(self) -> None:
        """Close what is held open."""


def at_rate(
    picture_at: Callable[[int], Callable[[], Image] | None], *, clock: Clock, rate_hz: float
) -> Iterator[Delivery]:
    """Yield pictures at a fixed rate from now on.

    A reader that is too slow loses pictures, not time.

    Parameters
    ----------
    picture_at : callable
        Returns the picture of an index, as `Delivery.picture` does; None ends the iteration. Indices increase, those
        of lost pictures are left out.
    clock : Clock
        Clock of the session.
    rate_hz : float
        Pictures per second.
    """
    start_s, index = clock.now(), 0
    while True:
        index = max(index, int((clock.now() - start_s) * rate_hz))
        picture = picture_at(index)
        if picture is None:
            return
        due_s = start_s + index / rate_hz
        yield Delivery(index, due_s, due_s, picture)
        index += 1

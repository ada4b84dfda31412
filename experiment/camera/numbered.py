"""A camera that draws its own frame number and time into each picture, with every fault a camera has.

For proving the choice of frames: whatever was kept can be read from the picture itself, without trusting any record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from experiment.errors import CameraError
from experiment.ports.camera import CameraFrame, Image, TimeKind
from experiment.ports.clock import Clock

_BITS = 48
_BLOCK_PX = 4
_COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Shot:
    """One delivery of a picture."""

    number: int
    """Drawn into the picture; a number that is missing was dropped, one that comes again is a duplicate."""
    taken_s: float
    """When it was exposed, drawn into the picture too."""
    stamp_s: float
    """What the driver says. Of a duplicate, the time of its second delivery."""
    arrival_s: float
    """When `read` returns it."""


class NumberedCamera:
    """Delivers shots at their times of arrival; ends, or fails with `CameraError`, after the last.

    Parameters
    ----------
    fails
        Whether the end is an unplugged cable rather than the end of a clip.
    """

    def __init__(
        self, shots: Iterable[Shot], *, clock: Clock, time_kind: TimeKind = "driver", fails: bool = False
    ) -> None:
        self._shots = iter(shots)
        self._clock = clock
        self._time_kind = time_kind
        self._fails = fails
        self._index = -1
        self.facts: Mapping[str, Any] = {"kind": "numbered"}

    def read(self) -> CameraFrame | None:
        """The next delivery."""
        shot = next(self._shots, None)
        if shot is None:
            if self._fails:
                raise CameraError("the numbered camera was unplugged")
            return None
        self._clock.sleep_until(shot.arrival_s)
        self._index += 1
        return CameraFrame(self._index, shot.stamp_s, self._time_kind, draw(shot.number, shot.taken_s))

    def close(self) -> None:
        """Nothing is held open."""


def schedule(
    rng: np.random.Generator,
    *,
    rate_hz: float,
    start_s: float,
    duration_s: float,
    dropped: float = 0.0,
    duplicated: float = 0.0,
    late: float = 0.0,
    latency_s: float = 0.03,
) -> Iterator[Shot]:
    """Shots of a camera that drops, repeats and delays pictures.

    Parameters
    ----------
    dropped, duplicated, late
        Share of pictures that are never delivered; delivered twice, the second time with a later stamp; delivered up to
        0.3 s later than usual. Later pictures wait behind a late one, as they do in a driver's queue.
    latency_s
        Usual time from exposure to delivery.
    """
    free_s = 0.0
    for number in range(int(duration_s * rate_hz)):
        taken_s = start_s + (number + rng.uniform(-0.1, 0.1)) / rate_hz
        if rng.random() < dropped:
            continue
        arrival_s = taken_s + latency_s + (rng.uniform(0, 0.3) if rng.random() < late else 0.0)
        arrival_s = free_s = max(arrival_s, free_s)
        yield Shot(number, taken_s, taken_s, arrival_s)
        if rng.random() < duplicated:
            yield Shot(number, taken_s, taken_s + rng.uniform(0.1, 0.9) / rate_hz, arrival_s)


def draw(number: int, taken_s: float) -> Image:
    """A picture that says its number and its time, to the microsecond, as black and white squares."""
    microseconds = round(taken_s * 1_000_000)
    bits = [value >> bit & 1 for value in (number, microseconds) for bit in range(_BITS)]
    squares = np.array(bits, dtype=np.uint8).reshape(-1, _COLUMNS) * 255
    grey = np.kron(squares, np.ones((_BLOCK_PX, _BLOCK_PX), dtype=np.uint8))
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def read_off(image: Image) -> tuple[int, float]:
    """Number and time (s) as drawn by `draw`."""
    half = _BLOCK_PX // 2
    bits = (image[half::_BLOCK_PX, half::_BLOCK_PX, 0].reshape(2, _BITS) > 127).astype(object)
    number, microseconds = (int(sum(bit << i for i, bit in enumerate(row.astype(int).tolist()))) for row in bits)
    return number, microseconds / 1_000_000

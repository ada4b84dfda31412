"""A simulated camera that draws number and time of each frame into its picture.

It serves to test the choice of frames: number and time of a kept frame are read from the picture itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiment.camera.played import Delivery, PlayedCamera
from experiment.errors import CameraError
from experiment.ports.camera import Image, TimeKind
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
    """Time of the exposure, also drawn into the picture."""
    stamp_s: float
    """Stamp of the driver. Of a duplicate, the time of its second delivery."""
    arrival_s: float
    """When `read` returns it."""


class NumberedCamera(PlayedCamera):
    """Delivers shots at their times of arrival.

    After the last it ends, or fails as a camera that is unplugged.

    Parameters
    ----------
    shots : iterable of Shot
        In order of arrival.
    clock : Clock
        Clock of the session.
    time_kind : TimeKind
        What the stamps are said to be.
    fails : bool
        Whether the camera is unplugged after the last shot.
    """

    def __init__(
        self, shots: Iterable[Shot], *, clock: Clock, time_kind: TimeKind = "driver", fails: bool = False
    ) -> None:
        super().__init__(_deliveries(shots, fails=fails), clock=clock, time_kind=time_kind, facts={"kind": "numbered"})


def _deliveries(shots: Iterable[Shot], *, fails: bool) -> Iterator[Delivery]:
    for index, shot in enumerate(shots):
        yield Delivery(index, shot.stamp_s, shot.arrival_s, partial(draw, shot.number, shot.taken_s))
    if fails:
        raise CameraError("the numbered camera was unplugged")


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of pictures with a fault."""

    dropped: float = 0.0
    """Never delivered."""
    duplicated: float = 0.0
    """Delivered twice, the second time with a later stamp."""
    late: float = 0.0
    """Delivered up to 0.3 s later than usual. Later pictures wait behind a late one, as in a driver's queue."""


def schedule(
    rng: np.random.Generator,
    *,
    rate_hz: float,
    start_s: float,
    duration_s: float,
    faults: Faults | None = None,
    latency_s: float = 0.03,
) -> Iterator[Shot]:
    """Yield the shots of a camera that drops, repeats and delays pictures.

    Parameters
    ----------
    rng : Generator
        For times and faults.
    rate_hz : float
        Pictures per second.
    start_s, duration_s : float
        First exposure, and how long the camera runs.
    faults : Faults, optional
        None for a camera without faults.
    latency_s : float
        Usual time from exposure to delivery.
    """
    faults = faults or Faults()
    free_s = 0.0
    for number in range(int(duration_s * rate_hz)):
        taken_s = start_s + (number + rng.uniform(-0.1, 0.1)) / rate_hz
        if rng.random() < faults.dropped:
            continue
        arrival_s = taken_s + latency_s + (rng.uniform(0, 0.3) if rng.random() < faults.late else 0.0)
        arrival_s = free_s = max(arrival_s, free_s)
        yield Shot(number, taken_s, taken_s, arrival_s)
        if rng.random() < faults.duplicated:
            yield Shot(number, taken_s, taken_s + rng.uniform(0.1, 0.9) / rate_hz, arrival_s)


def draw(number: int, taken_s: float) -> Image:
    """Draw number and time (to the microsecond) as black and white squares."""
    microseconds = round(taken_s * 1_000_000)
    bits = [value >> bit & 1 for value in (number, microseconds) for bit in range(_BITS)]
    squares = np.array(bits, dtype=np.uint8).reshape(-1, _COLUMNS) * 255
    grey = np.kron(squares, np.ones((_BLOCK_PX, _BLOCK_PX), dtype=np.uint8))
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)


def read_off(image: Image) -> tuple[int, float]:
    """Read number and time (s) from a picture of `draw`.

    Parameters
    ----------
    image : (48, 32, 3) uint8 array
        The picture.

    Returns
    -------
    number : int
    taken_s : float
    """
    half = _BLOCK_PX // 2
    bits = (image[half::_BLOCK_PX, half::_BLOCK_PX, 0].reshape(2, _BITS) > 127).astype(object)
    number, microseconds = (int(sum(bit << i for i, bit in enumerate(row.astype(int).tolist()))) for row in bits)
    return number, microseconds / 1_000_000

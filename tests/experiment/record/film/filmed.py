"""A film of numbered pictures, and a process that films until it is killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from experiment.camera.numbered import draw, read_off
from experiment.clock import ManualClock, MonotonicClock
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.record.encryption import PublicKey
from experiment.record.film.film import Film, FilmSettings
from experiment.record.film.reading import FilmPart, frames_of

RATE_HZ = 30.0
SIZE_PX = (64, 64)


def settings(
    dataset: Path, *, whole_session: bool = True, first_part: int = 1, key: PublicKey | None = None
) -> FilmSettings:
    dataset.mkdir(exist_ok=True)
    return FilmSettings(dataset / "film", dataset, first_part, RATE_HZ, SIZE_PX, whole_session=whole_session, key=key)


def frame(index: int, time_s: float | None = None) -> CameraFrame:
    """A frame with its number and its time drawn into the picture."""
    taken_s = index / RATE_HZ if time_s is None else time_s
    return CameraFrame(index, taken_s, "driver", draw(index, taken_s))


def offer_slowly(film: Film, first: int, last: int) -> None:
    """Offer frames, no faster than the encoder takes them."""
    for index in range(first, last):
        while film.waiting > 10:
            time.sleep(0.001)
        film.offer(frame(index))


def wrong_frames(part: FilmPart) -> list[int]:
    """Indices of the frames whose picture is not the one of their row."""
    decoded = list(frames_of(part))
    wrong = [row.index for row, image in decoded if not _agree(row.index, row.time_s, read_off(image))]
    in_film = [row.index for row in part.rows if not row.is_lost]
    return wrong + in_film[len(decoded) :]


def _agree(index: int, time_s: float | None, drawn: tuple[int, float]) -> bool:
    return drawn[0] == index and time_s is not None and abs(drawn[1] - time_s) < 2e-6


def manual_film(dataset: Path, clock: ManualClock, *, whole_session: bool = False) -> Film:
    return Film(settings(dataset, whole_session=whole_session), clock=clock)


def main(dataset: Path) -> None:
    """Film at 100 frames a second until killed; print the number of every frame before and after it is offered."""
    clock: Clock = MonotonicClock()
    film = Film(settings(dataset), clock=clock)
    print("ready", flush=True)
    for index in range(100_000):
        one = frame(index, clock.now())
        print(f"offered {index}", flush=True)
        film.offer(one)
        print(f"taken {index}", flush=True)
        time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

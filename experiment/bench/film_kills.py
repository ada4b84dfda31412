"""Compare film and table with a numbered camera, also after kills.

The camera paints a number and a time into every picture; both are read back from the decoded film.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiment.bench.result import Result, ResultPart
from experiment.camera.numbered import draw, read_off
from experiment.clock import MonotonicClock
from experiment.ports.camera import CameraFrame, Image
from experiment.record.film.completion import film_parts, finish_parts
from experiment.record.film.film import Film, FilmSettings
from experiment.record.film.reading import FilmPart, frames_of

PART = ResultPart("film and camera")
RATE_HZ = 30.0
KILLED_RATE_HZ = 100.0
SMALL_PX = (64, 64)
MOST_WAITING = 20
"""Frames that may wait for the encoder before the numbered camera waits too."""


def film_of(folder: Path, *, size_px: tuple[int, int]) -> Film:
    """Start a film of a whole session in a new folder.

    Parameters
    ----------
    folder
        Where to make the film.
    size_px
        Width and height of the pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = FilmSettings(folder / "film", folder, 1, RATE_HZ, size_px, whole_session=True)
    return Film(settings, clock=MonotonicClock())


def wrong_frames(part: FilmPart) -> int:
    """Return how many frames of a film are not the numbered pictures of their rows."""
    wrong, decoded = 0, 0
    for row, image in frames_of(part):
        number, taken_s = read_off(_numbered_corner(image))
        decoded += 1
        wrong += number != row.index or row.time_s is None or abs(taken_s - row.time_s) > 2e-6
    return wrong + abs(part.frames - decoded)


def _numbered_corner(image: Image) -> Image:
    height, width, _ = draw(0, 0.0).shape
    return image[:height, :width]


@dataclass(slots=True)
class _Count:
    """Frames of all killed sessions."""

    delivered: int = 0
    in_film: int = 0
    lost: int = 0
    differ: int = 0
    """Sessions whose rows are not the delivered frames."""
    handed_over: int = 0
    """Sessions killed while a frame was handed over, so that camera and film may differ by it."""
    wrong: int = 0


def kills(folder: Path, *, count: int, on_kill: Callable[[int], None] = lambda _: None) -> Iterator[Result]:
    """Kill sessions while they film, half of them with their encoder.

    Parameters
    ----------
    folder
        For the films.
    count
        Number of kills.
    on_kill
        Called with the number of kills up to now.
    """
    rng = np.random.default_rng(1)
    found = _Count()
    for number in range(count):
        place = folder / f"{number:03d}"
        delivered, taken = _film_until_killed(place, seconds=float(rng.uniform(0.1, 2.5)), with_encoder=number % 2 == 1)
        finish_parts(place / "film", set())
        parts = film_parts(place / "film")
        indices = [row.index for part in parts for row in part.rows]
        exact = len(indices) == delivered
        found.handed_over += not exact and len(indices) == taken
        found.differ += indices != list(range(len(indices))) or not (exact or len(indices) == taken)
        found.delivered += delivered
        for part in parts:
            found.wrong += wrong_frames(part)
            found.in_film, found.lost = found.in_film + part.frames, found.lost + sum(part.lost.values())
        shutil.rmtree(place)
        on_kill(number + 1)
    total = found.in_film + found.lost
    yield PART.require(
        f"{count} sessions killed with kill -9 while filming at {KILLED_RATE_HZ:g} frames/s, half of them with their "
        "encoder",
        "every film plays, frames in the film plus lost frames are the camera's frames, each picture is that of its "
        "row",
        f"{found.delivered} frames delivered by the camera, {found.in_film} in the films + {found.lost} listed as "
        f"lost = {total}; {found.wrong} wrong pictures; killed while a frame was handed over: {found.handed_over}",
        met=found.wrong == 0 and found.differ == 0 and total + found.handed_over == found.delivered,
        delivered=found.delivered,
        in_film=found.in_film,
        lost=found.lost,
        wrong=found.wrong,
    )


def _film_until_killed(place: Path, *, seconds: float, with_encoder: bool) -> tuple[int, int]:
    """Film in a process and kill it.

    Return how many frames the camera delivered, and how many of them the film had completely taken.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "experiment.bench.film", "--until-killed", str(place)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # Python's list of what a killed process left
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        if with_encoder:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        log = process.stdout.read()
        return log.count(b"d"), log.count(b"t")


def film_for_ever(place: Path) -> None:
    """Film a numbered camera until killed.

    Write ``d`` when it delivers a frame and ``t`` when the film has taken it.
    """
    clock, film = MonotonicClock(), film_of(place, size_px=SMALL_PX)
    os.write(1, b"ready\n")
    for index in range(1_000_000):
        time_s = clock.now()
        frame = CameraFrame(index, time_s, "driver", draw(index, time_s))
        os.write(1, b"d")
        film.offer(frame)
        os.write(1, b"t")
        time.sleep(1 / KILLED_RATE_HZ)


def numbered(folder: Path, *, frames: int) -> Iterator[Result]:
    """Film a numbered camera, no faster than the encoder, and read the numbers.

    Parameters
    ----------
    folder
        For the film.
    frames
        Number of frames.
    """
    film = film_of(folder, size_px=SMALL_PX)
    began_s = time.monotonic()
    for index in range(frames):
        while film.waiting > MOST_WAITING:
            time.sleep(0.001)
        film.offer(CameraFrame(index, index / RATE_HZ, "driver", draw(index, index / RATE_HZ)))
    rate_hz = frames / (time.monotonic() - began_s)
    film.close()
    (part,) = film_parts(folder / "film")
    listed = [row.index for row in part.rows] == list(range(frames))
    wrong, lost = wrong_frames(part), sum(part.lost.values())
    yield PART.require(
        f"film and table agree with the numbered camera, {frames} frames at {rate_hz:.0f} frames/s (no faster than "
        "the encoder)",
        "all frames in the film, number and time of each picture are those of its row",
        f"{part.frames} in the film, {lost} lost, {wrong} wrong",
        met=listed and wrong == 0 and part.frames == frames,
        frames=part.frames,
        lost=lost,
        wrong=wrong,
    )

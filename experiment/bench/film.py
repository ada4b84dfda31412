"""Measure the film: kills, numbered frames, late flips, processor, memory.

``python -m experiment.bench.film`` runs all parts; exit status 1 if a requirement is not met.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from scipy import stats

from experiment.bench.late import Stretch, Window, join
from experiment.bench.result import Result, ResultPart, print_results
from experiment.bench.window_session import missing_window
from experiment.camera.numbered import draw, read_off
from experiment.clock import MonotonicClock
from experiment.ports.camera import CameraFrame, Image
from experiment.record.film.completion import film_parts, finish_parts
from experiment.record.film.film import Film, FilmSettings
from experiment.record.film.reading import FilmPart, frames_of
from experiment.record.journal_lines import FilmEndLine, read_lines
from experiment.record.provenance import commit, machine

PART = ResultPart("film")
RATE_HZ = 30.0
KILLED_RATE_HZ = 100.0
MOST_GROWTH_MB = 20.0


def film_of(folder: Path, *, size_px: tuple[int, int]) -> Film:
    """Start a film of a whole session in a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = FilmSettings(folder / "film", folder, 1, RATE_HZ, size_px, whole_session=True)
    return Film(settings, clock=MonotonicClock())


def wrong_frames(part: FilmPart) -> int:
    """Return how many frames of a film are not the numbered pictures of their rows."""
    wrong, decoded = 0, 0
    for row, image in frames_of(part):
        number, taken_s = read_off(image)
        decoded += 1
        wrong += number != row.index or row.time_s is None or abs(taken_s - row.time_s) > 2e-6
    return wrong + abs(part.frames - decoded)


def kills(folder: Path, *, count: int) -> Iterator[Result]:
    """Kill sessions while they film, half of them with their encoder.

    Parameters
    ----------
    folder
        For the films.
    count
        Number of kills.
    """
    rng = np.random.default_rng(1)
    wrong = unlisted = offered = in_film = lost = 0
    most_missing_s = 0.0
    for number in range(count):
        place = folder / f"{number:03d}"
        with_encoder = number % 2 == 1
        sent = _film_until_killed(place, seconds=float(rng.uniform(0.1, 2.5)), with_encoder=with_encoder)
        finish_parts(place / "film", set())
        rows = 0
        for part in film_parts(place / "film"):
            wrong += wrong_frames(part)
            unlisted += [row.index for row in part.rows] != list(range(len(part.rows)))
            in_film, lost, rows = in_film + part.frames, lost + sum(part.lost.values()), len(part.rows)
        offered += sent
        missing = sent - rows
        if with_encoder:
            most_missing_s = max(most_missing_s, missing / KILLED_RATE_HZ)
        else:
            unlisted += not 0 <= missing <= 1
        shutil.rmtree(place)
    yield PART.require(
        f"{count} sessions killed with kill -9 while filming, half of them with their encoder",
        "every film plays, its rows are all frames, each picture is that of its row",
        f"{in_film} frames in the films, {lost} listed as lost, {offered} offered; {wrong} wrong, {unlisted} films "
        f"with rows missing; after a kill of both at most the last {most_missing_s:.2f} s are missing",
        met=wrong == 0 and unlisted == 0 and most_missing_s <= 1.0,
    )


def _film_until_killed(place: Path, *, seconds: float, with_encoder: bool) -> int:
    """Film in a process and kill it; return how many frames were offered."""
    with subprocess.Popen(
        [sys.executable, "-m", "experiment.bench.film", "--until-killed", str(place)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(seconds)
        if with_encoder:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        return len(process.stdout.read().split())


def _film_for_ever(place: Path) -> None:
    """Print the number of every frame, then offer it."""
    clock, film = MonotonicClock(), film_of(place, size_px=(64, 64))
    print("ready", flush=True)
    for index in range(1_000_000):
        time_s = clock.now()
        print(index, flush=True)
        film.offer(CameraFrame(index, time_s, "driver", draw(index, time_s)))
        time.sleep(1 / KILLED_RATE_HZ)


def numbered(folder: Path, *, frames: int) -> Iterator[Result]:
    """Film a numbered camera and read the numbers from the film.

    Parameters
    ----------
    folder
        For the film.
    frames
        Number of frames.
    """
    film = film_of(folder, size_px=(64, 64))
    for index in range(frames):
        film.offer(CameraFrame(index, index / RATE_HZ, "driver", draw(index, index / RATE_HZ)))
        time.sleep(0.004)
    film.close()
    (part,) = film_parts(folder / "film")
    listed = [row.index for row in part.rows] == list(range(frames))
    wrong = wrong_frames(part)
    yield PART.require(
        f"film and table agree with the numbered camera, {frames} frames",
        "all",
        f"{part.frames} in the film, {sum(part.lost.values())} listed as lost, {wrong} wrong",
        met=listed and wrong == 0 and part.frames + sum(part.lost.values()) == frames,
    )


def cost(folder: Path, *, minutes: float, faster: float = 1.0) -> Iterator[Result]:
    """Film noisy pictures of 1280x720 at 30 frames/s; measure processor and memory.

    Parameters
    ----------
    folder
        For the film.
    minutes
        Of the film.
    faster
        Factor by which the film runs faster than real time.
    """
    pictures = _noisy_pictures(16)
    film, own = film_of(folder, size_px=(1280, 720)), psutil.Process()
    encoder = psutil.Process(film.process_id)
    readings: list[tuple[float, float]] = []
    count = round(minutes * 60 * RATE_HZ)
    began_s, before_s, offering_s = time.monotonic(), sum(encoder.cpu_times()[:2]), 0.0
    for index in range(count):
        time.sleep(max(0.0, began_s + index / RATE_HZ / faster - time.monotonic()))
        offered_s = time.thread_time()
        film.offer(CameraFrame(index, index / RATE_HZ, "driver", pictures[index % len(pictures)]))
        offering_s += time.thread_time() - offered_s
        if index % round(5 * RATE_HZ) == 0:
            readings.append((own.memory_info().rss / 2**20, encoder.memory_info().rss / 2**20))
    cpu_s, passed_s = sum(encoder.cpu_times()[:2]) - before_s, time.monotonic() - began_s
    film.close()
    (part,) = film_parts(folder / "film")
    size = sum(file.stat().st_size for file in part.files)
    settled = np.array(readings[max(1, len(readings) // 5) :])
    some = max(1, min(10, len(settled) // 2))
    growth = np.median(settled[-some:], axis=0) - np.median(settled[:some], axis=0)
    yield PART.note(
        "processor time a frame of 1280x720",
        f"encoder {1000 * cpu_s / count:.1f} ms ({cpu_s / passed_s / faster:.0%} of a core at 30 frames/s), camera's "
        f"thread {1000 * offering_s / count:.2f} ms",
    )
    yield PART.note("size", f"{size / 1e6 / minutes:.0f} MB a minute with noise of standard deviation 3")
    yield PART.require(
        f"memory growth over {minutes:g} minutes of film"
        + (f", {faster:g} times faster than real time" if faster != 1 else ""),
        f"less than {MOST_GROWTH_MB:g} MB",
        f"session {growth[0]:.1f} MB, encoder {growth[1]:.1f} MB; {part.frames} frames, {dict(part.lost)} lost",
        met=float(growth.max()) < MOST_GROWTH_MB,
    )


def late_flips(folder: Path, *, turns: int, trials: int) -> Iterator[Result]:
    """Compare late flips of sessions with and without film, by turns.

    Parameters
    ----------
    folder
        For the data sets.
    turns
        Of a session with and one without film.
    trials
        Of each session.
    """
    reason = missing_window()
    if reason:
        yield PART.skip("late flips with and without film", reason)
        return
    window = Window(folder, trials=trials)
    with_film: list[Stretch] = []
    without: list[Stretch] = []
    try:
        for turn in range(turns):
            for film in (turn % 2 == 0, turn % 2 == 1):
                (with_film if film else without).append(window.session(film=film))
    finally:
        window.close()
    filmed, plain = join(with_film), join(without)
    parts = [
        line for path in sorted((folder / "data").rglob("journal.jsonl")) for line in read_lines(path, FilmEndLine)
    ]
    frames, lost = sum(part.frames for part in parts), sum(sum(part.lost.values()) for part in parts)
    total = filmed.late + plain.late
    share = filmed.flips / (filmed.flips + plain.flips)
    chance = float(stats.binom.sf(filmed.late - 1, total, share)) if total else 1.0
    yield PART.require(
        f"late flips, {turns} sessions filmed at 1280x720 and 30 frames/s and {turns} not, by turns",
        "not more with film (one-sided p of at least 0.05)",
        f"{filmed.late} of {filmed.flips} with film, {plain.late} of {plain.flips} without, p = {chance:.2f}; "
        f"{frames} frames filmed, {lost} lost",
        met=chance >= 0.05,
    )


def _noisy_pictures(count: int) -> list[Image]:
    rng = np.random.default_rng(1)
    plain = np.linspace(40, 200, 1280)[np.newaxis, :, np.newaxis] + np.zeros((720, 1, 3))
    return [np.clip(plain + rng.normal(scale=3.0, size=(720, 1280, 1)), 0, 255).astype(np.uint8) for _ in range(count)]


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--frames", type=int, default=10_000, help="of the numbered camera")
    parser.add_argument("--minutes", type=float, default=10.0, help="of 1280x720 at 30 frames/s")
    parser.add_argument("--turns", type=int, default=6, help="of a session with film and one without, in the window")
    parser.add_argument("--trials", type=int, default=12, help="of each of those sessions")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument("--until-killed", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.until_killed:
        _film_for_ever(given.until_killed)
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="mimicry-film-") as folder:
        if given.kills:
            found += kills(Path(folder) / "kills", count=given.kills)
        if given.frames:
            found += numbered(Path(folder) / "numbered", frames=given.frames)
        if given.turns:
            found += late_flips(Path(folder) / "late", turns=given.turns, trials=given.trials)
        if given.minutes:
            found += cost(Path(folder) / "cost", minutes=given.minutes)
    return print_results(found, as_json=given.json, machine=machine(), commit=commit())


if __name__ == "__main__":
    sys.exit(main())

"""Cost of filming: processor time, memory, late flips of the display."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from experiment.bench.film_kills import RATE_HZ, film_of, wrong_frames
from experiment.bench.late import Stretch, Window, compare_rates, join
from experiment.bench.result import Result, ResultPart
from experiment.bench.window_session import missing_window
from experiment.camera.numbered import draw
from experiment.ports.camera import CameraFrame, Image
from experiment.record.film.completion import film_parts
from experiment.record.journal_lines import FilmEndLine, read_lines

PART = ResultPart("cost of filming")
SIZE_PX = (1280, 720)
NOISE = 3.0
MOST_GROWTH_MB = 20.0
SHORTEST_GROWTH = 5
"""Minutes below which growth is not measured: the queue fills for the first time meanwhile."""
_READING_S = 5.0


def cost(folder: Path, *, minutes: float, on_minute: Callable[[int], None] = lambda _: None) -> Iterator[Result]:
    """Film 1280x720 at 30 frames/s; measure processor time, memory and losses.

    Parameters
    ----------
    folder
        For the film.
    minutes
        Of the film, in real time.
    on_minute
        Called with the number of minutes up to now.
    """
    pictures = _noisy_pictures(16)
    film, own = film_of(folder, size_px=SIZE_PX), psutil.Process()
    encoder = psutil.Process(film.process_id)
    readings: list[tuple[float, float]] = []
    count = max(1, round(minutes * 60 * RATE_HZ))
    began_s, before_s, offering_s = time.monotonic(), sum(encoder.cpu_times()[:2]), 0.0
    for index in range(count):
        image = pictures[index % len(pictures)].copy()
        number = draw(index, index / RATE_HZ)
        image[: number.shape[0], : number.shape[1]] = number
        time.sleep(max(0.0, began_s + index / RATE_HZ - time.monotonic()))
        offered_s = time.thread_time()
        film.offer(CameraFrame(index, index / RATE_HZ, "driver", image))
        offering_s += time.thread_time() - offered_s
        if index % round(_READING_S * RATE_HZ) == 0:
            readings.append((own.memory_info().rss / 2**20, encoder.memory_info().rss / 2**20))
        if index and index % round(60 * RATE_HZ) == 0:
            on_minute(round(index / RATE_HZ / 60))
    cpu_s, passed_s = sum(encoder.cpu_times()[:2]) - before_s, time.monotonic() - began_s
    film.close()
    (part,) = film_parts(folder / "film")
    wrong, lost = wrong_frames(part), sum(part.lost.values())
    yield PART.require(
        f"frames of a numbered camera of 1280x720 at 30 frames/s, {minutes:g} minutes in real time, load "
        f"{os.getloadavg()[0]:.1f}",
        "none lost, number and time of each picture are those of its row",
        f"{part.frames} in the film, {lost} lost, {wrong} wrong",
        met=lost == 0 and wrong == 0 and part.frames == count,
        frames=part.frames,
        lost=lost,
        wrong=wrong,
    )
    share = cpu_s / passed_s
    yield PART.note(
        "processor time of the encoder and of the camera's thread for the film",
        f"encoder {1000 * cpu_s / count:.1f} ms a frame, {share:.0%} of a core; camera's thread "
        f"{1000 * offering_s / count:.2f} ms a frame, {offering_s / passed_s:.1%} of a core",
        encoder_share=round(share, 4),
        thread_share=round(offering_s / passed_s, 4),
    )
    size_mb = sum(file.stat().st_size for file in part.files) / 1e6
    yield PART.note("size", f"{size_mb / minutes:.0f} MB a minute with noise of standard deviation {NOISE:g}")
    if minutes < SHORTEST_GROWTH:
        yield PART.skip("memory growth", f"give at least {SHORTEST_GROWTH} minutes, or --hour")
        return
    growth = _growth(readings)
    yield PART.require(
        f"memory growth over {minutes:g} minutes of film, the first fifth left out",
        f"less than {MOST_GROWTH_MB:g} MB",
        f"process with the camera {growth[0]:.1f} MB, encoder {growth[1]:.1f} MB",
        met=max(growth) < MOST_GROWTH_MB,
        camera_mb=round(growth[0], 2),
        encoder_mb=round(growth[1], 2),
    )


def _growth(readings: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the difference between the last and the first readings, in MB."""
    settled = np.array(readings[len(readings) // 5 :])
    some = max(1, min(10, len(settled) // 2))
    first, last = np.median(settled[:some], axis=0), np.median(settled[-some:], axis=0)
    return float(last[0] - first[0]), float(last[1] - first[1])


@dataclass(slots=True)
class _Turns:
    """Sessions of one kind."""

    stretches: list[Stretch]
    cpu_s: float = 0.0
    passed_s: float = 0.0

    def add(self, window: Window, *, film: bool) -> None:
        before, began_s = os.times(), time.monotonic()
        self.stretches.append(window.session(film=film))
        self.cpu_s += sum(os.times()[:4]) - sum(before[:4])
        self.passed_s += time.monotonic() - began_s


def late_flips(
    folder: Path, *, turns: int, trials: int, on_turn: Callable[[int], None] = lambda _: None
) -> Iterator[Result]:
    """Compare sessions with and without film, by turns.

    Parameters
    ----------
    folder
        For the data sets.
    turns
        Of a session with and one without film.
    trials
        Of each session.
    on_turn
        Called with the number of turns up to now.
    """
    reason = missing_window()
    if reason:
        yield PART.skip("late flips with and without film", reason)
        return
    window = Window(folder, trials=trials)
    with_film, without = _Turns([]), _Turns([])
    try:
        for turn in range(turns):
            for film in (turn % 2 == 0, turn % 2 == 1):
                (with_film if film else without).add(window, film=film)
            on_turn(turn + 1)
    finally:
        window.close()
    parts = [
        line for path in sorted((folder / "data").rglob("journal.jsonl")) for line in read_lines(path, FilmEndLine)
    ]
    yield from _compare(with_film, without, parts, turns=turns)


def _compare(with_film: _Turns, without: _Turns, parts: list[FilmEndLine], *, turns: int) -> Iterator[Result]:
    filmed, plain = join(with_film.stretches), join(without.stretches)
    rates = compare_rates(filmed, plain)
    yield PART.require(
        f"late flips, {turns} sessions filmed at 1280x720 and 30 frames/s and {turns} not, by turns in one window, "
        f"load {os.getloadavg()[0]:.1f}",
        "not more with film (one-sided p of at least 0.05)",
        f"{filmed.late} of {filmed.flips} with film, {plain.late} of {plain.flips} without: ratio {rates.ratio:.2f}, "
        f"95 % interval {rates.lowest:.2f} to {rates.highest:.2f}, p = {rates.by_chance:.2f}",
        met=rates.by_chance >= 0.05,
        late_film=filmed.late,
        flips_film=filmed.flips,
        late_plain=plain.late,
        flips_plain=plain.flips,
    )
    frames, lost = sum(part.frames for part in parts), sum(sum(part.lost.values()) for part in parts)
    yield PART.require(
        "frames of these films", "none lost", f"{frames} in the films, {lost} lost", met=lost == 0, frames=frames
    )
    shares = with_film.cpu_s / with_film.passed_s, without.cpu_s / without.passed_s
    yield PART.note(
        "processor time of these sessions with all of their processes",
        f"{shares[0]:.0%} of a core with film, {shares[1]:.0%} without: ratio {shares[0] / shares[1]:.2f}",
        film_share=round(shares[0], 4),
        plain_share=round(shares[1], 4),
    )


def _noisy_pictures(count: int) -> list[Image]:
    rng = np.random.default_rng(1)
    plain = np.linspace(40, 200, SIZE_PX[0])[np.newaxis, :, np.newaxis] + np.zeros((SIZE_PX[1], 1, 3))
    noise = (rng.normal(scale=NOISE, size=(SIZE_PX[1], SIZE_PX[0], 1)) for _ in range(count))
    return [np.clip(plain + one, 0, 255).astype(np.uint8) for one in noise]

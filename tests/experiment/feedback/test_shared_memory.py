"""The newest value only, whole or not at all, and no waiting for the other side."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiment.feedback.shared_memory import FRAME_DTYPE, Newest, Slot
from experiment.record.film.frame_queue import FrameQueue

SPAWN = multiprocessing.get_context("spawn")
NUMBERED = np.dtype([("number", np.int64), ("body", np.uint64, (20_000,))])


def fill_with(number: int) -> Any:
    def fill(slot: Slot) -> None:
        slot["number"] = number
        slot["body"][:] = number

    return fill


def keep_writing(exchange: Newest) -> None:
    number = 0
    while True:
        number += 1
        exchange.put(fill_with(number), patience_s=1.0)


def die_holding_the_lock(exchange: Newest) -> None:
    exchange._lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def writer() -> Iterator[Newest]:
    exchange = Newest(SPAWN, NUMBERED)
    process = SPAWN.Process(target=keep_writing, args=(exchange,), daemon=True)
    process.start()
    yield exchange
    process.kill()
    process.join()


def test_the_reader_gets_the_newest_value_and_only_once() -> None:
    exchange = Newest(SPAWN, NUMBERED)
    for number in (1, 2, 3):
        assert exchange.put(fill_with(number))

    taken = exchange.take()

    assert taken is not None
    assert taken["number"] == 3
    assert exchange.take() is None


def test_a_taken_value_stays_as_it_is_while_newer_ones_are_put() -> None:
    exchange = Newest(SPAWN, NUMBERED)
    exchange.put(fill_with(1))
    taken = exchange.take()
    assert taken is not None
    for number in range(2, 9):
        exchange.put(fill_with(number))

    assert taken["number"] == 1
    assert (taken["body"] == 1).all()


def test_an_empty_exchange_gives_nothing_and_does_not_wait() -> None:
    exchange = Newest(SPAWN, NUMBERED)

    assert exchange.take() is None
    assert not exchange.wait(0.0)


def test_a_wake_ends_a_wait_without_a_value() -> None:
    exchange = Newest(SPAWN, NUMBERED)
    exchange.wake()

    assert exchange.wait(0.0)
    assert exchange.take() is None


def test_values_of_a_busy_writer_arrive_whole_and_in_order(writer: Newest) -> None:
    seen = [0]
    while len(seen) < 300:
        slot = writer.take(patience_s=1.0)
        if slot is None:
            assert writer.wait(30.0)
            continue
        number = int(slot["number"])
        assert (slot["body"] == number).all(), "a value was seen half written"
        assert number > seen[-1]
        seen.append(number)


def test_a_partner_that_died_with_the_lock_does_not_stop_the_drawing_side() -> None:
    exchange = Newest(SPAWN, NUMBERED)
    exchange.put(fill_with(1))
    partner = SPAWN.Process(target=die_holding_the_lock, args=(exchange,), daemon=True)
    partner.start()
    partner.join()

    assert not exchange.put(fill_with(2))
    assert exchange.take() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_frames_in_shared_memory_have_no_file_that_outlives_a_kill() -> None:
    """The memory has no name any more, so it ends with the last process that uses it."""
    frames = Newest(SPAWN, FRAME_DTYPE)
    queue = FrameQueue(SPAWN, slot_bytes=640 * 480 * 3, slots=4)

    maps = [line.split(maxsplit=5)[5:] for line in Path("/proc/self/maps").read_text().splitlines()]
    shared = [name[0] for name in maps if name and "pym-" in name[0]]

    assert frames.take() is None
    assert queue.slots == 4
    assert shared
    assert all(name.strip().endswith("(deleted)") for name in shared)

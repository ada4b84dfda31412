from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from experiment.clock import ClockOffset, MonotonicClock, VirtualClock, measure_offset
from tests.experiment.clocks import RealClock


def test_the_real_clock_does_not_return_early() -> None:
    clock = MonotonicClock()
    due_s = clock.now() + 0.003

    clock.sleep_until(due_s)

    assert clock.now() >= due_s


def test_a_virtual_clock_moves_only_when_its_owner_sleeps() -> None:
    clock = VirtualClock(10.0)
    assert clock.now() == 10.0

    clock.sleep_until(7210.0)

    assert clock.now() == 7210.0


def test_a_virtual_clock_never_goes_back() -> None:
    clock = VirtualClock(10.0)
    clock.sleep_until(5.0)

    assert clock.now() == 10.0


def test_other_threads_wake_at_their_own_times_in_order() -> None:
    clock = VirtualClock(0.0)
    heard: list[tuple[str, float]] = []

    def ticker(name: str, every_s: float, times: int) -> None:
        for index in range(1, times + 1):
            clock.sleep_until(index * every_s)
            heard.append((name, clock.now()))

    threads = [
        threading.Thread(target=ticker, args=("thirds", 1 / 3, 6)),
        threading.Thread(target=ticker, args=("halves", 1 / 2, 4)),
    ]
    for thread in threads:
        thread.start()
    while len(clock._sleepers) < 2:
        threading.Event().wait(0.001)
    clock.sleep_until(3.0)
    for thread in threads:
        thread.join()

    assert [time for name, time in heard if name == "thirds"] == [index * (1 / 3) for index in range(1, 7)]
    assert [time for name, time in heard if name == "halves"] == [0.5, 1.0, 1.5, 2.0]
    assert [time for _, time in heard] == sorted(time for _, time in heard)


def test_release_wakes_all_threads() -> None:
    clock = VirtualClock(0.0)
    thread = threading.Thread(target=clock.sleep_until, args=(1e9,))
    thread.start()

    clock.release()
    thread.join(timeout=10)

    assert not thread.is_alive()
    assert clock.now() == 0.0


def test_a_thread_that_ends_does_not_stop_the_clock() -> None:
    clock = VirtualClock(0.0)
    thread = threading.Thread(target=clock.sleep_until, args=(1.0,))
    thread.start()
    while not clock._sleepers:
        threading.Event().wait(0.001)

    clock.sleep_until(2.0)
    thread.join()

    assert clock.now() == 2.0


def test_the_offset_of_a_clock_is_taken_from_the_reading_with_the_smallest_error() -> None:
    """By hand: the other clock is 100 s ahead; only the second of three readings takes 2 s, the others 4 s."""
    session_s: Iterator[float] = iter([0.0, 4.0, 10.0, 12.0, 20.0, 24.0])
    other_s: Iterator[float] = iter([103.0, 111.0, 121.0])

    offset = measure_offset(lambda: next(other_s), lambda: next(session_s), readings=3)

    assert offset == ClockOffset(error_s=1.0, offset_s=100.0)


def test_the_offset_of_a_real_clock_is_found() -> None:
    clock = RealClock()

    offset_s = measure_offset(time.monotonic, clock.now).offset_s

    assert clock.now() == pytest.approx(time.monotonic() - offset_s, abs=0.01)

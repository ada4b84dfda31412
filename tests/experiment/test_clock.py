from __future__ import annotations

import threading

from experiment.clock import MonotonicClock, VirtualClock


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


def test_release_wakes_everybody() -> None:
    clock = VirtualClock(0.0)
    thread = threading.Thread(target=clock.sleep_until, args=(1e9,))
    thread.start()

    clock.release()
    thread.join(timeout=10)

    assert not thread.is_alive()
    assert clock.now() == 0.0


def test_a_thread_that_ends_does_not_hold_the_clock_up() -> None:
    clock = VirtualClock(0.0)
    thread = threading.Thread(target=clock.sleep_until, args=(1.0,))
    thread.start()
    while not clock._sleepers:
        threading.Event().wait(0.001)

    clock.sleep_until(2.0)
    thread.join()

    assert clock.now() == 2.0

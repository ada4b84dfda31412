from __future__ import annotations

import gc
import os
import sys
import threading
from typing import Any

import pytest

from experiment.lab.thread_priority import keep_up_with_drawing, prioritise_drawing

linux = pytest.mark.skipif(sys.platform != "linux", reason="scheduling as Linux does it")


def policy() -> int:
    return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK


def test_garbage_collection_ignores_objects_loaded_before() -> None:
    before = sys.getswitchinterval()

    with prioritise_drawing(real_time=False) as real_time:
        assert gc.get_freeze_count() > 10_000
        assert sys.getswitchinterval() < before / 5
        assert not real_time

    assert gc.get_freeze_count() == 0
    assert sys.getswitchinterval() == pytest.approx(before)


@linux
def test_only_the_calling_thread_is_in_the_real_time_class_and_only_inside_the_context() -> None:
    """Without permission, the context yields False."""
    policies: list[int] = []

    with prioritise_drawing(real_time=True) as real_time:
        own = policy()
        thread = threading.Thread(target=lambda: policies.append(policy()))
        thread.start()
        thread.join()

    assert own == (os.SCHED_RR if real_time else os.SCHED_OTHER)
    assert policies == [os.SCHED_OTHER]
    assert policy() == os.SCHED_OTHER


@linux
def test_an_account_without_permission_draws_at_the_usual_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)

    with prioritise_drawing(real_time=True) as real_time:
        assert not real_time


@linux
def test_without_a_request_the_priority_is_the_usual_one() -> None:
    with prioritise_drawing(real_time=False):
        assert policy() == os.SCHED_OTHER


@linux
def test_a_helping_thread_is_just_below_the_drawing_thread_and_returns_to_its_usual_priority() -> None:
    """A thread that is suspended while it holds Python's lock delays the drawing thread."""
    stop = threading.Event()
    helper = threading.Thread(target=stop.wait)
    helper.start()
    thread = helper.native_id
    assert thread is not None
    try:
        with prioritise_drawing(real_time=True) as real_time:
            if not real_time:  # this account may not use it
                return
            keep_up_with_drawing(thread, real_time=True)
            assert os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
            assert 0 < os.sched_getparam(thread).sched_priority < os.sched_getparam(0).sched_priority
            keep_up_with_drawing(thread, real_time=False)
            assert os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK == os.SCHED_OTHER
    finally:
        stop.set()
        helper.join()
    keep_up_with_drawing(thread, real_time=True)  # it has ended

"""Measuring in the calling thread."""

from __future__ import annotations

import pytest

from experiment.clock import ManualClock
from experiment.feedback.measuring import SynchronousMeasuring
from tests.experiment.feedback.fakes import ColourMeasurer, frame


def test_the_newest_frame_is_measured_once() -> None:
    clock = ManualClock()
    at_once = SynchronousMeasuring(ColourMeasurer(), clock=clock)
    at_once.set_target("smile", want_distance=False, want_forecast=True)
    at_once.offer(frame(0, 100.0, similarity=10))
    at_once.offer(frame(1, 100.1, similarity=20))

    answer = at_once.latest()

    assert answer is not None
    assert answer.reading.similarity == pytest.approx(0.2)
    assert at_once.latest() is None

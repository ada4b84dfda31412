"""When a session may begin although not all faces are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.simulation.drawing.ahead import SHARE, DrawingAhead
from experiment.simulation.face_schedule import FaceSequence


class Queue:
    """Number of missing pictures of each sequence."""

    def __init__(self, missing: list[int]) -> None:
        self.left = missing

    def missing(self, sequences: Sequence[FaceSequence]) -> list[int]:
        assert len(sequences) == len(self.left)
        return self.left


COMING = [(time_s, FaceSequence(str(time_s), (), (), 0)) for time_s in (0.0, 10.0, 20.0)]


def test_without_missing_pictures_a_session_begins_at_once() -> None:
    assert DrawingAhead(Queue([0, 0, 0]).missing).is_enough(COMING, 0.0)


def test_before_anything_is_drawn_a_session_waits() -> None:
    assert not DrawingAhead(Queue([0, 0, 5]).missing).is_enough(COMING, 0.0)


def test_the_first_trial_must_be_drawn_completely() -> None:
    queue = Queue([50, 0, 0])
    ahead = DrawingAhead(queue.missing)
    assert not ahead.is_enough(COMING, 0.0)
    queue.left = [1, 0, 0]
    assert not ahead.is_enough(COMING, 1.0)
    queue.left = [0, 0, 0]
    assert ahead.is_enough(COMING, 1.1)


def test_later_trials_may_be_drawn_during_the_session_at_the_measured_speed() -> None:
    queue = Queue([20, 40, 100])
    ahead = DrawingAhead(queue.missing)
    assert not ahead.is_enough(COMING, 100.0)

    queue.left = [0, 40, 100]  # 20 pictures in 2 s: 10 a second, 4 a second during the session
    assert SHARE == 0.4
    assert not ahead.is_enough(COMING, 102.0)  # 140 are missing after 20 s, 80 would be drawn

    queue.left = [0, 40, 40]
    assert ahead.is_enough(COMING, 108.0)
    queue.left = [0, 41, 39]
    assert not ahead.is_enough(COMING, 108.0)

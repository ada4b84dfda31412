"""The state of a face in every frame."""

from __future__ import annotations

import numpy as np

from analysis.face.render.scene import HeadPose
from experiment.simulation.face_schedule import FaceSchedule, FaceSequence, FaceState


def sequence(name: str, order: tuple[int, ...], *, loop_from: int) -> FaceSequence:
    states = tuple(FaceState(np.array([float(number)]), HeadPose()) for number in range(max(order) + 1))
    return FaceSequence(name, states, order, loop_from=loop_from)


REST = sequence("rest", (0,), loop_from=0)
ANGER = sequence("anger", (0, 1, 2), loop_from=2)
RELEASE = sequence("release", (0, 1), loop_from=1)


def test_after_its_last_frame_a_sequence_runs_back_and_forth_from_its_loop() -> None:
    held = sequence("held", (0, 1, 2, 3, 4), loop_from=2)

    assert [held.number(frame) for frame in range(13)] == [0, 1, 2, 3, 4, 3, 2, 3, 4, 3, 2, 3, 4]


def test_a_sequence_that_loops_from_its_last_frame_stays_there() -> None:
    still = sequence("still", (0, 0, 1), loop_from=2)

    assert [still.number(frame) for frame in range(6)] == [0, 0, 1, 1, 1, 1]


def test_a_schedule_counts_the_frames_of_each_sequence_from_its_start() -> None:
    schedule = FaceSchedule(REST)
    schedule.start(ANGER, 10)
    schedule.start(RELEASE, 13)

    shown = [(schedule.at(index).sequence.name, schedule.at(index).frame) for index in (0, 9, 10, 12, 13, 20)]

    assert shown == [("rest", 0), ("rest", 9), ("anger", 0), ("anger", 2), ("release", 0), ("release", 7)]
    assert schedule.at(12).state.units == [2.0]


def test_a_started_sequence_cancels_all_later_ones() -> None:
    schedule = FaceSchedule(REST)
    schedule.start(ANGER, 10)
    schedule.start(RELEASE, 13)
    schedule.start(REST, 12)

    assert [schedule.at(index).sequence.name for index in (11, 12, 30)] == ["anger", "rest", "rest"]

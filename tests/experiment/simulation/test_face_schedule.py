"""Which picture belongs to which frame."""

from __future__ import annotations

from experiment.simulation.face_schedule import Act, Schedule


def act(name: str, order: tuple[int, ...], *, loop_from: int) -> Act[str]:
    states = tuple(f"{name}{number}" for number in range(max(order) + 1))
    return Act(name, states, order, loop_from=loop_from)


def test_after_its_last_frame_an_act_goes_back_and_forth_between_there_and_its_loop() -> None:
    held = act("a", (0, 1, 2, 3, 4), loop_from=2)

    assert [held.number(frame) for frame in range(13)] == [0, 1, 2, 3, 4, 3, 2, 3, 4, 3, 2, 3, 4]


def test_an_act_that_loops_from_its_last_frame_stays_there() -> None:
    assert [act("a", (0, 0, 1), loop_from=2).number(frame) for frame in range(6)] == [0, 0, 1, 1, 1, 1]


def test_a_schedule_counts_the_frames_of_each_act_from_its_own_first() -> None:
    rest, anger, back = act("r", (0,), loop_from=0), act("a", (0, 1, 2), loop_from=2), act("b", (0, 1), loop_from=1)
    schedule = Schedule(rest)
    schedule.begin(anger, 10)
    schedule.begin(back, 13)

    shown = [(schedule.at(index).act.name, schedule.at(index).frame) for index in (0, 9, 10, 12, 13, 20)]

    assert shown == [("r", 0), ("r", 9), ("a", 0), ("a", 2), ("b", 0), ("b", 7)]


def test_an_act_that_begins_takes_the_place_of_everything_planned_for_later() -> None:
    rest, anger, back = act("r", (0,), loop_from=0), act("a", (0, 1, 2), loop_from=2), act("b", (0, 1), loop_from=1)
    schedule = Schedule(rest)
    schedule.begin(anger, 10)
    schedule.begin(back, 13)
    schedule.begin(rest, 12)

    assert [schedule.at(index).act.name for index in (11, 12, 30)] == ["a", "r", "r"]

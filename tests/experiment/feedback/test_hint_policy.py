"""The best hint is chosen, stays while it helps, and is suspended if it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiment.feedback.hint_forecast import LITTLE, SOME, Hint, possible_hints
from experiment.feedback.hint_policy import (
    DROP,
    DROPPED_FOR_S,
    READ_S,
    RISE,
    SETTLING_S,
    SMALLEST_GAIN,
    SUSPENDED_S,
    TRIED_S,
    HintState,
    TraineeState,
    next_hint,
    useful_hints,
)

NAMES = ("browInnerUp", "jawOpen", "mouthSmileLeft", "mouthSmileRight")
HINTS = possible_hints(NAMES)


def useful(**gains: float) -> tuple[Hint, ...]:
    """``jawOpen_more=0.1``, ``mouthSmile_left_less_little=0.02``: useful hints with these gains."""
    values = np.full(len(HINTS), -0.1)
    for number, hint in enumerate(HINTS):
        words = [hint.movement, hint.side, "more" if hint.amount > 0 else "less"]
        name = "_".join(filter(None, [*words, "little" if abs(hint.amount) == LITTLE else ""]))
        values[number] = gains.pop(name, values[number])
    assert not gains
    return useful_hints(values, HINTS)


def test_the_hint_with_the_largest_gain_comes_first() -> None:
    ordered = useful(jawOpen_more=0.02, browInnerUp_less=0.05, mouthSmile_more=0.03)

    assert [(hint.movement, hint.amount) for hint in ordered] == [
        ("browInnerUp", -SOME),
        ("mouthSmile", SOME),
        ("jawOpen", SOME),
    ]


def test_the_better_amount_of_a_movement_is_chosen() -> None:
    (hint,) = useful(jawOpen_more=0.02, jawOpen_more_little=0.04)

    assert hint == Hint("jawOpen", "", LITTLE, ("jawOpen",))


@pytest.mark.parametrize(("left", "side"), [(0.06, ""), (0.07, "left")])
def test_one_side_is_chosen_only_if_its_gain_is_much_larger_than_that_of_both(left: float, side: str) -> None:
    hint, _ = useful(mouthSmile_more=0.05, mouthSmile_left_more=left)

    assert hint.side == side
    assert hint.units == (("mouthSmileLeft",) if side else ("mouthSmileLeft", "mouthSmileRight"))


def test_hints_with_a_small_gain_are_left_out() -> None:
    assert useful(jawOpen_more=SMALLEST_GAIN - 0.001) == ()


SMILE = Hint("mouthSmile", "", SOME, ("mouthSmileLeft", "mouthSmileRight"))
SMILE_LEFT = Hint("mouthSmile", "left", SOME, ("mouthSmileLeft",))
OPEN = Hint("jawOpen", "", SOME, ("jawOpen",))


def at(time_s: float, similarity: float = 0.5, *, smile: float = 0.2) -> TraineeState:
    own = {"browInnerUp": 0.0, "jawOpen": 0.3, "mouthSmileLeft": smile, "mouthSmileRight": smile}
    return TraineeState(time_s, similarity, own)


def shown_smile() -> HintState:
    """The smile is asked for from second 0 on, at a similarity of 0.5."""
    return next_hint(HintState(), (SMILE,), at(0.0))


def test_a_hint_stays_while_it_helps_even_if_another_has_a_larger_gain() -> None:
    shown = next_hint(shown_smile(), (OPEN, SMILE), at(2.0))

    assert (shown.hint, shown.since_s) == (SMILE, 0.0)


def test_the_amount_of_a_hint_follows_what_is_left_to_do() -> None:
    less_left = replace(SMILE, amount=LITTLE)

    assert next_hint(shown_smile(), (less_left,), at(2.0)).hint == less_left


def test_a_fulfilled_hint_gives_way_before_its_time() -> None:
    shown = next_hint(shown_smile(), (OPEN,), at(SETTLING_S + 0.1, 0.55))

    assert (shown.hint, shown.since_s, shown.similarity) == (OPEN, SETTLING_S + 0.1, 0.55)


def test_a_hint_that_has_only_just_appeared_does_not_flicker_away() -> None:
    assert next_hint(shown_smile(), (), at(SETTLING_S - 0.1)).hint is SMILE


def test_a_hint_that_helped_and_is_still_the_best_stays() -> None:
    shown = next_hint(shown_smile(), (SMILE, OPEN), at(TRIED_S, 0.501 + RISE))

    assert (shown.hint, shown.similarity) == (SMILE, 0.501 + RISE)


def test_a_hint_that_did_not_help_is_suspended() -> None:
    shown = next_hint(shown_smile(), (SMILE, OPEN), at(TRIED_S, 0.5 + RISE - 0.001))
    assert shown.hint is OPEN

    assert next_hint(shown, (SMILE_LEFT,), at(TRIED_S + 1.0)).hint is None
    assert next_hint(shown, (SMILE,), at(TRIED_S + SUSPENDED_S + 0.1)).hint is SMILE


def test_a_hint_that_did_harm_is_reversed_until_the_similarity_is_restored() -> None:
    lower = next_hint(shown_smile(), (SMILE, OPEN), at(2.0, 0.499 + DROP, smile=0.4))
    assert lower.hint is SMILE
    back = next_hint(lower, (SMILE, OPEN), at(2.0 + DROPPED_FOR_S, 0.499 + DROP, smile=0.4))
    assert back.hint == replace(SMILE, amount=-SOME)

    assert next_hint(back, (OPEN,), at(3.5, 0.47, smile=0.3)).hint == back.hint
    recovered = next_hint(back, (SMILE, OPEN), at(3.5, 0.5, smile=0.2))
    assert recovered.hint is OPEN


def test_a_reversing_hint_ends_when_the_movement_ends() -> None:
    lower = next_hint(shown_smile(), (SMILE,), at(2.0, 0.4, smile=0.4))
    back = next_hint(lower, (SMILE,), at(2.0 + DROPPED_FOR_S, 0.4, smile=0.4))
    assert back.hint == SMILE.opposite

    assert next_hint(back, (OPEN,), at(3.2, 0.4, smile=0.06)).hint == SMILE.opposite
    assert next_hint(back, (OPEN,), at(3.2, 0.4, smile=0.04)).hint is OPEN


def test_a_fulfilled_hint_that_did_harm_is_reversed() -> None:
    gone = next_hint(shown_smile(), (OPEN,), at(SETTLING_S + 0.1, 0.48, smile=0.4))
    assert gone.shown is None
    lower = next_hint(gone, (SMILE, OPEN), at(READ_S, 0.4, smile=0.4))
    assert lower.shown is None, "it does not flicker back either"
    back = next_hint(lower, (OPEN,), at(READ_S + DROPPED_FOR_S, 0.4, smile=0.4))

    assert back.shown == SMILE.opposite
    assert back.restore == 0.5


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (at(1.0, 0.501 + RISE, smile=0.4), "it helped"),
        (at(1.0, 0.4, smile=0.2), "it was not followed"),
        (at(READ_S, 0.499, smile=0.4), "it had its time, and did no harm"),
    ],
)
def test_a_fulfilled_hint_that_needs_no_judgement_is_replaced(now: TraineeState, why: str) -> None:
    gone = next_hint(shown_smile(), (OPEN,), replace(now, time_s=now.time_s - 0.3))

    assert next_hint(gone, (OPEN,), now).shown is OPEN, why


def test_a_fulfilled_hint_that_is_useful_again_is_shown_again_after_its_judgement() -> None:
    gone = next_hint(shown_smile(), (OPEN,), at(1.0, 0.5, smile=0.4))
    shown = next_hint(gone, (SMILE, OPEN), at(READ_S, 0.5, smile=0.4))

    assert (shown.shown, shown.since_s, shown.strength) == (SMILE, READ_S, 0.4)


def test_a_reversing_hint_ends_after_some_time() -> None:
    lower = next_hint(shown_smile(), (SMILE,), at(2.0, 0.4, smile=0.4))
    back = next_hint(lower, (SMILE,), at(2.0 + DROPPED_FOR_S, 0.4, smile=0.4))

    assert next_hint(back, (OPEN,), at(2.1 + DROPPED_FOR_S + TRIED_S, 0.4)).hint is OPEN


def test_a_single_wrong_frame_does_not_reverse_a_hint() -> None:
    lower = next_hint(shown_smile(), (SMILE,), at(2.0, 0.4, smile=0.4))
    again = next_hint(lower, (SMILE,), at(2.3, 0.5, smile=0.4))

    assert next_hint(again, (SMILE,), at(2.0 + DROPPED_FOR_S, 0.4, smile=0.4)).hint is SMILE


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (at(READ_S - 0.1, 0.4, smile=0.4), "there was no time to follow it"),
        (at(3.0, 0.4, smile=0.05), "the trainee let go of what was asked for"),
        (at(3.0, 0.4, smile=0.2), "the trainee did nothing"),
    ],
)
def test_a_fall_that_the_hint_did_not_bring_about_is_not_blamed_on_it(now: TraineeState, why: str) -> None:
    lower = next_hint(shown_smile(), (SMILE,), replace(now, time_s=now.time_s - DROPPED_FOR_S))

    assert next_hint(lower, (SMILE,), now).hint is SMILE, why


@pytest.mark.parametrize(("first", "second"), [(SMILE, SMILE_LEFT), (SMILE_LEFT, SMILE)])
def test_a_hint_keeps_its_side_while_the_other_has_a_larger_gain(first: Hint, second: Hint) -> None:
    shown = next_hint(HintState(), (first, second), at(0.0))

    assert next_hint(shown, (second, first), at(SETTLING_S + 0.1)).hint is first


def test_another_side_is_another_hint_with_a_beginning_of_its_own() -> None:
    shown = next_hint(shown_smile(), (SMILE_LEFT,), at(1.0, 0.51))

    assert (shown.hint, shown.since_s, shown.similarity) == (SMILE_LEFT, 1.0, 0.51)


def test_the_same_movement_the_other_way_is_another_hint() -> None:
    assert next_hint(shown_smile(), (SMILE.opposite,), at(1.0)).hint == SMILE.opposite


def test_there_is_no_hint_without_useful_hints() -> None:
    assert next_hint(shown_smile(), (), at(1.0)).hint is None

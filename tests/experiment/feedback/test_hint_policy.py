"""The best hint is chosen, stays while it helps, and is suspended if it does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiment.feedback.hint_forecast import LITTLE, SOME, Hint, possible_hints
from experiment.feedback.hint_policy import (
    DROP,
    DROPPED_FOR_S,
    PAUSE_S,
    READ_S,
    RISE,
    SHOWN_S,
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


def test_the_words_of_a_hint_stay_while_it_is_shown() -> None:
    less_left = replace(SMILE, amount=LITTLE)

    assert next_hint(shown_smile(), (less_left,), at(2.0)).hint is SMILE
    assert next_hint(shown_smile(), (less_left,), at(TRIED_S, 0.6)).hint is less_left


def test_a_fulfilled_hint_is_done_and_gives_way_after_its_time() -> None:
    done = next_hint(shown_smile(), (OPEN,), at(0.6, 0.55, smile=0.4))
    assert (done.hint, done.asked) == (SMILE, None)
    assert next_hint(done, (SMILE, OPEN), at(1.0, 0.55, smile=0.2)).asked is None, "it stays done"
    shown = next_hint(done, (OPEN,), at(SHOWN_S, 0.56, smile=0.4))

    assert (shown.asked, shown.since_s, shown.similarity) == (OPEN, SHOWN_S, 0.56)


def test_a_hint_that_is_useless_without_being_followed_is_asked_until_its_time_is_over() -> None:
    still = next_hint(shown_smile(), (OPEN,), at(SHOWN_S - 0.1))
    assert (still.asked, still.since_s) == (SMILE, 0.0)

    assert next_hint(still, (OPEN,), at(SHOWN_S)).hint is OPEN


def test_after_the_last_hint_there_is_a_pause() -> None:
    nothing = next_hint(shown_smile(), (), at(SHOWN_S))
    assert (nothing.hint, nothing.since_s) == (None, SHOWN_S)
    assert next_hint(nothing, (OPEN,), at(SHOWN_S + PAUSE_S - 0.1)).hint is None
    later = next_hint(nothing, (), at(SHOWN_S + PAUSE_S + 5.0))

    assert next_hint(later, (OPEN,), at(SHOWN_S + PAUSE_S + 5.1)).hint is OPEN, "it does not begin again"


def test_a_hint_that_helped_and_is_still_the_best_stays() -> None:
    shown = next_hint(shown_smile(), (SMILE, OPEN), at(TRIED_S, 0.501 + RISE))

    assert (shown.hint, shown.similarity) == (SMILE, 0.501 + RISE)


def test_a_hint_that_did_not_help_is_suspended() -> None:
    shown = next_hint(shown_smile(), (SMILE, OPEN), at(TRIED_S, 0.5 + RISE - 0.001))
    assert shown.hint is OPEN

    assert next_hint(shown, (SMILE_LEFT,), at(TRIED_S + SHOWN_S)).hint is None
    assert next_hint(shown, (SMILE,), at(TRIED_S + SUSPENDED_S + 0.1)).hint is SMILE


def reversed_smile() -> tuple[HintState, float]:
    """The smile did harm: the hint that reverses it, and since when."""
    lower = next_hint(shown_smile(), (SMILE, OPEN), at(2.0, 0.499 + DROP, smile=0.4))
    assert lower.hint is SMILE
    back = next_hint(lower, (SMILE, OPEN), at(SHOWN_S, 0.499 + DROP, smile=0.4))
    assert (back.hint, back.restore) == (replace(SMILE, amount=-SOME), 0.5)
    return back, SHOWN_S


def test_a_hint_that_did_harm_is_reversed_until_the_similarity_is_restored() -> None:
    back, since_s = reversed_smile()
    assert next_hint(back, (OPEN,), at(since_s + 1.0, 0.47, smile=0.3)).asked == back.hint
    recovered = next_hint(back, (SMILE, OPEN), at(since_s + 1.0, 0.5, smile=0.2))
    assert (recovered.hint, recovered.asked) == (back.hint, None)

    assert next_hint(recovered, (SMILE, OPEN), at(since_s + SHOWN_S, 0.5, smile=0.2)).asked is OPEN


def test_a_reversing_hint_is_done_when_the_movement_ends() -> None:
    back, since_s = reversed_smile()

    assert next_hint(back, (OPEN,), at(since_s + 1.0, 0.4, smile=0.06)).asked == SMILE.opposite
    assert next_hint(back, (OPEN,), at(since_s + 1.0, 0.4, smile=0.04)).asked is None


def test_a_reversing_hint_ends_after_some_time() -> None:
    back, since_s = reversed_smile()
    assert next_hint(back, (OPEN,), at(since_s + SHOWN_S, 0.4)).hint == SMILE.opposite

    assert next_hint(back, (OPEN,), at(since_s + TRIED_S, 0.4)).hint is OPEN


def test_a_fulfilled_hint_that_did_harm_is_reversed() -> None:
    done = next_hint(shown_smile(), (OPEN,), at(1.0, 0.48, smile=0.4))
    assert done.asked is None
    lower = next_hint(done, (SMILE, OPEN), at(SHOWN_S - 0.5, 0.4, smile=0.4))
    undecided = next_hint(lower, (OPEN,), at(SHOWN_S, 0.4, smile=0.4))
    assert (undecided.hint, undecided.asked) == (SMILE, None)
    back = next_hint(undecided, (OPEN,), at(SHOWN_S - 0.5 + DROPPED_FOR_S, 0.4, smile=0.4))

    assert (back.asked, back.restore) == (SMILE.opposite, 0.5)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (at(SHOWN_S, 0.501 + RISE, smile=0.4), "it helped"),
        (at(SHOWN_S, 0.4, smile=0.2), "it was not followed"),
        (at(SHOWN_S, 0.499, smile=0.4), "it did no harm"),
    ],
)
def test_a_useless_hint_that_needs_no_judgement_is_replaced_after_its_time(now: TraineeState, why: str) -> None:
    before = next_hint(shown_smile(), (OPEN,), replace(now, time_s=now.time_s - 0.3))
    assert before.hint is SMILE

    assert next_hint(before, (OPEN,), now).asked is OPEN, why


def test_a_single_wrong_frame_does_not_reverse_a_hint() -> None:
    lower = next_hint(shown_smile(), (SMILE,), at(2.5, 0.4, smile=0.4))
    again = next_hint(lower, (SMILE,), at(2.7, 0.5, smile=0.4))

    assert next_hint(again, (SMILE,), at(2.5 + DROPPED_FOR_S, 0.4, smile=0.4)).hint is SMILE


@pytest.mark.parametrize(
    ("since_s", "now", "why"),
    [
        (READ_S - 0.1, at(READ_S - 0.1, 0.4, smile=0.4), "there was no time to follow it"),
        (SHOWN_S, at(SHOWN_S + 0.4, 0.4, smile=0.05), "the trainee let go of what was asked for"),
        (SHOWN_S, at(SHOWN_S + 0.4, 0.4, smile=0.2), "the trainee did nothing"),
    ],
)
def test_a_fall_that_the_hint_did_not_bring_about_is_not_blamed_on_it(
    since_s: float, now: TraineeState, why: str
) -> None:
    lower = next_hint(shown_smile(), (SMILE,), replace(now, time_s=since_s))
    assert lower.dropped_since_s is None, why

    assert next_hint(lower, (SMILE,), now).hint is SMILE, why


@pytest.mark.parametrize(("first", "second"), [(SMILE, SMILE_LEFT), (SMILE_LEFT, SMILE)])
def test_a_hint_keeps_its_side_while_the_other_has_a_larger_gain(first: Hint, second: Hint) -> None:
    shown = next_hint(HintState(), (first, second), at(0.0))

    assert next_hint(shown, (second, first), at(SHOWN_S + 0.1)).hint is first


def test_another_side_is_another_hint_with_a_beginning_of_its_own() -> None:
    shown = next_hint(shown_smile(), (SMILE_LEFT,), at(SHOWN_S, 0.51))

    assert (shown.hint, shown.since_s, shown.similarity) == (SMILE_LEFT, SHOWN_S, 0.51)


def test_the_same_movement_the_other_way_is_another_hint() -> None:
    assert next_hint(shown_smile(), (SMILE.opposite,), at(SHOWN_S)).hint == SMILE.opposite


def test_there_is_no_hint_without_useful_hints() -> None:
    assert next_hint(HintState(), (), at(1.0)).hint is None

"""Troubles are shown when they last, and go quickly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from experiment.feedback.tracking_status import Sight


def shown_after(frames: Sequence[str | None], *, step_s: float = 0.125) -> list[str | None]:
    sight, shown = Sight(), []
    for index, trouble in enumerate(frames):
        sight = sight.after(trouble, index * step_s)
        shown.append(sight.shown)
    return shown


def test_one_missed_frame_is_not_shown() -> None:
    assert shown_after([None, "no-face", None, "no-face", None]) == [None] * 5


def test_a_trouble_that_lasts_is_shown() -> None:
    assert shown_after([None] + ["no-face"] * 7)[-2:] == ["no-face", "no-face"]


def test_it_goes_after_a_moment_of_good_frames_and_not_after_one() -> None:
    shown = shown_after(["dark"] * 8 + [None] * 4)

    assert shown[8:] == ["dark", "dark", None, None]


@pytest.mark.parametrize("other", ["turned", "several-faces"])
def test_a_trouble_that_becomes_another_one_is_renamed_at_once(other: str) -> None:
    assert shown_after(["no-face"] * 8 + [other])[-1] == other

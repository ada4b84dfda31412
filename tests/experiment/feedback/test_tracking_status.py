"""A fault is shown when it lasts, and clears quickly."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from experiment.feedback.tracking_status import TrackingStatus


def shown_after(frames: Sequence[str | None], *, step_s: float = 0.125) -> list[str | None]:
    status, shown = TrackingStatus(), []
    for index, fault in enumerate(frames):
        status = status.after(fault, index * step_s)
        shown.append(status.shown)
    return shown


def test_one_missed_frame_is_not_shown() -> None:
    assert shown_after([None, "no-face", None, "no-face", None]) == [None] * 5


def test_a_fault_that_lasts_is_shown() -> None:
    assert shown_after([None] + ["no-face"] * 7)[-2:] == ["no-face", "no-face"]


def test_a_fault_clears_after_some_good_frames_and_not_after_one() -> None:
    shown = shown_after(["dark"] * 8 + [None] * 4)

    assert shown[8:] == ["dark", "dark", None, None]


@pytest.mark.parametrize("other", ["turned", "several-faces"])
def test_a_fault_that_becomes_another_one_is_renamed_at_once(other: str) -> None:
    assert shown_after(["no-face"] * 8 + [other])[-1] == other

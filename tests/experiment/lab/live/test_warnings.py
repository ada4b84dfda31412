"""Warnings of a running session."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from experiment.lab.live.warnings import CODES, Observed, Warnings
from experiment.record.live_state.values import CameraReport, DisplayReport

GOOD = Observed(DisplayReport(3600, 2, 2), CameraReport("running", 29.5, 30.0), 0, (), "", 10 * 2**30, 2**30)


def test_nothing_is_warned_of_without_a_cause() -> None:
    assert Warnings().update(GOOD) == ()


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"camera": CameraReport("unplugged", 0.0, 30.0, "Plug it in again.")}, "camera-fault", "Plug it in again."),
        ({"camera": CameraReport("running", 14.8, 30.0)}, "camera-slow", "15 of 30 pictures a second"),
        ({"trials_without_face": 3, "face_reasons": ("no-face", "dark")}, "no-face", "last 3 trials (no-face, dark)"),
        ({"recent": DisplayReport(1000, 11, 12)}, "late-flips", "11 of 1000"),
        ({"waits_for_face": "dark", "trials_without_face": 3}, "calibration-waits", "measurable face (dark)"),
        ({"disk_free_bytes": 2**29}, "disk", "0.5 GB are free, the rest of the session may need 1.0 GB"),
    ],
)
def test_each_cause_has_its_action(change: dict[str, Any], code: str, words: str) -> None:
    (warning,) = Warnings().update(replace(GOOD, **change))

    assert warning.code == code
    assert code in CODES
    assert words in warning.action


@pytest.mark.parametrize(
    "change",
    [
        {"camera": CameraReport("running", None, 30.0)},
        {"camera": None, "disk_free_bytes": None},
        {"recent": DisplayReport(100, 50, 50)},
        {"trials_without_face": 1, "face_reasons": ("dark",)},
    ],
)
def test_what_is_not_known_yet_is_no_cause(change: dict[str, Any]) -> None:
    assert Warnings().update(replace(GOOD, **change)) == ()


def test_a_warning_keeps_its_time_while_its_cause_lasts() -> None:
    warnings, dark = Warnings(), replace(GOOD, trials_without_face=2, face_reasons=("dark",))
    (first,) = warnings.update(dark)
    (second,) = warnings.update(replace(dark, trials_without_face=3))
    assert second.since_utc_s == first.since_utc_s
    assert second.numbers["trials"] == 3
    assert warnings.update(GOOD) == ()

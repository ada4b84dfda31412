"""Durations are whole frames, or an error with the nearest whole numbers of frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiment.protocol.language.durations import parse_duration, parse_open_duration, parse_span
from experiment.protocol.language.schema_models import TimingSection


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("30 frames", 60, 30),
        ("1 frame", 144, 1),
        ("0.5 s", 60, 30),
        ("500 ms", 60, 30),
        ("500ms", 120, 60),
        ("2 min", 60, 7200),
        ("0.1 s", 60, 6),
        ("50 ms", 60, 3),
        ("2.002 s", 59.94, 120),
        ("16.67 ms", 60, 1),
        ("33.3 ms", 60, 2),
        ("0 s", 60, 0),
    ],
)
def test_a_duration_is_converted_to_frames(text: str, rate: float, frames: int) -> None:
    assert parse_duration(text).frames(rate) == frames


@pytest.mark.parametrize(
    ("text", "rate", "words"),
    [
        ("0.11 s", 60, r"0.11 s is 6.6 frames at 60 Hz.*write `6 frames` \(0.1 s\) or `7 frames` \(0.116667 s\)"),
        ("5 ms", 60, r"0.3 frames at 60 Hz.*write `1 frame` \(0.0166667 s\)"),
        ("100 ms", 75, r"7.5 frames at 75 Hz"),
        ("2 s", 59.94, r"119.9 frames at 59.94 Hz"),
    ],
)
def test_a_duration_between_two_refreshes_is_refused_with_the_nearest(text: str, rate: float, words: str) -> None:
    duration = parse_duration(text)

    with pytest.raises(ValueError, match=words):
        duration.frames(rate)


@pytest.mark.parametrize(
    ("rate", "frames"), [(59.94, 3596), (60, 3600), (59.951, 3597), (119.88, 7193), (143.98, 8639)]
)
def test_a_default_is_the_nearest_number_of_frames_at_every_rate(rate: float, frames: int) -> None:
    default = TimingSection().timeout

    assert default is not None
    assert default.frames(rate) == frames


@given(frames=st.integers(0, 100_000), rate=st.sampled_from([50, 59.94, 60, 75, 120, 144, 240]))
def test_a_number_of_frames_does_not_depend_on_the_rate(frames: int, rate: float) -> None:
    assert parse_duration(f"{frames} frames").frames(rate) == frames


def test_the_error_proposes_a_correct_duration() -> None:
    """What the message says to write is accepted."""
    for text in ("0.11 s", "333 ms", "0.999 s"):
        try:
            parse_duration(text).frames(60)
        except ValueError as error:
            proposal = str(error).split("`")[1]
            assert parse_duration(proposal).frames(60) >= 1
        else:
            pytest.fail(f"{text} should not fit 60 Hz")


def test_until_response_gives_no_duration_and_a_span_two() -> None:
    assert parse_open_duration("until-response") is None
    assert parse_span("1 s").shortest == parse_span("1 s").longest
    assert parse_span({"from": "1 s", "to": "2 s"}).longest.frames(60) == 120

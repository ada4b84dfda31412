"""Durations in a protocol, and their conversion to whole frames of the display.

A display changes only at its refresh, so every duration is a whole number of frames: ``0.1 s`` is 6 frames at 60 Hz,
and ``0.11 s`` is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from experiment.protocol.language.number_forms import usual_duration

UNTIL_RESPONSE = "until-response"
_UNITS = {
    "frame": None,
    "frames": None,
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "sec": Fraction(1),
    "second": Fraction(1),
    "seconds": Fraction(1),
    "min": Fraction(60),
    "minute": Fraction(60),
    "minutes": Fraction(60),
}
_PATTERN = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([a-z]+)\s*", re.IGNORECASE)
_RANGE = re.compile(r"\s*([0-9.]{1,9})\s*(?:-|–|to)\s*([0-9.]{1,9})\s*(frames?|ms|s|min)\s*")
"""``500-1000 ms``, a frequent mistake."""
EXAMPLES = "`30 frames`, `0.5 s` or `500 ms`"
SCHEMA_PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*(frames?|ms|s|sec|seconds?|min|minutes?)\s*$"
CLIP_TIME_PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|s|sec|seconds?|min|minutes?)\s*$"


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of frames, or of seconds."""

    amount: Fraction
    in_frames: bool
    nearest: bool = False
    """Whether the nearest whole number of frames is meant: a default has no unit of its own."""

    def frames(self, refresh_rate_hz: float) -> int:
        """Return the number of frames at a refresh rate.

        Raises
        ------
        ValueError
            If the duration is not a whole number of frames; the message has the nearest that are.
        """
        if self.in_frames:
            return int(self.amount)
        rate = Fraction(str(refresh_rate_hz))
        exact = self.amount * rate
        whole = round(exact)
        if not self.nearest and abs(exact - whole) > Fraction(1, 100):
            low = int(exact)
            shown = " or ".join(
                f"`{n} {'frame' if n == 1 else 'frames'}` ({float(n / rate):.6g} s)" for n in (low, low + 1) if n > 0
            )
            raise ValueError(
                f"{self} is {float(exact):.4g} frames at {refresh_rate_hz:g} Hz, and a display cannot show part of a"
                f" frame; write {shown}"
            )
        return whole

    def seconds(self, refresh_rate_hz: float) -> float:
        """Return the length in seconds at a refresh rate."""
        return float(self.amount / Fraction(str(refresh_rate_hz)) if self.in_frames else self.amount)

    def __str__(self) -> str:
        return f"{float(self.amount):g} frames" if self.in_frames else f"{float(self.amount):g} s"


@dataclass(frozen=True, slots=True)
class Span:
    """A duration drawn for every trial, uniformly between two others.

    Both are equal if it is fixed.
    """

    shortest: Duration
    longest: Duration

    @property
    def is_fixed(self) -> bool:
        """Whether all trials have the same duration."""
        return self.shortest == self.longest


def parse_duration(value: Any) -> Duration:
    """Parse ``"30 frames"``, ``"0.5 s"``, ``"500 ms"`` or ``"2 min"``.

    Raises
    ------
    ValueError
        If the value is not a duration.
    """
    if value is None:
        raise ValueError(f"is empty; write a duration such as {EXAMPLES}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        frames = "frame" if value == 1 else "frames"
        raise ValueError(f"needs a unit: `{value} {frames}`, `{value} s` or `{value} ms`?")
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None and isinstance(value, str) and (meant := usual_duration(value)) and _PATTERN.fullmatch(meant):
        raise ValueError(f"must be a duration such as {EXAMPLES}, not {_shown(value)}; write `{meant}`")
    if match is None:
        raise ValueError(f"must be a duration such as {EXAMPLES}, not {_shown(value)}")
    unit = match[2].lower()
    if unit not in _UNITS:
        raise ValueError(f"has the unknown unit `{match[2]}`; use frames, ms, s or min")
    amount, factor = Fraction(match[1]), _UNITS[unit]
    if factor is None and amount.denominator != 1:
        raise ValueError(f"must be a whole number of frames, not {match[1]}")
    if (amount if factor is None else amount * factor * 60) > 60 * 60 * 24 * 60:
        raise ValueError("is longer than a day")
    return Duration(amount if factor is None else amount * factor, in_frames=factor is None)


def parse_open_duration(value: Any) -> Duration | None:
    """Parse a duration, or ``until-response``, which gives None."""
    if value == UNTIL_RESPONSE:
        return None
    if isinstance(value, str) and re.fullmatch(r"until.{0,3}response", value, re.IGNORECASE):
        raise ValueError(f"must be written `{UNTIL_RESPONSE}`, with a hyphen, not `{value}`")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ValueError(f"{error} (or `{UNTIL_RESPONSE}`)") from None


def parse_span(value: Any) -> Span:
    """Parse a duration, or ``{from: A, to: B}`` for one that is drawn in every trial."""
    if isinstance(value, str) and (ends := _RANGE.fullmatch(value)):
        low, high, unit = ends.groups()
        raise ValueError(
            f"is not a duration; a duration drawn in every trial is {{from: {low} {unit}, to: {high} {unit}}}"
        )
    if not isinstance(value, dict):
        fixed = parse_duration(value)
        return Span(fixed, fixed)
    if set(value) != {"from", "to"}:
        raise ValueError("must be one duration, or {from: 0.5 s, to: 1 s} to draw one in every trial")
    return Span(parse_duration(value["from"]), parse_duration(value["to"]))


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f"`{value}`" if len(value) < 60 else "a long text"
    return "a list" if isinstance(value, list) else "a section" if isinstance(value, dict) else f"`{value}`"

"""Assumptions behind the estimates: what people do, and how large pictures are.

Times of people are assumptions, not measurements; `ASSUMED` states them.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

READ_LETTERS_PER_S = 15.0
READ_SIGNS_PER_S = 6.0
"""Japanese and Chinese signs, Korean syllables."""
LEAST_READING_S = 2.0
RESPONSE_S = 5.0
"""From the onset of a target to the response of an imitation."""
RATING_S = 3.0
QUESTION_S = 5.0
"""A question after a trial."""
FORM_ANSWER_S = 8.0
WITHOUT_LIMIT = 3.0
"""Longest time of what has no time limit, as a multiple of the expected time."""
UNLIMITED_S = 60.0
"""Longest time of a response without a time limit."""
BYTES_PER_PIXEL = 2.0
"""Upper bound of a PNG file: webcam pictures of 1280x720 take 1.0-1.6."""
FILM_BYTES_PER_PIXEL = 0.15
"""Upper bound of a film: a noisy camera takes 0.08."""

_PEOPLE = (
    f"{RESPONSE_S:g} s for an imitation, {RATING_S:g} s for a rating, {QUESTION_S:g} s for another question after a "
    f"trial, {FORM_ANSWER_S:g} s for an answer in a form, {READ_LETTERS_PER_S:g} letters a second for reading, half of "
    "the possible rounds"
)
_LONGEST = (
    f"every time limit is used up; what has no limit takes {WITHOUT_LIMIT:g} times as long as expected, a response "
    f"{UNLIMITED_S:g} s"
)
ASSUMED = tuple(textwrap.wrap(f"Assumed, not measured: {_PEOPLE}. Longest: {_LONGEST}.", width=118))
"""What the times rest on, line by line."""


@dataclass(frozen=True, slots=True)
class Times:
    """A duration in seconds: shortest, expected, longest."""

    shortest: float = 0.0
    expected: float = 0.0
    longest: float = 0.0

    def __add__(self, other: Times) -> Times:
        """Return the duration of one after the other."""
        return Times(self.shortest + other.shortest, self.expected + other.expected, self.longest + other.longest)

    def times(self, count: float) -> Times:
        """Return the duration of several in a row."""
        return Times(self.shortest * count, self.expected * count, self.longest * count)

    @classmethod
    def fixed(cls, seconds: float) -> Times:
        """Return a duration that is known."""
        return cls(seconds, seconds, seconds)

    @classmethod
    def unlimited(cls, expected_s: float, *, shortest_s: float = 0.0) -> Times:
        """Return the duration of something that a person ends, without a time limit."""
        expected_s = max(expected_s, shortest_s)
        return cls(shortest_s, expected_s, max(expected_s * WITHOUT_LIMIT, shortest_s))


def reading_s(*texts: str) -> float:
    """Return the time that reading texts is assumed to take, in seconds."""
    signs = sum(1 for text in texts for sign in text if ord(sign) >= _FIRST_SIGN)
    letters = sum(len(text) for text in texts) - signs
    return max(LEAST_READING_S, letters / READ_LETTERS_PER_S + signs / READ_SIGNS_PER_S)


_FIRST_SIGN = 0x2E80
"""First code point of the scripts of East Asia."""

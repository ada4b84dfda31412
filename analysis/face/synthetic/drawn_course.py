"""Courses of drawn faces: the strength of each unit in each frame.

A course goes from rest to the apex and back:

    delay, at rest | onset | hold, at the apex | offset | at rest to the end

Onset and offset follow the minimum-jerk function, the smoothest movement between two points of rest [1]_. It has no
step in position, speed or acceleration. Frame 0 is the frame of the target's onset. The first frame that differs from
rest is frame ``delay + 1``; the first frame of the apex is frame ``delay + onset``.

A blink closes the eyes in 100 ms, keeps them closed for 35 ms and opens them in 150 ms, each rounded to whole frames.
Closing takes about 100 ms [2]_ and is 40 to 47 % faster than opening [3]_. During a blink `eyeWide` and `eyeSquint` go
back in proportion, because both would move a lid that the blink has already placed.

References
----------
.. [1] Flash & Hogan (1985), The coordination of arm movements, J. Neurosci. 5(7), 1688-1703.
.. [2] Stern, Walrath & Goldstein (1984), The endogenous eyeblink, Psychophysiology 21(1), 22-33.
.. [3] Sforza et al. (2008), Spontaneous blinking in healthy persons, Ophthalmic Physiol. Opt. 28(4), 345-353.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.face.models.posers import DEFAULT_POSER

CLOSING_S, CLOSED_S, OPENING_S = 0.100, 0.035, 0.150
BLINK_INTERVAL_S = (2.0, 6.0)
"""Range of the time between two random blinks, drawn uniformly: 15 blinks a minute on average, as at rest (Sforza et
al., 2008: 11 a minute in men, 19 in women)."""
BLINK_STRENGTH = 0.75
"""Strength of `eyeBlink` at which the lids of the drawn face meet; more moves the upper lid over the lower one."""
_BLINK = ("eyeBlinkLeft", "eyeBlinkRight")
_LIDS = ("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight")


@dataclass(frozen=True, slots=True)
class Course:
    """A course; all times are numbers of frames."""

    rate_hz: float
    """Frames per second."""
    delay: int
    onset: int
    hold: int
    """From the first frame of the apex to the last."""
    offset: int
    """0: the face stays at the apex."""
    length: int
    """Number of frames; the last one stands until the target is removed."""
    blinks: tuple[int, ...] = ()
    """For each blink, the last frame with open eyes."""

    @property
    def movement(self) -> int:
        """Number of frames up to the end of the movement."""
        return self.delay + self.onset + self.hold + self.offset + 1

    @property
    def apex(self) -> int:
        """The first frame of the apex."""
        return self.delay + self.onset

    def intensity(self, frame: int) -> float:
        """Return the strength of the expression in a frame, relative to the apex."""
        since = frame - self.delay
        if since < self.onset:
            return minimum_jerk(since / self.onset)
        after = since - self.onset - self.hold
        return 1.0 if after <= 0 or not self.offset else 1.0 - minimum_jerk(after / self.offset)

    def closure(self, frame: int) -> float:
        """Return how far a blink closes the eyes in a frame, from 0 to 1."""
        closing, closed, opening = blink_frames(self.rate_hz)
        largest = 0.0
        for start in self.blinks:
            since = frame - start
            after = since - closing - closed
            largest = max(largest, minimum_jerk(since / closing) - minimum_jerk(max(0, after) / opening))
        return largest

    def strengths(self, apex: Mapping[str, float], frame: int) -> dict[str, float]:
        """Return the strength of each unit in a frame; units at rest are left out.

        Parameters
        ----------
        apex : mapping
            Strength of each unit at the apex.
        frame : int
            Number of the frame, from 0.
        """
        intensity, closure = self.intensity(frame), self.closure(frame)
        shown = {unit: strength * intensity for unit, strength in apex.items()}
        if closure > 0:
            shown |= {unit: shown[unit] * (1 - closure) for unit in _LIDS if unit in shown}
            shown |= {unit: max(shown.get(unit, 0.0), BLINK_STRENGTH * closure) for unit in _BLINK}
        return {unit: strength for unit, strength in shown.items() if strength > 0}


@dataclass(frozen=True, slots=True)
class DrawnMovement:
    """A drawn face that moves: the strengths of its units at the apex, and the course."""

    apex: Mapping[str, float]
    course: Course
    poser: str = DEFAULT_POSER
    """Whose face moves; one of `analysis.face.models.posers.POSERS`."""

    def rows(self) -> list[dict[str, float]]:
        """Return the strengths of the moving units for each frame of the course."""
        return [self.course.strengths(self.apex, frame) for frame in range(self.course.length)]

    def starts(self) -> list[int]:
        """Return the frames that differ from the frame before, with frame 0."""
        rows = self.rows()
        return [frame for frame in range(len(rows)) if frame == 0 or rows[frame] != rows[frame - 1]]

    @property
    def apex_index(self) -> int:
        """The index of the first frame of the apex in `starts`."""
        return bisect_right(self.starts(), self.course.apex) - 1


def minimum_jerk(share: float) -> float:
    """Return the position, 0 to 1, after a share of the time of a movement.

    Flash & Hogan (1985), eq. 11 for one dimension. Shares outside 0..1 give the ends.
    """
    share = min(1.0, max(0.0, share))
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def blink_frames(rate_hz: float) -> tuple[int, int, int]:
    """Return the frames in which the eyes close, stay closed and open."""
    closing, closed, opening = (max(1, round(time * rate_hz)) for time in (CLOSING_S, CLOSED_S, OPENING_S))
    return closing, closed, opening


def random_blinks(name: str, length: int, rate_hz: float) -> tuple[int, ...]:
    """Return the blinks of a target: the same for all participants and sessions.

    Parameters
    ----------
    name : str
        Name of the target; it determines the random numbers.
    length : int
        Number of frames of the course. Each blink ends before.
    rate_hz : float
        Frames per second.
    """
    rng = random.Random(f"blinks of {name}")  # text seeds give the same numbers in every version
    start, blinks = round(rng.uniform(0.0, BLINK_INTERVAL_S[1]) * rate_hz), []
    while start + sum(blink_frames(rate_hz)) < length:
        blinks.append(start)
        start += round(rng.uniform(*BLINK_INTERVAL_S) * rate_hz)
    return tuple(blinks)

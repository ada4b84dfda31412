"""Which movement to ask for: one hint at a time, not a restless one, and none that has been tried in vain.

What a change would do to the similarity is forecast by `experiment.feedback.hint_forecast`. A forecast may be wrong
for this face: what the similarity did while a hint was shown decides whether it comes again, and whether to take it
back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from analysis.face.arrays import FloatArray
from experiment.feedback.hint_forecast import SMALLEST_DIFFERENCE, Change

SMALLEST_PROMISE = 0.005
"""Of similarity: less is not worth a sentence."""
_ONE_SIDE = 1.25
"""A movement is asked for on one side alone if that promises so many times what both sides promise: few can do it."""
SETTLING_S = 0.5
"""A hint that has just come stays at least so long, whatever the measurement says."""
READ_S = 1.5
"""Time to read a hint and begin to do it: what the similarity did before has other reasons."""
TRIED_S = 3.5
"""Time to read a hint, do it, and see what became of it."""
ASIDE_S = 20.0
"""For how long a hint that was tried in vain is not shown again."""
RISEN, FALLEN = 0.015, -0.035
"""What the similarity must have gained since a hint came, or lost, to say that it helped or did harm."""
FALLEN_FOR_S = 0.6
"""For how long it must have been lost: landmarks are wrong in a single frame now and then."""
FOLLOWED = SMALLEST_DIFFERENCE
"""Change of the movement the way it was asked for, by measurement, that says the trainee did it."""

Direction: TypeAlias = tuple[str, bool]
"""A movement, and whether more of it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """A change of expression to ask for."""

    movement: str
    """ARKit's name without its side: ``browInnerUp``, ``mouthSmile``."""
    side: str
    """``left`` or ``right`` of the trainee, or empty for both or neither."""
    change: float
    """-1..1: how much more (or less, if negative) of the full movement."""
    units: tuple[str, ...]
    """ARKit's names of what should change."""

    @property
    def direction(self) -> Direction:
        """Without the side: what is tried in vain on both need not be tried on one."""
        return (self.movement, self.change > 0)

    def asks_as(self, other: Hint) -> bool:
        """Whether the two ask for the same, if not for as much of it."""
        return (self.direction, self.side) == (other.direction, other.side)

    @property
    def opposite(self) -> Hint:
        """The hint that takes this one back."""
        return replace(self, change=-self.change)


def hints(promised: FloatArray, changes: Sequence[Change]) -> tuple[Hint, ...]:
    """All changes worth asking for, one of each movement and side, the one that promises most first.

    Parameters
    ----------
    promised : (C,) float array
        By how much each change would raise the similarity.
    changes : sequence of C changes
    """
    best: dict[tuple[str, str], tuple[float, int]] = {}
    for number, (change, promise) in enumerate(zip(changes, promised.tolist(), strict=True)):
        weighed, asked = promise / (_ONE_SIDE if change.side else 1.0), (change.movement, change.side)
        if weighed >= SMALLEST_PROMISE and weighed > best.get(asked, (0.0, 0))[0]:
            best[asked] = (weighed, number)
    ordered = sorted(best.values(), key=lambda pair: -pair[0])
    return tuple(_hint(changes[number]) for _, number in ordered)


def _hint(change: Change) -> Hint:
    return Hint(change.movement, change.side, change.amount, change.units)


@dataclass(frozen=True, slots=True, eq=False)
class Standpoint:
    """What is known when a hint is chosen."""

    time_s: float
    similarity: float
    """Smoothed."""
    own: Mapping[str, float]
    """Smoothed strengths of the trainee's units."""


@dataclass(frozen=True, slots=True)
class HintShown:
    """The hint on the screen and since when."""

    hint: Hint | None = None
    since_s: float = float("-inf")
    """Infinitely long ago: nothing has been chosen yet."""
    similarity: float = 0.0
    """When it came."""
    strength: float = 0.0
    """Of the units it asks for, on average, when it came."""
    back_to: float | None = None
    """The similarity that was there before, if this hint takes another one back."""
    fallen_s: float | None = None
    """Since when the similarity has been lower than when it came."""
    is_done: bool = False
    """It promises nothing any more, is off the screen, and is still judged."""
    aside: tuple[tuple[Direction, float], ...] = ()
    """What was tried in vain, and until when it is not asked for again."""

    @property
    def asked(self) -> Hint | None:
        """What the screen says."""
        return None if self.is_done else self.hint

    def best(self, best_first: Sequence[Hint]) -> Hint | None:
        """The first that has not been put aside."""
        waiting = {direction for direction, _ in self.aside}
        return next((hint for hint in best_first if hint.direction not in waiting), None)

    def come(self, hint: Hint | None, now: Standpoint, *, back_to: float | None = None) -> HintShown:
        """Another hint."""
        strength = 0.0 if hint is None else _strength(hint, now)
        return HintShown(hint, now.time_s, now.similarity, strength, back_to, aside=self.aside)

    def put_aside(self, until_s: float, *hints: Hint) -> HintShown:
        """These are not shown for a while."""
        return replace(self, aside=(*self.aside, *((hint.direction, until_s) for hint in hints)))

    def begun_anew(self) -> HintShown:
        """Nothing chosen yet, as when a trial begins; what was tried in vain is still known."""
        return HintShown(aside=self.aside)


def next_hint(shown: HintShown, best_first: Sequence[Hint], now: Standpoint) -> HintShown:
    """What to show now.

    A hint stays until it has been fulfilled, or until there was time to try it. If the similarity has risen by then, it
    stays as long as nothing better is to be asked for; if not, this trainee cannot follow it, or the landmarks do not
    see it followed, and it is put aside. If it was followed and the similarity has fallen and does not recover, it is
    taken back, as far as there is anything to take back; that it was followed quickly, and has gone, does not save it.

    Parameters
    ----------
    best_first : sequence of Hint
        From `hints`.
    """
    shown = replace(shown, aside=tuple(one for one in shown.aside if one[1] > now.time_s))
    hint, shown_s, gained = shown.hint, now.time_s - shown.since_s, now.similarity - shown.similarity
    best = shown.best(best_first)
    if hint is None:
        return shown.come(best, now)
    if shown_s < SETTLING_S:
        return shown
    if shown.back_to is not None:
        lost = now.similarity < shown.back_to - RISEN
        going_on = lost and shown_s < TRIED_S and _room(hint, now) >= SMALLEST_DIFFERENCE
        return shown if going_on else shown.come(best, now)
    followed = (_strength(hint, now) - shown.strength) * (1.0 if hint.change > 0 else -1.0)
    fallen = shown_s >= READ_S and gained <= FALLEN and followed >= FOLLOWED
    shown = replace(shown, fallen_s=(now.time_s if shown.fallen_s is None else shown.fallen_s) if fallen else None)
    if shown.fallen_s is not None and now.time_s - shown.fallen_s >= FALLEN_FOR_S:
        aside = shown.put_aside(now.time_s + ASIDE_S, hint, hint.opposite)
        return aside.come(hint.opposite, now, back_to=shown.similarity)
    if shown_s >= TRIED_S and gained < RISEN:
        shown = shown.put_aside(now.time_s + ASIDE_S, hint)
        return shown.come(shown.best(best_first), now)
    same = next((one for one in best_first if one.asks_as(hint)), None)
    if same is None or shown.is_done:
        undecided = shown_s < READ_S or shown.fallen_s is not None
        judged = undecided and followed >= FOLLOWED and gained < RISEN
        return replace(shown, is_done=True) if judged else shown.come(best, now)
    return shown.come(best, now) if shown_s >= TRIED_S else replace(shown, hint=same)


def _strength(hint: Hint, now: Standpoint) -> float:
    return sum(now.own[unit] for unit in hint.units) / len(hint.units)


def _room(hint: Hint, now: Standpoint) -> float:
    """How much can still be done of what the hint asks for."""
    strength = _strength(hint, now)
    return 1.0 - strength if hint.change > 0 else strength

"""Which movement would bring the trainee nearest to the target: one hint at a time, and not a restless one.

A fitted face is a sum of movements that resemble each other: a smile and a stretched mouth move nearly the same points.
The largest difference between two lists of coefficients may therefore be one nobody can see. What counts here is how
much of the visible difference ``d = target - own`` one movement can take away::

    r_u = sum_v A_uv d_v          how the difference lies along movement u, with A_uv = <s_u, s_v>
    x_u = clip(r_u / A_uu)        the best change of that one movement, own + x within 0..1
    gain_u = 2 x_u r_u - x_u^2 A_uu

the first step of a matching pursuit (Mallat & Zhang 1993). Movements that exist on both sides are asked for together
where both sides differ alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from analysis.face.model import FloatArray
from experiment.feedback.reading import Goal, Scene

SMALLEST_CHANGE = 0.12
"""Of a movement's full range: less is not worth a sentence, nor could the landmarks tell."""
SMALLEST_GAIN = 0.05
"""Share of the target's own movement, squared, that following the hint must bring."""
_ONE_SIDE = 0.35
"""A movement is asked for on one side alone if the other side gains less than this share of it."""
SETTLING_S = 0.5
"""A hint that has just come stays at least so long, whatever the measurement says."""

HintKey: TypeAlias = tuple[str, str, bool]


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
    def key(self) -> HintKey:
        """What makes two hints the same sentence."""
        return (self.movement, self.side, self.change > 0)


def hints(own: FloatArray, goal: Goal, scene: Scene) -> tuple[Hint, ...]:
    """All changes worth asking for, the one that helps most first.

    Parameters
    ----------
    own : (U,) float array
        The trainee's units, 0..1.
    """
    difference = goal.units - own
    whole = max(float(goal.units @ scene.alikeness @ goal.units), 1e-12)
    found: list[tuple[float, Hint]] = []
    for movement, members in _movements(scene.unit_names).items():
        steps = {index: _best_step(index, difference, own, scene.alikeness) for index in members}
        gains = {index: gain for index, (_, gain) in steps.items()}
        best = max(members, key=lambda index: gains[index])
        same_way = [i for i in members if steps[i][0] * steps[best][0] > 0 and gains[i] >= _ONE_SIDE * gains[best]]
        change = float(np.mean([steps[i][0] for i in same_way])) if same_way else 0.0
        if abs(change) < SMALLEST_CHANGE:
            continue
        together = np.zeros(len(own))
        together[same_way] = np.clip(own[same_way] + change, 0.0, 1.0) - own[same_way]
        seen = together @ scene.alikeness
        gain = float(2.0 * seen @ difference - seen @ together)
        if gain < SMALLEST_GAIN * whole:
            continue
        side = "" if len(same_way) == len(members) else _side(scene.unit_names[best])
        units = tuple(scene.unit_names[index] for index in same_way)
        found.append((gain, Hint(movement, side, change, units)))
    return tuple(hint for _, hint in sorted(found, key=lambda pair: -pair[0]))


@dataclass(frozen=True, slots=True)
class HintShown:
    """The hint on the screen and since when."""

    hint: Hint | None = None
    since_s: float = float("-inf")
    aside: tuple[tuple[HintKey, float], ...] = ()
    """Hints that were shown in vain, and until when others go first."""


def next_hint(
    shown: HintShown,
    best_first: Sequence[Hint],
    now_s: float,
    *,
    shortest_s: float = 2.0,
    longest_s: float = 6.0,
    aside_s: float = 12.0,
) -> HintShown:
    """What to show now: a hint stays for a while, so that it can be read and done, unless it has been fulfilled.

    A hint that was shown for long and still asks for the same is one this trainee cannot follow, or that the landmarks
    do not see followed: others go first for a while. If there are no others, it comes again.

    Parameters
    ----------
    best_first : sequence of Hint
        From `hints`.
    shortest_s : float
        A hint that still helps is not replaced by a better one before this time.
    longest_s : float
        It is not shown for longer at a time.
    aside_s : float
        For how long others go first then.
    """
    aside = tuple((key, until_s) for key, until_s in shown.aside if until_s > now_s)
    same = next((hint for hint in best_first if shown.hint is not None and hint.key == shown.hint.key), None)
    if same is not None and now_s - shown.since_s >= longest_s and len(best_first) > 1:
        aside = (*aside, (same.key, now_s + aside_s))
        same = None
    elif same is None and shown.hint is not None and now_s - shown.since_s < SETTLING_S:
        return replace(shown, aside=aside)
    waiting = {key for key, _ in aside}
    first = next((hint for hint in best_first if hint.key not in waiting), best_first[0] if best_first else None)
    if same is not None and (now_s - shown.since_s < shortest_s or first is same):
        return HintShown(same, shown.since_s, aside)
    return HintShown(first, now_s, aside)


def _best_step(index: int, difference: FloatArray, own: FloatArray, alikeness: FloatArray) -> tuple[float, float]:
    size = float(alikeness[index, index])
    if size <= 1e-12:
        return 0.0, 0.0
    along = float(alikeness[index] @ difference)
    now = float(own[index])
    step = min(max(along / size, -now), 1.0 - now)
    return step, 2.0 * step * along - step * step * size


@lru_cache(maxsize=8)
def _movements(unit_names: tuple[str, ...]) -> Mapping[str, Sequence[int]]:
    movements: dict[str, list[int]] = {}
    for index, name in enumerate(unit_names):
        movements.setdefault(name.removesuffix(_side(name).capitalize()), []).append(index)
    return movements


def _side(name: str) -> str:
    """``jawLeft`` and ``mouthLeft`` are directions, not sides."""
    if name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return ""
    for side in ("Left", "Right"):
        if name.endswith(side):
            return side.lower()
    return ""

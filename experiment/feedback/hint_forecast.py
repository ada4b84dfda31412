"""What following a hint would do to the similarity, before anybody follows it.

The similarity is the cosine of the target's strengths ``t`` and the trainee's ``psi``, which
`analysis.face.fitting.covariance_refit` finds in the landmarks by least squares in a box, with Hessian ``H`` and
ridge ``lambda``. Movements changed by ``x`` displace the landmarks by ``S x`` - if the detector saw all of it; it
sees a share ``a`` - and so::

    psi'       = argmin psi' H psi / 2 - psi' (b + a (H - lambda I) x),   0 <= psi <= 1;    b: what psi solves now
    promise(x) = cosine(t, psi') - cosine(t, psi)

That is not how far the strength of a movement is from the target's: landmarks see some movements only as part of
others, and raising one that is missing can show as a third. Nor does the similarity alone know what to ask for: pressed
lips look much like a smile. A change is promised only where the strengths that were fitted for it differ that way too.

When this was written, on 120 drawn people and 1631 changes (and with the head pose of the first fit still), the promise
correlated at 0.53 with what the similarity really did. Of the changes that promised 0.015 or more 90 % raised it, and
78 % led towards what the target does; where the strengths did not differ that way, it was 72 % and 24 %. The share of
the visible difference that a movement takes away, by which hints were chosen before, correlated at 0.24 (48 of them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.box_qp import minimise_in_box

SOME, LITTLE = 0.35, 0.18
"""What a sentence and one with "a little" are taken to ask for, of a movement's full range."""
SMALLEST_DIFFERENCE = 0.05
"""Of a movement's full range: less the landmarks cannot tell."""
_DOABLE = 0.3
"""Share of a change that must be possible before the movement reaches its end."""
ANSWERED = 0.6
"""Share of a movement of the face that dlib's landmarks make with it: the median of 51 units on drawn people."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could be asked for."""

    movement: str
    """ARKit's name without its side: ``browInnerUp``, ``mouthSmile``."""
    side: str
    """``left`` or ``right`` of the trainee, or empty for both or neither."""
    amount: float
    """-1..1: how much more (or less, if negative) of the full movement."""
    units: tuple[str, ...]
    """ARKit's names of what should change."""


def possible_changes(unit_names: Sequence[str], *, hidden: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """Everything a hint can ask for: each movement, on both sides or one, more or less, by one of two amounts.

    Parameters
    ----------
    hidden
        Units that cannot be seen, which nobody is asked for.
    """
    movements: dict[str, list[str]] = {}
    for name in unit_names:
        if name not in hidden:
            movements.setdefault(name.removesuffix(side_of(name).capitalize()), []).append(name)
    return tuple(
        Change(movement, side, amount, units)
        for movement, members in movements.items()
        for side, units in _sides(members)
        for amount in (SOME, LITTLE, -SOME, -LITTLE)
    )


def side_of(unit: str) -> str:
    """``left``, ``right`` or nothing; ``jawLeft`` and ``mouthLeft`` are directions, not sides."""
    if unit in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return ""
    return next((side for side in ("left", "right") if unit.endswith(side.capitalize())), "")


def _sides(members: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    alone: list[tuple[str, tuple[str, ...]]] = [(side_of(name), (name,)) for name in members]
    return alone if len(members) == 1 else [("", tuple(members)), *alone]


def change_matrix(changes: Sequence[Change], unit_names: Sequence[str]) -> FloatArray:
    """(C, U): a row a change, by how much of every unit it asks for."""
    matrix = np.zeros((len(changes), len(unit_names)))
    for row, change in zip(matrix, changes, strict=True):
        row[[unit_names.index(name) for name in change.units]] = change.amount
    return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Where a face stands in the problem that `analysis.face.fitting.covariance_refit` solves, and in what it makes
    of its movements."""

    fitted: FloatArray
    """(U,) strengths ``psi`` of which the similarity is made."""
    evidence: FloatArray
    """(U,) the linear part ``b`` of the problem that ``fitted`` solves."""
    own: FloatArray
    """(U,) the best estimate of how strong the units are: nobody can do more than all, or less than nothing."""


def promises(
    changes: FloatArray,
    standing: Standing,
    *,
    similar_to: FloatArray,
    aim: FloatArray,
    hessian: FloatArray,
    ridge: float,
) -> FloatArray:
    """(C,) by how much each change would raise the similarity; 0 for what cannot or should not be done.

    Parameters
    ----------
    changes : (C, U) float array
        See `change_matrix`.
    similar_to : (U,) float array
        Strengths of the target, fitted as ``standing.fitted`` is.
    aim : (U,) float array
        Strengths of the target, fitted as ``standing.own`` is.
    hessian : (U, U) float array
        Of the problem that ``standing.fitted`` solves, ``ridge`` included.
    """
    fitted, own = standing.fitted, standing.own
    possible = np.clip(own + changes, 0.0, 1.0) - own
    asked = np.maximum(np.abs(changes).sum(axis=1), 1e-9)
    differs = np.sign(changes) @ (aim - own) / np.maximum(np.count_nonzero(changes, axis=1), 1)
    worth = (np.abs(possible).sum(axis=1) >= _DOABLE * asked) & (differs >= SMALLEST_DIFFERENCE)
    promised = np.zeros(len(changes))
    now = _cosine(fitted, similar_to)
    answer = ANSWERED * (hessian - ridge * np.eye(len(fitted)))
    for number in np.flatnonzero(worth):
        after = minimise_in_box(hessian, standing.evidence + answer @ possible[number], start=fitted)
        promised[number] = _cosine(after, similar_to) - now
    return promised


def _cosine(fitted: FloatArray, target: FloatArray) -> float:
    return float(fitted @ target) / max(float(np.linalg.norm(fitted) * np.linalg.norm(target)), 1e-9)

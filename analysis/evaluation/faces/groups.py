"""The groups of drawn people: one attribute changes, all else stays.

Tones of skin are those of the Monk Skin Tone Scale (Monk 2019, skintone.google), from 1, the lightest, to 10. In the
strongest light, the lit side of a face has the colour of the swatch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis.evaluation.faces.directions import read_directions
from analysis.face.arrays import FloatArray
from analysis.face.models.units import BOTH_SIDES
from analysis.face.render.scene import Appearance, Colour
from analysis.face.synthetic.people import Person, Photograph

MONK: Mapping[int, str] = {
    1: "f6ede4",
    2: "f3e7db",
    3: "f7ead0",
    4: "eadaba",
    5: "d7bd96",
    6: "a07e56",
    7: "825c43",
    8: "604134",
    9: "3a312a",
    10: "292420",
}
"""sRGB of the ten swatches."""
REFERENCE_TONE = 4
_LIT = 1.6
"""Brightness of a white surface that faces the strongest lamp; brighter surfaces have no detail."""
_LIPS = (0.85, 0.62, 0.65)
_BLACK: Colour = (0.09, 0.07, 0.06)
_GREY: Colour = (0.50, 0.49, 0.48)
_GREY_BROWS: Colour = (0.40, 0.39, 0.38)
_SCARF: Colour = (0.30, 0.33, 0.42)
_YOUNG, _MIDDLE, _OLD = 0.0, 0.5, 1.0
_ADULT = 0.25
"""Age of all other groups, 0 young .. 1 old."""
_DEPTHS = {_YOUNG: 0.2, _ADULT: 0.5, _MIDDLE: 0.8, _OLD: 1.3}
"""Depth of wrinkles by age."""
_PALSY = (0.0, 0.2)
"""Strength that is left on the side with a palsy."""


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """A person before the attribute of a group is given."""

    person: Person
    male: float
    """0 woman .. 1 man."""
    weak_side: str
    """``Left`` or ``Right``: the side of a palsy."""
    left: float
    """Strength that a palsy leaves."""


Change = Callable[[Photograph, Sitter], Photograph]


@dataclass(frozen=True, slots=True)
class Group:
    """One value of one attribute."""

    attribute: str
    name: str
    change: Change


def as_reference(photograph: Photograph, sitter: Sitter) -> Photograph:
    """Return the picture in the reference group.

    A young adult of tone 4 with dark, short hair and a smooth chin.

    Parameters
    ----------
    photograph : Photograph
        Any picture of the person.
    sitter : Sitter
        The person.
    """
    look = replace(
        _skin(photograph.scene.appearance, REFERENCE_TONE),
        brows=_BLACK,
        brow_strength=0.9,
        hair="short",
        hair_colour=_BLACK,
        iris=(0.25, 0.17, 0.11),
        stubble=0.0,
        wrinkles=_DEPTHS[_ADULT],
    )
    return _aged(_looking(photograph, look), sitter, old=_ADULT)


def draw_sitter(person: Person, number: int, rng: np.random.Generator) -> Sitter:
    """Return a person of one sex, men and women alternate, with the side of a palsy.

    Parameters
    ----------
    person : Person
        The drawn person.
    number : int
        Number of the person.
    rng : Generator
        Source of random numbers.
    """
    side = ("Left", "Right")[int(rng.integers(2))]
    return Sitter(person, male=float(number % 2), weak_side=side, left=float(rng.uniform(*_PALSY)))


def _skin(look: Appearance, tone: int) -> Appearance:
    swatch = np.array([int(MONK[tone][k : k + 2], 16) / 255.0 for k in (0, 2, 4)])
    skin = (swatch**2.2 / _LIT) ** (1 / 2.2)
    return replace(look, skin=_colour(skin), lips=_colour(skin * _LIPS))


def _colour(values: FloatArray) -> Colour:
    red, green, blue = np.round(values, 4).tolist()
    return red, green, blue


def _looking(photograph: Photograph, look: Appearance) -> Photograph:
    return replace(photograph, scene=replace(photograph.scene, appearance=look))


def _changed(photograph: Photograph, sitter: Sitter, **values: object) -> Photograph:  # noqa: ARG001
    return _looking(photograph, replace(photograph.scene.appearance, **values))  # type: ignore[arg-type]


def toned(photograph: Photograph, sitter: Sitter, *, tone: int) -> Photograph:  # noqa: ARG001
    """Return the picture with skin of one tone of the Monk scale.

    Parameters
    ----------
    photograph : Photograph
        A picture of the reference group.
    sitter : Sitter
        The person.
    tone : int
        1 to 10.
    """
    return _looking(photograph, _skin(photograph.scene.appearance, tone))


def _aged(photograph: Photograph, sitter: Sitter, *, old: float, male: float | None = None) -> Photograph:
    sex = sitter.male if male is None else male
    person = replace(photograph.person, identity=read_directions().placed(sitter.person.identity, male=sex, old=old))
    look = replace(photograph.scene.appearance, wrinkles=_DEPTHS[old])
    if old == _OLD:
        look = replace(look, hair_colour=_GREY, brows=_GREY_BROWS)
    return replace(_looking(photograph, look), person=person)


def _with_glasses(photograph: Photograph, sitter: Sitter) -> Photograph:  # noqa: ARG001
    return replace(photograph, glasses=True)


def _with_palsy(photograph: Photograph, sitter: Sitter, *, names: tuple[str, ...]) -> Photograph:
    weak = {unit + sitter.weak_side for unit in BOTH_SIDES}
    share = np.array([sitter.left if name in weak else 1.0 for name in names])
    return replace(photograph, expression=photograph.expression * share)


def _same(photograph: Photograph, sitter: Sitter) -> Photograph:  # noqa: ARG001
    return photograph


def groups(names: tuple[str, ...]) -> tuple[Group, ...]:
    """Return all groups, the reference first.

    Parameters
    ----------
    names : tuple of str
        The units of the face model.
    """
    return (
        Group("reference", "reference", _same),
        *(Group("skin", f"Monk {tone}", partial(toned, tone=tone)) for tone in (1, 6, 8, 9, 10)),
        Group("age", "young", partial(_aged, old=_YOUNG)),
        Group("age", "middle", partial(_aged, old=_MIDDLE)),
        Group("age", "old", partial(_aged, old=_OLD)),
        Group("sex", "women", partial(_aged, old=_ADULT, male=0.0)),
        Group("sex", "men", partial(_aged, old=_ADULT, male=1.0)),
        Group("face", "full beard", partial(_changed, beard=1.0)),
        Group("face", "glasses", _with_glasses),
        Group("face", "headscarf", partial(_changed, headscarf=_SCARF)),
        Group("face", "palsy of one side", partial(_with_palsy, names=names)),
    )

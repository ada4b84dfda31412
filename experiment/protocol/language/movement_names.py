"""Names of single movements in a protocol, with their strengths by side.

A movement has three names (`analysis.face.models.movements`). A strength is a number for both sides, or
``{left: 1, right: 0.5}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from analysis.face.models.movements import ALL_NAMES, NAMES, SIDES, Movement, units_named
from experiment.protocol.language.problems import did_you_mean

_ACTION_UNIT = re.compile(r"([lr]?) ?(?:au|ad) ?0*(\d{1,2}) ?([lr]?)", re.IGNORECASE)
_OTHER_NUMBERS = {27: 26, 28: None, 45: 43, 46: 43}
"""Action units with a similar one that has a unit: mouth stretch, lip suck, blink, wink."""
_ELSEWHERE = "docs/protocol-reference.md lists all names under `Single movements`"


class _Sides(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, allow_inf_nan=False, use_attribute_docstrings=True, defer_build=True
    )

    @property
    def values(self) -> Iterator[tuple[str, float]]:
        """The sides that are there, with their numbers."""
        return ((side, getattr(self, side)) for side in SIDES if getattr(self, side) is not None)


class SideStrengths(_Sides):
    """The strength of a movement on each side of the face."""

    left: float | None = Field(default=None, ge=0, le=1)
    """Strength on the left of the person; 0 if left out."""
    right: float | None = Field(default=None, ge=0, le=1)
    """Strength on the right of the person; 0 if left out."""


class SideWeights(_Sides):
    """The weight of a movement on each side of the face."""

    left: float | None = Field(default=None, ge=-100, le=100)
    """Weight of the left side of the person; 0 if left out."""
    right: float | None = Field(default=None, ge=-100, le=100)
    """Weight of the right side of the person; 0 if left out."""


def _movement_name(name: str) -> str:
    if name in ALL_NAMES:
        return name
    raise ValueError(f"unknown movement `{name[:60]}`{_hint(name)}")


def _hint(name: str) -> str:
    """Return how to write a name that is not known."""
    number = _ACTION_UNIT.fullmatch(name.strip())
    side, rest = _without_side(name)
    if number is not None:
        side = {"l": "left", "r": "right"}.get((number[1] or number[3]).lower(), "")
        rest = f"AU{_OTHER_NUMBERS.get(int(number[2]), int(number[2]))}"
        if rest not in NAMES:
            return f"; the face model has no movement for this action unit; {_ELSEWHERE}"
    movement = _same_letters(rest)
    if movement is None:
        hint = did_you_mean(name, ALL_NAMES)
        return hint if hint.startswith("; did") else f"; {_ELSEWHERE}"
    known = rest if rest in NAMES else next(one for one in movement.names if _letters(one) == _letters(rest))
    if side and movement.has_sides:
        return f"; write the side with the strength: `{known}: {{{side}: 1}}`"
    return f"; did you mean `{known}`?"


def _without_side(name: str) -> tuple[str, str]:
    """Return a side that is a word of the name, and the other words."""
    words = re.split(r"[\s_-]+", name.strip())
    sides = [word.lower() for word in words if word.lower() in SIDES]
    if len(sides) != 1 or _same_letters(name) is not None:
        return "", name
    return sides[0], " ".join(word for word in words if word.lower() not in SIDES)


def _same_letters(name: str) -> Movement | None:
    return next((one for known, one in NAMES.items() if _letters(known) == _letters(name)), None)


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _kind(value: Any) -> str:
    return "sides" if isinstance(value, (dict, _Sides)) else "number"


class _Named:
    """Says in the JSON Schema of a section which keys it may have."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(core), "propertyNames": {"enum": list(ALL_NAMES)}}


MovementName = Annotated[str, AfterValidator(_movement_name)]
Strengths = Annotated[
    dict[
        MovementName,
        Annotated[
            Annotated[Annotated[float, Field(ge=0, le=1)], Tag("number")] | Annotated[SideStrengths, Tag("sides")],
            Discriminator(_kind),
        ],
    ],
    Field(min_length=1),
    _Named(),
]
"""Movements with a strength, or with one for each side."""
Weights = Annotated[
    dict[
        MovementName,
        Annotated[
            Annotated[Annotated[float, Field(ge=-100, le=100)], Tag("number")] | Annotated[SideWeights, Tag("sides")],
            Discriminator(_kind),
        ],
    ],
    Field(min_length=1),
    _Named(),
]
"""Movements with a weight, or with one for each side."""


@dataclass(frozen=True, slots=True)
class WrongMovement:
    """A movement that is written with a side it does not have, or twice."""

    name: str
    """The key in the file."""
    message: str


def unit_strengths(written: Mapping[str, float | SideStrengths]) -> dict[str, float]:
    """Return the strengths of units for movements as written; wrong ones are left out."""
    return {unit: value for name, entry in written.items() for unit, value in _units(name, entry)}


def unit_weights(written: Mapping[str, float | SideWeights]) -> dict[str, float]:
    """Return the weights of units for movements as written.

    A unit without a side is the mean of both sides.
    """
    weights: dict[str, float] = {}
    for name, entry in written.items():
        if isinstance(entry, _Sides):
            weights.update(_units(name, entry))
        else:
            weights[NAMES[name].unit if name in NAMES else name] = entry
    return weights


def wrong_sides(written: Mapping[str, float | _Sides], *, may_overlap: bool = False) -> Iterator[WrongMovement]:
    """Yield what is wrong with the sides of movements.

    Parameters
    ----------
    written
        The movements as written, with known names.
    may_overlap
        Whether a movement may be there both as a whole and by a side.
    """
    before: dict[str, str] = {}
    for name, entry in written.items():
        try:
            found = dict(_checked_units(name, entry))
        except ValueError as error:
            yield WrongMovement(name, str(error))
            continue
        if not found:
            yield WrongMovement(name, f"`{name}` needs a strength for `left` or `right`, or a number for both")
        keys = [NAMES[name].unit] if may_overlap and name in NAMES and not isinstance(entry, _Sides) else list(found)
        other = next((before[key] for key in keys if key in before), None)
        if other is not None:
            yield WrongMovement(name, f"`{name}` moves the same as `{other}`; keep one")
        before.update(dict.fromkeys(keys, name))


def _units(name: str, entry: float | _Sides) -> Iterator[tuple[str, float]]:
    try:
        yield from _checked_units(name, entry)
    except ValueError:
        return


def _checked_units(name: str, entry: float | _Sides) -> Iterator[tuple[str, float]]:
    numbers = entry.values if isinstance(entry, _Sides) else iter([(None, entry)])
    for side, number in numbers:
        for unit in units_named(name, side):
            yield unit, number

"""Composites that are named after the recording.

An example: ``--composite smirk=mouthSmileLeft-mouthSmileRight``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from analysis.courses.composites import CONGRUENT
from analysis.courses.course_columns import EMOTION
from analysis.errors import DataSetError
from analysis.face.models.units import BOTH_SIDES, UNITS

_TERM = re.compile(r"([+-])(?:([0-9]*\.?[0-9]+)\*)?([A-Za-z]+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_KNOWN = (*UNITS, *BOTH_SIDES)
_EXAMPLE = "smirk=mouthSmileLeft-0.5*mouthSmileRight"


def parse_composites(options: Sequence[str]) -> dict[str, Mapping[str, float]]:
    """Return the weights of units by name of the composite.

    Parameters
    ----------
    options : sequence of str
        ``NAME=SUM``; the sum consists of units with signs and, before a ``*``, weights.

    Raises
    ------
    DataSetError
        If an option is not such a sum, a unit is unknown, or the name is that of another measure.
    """
    found: dict[str, Mapping[str, float]] = {}
    for option in options:
        name, _, text = option.replace(" ", "").partition("=")
        if not _NAME.fullmatch(name) or not text:
            raise DataSetError(f"--composite {option}: expected NAME=SUM, for example {_EXAMPLE}")
        if name in _KNOWN or name.startswith(EMOTION) or name in ("similarity", CONGRUENT):
            raise DataSetError(f"--composite {option}: {name} is the name of another measure; choose another name")
        if name in found:
            raise DataSetError(f"--composite {option}: {name} is given twice")
        found[name] = _weights(option, text if text[0] in "+-" else f"+{text}")
    return found


def _weights(option: str, text: str) -> dict[str, float]:
    """Return the weights of a sum whose first term has a sign."""
    weights: dict[str, float] = {}
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise DataSetError(f"--composite {option}: expected a sum of units at {text[at:]}, for example {_EXAMPLE}")
        sign, number, unit = term.groups()
        if unit not in _KNOWN:
            raise DataSetError(f"--composite {option}: {unit} is not a unit{_suggestion(unit)}")
        weights[unit] = weights.get(unit, 0.0) + float(f"{sign}{number or 1}")
        at = term.end()
    if not any(weights.values()):
        raise DataSetError(f"--composite {option}: all weights are 0, so it is always 0")
    return weights


def _suggestion(unit: str) -> str:
    near = difflib.get_close_matches(unit, _KNOWN, n=1)
    return f"; did you mean {near[0]}?" if near else ", see `models`"

"""Composites: names that another measure has, and sums of nothing."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.face.models.units import BOTH_SIDES, UNITS
from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.movement_names import unit_weights

_EMOTION = "emotion_"
_TAKEN = frozenset({*UNITS, *BOTH_SIDES, "similarity", "congruent_contrast"})


def check_composites(context: Context) -> Iterator[Finding]:
    """Yield the problems of all ``composites``."""
    for name, weights in context.content.composites.items():
        if name in _TAKEN or name.startswith(_EMOTION):
            message = f"`{name}` is the name of another measure; give the composite another name"
            yield Finding(("composites", name), message, key=True)
        if not any(unit_weights(weights).values()):
            message = f"all weights of composite `{name}` are 0, so it is always 0"
            yield Finding(("composites", name), message, key=True)

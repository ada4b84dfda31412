"""Single movements: wrong sides, double names, movements hardly seen."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.face.models.movements import HARDLY_SEEN, HIGHEST_MEASURED, VALIDITY, units_named
from analysis.face.movements.measured import MEASURED_UNITS
from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.movement_names import Strengths, unit_strengths, wrong_sides
from experiment.protocol.language.schema_models import ImitationBlock
from experiment.protocol.language.tree import Path_

_HIDDEN = HARDLY_SEEN - set(MEASURED_UNITS)
"""Units that neither strengths nor mm show."""


def check_movements(context: Context) -> Iterator[Finding]:
    """Yield the problems of single movements, in targets and in composites."""
    imitated = {name for _, block in context.blocks(ImitationBlock) for name in target_names(block, context)}
    for name, target in context.content.targets.items():
        path: Path_ = ("targets", name, "units")
        for wrong in wrong_sides(target.units or {}):
            yield Finding((*path, wrong.name), wrong.message, key=True)
        if name in imitated:
            yield from _hardly_seen(target.units or {}, path)
            yield from _too_strong(target.units or {}, path)
    for name, weights in context.content.composites.items():
        for wrong in wrong_sides(weights, may_overlap=True):
            yield Finding(("composites", name, wrong.name), wrong.message, key=True)


def _hardly_seen(units: Strengths, path: Path_) -> Iterator[Finding]:
    """Yield a warning for every movement that no score shows.

    Targets of single movements are also judged by strengths in mm, which show more of them.
    """
    strengths = unit_strengths(units)
    for name in units:
        moved = [VALIDITY[unit].r for unit in units_named(name) if strengths.get(unit) and unit in _HIDDEN]
        if moved:
            message = (
                f"68 landmarks hardly show `{name}` (correlation of the measured with the true strength"
                f" {min(moved):.2f}), so scores say little about it; see docs/results/units.md"
            )
            yield Finding((*path, name), message, "warning", key=True)


def _too_strong(units: Strengths, path: Path_) -> Iterator[Finding]:
    """Yield a warning for every movement that is measured as another one."""
    strengths = unit_strengths(units)
    for name in units:
        for unit in units_named(name):
            highest = HIGHEST_MEASURED.get(unit, 1.0)
            if strengths.get(unit, 0.0) > highest:
                message = (
                    f"above {highest:g}, `{name}` of the drawn face is measured as another movement;"
                    f" write at most {highest:g}, or scores compare with the wrong face"
                )
                yield Finding((*path, name), message, "warning")

"""The metric of live feedback: thresholds, and movements of one side."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.movement_names import unit_strengths
from experiment.protocol.language.schema_models import ImitationBlock
from experiment.protocol.language.tree import Path_
from experiment.protocol.live_metrics import LIVE_METRICS


def check_live_metric(context: Context) -> Iterator[Finding]:
    """Yield thresholds without a metric or seldom reached, and wrong sides that count.

    The same face has different values in different metrics, so a threshold alone does not say what is asked for.
    """
    yield from _wrong_sides(context)
    thresholds = list(_thresholds(context))
    if "live_metric" not in context.content.model_fields_set:
        if thresholds and context.nothing_removed:
            path, threshold = thresholds[0]
            yield Finding(path, _missing(threshold))
        return
    name = context.content.live_metric
    usual = LIVE_METRICS[name]
    for path, threshold in thresholds:
        if threshold > usual.seldom:
            message = f"few people reach {threshold:g} with `live_metric: {name}`; {usual.hold:g} is usual"
            yield Finding(path, message, "warning")


def _wrong_sides(context: Context) -> Iterator[Finding]:
    """Yield targets of one side, if the metric does not distinguish sides."""
    name = context.content.live_metric
    if LIVE_METRICS[name].knows_sides:
        return
    shown = {
        one for _, block in context.blocks(ImitationBlock) if block.feedback for one in target_names(block, context)
    }
    for one, target in context.content.targets.items():
        strengths = unit_strengths(target.units or {})
        mirrored = {_mirrored(unit): strength for unit, strength in strengths.items() if strength}
        if one in shown and mirrored != {unit: strength for unit, strength in strengths.items() if strength}:
            message = (
                f"`live_metric: {name}` gives this movement on the other side of the face the same similarity; "
                "write `live_metric: units`"
            )
            yield Finding(("targets", one, "units"), message, "warning")


def _mirrored(unit: str) -> str:
    """Return the name of the unit that moves the other side: `jawRight` for `jawLeft`."""
    for side, other in (("Left", "Right"), ("Right", "Left")):
        if unit.endswith(side):
            return unit.removesuffix(side) + other
    return unit


def _thresholds(context: Context) -> Iterator[tuple[Path_, float]]:
    for path, block in context.blocks(ImitationBlock):
        for key, section in (("hold", block.hold), ("repeat_until", block.repeat_until)):
            if section is not None and section.similarity is not None:
                yield (*path, key, "similarity"), section.similarity


def _missing(threshold: float) -> str:
    """Return the message for a threshold without a metric."""
    usual = (f"`live_metric: {name}` ({LIVE_METRICS[name].hold:g} is usual)" for name in ("combined", "units"))
    return f"it does not say in which metric {threshold:g} is; add a line {' or '.join(usual)} at the left margin"

"""Allocation to groups, days between sessions, sets of trials."""

from __future__ import annotations

import math
from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.problems import Place, did_you_mean
from experiment.protocol.language.schema_models import AllocationSection, TrialBlock
from experiment.protocol.language.tree import Path_
from experiment.protocol.trials.trial_lists import SET, TableError


def check_allocation(context: Context) -> Iterator[Finding]:
    """Yield the problems of allocation, days between sessions and sets of trials."""
    allocation = context.content.allocation
    if allocation is not None:
        yield from _check_section(context, allocation)
    yield from _check_gaps(context)
    for path, block in context.blocks(TrialBlock):
        if block.trials.sets is not None:
            yield from _check_sets(context, block, path)


def _check_section(context: Context, allocation: AllocationSection) -> Iterator[Finding]:
    groups, path = context.content.groups, ("allocation",)
    if not groups:
        if not context.lost("groups"):
            message = "`allocation` needs `groups`, to which participants are assigned: {feedback: [live, none]}"
            yield Finding(path, message, key=True)
        return
    for name in sorted(allocation.strata.keys() & groups.keys()):
        yield Finding((*path, "strata", name), f"`{name}` is a factor of `groups` too; rename one", key=True)
    turn = math.prod(sum(levels.values()) for levels in groups.values())
    for index, size in enumerate(allocation.block_size):
        if size % turn:
            message = f"a block of {size} cannot hold every group as often as its quota; write a multiple of {turn}"
            yield Finding((*path, "block_size", index), message)
    if allocation.block_size and allocation.file is not None:
        message = "`block_size` has no effect: the allocation list has the groups already"
        yield Finding((*path, "block_size"), message, "warning", key=True)
    if isinstance(context.allocation_rows, TableError):
        error = context.allocation_rows
        assert allocation.file is not None
        place = Place(allocation.file, error.line, 1)
        yield Finding((*path, "file"), str(error), place=place, line_text=error.text)


def _check_gaps(context: Context) -> Iterator[Finding]:
    sessions = context.content.sessions or []
    if context.lost("sessions"):
        return
    for name, gap in context.content.days_between.items():
        path: Path_ = ("days_between", name)
        if name not in sessions:
            hint = did_you_mean(name, sessions) if sessions else "; list the sessions in `sessions:`"
            yield Finding(path, f"unknown session `{name}`{hint}", key=True)
            continue
        earlier = sessions[: sessions.index(name)]
        if not earlier:
            message = f"`{name}` is the first session; days are counted from an earlier one: name a later session here"
            yield Finding(path, message, key=True)
        elif gap.after is not None and gap.after not in earlier:
            yield Finding((*path, "after"), f"`after` must be a session before `{name}`: {', '.join(earlier)}")
        if gap.earliest is None and gap.latest is None:
            yield Finding(path, f"`{name}` needs `earliest` or `latest`, a number of days", key=True)
        elif gap.earliest is not None and gap.latest is not None and gap.earliest > gap.latest:
            message = f"`latest` of {gap.latest} days is before `earliest` of {gap.earliest} days"
            yield Finding((*path, "latest"), message)


def _check_sets(context: Context, block: TrialBlock, path: Path_) -> Iterator[Finding]:
    assert block.trials.sets is not None
    sets, where = block.trials.sets, (*path, "trials", "sets")
    sessions = block.sessions or context.content.sessions or []
    if len(sessions) < 2:
        if not context.lost("sessions"):
            message = "`sets` needs two or more sessions, each of which shows another set: `sessions: [pre, post]`"
            yield Finding(where, message, key=True)
    elif len(sets) < len(sessions):
        message = f"{len(sets)} sets are not enough for {len(sessions)} sessions: a set would be shown twice"
        yield Finding(where, message, "warning", key=True)
    lengths = {name: sum(item.repetitions for item in items) for name, items in sets.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"`{name}` {length}" for name, length in lengths.items())
        yield Finding(where, f"the sets have different numbers of trials: {shown}", "warning", key=True)
    for name, items in sets.items():
        for index, item in enumerate(items):
            if SET in item.condition:
                place = (*where, name, index, "condition", SET)
                yield Finding(place, f"`{SET}` is the factor that names the set; rename this one", key=True)

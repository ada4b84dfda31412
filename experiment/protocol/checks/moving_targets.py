"""Targets that move: no live feedback on them, shown to their end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from experiment.protocol.checks.context import Context, Finding, quoted, time_of
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.schema_models import ImitationBlock, TrialBlock
from experiment.protocol.language.tree import Path_


def check_blocks(
    context: Context, lengths_s: Mapping[str, float], kind: Literal["clip", "course"]
) -> Iterator[Finding]:
    """Yield the problems of blocks that show targets of one kind.

    Parameters
    ----------
    context
        The protocol.
    lengths_s
        Length of each target of this kind in seconds, by name.
    kind
        The key that makes these targets move.
    """
    for path, block in context.blocks(TrialBlock):
        moving = sorted(target_names(block, context) & lengths_s.keys())
        if moving and isinstance(block, ImitationBlock) and block.feedback:
            message = (
                f"target `{moving[0]}` moves, and live feedback needs a target that does not move; use one without "
                f"`{kind}`, or leave `feedback` out"
            )
            yield Finding((*path, "feedback"), message, key=True)
        yield from check_time(context, path, block, {name: lengths_s[name] for name in moving}, kind)


def check_time(
    context: Context, path: Path_, block: TrialBlock, lengths_s: Mapping[str, float], kind: str
) -> Iterator[Finding]:
    """Yield a warning for targets that a block does not show or play to their end.

    Parameters
    ----------
    context
        The protocol.
    path
        Path of the block.
    block
        The block.
    lengths_s
        Length of each of its targets of this kind in seconds, by name.
    kind
        What has this length: a clip, a course or a sound.
    """
    rate = context.content.display.refresh_rate
    shown, where = time_of(context, path, block, "target")
    if shown is None and where == path:  # up to the response: at most up to the time limit
        shown, where = time_of(context, path, block, "timeout")
    if shown is None:
        return
    longer = [name for name, length_s in lengths_s.items() if length_s > shown.seconds(rate) + 1 / rate + 1e-9]
    if longer:
        takes = f"the {kind}s take up to" if len(longer) > 1 else f"the {kind} takes"
        message = (
            f"{quoted(longer)}: {takes} {max(lengths_s[name] for name in longer):.4g} s, and the target is shown for "
            f"at most {shown}: the end is not {'heard' if kind == 'sound' else 'shown'}"
        )
        yield Finding(where, message, "warning", key=True)

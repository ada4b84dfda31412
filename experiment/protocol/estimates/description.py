"""Describe a study in lines: blocks, duration, trials, frames, disk space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiment.protocol.estimates.assumptions import Times
from experiment.protocol.estimates.blocks import BlockEstimate
from experiment.protocol.estimates.sessions import SessionEstimate

MOST_CONDITIONS = 12
"""Number of conditions of a block that are printed."""
_HEADINGS = ("block", "kind", "trials", "shortest", "expected", "longest", "frames")


def describe(sessions: Sequence[SessionEstimate]) -> Iterator[str]:
    """Yield the description of a study, line by line.

    `ASSUMED` says what the times rest on.

    Parameters
    ----------
    sessions
        Every session for every group.
    """
    for label in dict.fromkeys(one.session for one in sessions):
        own = [one for one in sessions if one.session == label]
        yield from _session_lines(label, own)


def description_json(sessions: Sequence[SessionEstimate]) -> list[dict[str, Any]]:
    """Return the description of a study as JSON: one object a session and group."""
    return [
        {
            "session": one.session,
            "group": dict(one.group),
            "duration_s": _times_json(one.times),
            "trials": one.trials,
            "kept_frames": one.kept_frames,
            "filmed_s": round(one.filmed_s, 3),
            "disk_bytes": one.frame_bytes + one.film_bytes,
            "blocks": [
                {
                    "name": block.name,
                    "kind": block.kind,
                    "trials": block.trials,
                    "most_trials": block.most_trials,
                    "duration_s": _times_json(block.times),
                    "kept_frames": block.kept_frames,
                    "conditions": dict(block.conditions),
                }
                for block in one.blocks
            ],
        }
        for one in sessions
    ]


def duration(seconds: float) -> str:
    """Return a duration to read: ``45 s``, ``3 min 20 s``, ``1 h 5 min``."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(round(whole / 60), 60)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{minutes} min" + (f" {rest} s" if rest else "")
    return f"{hours} h" + (f" {minutes_left} min" if minutes_left else "")


def _session_lines(label: str | None, own: Sequence[SessionEstimate]) -> Iterator[str]:
    yield f"session {label}" if label is not None else "session"
    blocks = {block.name: block for one in own for block in one.blocks}
    ordered = sorted(blocks.values(), key=lambda block: block.index)
    rows = [_HEADINGS, *(_row(block) for block in ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    for row in rows:
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in _sized(row, widths)
        ]
        yield "  " + "  ".join(cells).rstrip()
    for name, group in _totals(own):
        yield f"  {name}: {_total(group)}"
    for block in ordered:
        if len(block.conditions) > 1:
            yield f"  trials of {block.name}: {_counts(block.conditions)}"


def _sized(row: Sequence[str], widths: Sequence[int]) -> Iterator[tuple[int, tuple[str, int]]]:
    yield from enumerate(zip(row, widths, strict=True))


def _row(block: BlockEstimate) -> tuple[str, ...]:
    rounds = f" (at most {block.most_trials})" if block.most_trials > block.trials else ""
    times = block.times
    return (
        block.name + _only_for(block),
        block.kind,
        f"{block.trials}{rounds}" if block.trials else "",
        duration(times.shortest),
        duration(times.expected),
        duration(times.longest),
        str(block.kept_frames) if block.kept_frames else "",
    )


def _only_for(block: BlockEstimate) -> str:
    parts = [f"{factor} {' or '.join(levels)}" for factor, levels in block.only_for.items()]
    return f" ({', '.join(parts)})" if parts else ""


def _totals(own: Sequence[SessionEstimate]) -> Iterator[tuple[str, SessionEstimate]]:
    """Yield the sum of a session; for every group if they differ."""
    if len({_total(one) for one in own}) == 1:
        yield "in all", own[0]
        return
    for one in own:
        yield ", ".join(f"{factor} {level}" for factor, level in one.group.items()), one


def _total(one: SessionEstimate) -> str:
    times = one.times
    parts = [
        f"{duration(times.expected)} (shortest {duration(times.shortest)}, longest {duration(times.longest)})",
        f"{one.trials} trials" if one.trials != 1 else "1 trial",
        f"at most {one.kept_frames} camera frames" if one.kept_frames else "no camera frames kept",
    ]
    if one.filmed_s:
        parts.append(f"at most {duration(one.filmed_s)} of film")
    return ", ".join(parts) + f", at most {_size(one.frame_bytes + one.film_bytes)} on the disk"


def _counts(conditions: Mapping[str, int]) -> str:
    counts = set(conditions.values())
    shown = list(conditions.items())[:MOST_CONDITIONS]
    more = f", ... ({len(conditions)} conditions)" if len(conditions) > MOST_CONDITIONS else ""
    if len(counts) == 1:
        return f"{counts.pop()} for each of " + "; ".join(name for name, _ in shown) + more
    return "; ".join(f"{name} {count}" for name, count in shown) + more


def _size(size_bytes: int) -> str:
    if size_bytes >= 10**9:
        return f"{size_bytes / 10**9:.1f} GB"
    return f"{max(1, round(size_bytes / 10**6)) if size_bytes else 0} MB"


def _times_json(times: Times) -> dict[str, float]:
    return {name: round(getattr(times, name), 3) for name in ("shortest", "expected", "longest")}

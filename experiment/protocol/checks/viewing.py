"""Viewing blocks: fixed times, the baseline, the attention probe."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, check_length, check_span, time_of
from experiment.protocol.checks.trials import drafts_of
from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.schema_models import ProbeSection, ViewingBlock
from experiment.protocol.language.tree import Path_
from experiment.protocol.trials.randomisation import probe_count


def check_viewing(context: Context) -> Iterator[Finding]:
    """Yield the problems of blocks whose targets are only watched."""
    for path, block in context.blocks(ViewingBlock):
        target, where = time_of(context, path, block, "target")
        if target is None:
            message = (
                "a viewing block needs a time for its targets, because no key ends them; write for example `timing: "
                "{target: 8 s}`"
            )
            yield Finding(where, message)
        if block.baseline is not None:
            yield from _check_baseline(context, block, path)
        if block.probe is not None:
            yield from _check_probe(context, block.probe, (*path, "probe"), target=target)
            yield from _check_share(context, block, block.probe, path)
        yield from _check_film(context, block, path)


def _check_baseline(context: Context, block: ViewingBlock, path: Path_) -> Iterator[Finding]:
    """Yield a finding if the baseline is longer than the shortest fixation."""
    assert block.baseline is not None
    own, where = block.timing, (*path, "baseline")
    found = list(check_length(context, block.baseline, where, least=1))
    yield from found
    is_own = own is not None and own.fixation is not None
    fixation: Span = own.fixation if own is not None and own.fixation is not None else context.content.timing.fixation
    rate = context.content.display.refresh_rate
    if not found and block.baseline.seconds(rate) > fixation.shortest.seconds(rate) + 1e-9:
        shortest = "shortest " if not fixation.is_fixed else ""
        remedy = "" if is_own else f"; give the block `timing: {{fixation: {block.baseline}}}` or more"
        yield Finding(
            where,
            f"`baseline` of {block.baseline} is longer than the {shortest}fixation of {fixation.shortest}, which "
            f"contains it{remedy}",
        )


def _check_probe(context: Context, probe: ProbeSection, path: Path_, *, target: Duration | None) -> Iterator[Finding]:
    """Yield the problems of the times and the key of a probe."""
    rate = context.content.display.refresh_rate
    found = list(check_length(context, probe.duration, (*path, "duration"), least=1))
    found += check_length(context, probe.window, (*path, "window"), least=1)
    found += check_span(context, probe.after, (*path, "after"))
    yield from found
    if probe.key == context.content.keys.pause:
        yield Finding((*path, "key"), f"`{probe.key}` pauses the session; choose another key for the probe")
    if found or target is None:
        return
    latest_s, shown_s = probe.after.longest.seconds(rate), target.seconds(rate)
    for name, length in (("duration", probe.duration), ("window", probe.window)):
        if latest_s + length.seconds(rate) > shown_s + 1e-9:
            message = (
                f"the target is shown for {target}, but the latest dot, {probe.after.longest} after its onset, needs "
                f"{length} more (`{name}`); let the dots come earlier"
            )
            yield Finding((*path, "after"), message)
            return


def _check_share(context: Context, block: ViewingBlock, probe: ProbeSection, path: Path_) -> Iterator[Finding]:
    """Yield a warning if no trial, or every trial, has a probe."""
    trials = drafts_of(block, path, context)
    if not trials or not context.is_complete:
        return
    total = len(trials) * block.repetitions
    probes = probe_count(probe.share, total)
    if probes == 0:
        message = f"no trial has a probe: {probe.share:g} of {total} trials is less than half a trial"
        yield Finding((*path, "probe", "share"), message, "warning")
    elif probes == total:
        message = "every trial has a probe: none is left for an analysis without them"
        yield Finding((*path, "probe", "share"), message, "warning")


def _check_film(context: Context, block: ViewingBlock, path: Path_) -> Iterator[Finding]:
    """Yield a warning if nothing of the participant's face is kept."""
    is_meant = "film" in block.model_fields_set and block.baseline is None  # `film: false` is written
    if block.film or context.content.camera.film or is_meant or not context.nothing_removed:
        return
    what = "no camera frame of the baseline is kept" if block.baseline else "no camera frame of these trials is kept"
    where = (*path, "baseline") if block.baseline else (*path, "kind")
    yield Finding(where, f"{what}; film the block with `film: true`", "warning", key=block.baseline is not None)

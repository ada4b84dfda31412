"""Durations: whole frames, plausible lengths, and times that fit together."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding, check_length, check_span
from experiment.protocol.language.durations import Span
from experiment.protocol.language.schema_models import (
    BreakBlock,
    ImitationBlock,
    InstructionsBlock,
    TimingChange,
    TimingSection,
    TrialBlock,
    ViewingTiming,
)
from experiment.protocol.language.tree import Path_

LONGEST_JITTER_S = 60
LONGEST_BREAK_S = 1800
SHORTEST_RESPONSE_S = 1


def check_timing(context: Context) -> Iterator[Finding]:
    """Yield the problems of all durations."""
    common = context.content.timing
    yield from _check_section(context, ("timing",), common, set(type(common).model_fields))
    for path, trials in context.blocks(TrialBlock):
        if trials.timing is not None:
            yield from _check_section(context, (*path, "timing"), trials.timing, trials.timing.model_fields_set)
        if trials.rest is not None:
            yield from check_length(context, trials.rest.shortest, (*path, "rest", "shortest"))
        if isinstance(trials, ImitationBlock) and trials.hold is not None:
            yield from check_length(context, trials.hold.time, (*path, "hold", "time"), least=1)
    for path, pause in context.blocks(BreakBlock):
        yield from check_length(context, pause.shortest, (*path, "shortest"))
        if pause.shortest and pause.shortest.seconds(context.content.display.refresh_rate) > LONGEST_BREAK_S:
            message = "the participant cannot continue for more than half an hour; is the unit correct?"
            yield Finding((*path, "shortest"), message, "warning")
    for path, instructions in context.blocks(InstructionsBlock):
        yield from check_length(context, instructions.duration, (*path, "duration"), least=1)
        for number, page in enumerate(instructions.pages or ()):
            yield from check_length(context, page.duration, (*path, "pages", number, "duration"), least=1)


def _check_section(
    context: Context, path: Path_, timing: TimingSection | TimingChange | ViewingTiming, given: set[str]
) -> Iterator[Finding]:
    """Yield the problems of the times of trials.

    ``given`` are the names of the keys to check.
    """
    for name in ("fixation", "inter_trial"):
        span = getattr(timing, name)
        if isinstance(span, Span) and name in given:
            yield from _check_span(context, span, (*path, name))
    for name in ("target", "timeout"):
        if name in given:
            yield from check_length(context, getattr(timing, name), (*path, name), least=1)
    if isinstance(timing, ViewingTiming):
        return
    rate, common = context.content.display.refresh_rate, context.content.timing
    target = timing.target if "target" in given else common.target
    timeout = timing.timeout if "timeout" in given else common.timeout
    too_long = target is not None and timeout is not None and target.seconds(rate) > timeout.seconds(rate)
    if too_long and {"target", "timeout"} & given:
        message = f"the target is shown for {target}, longer than the time limit for a response ({timeout})"
        yield Finding((*path, "timeout" if "timeout" in given else "target"), message)
    if "timeout" not in given:
        return
    if timeout is None:
        message = "without a time limit, a participant who does nothing stops the session"
        yield Finding((*path, "timeout"), message, "warning")
    elif 0 < timeout.seconds(rate) < SHORTEST_RESPONSE_S:
        message = f"`timeout` of {timeout} is shorter than a facial expression takes (about 1 s)"
        yield Finding((*path, "timeout"), message, "warning")


def _check_span(context: Context, span: Span, path: Path_) -> Iterator[Finding]:
    findings = list(check_span(context, span, path))
    yield from findings
    lengths_are_valid = all(finding.path == path for finding in findings)
    if lengths_are_valid and span.longest.seconds(context.content.display.refresh_rate) > LONGEST_JITTER_S:
        message = f"`{path[-1]}` of {span.longest} is longer than a minute; is the unit correct?"
        yield Finding(path, message, "warning")

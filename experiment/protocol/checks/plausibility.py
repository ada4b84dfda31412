"""What is legal and hardly meant: rests that never come, groups without trials."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.trials import drafts_of
from experiment.protocol.estimates.description import duration
from experiment.protocol.estimates.sessions import blocks_of, estimate_sessions, groups_of
from experiment.protocol.language.schema_models import TrialBlock
from experiment.protocol.trials.trial_lists import Draft

MOST_PIXELS_PER_S = 1.5e9
"""More than three cameras of 3840x2160 at 60 frames a second: no camera on a cable of its own sends that much."""
USUAL_CAMERA = "a webcam has about 1280x720 at 30"
LONGEST_SESSION_S = 2 * 3600.0


def check_plausibility(context: Context) -> Iterator[Finding]:
    """Yield warnings about what is legal and hardly meant."""
    yield from _check_camera(context)
    if not context.is_complete:
        return
    trials = {block.name: drafts_of(block, path, context) for path, block in context.blocks(TrialBlock)}
    known = {name: drafts for name, drafts in trials.items() if drafts is not None}
    if len(known) < len(trials):
        return
    yield from _check_rests(context, known)
    yield from _check_kinds(context)
    yield from _check_groups(context)
    yield from _check_length(context, known)


def _check_camera(context: Context) -> Iterator[Finding]:
    camera = context.content.camera
    (width, height), rate = camera.size, camera.rate
    if width * height * rate > MOST_PIXELS_PER_S:
        message = f"no usual camera sends {width}x{height} pixels {rate:g} times a second; {USUAL_CAMERA}"
        key = "size" if width * height > 4096 * 2304 else "rate"
        yield Finding(("camera", key), message, "warning")


def _check_rests(context: Context, trials: dict[str, list[Draft]]) -> Iterator[Finding]:
    for path, block in context.blocks(TrialBlock):
        total = len(trials[block.name]) * block.repetitions
        if block.rest is not None and total <= block.rest.every:
            message = (
                f"this rest never comes: it comes after every {block.rest.every} trials, and the block has {total}"
            )
            yield Finding((*path, "rest", "every"), message, "warning")


def _check_kinds(context: Context) -> Iterator[Finding]:
    kinds = {block.kind for _, block in context.blocks(TrialBlock)}
    if kinds == {"practice"}:
        message = "all trials are practice, which no table counts; give one block `kind: experiment`"
        yield Finding(("blocks",), message, "warning", key=True)


def _check_groups(context: Context) -> Iterator[Finding]:
    content = context.content
    if not content.groups or not any(True for _ in context.blocks(TrialBlock)):
        return
    for group in groups_of(content):
        sessions = content.sessions or (None,)
        if not any(isinstance(block, TrialBlock) for one in sessions for block in blocks_of(content, one, group)):
            name = ", ".join(f"{factor} {level}" for factor, level in group.items())
            factor = next(iter(group))
            message = f"the group {name} has no trials: every block of trials is `only_for` other groups"
            yield Finding(("groups", factor), message, "warning", key=True)


def _check_length(context: Context, trials: dict[str, list[Draft]]) -> Iterator[Finding]:
    estimates = estimate_sessions(context.content, lambda block: trials[block.name])
    longest = max(estimates, key=lambda one: one.times.expected)
    expected_s = longest.times.expected
    if expected_s <= LONGEST_SESSION_S:
        return
    block = max(longest.blocks, key=lambda one: one.times.expected)
    index = next(index for index, one in enumerate(context.content.blocks) if one.name == block.name)
    session = f"session {longest.session}" if longest.session is not None else "a session"
    message = (
        f"{session} takes about {duration(expected_s)}, and this block alone {duration(block.times.expected)} with "
        f"{block.trials} trials; is that meant?"
    )
    yield Finding(("blocks", index, "name"), message, "warning")

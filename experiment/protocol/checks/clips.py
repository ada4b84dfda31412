"""Clips as targets: moments, memory, sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.moving_targets import check_blocks
from experiment.protocol.checks.targets import FACES
from experiment.protocol.language.clip_files import MOST_CLIP_BYTES, Moment, facts_of, shown_size_px
from experiment.protocol.language.schema_models import TargetSection
from experiment.protocol.language.tree import Path_

if TYPE_CHECKING:
    from analysis.face.clips import ClipFacts

_GIB = 1 << 30


def check_clips(context: Context) -> Iterator[Finding]:
    """Yield the problems of every target that is a clip."""
    facts = {}
    for name, target in context.content.targets.items():
        if target.clip is None:
            yield from _check_keys_of_clips(name, target)
        else:
            facts[name] = facts_of(target.clip)
            yield from _check_clip(context, name, target, facts[name])
    yield from check_blocks(context, {name: one.duration_s for name, one in facts.items()}, "clip")


def _check_keys_of_clips(name: str, target: TargetSection) -> Iterator[Finding]:
    """Yield keys of clips at a picture or a drawn face.

    A target without a face is reported elsewhere.
    """
    path: Path_ = ("targets", name)
    if not any(getattr(target, key) is not None for key in FACES):
        return
    if target.apex is not None:
        yield Finding((*path, "apex"), "`apex` is a moment in a clip; this target has no `clip`", key=True)
    if isinstance(target.neutral, Moment):
        yield Finding((*path, "neutral"), "`at` is a moment in a clip; this target has no `clip`: name a picture")
    if target.sound is True:
        message = "`true` plays the sound of a clip, and this target has no `clip`; name a sound file"
        yield Finding((*path, "sound"), message, key=True)


def _check_clip(context: Context, name: str, target: TargetSection, facts: ClipFacts) -> Iterator[Finding]:
    assert target.clip is not None
    path: Path_ = ("targets", name)
    for other in ("image", "blend", "units"):
        if getattr(target, other) is not None:
            yield Finding((*path, other), f"target `{name}` has both `clip` and `{other}`; keep one", key=True)
    for key in ("neutral", "apex"):
        moment = getattr(target, key)
        if isinstance(moment, Moment) and moment.seconds >= facts.duration_s:
            message = f"`{key}`: `{target.clip.name}` ends at {facts.duration_s:.2f} s, before {moment}"
            yield Finding((*path, key), message)
    yield from _check_size(context, path, target, facts)
    if target.neutral is None:
        message = (
            f"target `{name}` has no `neutral`: the analysis cannot separate its movement from its face shape; if the "
            "clip begins with the face at rest, write `neutral: {at: 0 s}`"
        )
        yield Finding(path, message, "warning", key=True)
    if target.sound is True and not facts.has_sound:
        yield Finding((*path, "sound"), f"`{target.clip.name}` has no sound; leave `sound` out")


def _check_size(context: Context, path: Path_, target: TargetSection, facts: ClipFacts) -> Iterator[Finding]:
    assert target.clip is not None
    shown_px = round(target.height * context.content.display.size[1])
    width, height = shown_size_px(facts, shown_px)
    count = len(facts.times_s)
    needed = count * width * height * 3
    if needed > MOST_CLIP_BYTES:
        message = (
            f"`{target.clip.name}` needs {needed / _GIB:.1f} GiB of memory ({count} frames of {width}x{height}), and "
            f"at most {MOST_CLIP_BYTES // _GIB} GiB is allowed; cut it shorter, save it smaller, or lower `height`"
        )
        yield Finding((*path, "clip"), message)
    if facts.size_px[1] < shown_px / 2:
        message = f"`{target.clip.name}` is shown {shown_px} pixels high, more than twice its own height"
        yield Finding((*path, "clip"), message, "warning")

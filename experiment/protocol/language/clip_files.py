"""The clips that a protocol names, and the moments in them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiment.protocol.language.durations import parse_duration

if TYPE_CHECKING:
    from analysis.face.clips import ClipFacts

CLIP_ENDINGS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".gif")
MOST_CLIP_BYTES = 1 << 30
"""Largest clip: all its frames are in memory before the trial, as red, green and blue."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in a clip."""

    seconds: Fraction
    """From its first frame."""

    def __str__(self) -> str:
        return f"{float(self.seconds):g} s"


def parse_moment(value: Any) -> Moment:
    """Parse ``{at: 1.2 s}``, a time in a clip.

    Raises
    ------
    ValueError
        If the value is something else.
    """
    if not isinstance(value, dict) or set(value) != {"at"}:
        raise ValueError("must be a time in the clip, such as {at: 1.2 s}")
    try:
        duration = parse_duration(value["at"])
    except ValueError as error:
        raise ValueError(f"`at` {error}") from None
    if duration.in_frames:
        raise ValueError("must be a time in the clip in seconds, such as {at: 1.2 s}; frames are those of the display")
    return Moment(duration.amount)


def facts_of(path: Path) -> ClipFacts:
    """Return size and times of a clip.

    Raises
    ------
    ValueError
        If the file is not a clip or is damaged.
    """
    if path.suffix.lower() not in CLIP_ENDINGS:
        raise ValueError(f"`{path.name}` is not a clip; use a file that ends in {', '.join(CLIP_ENDINGS)}")
    from analysis.face.clips import clip_facts
    from analysis.face.errors import ImageError

    try:
        return clip_facts(path)
    except ImageError as error:
        message = str(error).removeprefix(f"{path}: ")
        raise ValueError(f"`{path.name}`: {message}") from None


def shown_size_px(facts: ClipFacts, height_px: int) -> tuple[int, int]:
    """Return width and height of the frames in memory: not larger than shown.

    Parameters
    ----------
    facts
        The clip.
    height_px
        Its height on the display, px.
    """
    width, height = facts.size_px
    return (width, height) if height <= height_px else (max(1, round(width * height_px / height)), height_px)

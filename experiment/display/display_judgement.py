"""Judge size, refresh rate and vertical sync of a display. Pure functions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from experiment.display.refresh import RefreshVerdict
from experiment.protocol.plan import DisplaySettings

VerdictWord = Literal["ok", "software-paced", "mismatch"]


@dataclass(frozen=True, slots=True)
class DisplayFacts:
    """What a window reports about itself."""

    framebuffer_px: tuple[int, int]
    """Size of the drawn area, pixels."""
    logical_px: tuple[int, int]
    """Size in units of the window system: half the framebuffer on a display scaled by 2."""
    screen_px: tuple[int, int]
    """Size of the whole screen, in units of the window system."""
    fullscreen: bool
    renderer: str
    """Name of the renderer, from OpenGL."""


@dataclass(frozen=True, slots=True)
class DisplayVerdict:
    """Whether a session may run on this display, and why not."""

    word: VerdictWord
    """``software-paced``: the display matches but has no vertical sync, so that the computer's clock paces the frames.
    Such a session is not certified."""
    faults: tuple[str, ...]
    """What does not match, each with its remedy; empty unless the word is ``mismatch``."""
    notes: tuple[str, ...]
    """Warnings; they stop nothing."""
    asked: DisplaySettings
    facts: DisplayFacts
    refresh: RefreshVerdict

    @property
    def period_s(self) -> float:
        """Time between two frames, seconds; the nominal one if the computer paces them."""
        rate = self.refresh.nominal_hz if self.is_software_paced else self.refresh.measured_hz
        return 1.0 / rate

    @property
    def is_software_paced(self) -> bool:
        """Whether the computer's clock, not the display, paces the frames."""
        return self.refresh.kind == "no-vsync"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict for the record."""
        return {
            "verdict": self.word,
            "problems": list(self.faults),
            "notes": list(self.notes),
            "software_paced": self.is_software_paced,
            "asked": asdict(self.asked),
            "found": asdict(self.facts),
            "refresh": asdict(self.refresh),
        }


def judge_display(asked: DisplaySettings, facts: DisplayFacts, refresh: RefreshVerdict) -> DisplayVerdict:
    """Compare a window with what the protocol asks for.

    Parameters
    ----------
    asked
        The settings of the protocol.
    facts
        What the window reports about itself.
    refresh
        The verdict on its refresh.
    """
    faults = [*_size_faults(asked, facts)]
    notes = []
    if asked.fullscreen and not facts.fullscreen:
        notes.append("the window does not fill the screen as the protocol asks; use this for try-outs only")
    if refresh.kind == "no-vsync":
        notes.append(refresh.sentence())
    elif refresh.kind != "locked":
        faults.append(refresh.sentence())
    word: VerdictWord = "mismatch" if faults else "software-paced" if refresh.kind == "no-vsync" else "ok"
    return DisplayVerdict(word, tuple(faults), tuple(notes), asked, facts, refresh)


def _size_faults(asked: DisplaySettings, facts: DisplayFacts) -> list[str]:
    wanted, drawn, logical = (_size(size) for size in (asked.size_px, facts.framebuffer_px, facts.logical_px))
    if facts.framebuffer_px != facts.logical_px:
        scale = facts.framebuffer_px[0] / facts.logical_px[0]
        return [
            f"the display is scaled by {scale:g}: {drawn} pixels are drawn where the system counts {logical}, the "
            f"protocol asks for {wanted}; set the display's scaling to 100 %"
        ]
    if facts.framebuffer_px != asked.size_px:
        where = "the screen" if facts.fullscreen else "the window"
        remedy = (
            f"set the display's resolution to {wanted}"
            if facts.fullscreen
            else f"use a screen larger than {wanted} (this one has {_size(facts.screen_px)})"
        )
        return [
            f"{where} has {drawn} pixels, the protocol asks for {wanted}; {remedy}, or change `size` in the protocol"
        ]
    return []


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"

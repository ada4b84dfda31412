"""Open the display and verify it before anything is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from experiment.display.display_judgement import DisplayFacts, DisplayVerdict, judge_display
from experiment.display.refresh import RefreshVerdict, judge_refresh
from experiment.ports.clock import Clock
from experiment.ports.display import Display, ScreenObserver
from experiment.ports.keyboard import Keyboard
from experiment.ports.pointer import Pointer
from experiment.protocol.plan import DisplaySettings
from experiment.screens.screen import Screen

WARM_UP_FLIPS = 30
SETTLING_FLIPS = 5
"""Flips after a wait, before the measurement begins."""
MEASURED_FLIPS = 120
LONGEST_DELAY = 0.4
"""Longest delay before a measured flip, as a share of a nominal frame; shows whether flips wait for the display."""

BUSY_SHARE = 0.5
"""Share of a processor above which a wait is active; a wait that sleeps takes little of one."""

SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swiftshader", "software rasterizer", "gdi generic")


class JudgedDisplay(Display, Protocol):
    """A display that can be verified: the window, or the simulated one."""

    def facts(self) -> DisplayFacts:
        """Return what the display reports about itself."""
        ...

    def pace(self, period_s: float) -> None:
        """Pace the frames by the clock from now on."""
        ...


@dataclass(frozen=True, slots=True)
class OpenDisplay:
    """An open display with its keyboard and its verdict."""

    display: Display
    keyboard: Keyboard
    keys_stamped_by: str
    """``driver`` or ``window``."""
    verdict: DisplayVerdict
    pointer: Pointer | None = None
    """The mouse; None if it does not answer."""
    yields_processor: bool = False
    """Whether the thread sleeps while it waits for its next frame; False if not measured."""

    def close(self) -> None:
        """Close the keyboard and the window."""
        close = getattr(self.keyboard, "close", None)
        if close is not None:
            close()
        self.display.close()


def open_display(
    settings: DisplaySettings,
    *,
    clock: Clock,
    windowed: bool,
    observers: Sequence[ScreenObserver] = (),
    before_measuring: Callable[[], None] = lambda: None,
) -> OpenDisplay:
    """Open a PsychoPy window and its keyboard, and verify them.

    Parameters
    ----------
    settings
        What the protocol asks for.
    clock
        The clock of the session.
    windowed
        Whether to use a window instead of the full screen.
    observers
        Called with every screen after its flip.
    before_measuring
        Called when the window is open and has flipped a few times, for work that would disturb the measurement.

    Returns
    -------
    OpenDisplay
        Also for a display that does not match; the caller decides by its verdict.

    Raises
    ------
    DisplayError
        If no display or no window can be opened.
    """
    from experiment.display.psychopy_window import PsychoPyDisplay
    from experiment.display.ptb_keyboard import open_keyboard

    fullscreen = settings.fullscreen and not windowed
    window = PsychoPyDisplay(settings, clock=clock, fullscreen=fullscreen, observers=observers)
    try:
        _flip_blank(window, settings, WARM_UP_FLIPS)
        before_measuring()
        began_s, used_s = time.monotonic(), time.thread_time()
        verdict = verify_display(window, settings, clock=clock, warm_up_flips=SETTLING_FLIPS)
        share = (time.thread_time() - used_s) / (time.monotonic() - began_s)
        keyboard = open_keyboard(clock, window.keys)
    except BaseException:
        window.close()
        raise
    asleep = yields_processor(verdict, processor_share=share)
    return OpenDisplay(window, keyboard, keyboard.stamped_by, verdict, pointer=window.pointer, yields_processor=asleep)


def yields_processor(verdict: DisplayVerdict, *, processor_share: float) -> bool:
    """Return whether the thread sleeps while it waits for its next frame.

    Parameters
    ----------
    verdict
        The verdict on the display. If the computer paces the frames, the thread sleeps between them.
    processor_share
        Share of a processor used while the display was verified.
    """
    return verdict.is_software_paced or processor_share < BUSY_SHARE


def verify_display(
    display: JudgedDisplay, settings: DisplaySettings, *, clock: Clock, warm_up_flips: int = WARM_UP_FLIPS
) -> DisplayVerdict:
    """Measure and judge a display; pace it from then on if it has no vertical sync.

    Parameters
    ----------
    display
        The open display.
    settings
        What the protocol asks for.
    clock
        The clock of the session.
    warm_up_flips
        Flips before those that are measured.
    """
    refresh = measure_refresh(display, settings, clock=clock, warm_up_flips=warm_up_flips)
    facts = display.facts()
    if refresh.kind != "locked" and renders_by_processor(facts):
        refresh = replace(refresh, kind="no-vsync")
    verdict = judge_display(settings, facts, refresh)
    if verdict.is_software_paced:
        display.pace(verdict.period_s)
    return verdict


def renders_by_processor(facts: DisplayFacts) -> bool:
    """Return whether the processor renders: its flips never wait for the display."""
    return any(name in facts.renderer.lower() for name in SOFTWARE_RENDERERS)


def measure_refresh(
    display: Display, settings: DisplaySettings, *, clock: Clock, warm_up_flips: int = WARM_UP_FLIPS
) -> RefreshVerdict:
    """Measure the refresh of a display by two seconds of flips after random delays.

    Parameters
    ----------
    display
        The open display.
    settings
        Has the nominal refresh rate and the background.
    clock
        The clock of the session.
    warm_up_flips
        Flips before those that are measured.
    """
    blank = _flip_blank(display, settings, warm_up_flips)
    rng = np.random.default_rng(0)
    delays_s = rng.uniform(0, LONGEST_DELAY / settings.refresh_rate_hz, MEASURED_FLIPS)
    times_s = [display.flip(blank).time_s]
    for delay_s in delays_s:
        clock.sleep_until(clock.now() + float(delay_s))
        times_s.append(display.flip(blank).time_s)
    verdict = judge_refresh(times_s, settings.refresh_rate_hz, delays_s=delays_s.tolist())
    if verdict.kind != "no-vsync":
        return verdict
    # Report the rate of flips without delays.
    free_s = [display.flip(blank).time_s for _ in range(30)]
    return replace(verdict, measured_hz=(len(free_s) - 1) / (free_s[-1] - free_s[0]))


def _flip_blank(display: Display, settings: DisplaySettings, flips: int) -> Screen:
    """Show a blank screen for some flips, and return it."""
    blank = Screen("blank", (), settings.background)
    for _ in range(flips):
        display.flip(blank)
    return blank

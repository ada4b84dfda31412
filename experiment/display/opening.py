"""Open the display and judge it before anything is recorded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from experiment.display.display_judgement import DisplayFacts, DisplayVerdict, judge_display
from experiment.display.refresh import RefreshVerdict, judge_refresh
from experiment.ports.clock import Clock
from experiment.ports.display import Display, ScreenObserver
from experiment.ports.keyboard import Keyboard
from experiment.protocol.plan import DisplaySettings
from experiment.screens.screen import Screen

WARM_UP_FLIPS = 30
MEASURED_FLIPS = 120
LONGEST_DELAY = 0.4
"""Of a nominal frame: time spent before measured flips, to see whether they wait for the display."""

BUSY_SHARE = 0.5
"""Of a processor: waiting asleep takes little of one, looking at the display again and again all of it."""

SOFTWARE_RENDERERS = ("llvmpipe", "softpipe", "swiftshader", "software rasterizer", "gdi generic")


class JudgedDisplay(Display, Protocol):
    """A display that can be judged: the window, or the simulated one."""

    def facts(self) -> DisplayFacts:
        """What it says about itself."""
        ...

    def pace(self, period_s: float) -> None:
        """Keep this pace from now on."""
        ...


@dataclass(frozen=True, slots=True)
class OpenDisplay:
    """A display that is ready, with its keyboard and what it is worth."""

    display: Display
    keyboard: Keyboard
    keys_stamped_by: str
    """``driver`` or ``window``."""
    verdict: DisplayVerdict
    yields_processor: bool = False
    """Whether a thread that waits for its next frame leaves the processor to others; False where nobody has looked."""

    def close(self) -> None:
        """Give both back."""
        close = getattr(self.keyboard, "close", None)
        if close is not None:
            close()
        self.display.close()


def open_display(
    settings: DisplaySettings, *, clock: Clock, windowed: bool, observers: Sequence[ScreenObserver] = ()
) -> OpenDisplay:
    """Open a PsychoPy window and its keyboard, and judge them against what the protocol asks for.

    Raises
    ------
    DisplayError
        If there is no display or no window can be opened. A display that does not match raises nothing: it is for the
        caller to look at the verdict.
    """
    from experiment.display.psychopy_window import PsychoPyDisplay
    from experiment.display.ptb_keyboard import open_keyboard

    fullscreen = settings.fullscreen and not windowed
    window = PsychoPyDisplay(settings, clock=clock, fullscreen=fullscreen, observers=observers)
    try:
        began_s, used_s = time.monotonic(), time.thread_time()
        verdict = verify_display(window, settings, clock=clock)
        share = (time.thread_time() - used_s) / (time.monotonic() - began_s)
        keyboard = open_keyboard(clock, window.keys)
    except BaseException:
        window.close()
        raise
    asleep = yields_processor(verdict, processor_share=share)
    return OpenDisplay(window, keyboard, keyboard.stamped_by, verdict, yields_processor=asleep)


def yields_processor(verdict: DisplayVerdict, *, processor_share: float) -> bool:
    """Whether a thread that waits for its next frame leaves the processor to others.

    Parameters
    ----------
    processor_share
        What it used of one while the display was proved. Where the computer paces the frames this says nothing: only
        from then on it sleeps between them.
    """
    return verdict.is_software_paced or processor_share < BUSY_SHARE


def verify_display(display: JudgedDisplay, settings: DisplaySettings, *, clock: Clock) -> DisplayVerdict:
    """Measure a display's refresh and judge it; paces a display without vertical sync from then on."""
    refresh, facts = measure_refresh(display, settings, clock=clock), display.facts()
    if refresh.kind != "locked" and draws_by_processor(facts):
        refresh = replace(refresh, kind="no-vsync")
    verdict = judge_display(settings, facts, refresh)
    if verdict.is_software_paced:
        display.pace(verdict.period_s)
    return verdict


def draws_by_processor(facts: DisplayFacts) -> bool:
    """Whether there is no graphics card to wait for; on a busy computer such flips look unstable rather than free."""
    return any(name in facts.renderer.lower() for name in SOFTWARE_RENDERERS)


def measure_refresh(display: Display, settings: DisplaySettings, *, clock: Clock) -> RefreshVerdict:
    """Flip two seconds long, spending a different part of each frame first."""
    blank = Screen("blank", (), settings.background)
    for _ in range(WARM_UP_FLIPS):
        display.flip(blank)
    rng = np.random.default_rng(0)
    delays_s = rng.uniform(0, LONGEST_DELAY / settings.refresh_rate_hz, MEASURED_FLIPS)
    times_s = [display.flip(blank).time_s]
    for delay_s in delays_s:
        clock.sleep_until(clock.now() + float(delay_s))
        times_s.append(display.flip(blank).time_s)
    verdict = judge_refresh(times_s, settings.refresh_rate_hz, delays_s=delays_s.tolist())
    if verdict.kind != "no-vsync":
        return verdict
    # The rate worth telling is the one without the time spent on purpose.
    free_s = [display.flip(blank).time_s for _ in range(30)]
    return replace(verdict, measured_hz=(len(free_s) - 1) / (free_s[-1] - free_s[0]))

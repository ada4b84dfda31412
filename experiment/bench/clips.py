"""Playback of clips: every frame on its flip, no skip that is not recorded.

Clips of four rates are played with the code of a session: on a simulated display of 60 and 59.94 Hz, and in the real
window. In the window, the number of the frame is read from the pixels after every flip.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

from experiment.bench.numbered_clips import numbered_clip, read_rows
from experiment.bench.result import Result, ResultPart
from experiment.bench.screen_pixels import ScreenPixels
from experiment.clock import MonotonicClock, VirtualClock
from experiment.display.opening import open_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab.thread_priority import prioritise_drawing
from experiment.protocol.plan import DisplaySettings, Motion
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.moving_targets import load_motion
from experiment.screens.screen import MovingFrame, Screen
from experiment.session.display_loop import Devices, DisplayLoop
from experiment.session.playback import TOLERANCE, Playback

PART = ResultPart("clips")
RATES: dict[str, Fraction] = {
    "25": Fraction(25),
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
    "50": Fraction(50),
}
DISPLAYS_HZ = (60.0, 59.94)
SETTINGS = DisplaySettings((1440, 900), 60.0, 50.0, fullscreen=True, background="black")
HEIGHT = 0.9
SIZE_PX = (320, 240)
ALLOWED = 0.5 + TOLERANCE
"""Share of a refresh by which the time stamp of a flip may be off: half for the refresh to which the flip is assigned,
the rest for frames that are due just behind a refresh."""
MARGIN_FLIPS = 10
"""Flips after the end of the clip, during which its last frame stands."""


@dataclass(frozen=True, slots=True)
class Played:
    """A clip that was played."""

    elapsed_s: tuple[float, ...]
    """Time of every flip since the onset."""
    periods: tuple[int, ...]
    """Refreshes since the flip before."""
    chosen: tuple[int, ...]
    """Frame that was drawn for every flip."""
    seen: tuple[int, ...]
    """Number in the pixels after every flip."""
    late: int
    """Frames that the record calls late."""
    skipped: frozenset[int]
    """Frames that the record calls skipped."""

    def wrong_pixels(self) -> int:
        """Return the number of flips that showed other pixels than were drawn."""
        return sum(chosen != seen for chosen, seen in zip(self.chosen, self.seen, strict=True))

    def off_their_flip(self, picture: MovingPicture, period_s: float) -> int:
        """Return the number of punctual flips that showed a frame that was not due.

        Parameters
        ----------
        picture
            The clip.
        period_s
            Time between two refreshes, seconds. `ALLOWED` of it is allowed.
        """
        ends_s = [*picture.times_s[1:], float("inf")]
        return sum(
            not picture.times_s[frame] - ALLOWED * period_s <= elapsed_s < ends_s[frame] + ALLOWED * period_s
            for elapsed_s, periods, frame in zip(self.elapsed_s, self.periods, self.chosen, strict=True)
            if periods == 1
        )

    def unrecorded(self) -> int:
        """Return the number of frames never shown and not recorded as skipped."""
        return len(set(range(max(self.chosen) + 1)) - set(self.chosen) - self.skipped)


def results(folder: Path, *, frames: int) -> Iterator[Result]:
    """Play clips of every rate and yield the results.

    Parameters
    ----------
    folder
        For the clips.
    frames
        Number of frames of each clip.
    """
    clips = {
        name: numbered_clip(folder / f"{name}.mp4", frames, rate=rate, size_px=SIZE_PX) for name, rate in RATES.items()
    }
    pictures = {
        name: load_motion(Motion("clip", clip), height_px=810, background="black") for name, clip in clips.items()
    }
    for rate_hz in DISPLAYS_HZ:
        for name, picture in pictures.items():
            yield _judged(
                f"{name} fps, simulated {rate_hz:g} Hz", play_simulated(picture, rate_hz), picture, 1 / rate_hz
            )
    if not os.environ.get("DISPLAY"):
        yield PART.skip("clips in the real window", "no X display")
        return
    yield from _in_window(pictures)


def _judged(what: str, played: Played, picture: MovingPicture, period_s: float) -> Result:
    wrong, off, unrecorded = played.wrong_pixels(), played.off_their_flip(picture, period_s), played.unrecorded()
    late_flips = sum(periods > 1 for periods in played.periods)
    return PART.require(
        what,
        "every frame on its flip, no unrecorded skip",
        f"{len(played.chosen)} flips of {len(picture.frames)} frames: {wrong + off} wrong, {unrecorded} unrecorded "
        f"skips; {late_flips} late flips, {played.late} late and {len(played.skipped)} skipped frames recorded",
        met=wrong == off == unrecorded == 0,
        flips=len(played.chosen),
        frames=len(picture.frames),
        wrong_pixels=wrong,
        off_their_flip=off,
        unrecorded=unrecorded,
        late_flips=late_flips,
        late_frames=played.late,
        skipped_frames=len(played.skipped),
    )


def play_simulated(picture: MovingPicture, rate_hz: float) -> Played:
    """Play a clip on a simulated display.

    Parameters
    ----------
    picture
        The clip.
    rate_hz
        Refreshes per second.
    """
    clock = VirtualClock()
    devices = Devices(SimulatedDisplay(clock, rate_hz=rate_hz), SimulatedKeyboard(clock), clock, None, 1 / rate_hz)
    return _play(DisplayLoop(devices, pause_key="escape"), picture, lambda chosen: chosen)


def _in_window(pictures: dict[str, MovingPicture]) -> Iterator[Result]:
    clock = MonotonicClock()
    with ExitStack() as closing:
        try:
            pixels = ScreenPixels(os.environ["DISPLAY"])
        except OSError as error:
            yield PART.skip("clips in the real window", str(error))
            return
        closing.callback(pixels.close)
        opened = open_display(SETTINGS, clock=clock, windowed=False)
        closing.callback(opened.close)
        closing.enter_context(prioritise_drawing(real_time=opened.yields_processor))
        period_s = opened.verdict.period_s
        loop = DisplayLoop(Devices(opened.display, opened.keyboard, clock, None, period_s), pause_key="escape")
        for name, picture in pictures.items():
            played = _play(loop, picture, partial(_number_on, pixels, opened.display.size_px, picture))
            yield _judged(f"{name} fps, real window at {1 / period_s:.2f} Hz", played, picture, period_s)


def _number_on(pixels: ScreenPixels, size_px: tuple[int, int], picture: MovingPicture, _: int) -> int:
    """Return the number of the frame on the screen."""
    width, height = size_px
    tall = HEIGHT * height
    wide = round(tall * picture.frames[0].shape[1] / picture.frames[0].shape[0])
    left = round(width / 2 - wide / 2)
    upper, lower = (pixels.row(left, round(height / 2 + part * tall / 4), wide) for part in (-1, 1))
    return read_rows(upper, lower)


def _play(loop: DisplayLoop, picture: MovingPicture, read: Callable[[int], int]) -> Played:
    """Play a clip as a trial does; ``read`` returns the number that the display shows."""
    screens = [Screen("target", (MovingFrame(picture, index, height=HEIGHT),)) for index in range(len(picture.frames))]
    blank = Screen("blank")
    loop.prepare([screens[0]])
    for _ in range(MARGIN_FLIPS):
        loop.show(blank)
    loop.start_log()
    playback = Playback(picture, screens, period_s=loop.period_s)
    times_s: list[float] = []
    periods: list[int] = []
    chosen: list[int] = []
    seen: list[int] = []
    while not times_s or times_s[-1] - times_s[0] < picture.duration_s + MARGIN_FLIPS * loop.period_s:
        screen = playback.next()
        tick = loop.show(screen)
        playback.flipped(tick, loop.logged - 1)
        times_s.append(tick.flip.time_s)
        periods.append(tick.periods if chosen else 1)
        chosen.append(_frame_of(screen))
        seen.append(read(chosen[-1]))
    record = playback.details()["motion"]
    elapsed_s = tuple(time_s - times_s[0] for time_s in times_s)
    return Played(
        elapsed_s, tuple(periods), tuple(chosen), tuple(seen), len(record["late"]), frozenset(record["skipped"])
    )


def _frame_of(screen: Screen) -> int:
    return next(one.index for one in screen.elements if isinstance(one, MovingFrame))

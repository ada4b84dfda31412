"""A PsychoPy window as the display of a session.

Texts and pictures are drawn as textures made by `experiment.raster`, so that the preview shows what the window shows.
Pixel positions here have their origin in the centre, y up (PsychoPy's ``pix``).
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image as PillowImage
from PIL import ImageColor

from experiment import raster
from experiment.display.gate import DisplayFacts
from experiment.display.pacing import Deadlines
from experiment.display.psychopy_import import load_psychopy
from experiment.display.window_keys import WindowKeys
from experiment.errors import DisplayError
from experiment.ports import Clock, Flip, ScreenObserver
from experiment.protocol.plan import DisplaySettings
from experiment.screens import Cross, Element, LiveImage, Picture, Rectangle, Screen, Text

MOST_STIMULI = 200
"""Textures kept; the one not drawn for longest goes first."""


class PsychoPyDisplay:
    """A window on the screen. `flip` returns when the buffers were swapped.

    Parameters
    ----------
    settings
        Size and background the protocol asks for.
    clock
        Flips are stamped on it.
    fullscreen
        Whether the window fills the screen, whatever the settings say.
    observers
        Are shown every screen after its flip.

    Attributes
    ----------
    keys : WindowKeys
        What the window hears of the keyboard.
    always_draw : bool
        Draw even what is there already (see `flip`).

    Raises
    ------
    DisplayError
        If no window can be opened.
    """

    def __init__(
        self,
        settings: DisplaySettings,
        *,
        clock: Clock,
        fullscreen: bool,
        observers: Sequence[ScreenObserver] = (),
    ) -> None:
        visual = load_psychopy()
        self._visual = visual
        self._clock = clock
        self._observers = tuple(observers)
        self._fullscreen = fullscreen
        self._background = settings.background
        self.always_draw = False
        self._stimuli: OrderedDict[Element, list[Any]] = OrderedDict()
        self._live: dict[tuple[int, int], Any] = {}
        self._deadlines: Deadlines | None = None
        self._count = 0
        self._flip_time_s = 0.0
        self._shown: Screen | None = None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self._window = visual.Window(
                    size=settings.size_px,
                    fullscr=fullscreen,
                    color=_rgb255(settings.background),
                    colorSpace="rgb255",
                    units="pix",
                    winType="pyglet",
                    allowGUI=False,
                    checkTiming=False,
                    gammaErrorPolicy="ignore",
                    autoLog=False,
                )
            except Exception as error:  # PsychoPy and pyglet raise whatever they like
                raise DisplayError(f"the window cannot be opened: {_one_line(error)}") from error
        self._gl = self._window.backend.GL
        self._window.winHandle.push_handlers(on_expose=self._on_expose)
        self.keys = WindowKeys(self._window.winHandle, clock)

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the drawable area, pixels."""
        width, height = self._window.frameBufferSize
        return int(width), int(height)

    def facts(self) -> DisplayFacts:
        """Ask the window system and the graphics driver, not PsychoPy, what is really there."""
        handle = self._window.winHandle
        renderer = handle.context.get_info().get_renderer()
        return DisplayFacts(
            framebuffer_px=_pair(handle.get_framebuffer_size()),
            logical_px=_pair(handle.get_size()),
            screen_px=(int(handle.screen.width), int(handle.screen.height)),
            fullscreen=self._fullscreen,
            renderer=str(renderer),
        )

    def pace(self, period_s: float) -> None:
        """Swap buffers on a grid of the computer's clock from now on: the display does not make flips wait."""
        self._deadlines = Deadlines(period_s)

    def prepare(self, screen: Screen) -> None:
        """Read pictures and set texts of a screen, and put them on the graphics card."""
        for element in screen.elements:
            if not isinstance(element, LiveImage):
                self._stimuli_of(element)

    def flip(self, screen: Screen) -> Flip:
        """Draw, swap, stamp.

        Where the computer paces the frames, a screen that is there already is not drawn again: without a vertical sync
        a swap has no moment of its own, and drawing by the processor would take it from the camera. The flip is
        stamped at its deadline then.
        """
        if self._deadlines is not None and screen == self._shown and not self.always_draw:
            self._window.winHandle.dispatch_events()
            self._clock.sleep_until(self._deadlines.next(self._clock.now()))
            self._stamp()
        else:
            self._draw(screen)
            if self._deadlines is not None:
                self._gl.glFinish()
                self._clock.sleep_until(self._deadlines.next(self._clock.now()))
            self._window.callOnFlip(self._stamp)
            self._window.flip()
        self._shown = screen
        flip = Flip(self._count, self._flip_time_s)
        self._count += 1
        for observer in self._observers:
            observer.saw(screen, flip)
        return flip

    def _draw(self, screen: Screen) -> None:
        if screen.background != self._background:
            self._background = screen.background
            self._window.color = _rgb255(screen.background)
            self._window.clearBuffer()
        for element in screen.elements:
            for stimulus in self._stimuli_of(element):
                stimulus.draw()

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _on_expose(self) -> None:
        """Part of the window was covered and is visible again: draw it anew."""
        self._shown = None

    def _stamp(self) -> None:
        self._flip_time_s = self._clock.now()

    def _stimuli_of(self, element: Element) -> list[Any]:
        if isinstance(element, LiveImage):
            return [self._live_stimulus(element)]
        if element in self._stimuli:
            self._stimuli.move_to_end(element)
        else:
            self._stimuli[element] = self._make(element)
            if len(self._stimuli) > MOST_STIMULI:
                for stimulus in self._stimuli.popitem(last=False)[1]:
                    if hasattr(stimulus, "clearTextures"):
                        stimulus.clearTextures()
        return self._stimuli[element]

    def _make(self, element: Text | Picture | Cross | Rectangle) -> list[Any]:
        height = self.size_px[1]
        if isinstance(element, Text):
            pixels = raster.typeset(element, height)
            return [self._texture(PillowImage.fromarray(pixels, "RGBA"), element.at)]
        if isinstance(element, Picture):
            pixels = raster.picture(element.file, round(element.height * height))
            return [self._texture(PillowImage.fromarray(pixels), element.at)]
        if isinstance(element, Cross):
            arms = (self._boxes(element.at, size, element.colour, None) for size in raster.cross_arms(element))
            return [box for arm in arms for box in arm]
        return self._boxes(element.at, element.size, element.fill, element.outline)

    def _texture(self, image: PillowImage.Image, at: tuple[float, float]) -> Any:
        left, top = raster.top_left(at, image.size, self.size_px)
        return self._visual.ImageStim(
            self._window,
            image=image,
            pos=self._centre(left, top, left + image.width, top + image.height),
            size=image.size,
            units="pix",
            interpolate=False,
            autoLog=False,
        )

    def _boxes(self, at: tuple[float, float], size: tuple[float, float], fill: str, outline: str | None) -> list[Any]:
        """A filled box; an outline of one pixel is a larger box behind it."""
        left, top, right, bottom = raster.box(at, size, self.size_px)
        if outline is None:
            return [self._box(left, top, right, bottom, fill)]
        outer = self._box(left, top, right, bottom, outline)
        return [outer, self._box(left + 1, top + 1, right - 1, bottom - 1, fill)]

    def _box(self, left: int, top: int, right: int, bottom: int, colour: str) -> Any:
        return self._visual.Rect(
            self._window,
            width=right - left,
            height=bottom - top,
            pos=self._centre(left, top, right, bottom),
            units="pix",
            colorSpace="rgb255",
            fillColor=_rgb255(colour),
            lineColor=None,
            autoLog=False,
        )

    def _centre(self, left: int, top: int, right: int, bottom: int) -> tuple[float, float]:
        width, height = self.size_px
        return (left + right - width) / 2, (height - top - bottom) / 2

    def _live_stimulus(self, element: LiveImage) -> Any:
        """One texture for each size of live image, filled anew for every flip."""
        image = element.image
        key = (image.shape[0], image.shape[1])
        if key not in self._live:
            blank = PillowImage.new("RGB", (image.shape[1], image.shape[0]))
            self._live[key] = self._visual.ImageStim(
                self._window, image=blank, units="pix", interpolate=True, autoLog=False
            )
        stimulus = self._live[key]
        gl = self._gl
        pixels = np.ascontiguousarray(image[::-1])
        gl.glBindTexture(gl.GL_TEXTURE_2D, stimulus._texID)
        gl.glPixelStorei(gl.GL_UNPACK_ALIGNMENT, 1)
        gl.glTexSubImage2D(
            gl.GL_TEXTURE_2D, 0, 0, 0, key[1], key[0], gl.GL_RGB, gl.GL_UNSIGNED_BYTE, pixels.ctypes.data
        )
        gl.glBindTexture(gl.GL_TEXTURE_2D, 0)
        height = element.height * self.size_px[1]
        stimulus.size = (height * key[1] / key[0], height)
        stimulus.pos = (element.at[0] * self.size_px[1], element.at[1] * self.size_px[1])
        stimulus.flipHoriz = element.mirrored
        return stimulus


def _rgb255(colour: str) -> tuple[int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _pair(size: Sequence[float]) -> tuple[int, int]:
    return int(size[0]), int(size[1])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

"""A PsychoPy window as the display of a session.

`experiment.screens.raster` makes the pixels of texts and pictures, so that preview and window are equal.
`experiment.display.painter` draws them; PsychoPy provides the window and its flips.
"""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from PIL import ImageColor

from experiment.display.display_judgement import DisplayFacts
from experiment.display.pacing import Deadlines, SwapLead
from experiment.display.painter import Quad, Texture, paint
from experiment.display.psychopy_import import load_psychopy
from experiment.display.window_keys import WindowKeyboard
from experiment.display.window_pointer import WindowPointer
from experiment.errors import DisplayError
from experiment.ports.clock import Clock
from experiment.ports.display import Flip, ScreenObserver
from experiment.protocol.plan import DisplaySettings
from experiment.screens import raster
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.screen import Cross, Dot, Element, LiveImage, MovingFrame, Picture, Screen, Text

MOST_TEXTURES = 200
"""Number of texts and pictures kept on the graphics card; the least recently drawn one is removed first."""
MOST_MOVING_BYTES = 1 << 30
"""Graphics memory for the frames of moving targets; the least recently prepared target is removed first."""


class PsychoPyDisplay:
    """A window on the screen; `flip` returns after the buffer swap.

    Parameters
    ----------
    settings
        Size and background the protocol asks for.
    clock
        The clock that stamps flips.
    fullscreen
        Whether the window fills the screen; the settings do not decide this.
    observers
        Called with every screen after its flip.

    Attributes
    ----------
    keys : WindowKeyboard
        Key events of the window.
    pointer : WindowPointer
        Mouse events of the window.
    always_draw : bool
        Whether to draw also a screen that is already shown (see `flip`).

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
        # Mesa's software renderer would draw in threads of usual priority, and the drawing thread would wait for them.
        os.environ.setdefault("LP_NUM_THREADS", "0")
        visual = load_psychopy()
        self._visual = visual
        self._clock = clock
        self._observers = tuple(observers)
        self._fullscreen = fullscreen
        self._background = settings.background
        self.always_draw = False
        self._textures: OrderedDict[tuple[Text | Picture | Dot, str], Texture] = OrderedDict()
        self._moving: OrderedDict[MovingPicture, dict[int, Texture]] = OrderedDict()
        self._live: dict[object, tuple[Texture, object]] = {}
        self._deadlines: Deadlines | None = None
        self._lead = SwapLead(1.0 / settings.refresh_rate_hz)
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
            except Exception as error:  # PsychoPy and pyglet raise exceptions of many types
                raise DisplayError(f"the window cannot be opened: {_one_line(error)}") from error
        self._gl = self._window.backend.GL
        self._window.winHandle.push_handlers(on_expose=self._on_expose)
        self.keys = WindowKeyboard(self._window.winHandle, clock)
        self.pointer = WindowPointer(self._window.winHandle, clock)
        self._shows_pointer = False

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the drawable area, pixels."""
        width, height = self._window.frameBufferSize
        return int(width), int(height)

    def facts(self) -> DisplayFacts:
        """Return what the window system and the graphics driver report."""
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
        """Pace the flips by the computer's clock from now on."""
        self._deadlines = Deadlines(period_s)
        self._lead = SwapLead(period_s)

    def warm_up(self, screen: Screen) -> None:
        """Load a screen and draw it once out of sight.

        The first drawing of a picture or of a kind of element takes up to 40 ms: drivers compile their programs then.
        """
        self.prepare(screen)
        self._draw(screen)
        self._gl.glFinish()
        self._window.clearBuffer()

    def prepare(self, screen: Screen) -> None:
        """Copy texts, pictures and all frames of moving pictures to the graphics card."""
        for element in screen.elements:
            if isinstance(element, Text | Picture | Dot):
                self._texture_of(element, screen.background)
            elif isinstance(element, MovingFrame):
                self._load_moving(element)
            elif isinstance(element, LiveImage):
                self._live_quad(element)

    def flip(self, screen: Screen) -> Flip:
        """Draw the screen, swap the buffers, and stamp the flip.

        If the computer paces the frames, a screen that is already shown is not drawn again, which leaves the processor
        to the camera: without vertical sync, the swap has no time of its own. The flip is stamped at its deadline. A
        new screen is swapped so much earlier that the swap ends at the deadline; the flip is stamped after the swap.
        """
        if self._deadlines is not None and screen == self._shown and not self.always_draw:
            self._window.winHandle.dispatch_events()
            self._clock.sleep_until(self._deadlines.next(self._clock.now()))
            self._stamp()
        else:
            self._draw(screen)
            if self._deadlines is not None:
                self._gl.glFinish()
                lead_s = self._lead.lead_s
                self._clock.sleep_until(self._deadlines.next(self._clock.now() + lead_s) - lead_s)
            began_s = self._clock.now()
            self._window.callOnFlip(self._stamp)
            self._window.flip()
            self._lead.add(self._flip_time_s - began_s)
        self._shown = screen
        if screen.pointer != self._shows_pointer:
            self._shows_pointer = screen.pointer
            self._window.winHandle.set_mouse_visible(screen.pointer)
        flip = Flip(self._count, self._flip_time_s)
        self._count += 1
        for observer in self._observers:
            observer.on_flip(screen, flip)
        return flip

    def _draw(self, screen: Screen) -> None:
        if screen.background != self._background:
            self._background = screen.background
            self._window.color = _rgb255(screen.background)
            self._window.clearBuffer()
        quads = [quad for element in screen.elements for quad in self._quads_of(element, screen.background)]
        paint(self._gl, quads, self.size_px)

    def close(self) -> None:
        """Close the window."""
        self._window.close()

    def _on_expose(self) -> None:
        """Draw the screen again after a part of the window was covered."""
        self._shown = None

    def _stamp(self) -> None:
        self._flip_time_s = self._clock.now()

    def _quads_of(self, element: Element, background: str) -> list[Quad]:
        size_px = self.size_px
        if isinstance(element, LiveImage):
            return [self._live_quad(element)]
        if isinstance(element, MovingFrame):
            frame = element.picture.frames[element.index]
            return [self._scaled_quad(element, self._load_moving(element)[id(frame)])]
        if isinstance(element, Text | Picture | Dot):
            texture = self._texture_of(element, background)
            left, top = raster.corner_of(element, (texture.width, texture.height), size_px)
            return [Quad((left, top, left + texture.width, top + texture.height), texture=texture)]
        if isinstance(element, Cross):
            colour = _rgb255(element.colour)
            return [Quad(raster.box(element.at, size, size_px), colour) for size in raster.cross_arms(element)]
        box = raster.box(element.at, element.size, size_px)
        if element.outline is None:
            return [Quad(box, _rgb255(element.fill))]
        left, top, right, bottom = box
        inner = (left + 1, top + 1, right - 1, bottom - 1)
        return [Quad(box, _rgb255(element.outline)), Quad(inner, _rgb255(element.fill))]

    def _texture_of(self, element: Text | Picture | Dot, background: str) -> Texture:
        """Return the texture of a text, or of a picture on this background."""
        key = replace(element, at=(0.0, 0.0)), background if isinstance(element, Picture) else ""
        if key in self._textures:
            self._textures.move_to_end(key)
            return self._textures[key]
        pixels = raster.element_pixels(element, self.size_px[1], background=background)
        texture = Texture(self._gl, pixels.shape, smooth=False)
        texture.fill(pixels)
        self._textures[key] = texture
        if len(self._textures) > MOST_TEXTURES:
            self._textures.popitem(last=False)[1].free()
        return texture

    def _load_moving(self, element: MovingFrame) -> dict[int, Texture]:
        """Return the textures of all frames of a moving picture, by ``id`` of the array.

        Each is drawn once out of sight: some drivers copy a texture to the graphics card when it is first drawn.
        """
        picture = element.picture
        if picture in self._moving:
            self._moving.move_to_end(picture)
            return self._moving[picture]
        while self._moving and sum(one.size_bytes for one in (*self._moving, picture)) > MOST_MOVING_BYTES:
            for texture in self._moving.popitem(last=False)[1].values():
                texture.free()
        own_size = abs(element.height * self.size_px[1] - picture.frames[0].shape[0]) < 1.0
        textures: dict[int, Texture] = {}
        for frame in picture.different_frames:
            textures[id(frame)] = Texture(self._gl, frame.shape, smooth=not own_size)
            textures[id(frame)].fill(frame)
        paint(self._gl, [Quad((0, 0, 1, 1), texture=one) for one in textures.values()], self.size_px)
        self._gl.glFinish()
        self._window.clearBuffer()
        self._moving[picture] = textures
        return textures

    def _live_quad(self, element: LiveImage) -> Quad:
        """Return the box of a live image; fill its texture if the image has changed."""
        image = element.image
        key = (element.at, image.shape)
        if key not in self._live:
            own_size = abs(element.height * self.size_px[1] - image.shape[0]) < 1.0
            self._live[key] = (Texture(self._gl, image.shape, smooth=not own_size), None)
        texture, filled = self._live[key]
        if filled is not image:
            texture.fill(image)
            self._live[key] = (texture, image)
        return self._scaled_quad(element, texture)

    def _scaled_quad(self, element: LiveImage | MovingFrame, texture: Texture) -> Quad:
        """Return the box of a texture that is scaled to the height of its element."""
        width, height = self.size_px
        tall = element.height * height
        wide = tall * texture.width / texture.height
        if abs(tall - texture.height) < 1.0:
            tall, wide = texture.height, texture.width
        left, top = width / 2 + element.at[0] * height - wide / 2, height / 2 - element.at[1] * height - tall / 2
        box = (round(left), round(top), round(left) + wide, round(top) + tall)
        return Quad(box, texture=texture, mirrored=isinstance(element, LiveImage) and element.mirrored)


@lru_cache(maxsize=256)
def _rgb255(colour: str) -> tuple[int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _pair(size: Sequence[float]) -> tuple[int, int]:
    return int(size[0]), int(size[1])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

"""Screens as pixels, without a window.

The preview draws whole screens. The PsychoPy window takes its texts and pictures from here, so both show the same.

Pixel positions have their origin at the top left, y down; the sign flip from `experiment.screens.screen` is in
`top_left` and `box`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageOps

from analysis.face.errors import ImageError
from analysis.face.images import read_image
from analysis.face.picture_files import read_size
from experiment.errors import DisplayError
from experiment.screens.screen import Cross, Dot, LiveImage, MovingFrame, Picture, Rectangle, Screen, Text
from experiment.screens.text_shaping import Lettering

Pixels = NDArray[np.uint8]
LINE_SPACING = 1.35
BALANCING_STEPS = 5
"""Number of halvings in the search for lines of equal length; after 5, the error is 2 % of the width."""
CROSS_THICKNESS = 0.12
"""Thickness of the arms of a fixation cross, relative to its size."""

_NEVER_FIRST = "、。，．・：；？！）」』】〕ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ"


def raster(screen: Screen, size_px: tuple[int, int]) -> Pixels:
    """Draw a screen.

    Returns
    -------
    (height, width, 3) uint8 array, RGB

    Raises
    ------
    DisplayError
        If a picture cannot be read or no installed font has the characters of a text.
    """
    height = size_px[1]
    canvas = PillowImage.new("RGB", size_px, screen.background)
    for element in screen.elements:
        if isinstance(element, Rectangle):
            left, top, right, bottom = box(element.at, element.size, size_px)
            ImageDraw.Draw(canvas).rectangle(
                (left, top, right - 1, bottom - 1), element.fill, element.outline, 1 if element.outline else 0
            )
            continue
        if isinstance(element, Cross):
            draw = ImageDraw.Draw(canvas)
            for size in cross_arms(element):
                left, top, right, bottom = box(element.at, size, size_px)
                draw.rectangle((left, top, right - 1, bottom - 1), element.colour)
            continue
        if isinstance(element, Text | Picture | Dot):
            layer = PillowImage.fromarray(element_pixels(element, height, background=screen.background))
        elif isinstance(element, MovingFrame):
            layer = _moving(element, round(element.height * height))
        else:
            layer = _live(element, round(element.height * height))
        corner = corner_of(element, layer.size, size_px)
        canvas.paste(layer, corner, layer if layer.mode == "RGBA" else None)
    return np.asarray(canvas)


def cross_arms(cross: Cross) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the sizes of the bars of a fixation cross, in display heights."""
    thickness = cross.size * CROSS_THICKNESS
    return (cross.size, thickness), (thickness, cross.size)


@lru_cache(maxsize=256)
def typeset(text: Text, display_height_px: int) -> Pixels:
    """Draw a paragraph, wrapped, aligned and shaped, on a transparent background.

    Returns
    -------
    (h, w, 4) uint8 array, RGBA; `corner_of` says where it belongs
    """
    size_px = _size_px(text, display_height_px)
    lines = [line for paragraph in _set_lines(text, display_height_px) for line in paragraph]
    line_height = size_px * LINE_SPACING
    width = max(1, *(int(np.ceil(lettering.length(line))) for lettering, line in lines)) + 4
    canvas = PillowImage.new("RGBA", (width, int(np.ceil(line_height * len(lines))) + 2), (0, 0, 0, 0))
    draw = ImageDraw.Draw(canvas)
    for number, (lettering, line) in enumerate(lines):
        free = width - lettering.length(line)
        at_right = text.align == "right" or (text.align == "left" and lettering.right_to_left)
        x = free / 2 if text.align == "center" else free - 2.0 if at_right else 2.0
        lettering.draw(draw, line, (x, (number + 0.5) * line_height), colour=text.colour)
    return np.asarray(canvas)


def lines_of(text: Text, display_height_px: int) -> list[list[str]]:
    """Return the lines of every paragraph of a text, as `typeset` draws them."""
    return [[line for _, line in paragraph] for paragraph in _set_lines(text, display_height_px)]


def extent(text: Text, display_height_px: int) -> tuple[float, float]:
    """Return the largest width and the height of a text in pixels, without drawing it."""
    paragraphs = _set_lines(replace(text, align="left"), display_height_px)  # balanced lines are not longer
    lines = [line for paragraph in paragraphs for line in paragraph]
    widest = max(lettering.length(line) for lettering, line in lines)
    return widest + 4, _size_px(text, display_height_px) * LINE_SPACING * len(lines) + 2


def _set_lines(text: Text, display_height_px: int) -> list[list[tuple[Lettering, str]]]:
    """Return the lines of every paragraph, each with what draws it."""
    size_px, limit = _size_px(text, display_height_px), text.wrap_width * display_height_px
    wrap = _balanced if text.align == "center" else _wrap
    paragraphs = []
    for paragraph in text.text.strip("\n").split("\n"):
        lettering = Lettering.of(paragraph, size_px, text=text.text)
        paragraphs.append([(lettering, line) for line in wrap(paragraph, lettering.length, limit)])
    return paragraphs


def _size_px(text: Text, display_height_px: int) -> int:
    return max(6, round(text.height * display_height_px))


@lru_cache(maxsize=64)
def picture(file: Path, height_px: int, background: str = "black") -> Pixels:
    """Read a picture for the screen, scaled to a height; proportions stay.

    Parameters
    ----------
    file : Path
        The picture.
    height_px : int
        Height on the display.
    background : str
        Colour of the screen, behind transparent pixels.

    Returns
    -------
    (height_px, w, 3) uint8 array, RGB

    Raises
    ------
    DisplayError
        If the picture cannot be read.
    """
    try:
        upright = PillowImage.fromarray(read_image(file, background=background))
    except ImageError as error:
        raise DisplayError(str(error)) from error
    width = max(1, round(upright.width * height_px / upright.height))
    return np.asarray(upright.resize((width, height_px), PillowImage.Resampling.LANCZOS))


@lru_cache(maxsize=64)
def picture_aspect(file: Path) -> float:
    """Return width over height of an upright picture.

    Raises
    ------
    DisplayError
        If the picture cannot be read.
    """
    try:
        width, height = read_size(file)
    except ImageError as error:
        raise DisplayError(str(error)) from error
    return width / height


def dot(element: Dot, display_height_px: int) -> Pixels:
    """Draw a filled circle with a smooth edge on a transparent background.

    Returns
    -------
    (d, d, 4) uint8 array, RGBA; d is the diameter in pixels, at least 3
    """
    diameter = max(3, round(element.size * display_height_px))
    large = PillowImage.new("L", (8 * diameter, 8 * diameter), 0)
    ImageDraw.Draw(large).ellipse((0, 0, 8 * diameter - 1, 8 * diameter - 1), 255)
    canvas = PillowImage.new("RGBA", (diameter, diameter), element.colour)
    canvas.putalpha(large.resize((diameter, diameter), PillowImage.Resampling.BOX))
    return np.asarray(canvas)


def element_pixels(element: Text | Picture | Dot, display_height_px: int, *, background: str = "black") -> Pixels:
    """Return a text, a picture or a dot as pixels.

    Parameters
    ----------
    element : Text, Picture or Dot
        What to draw.
    display_height_px : int
        Height of the display.
    background : str
        Colour of the screen, behind the transparent pixels of a picture.

    Returns
    -------
    (h, w, 4) or (h, w, 3) uint8 array, RGBA of a text or a dot, RGB of a picture; `corner_of` says where it belongs
    """
    if isinstance(element, Dot):
        return dot(element, display_height_px)
    if isinstance(element, Text):
        return typeset(element, display_height_px)
    return picture(element.file, round(element.height * display_height_px), background)


def _moving(element: MovingFrame, height_px: int) -> PillowImage.Image:
    frame = PillowImage.fromarray(element.picture.frames[element.index])
    width = max(1, round(frame.width * height_px / frame.height))
    return frame.resize((width, height_px), PillowImage.Resampling.BILINEAR)


def _live(element: LiveImage, height_px: int) -> PillowImage.Image:
    image = PillowImage.fromarray(element.image)
    if element.mirrored:
        image = ImageOps.mirror(image)
    return image.resize((max(1, round(image.width * height_px / image.height)), height_px))


def corner_of(
    element: Text | Picture | MovingFrame | LiveImage | Dot, layer_px: tuple[int, int], size_px: tuple[int, int]
) -> tuple[int, int]:
    """Return the pixel of the top left corner of an element.

    Parameters
    ----------
    element
        The element.
    layer_px
        Width and height of its pixels.
    size_px
        Width and height of the display.
    """
    left, top = top_left(element.at, layer_px, size_px)
    if isinstance(element, Text) and element.anchor != "center":
        middle = size_px[1] / 2 - element.at[1] * size_px[1]
        top = round(middle) if element.anchor == "top" else round(middle - layer_px[1])
    return left, top


def top_left(at: tuple[float, float], layer_px: tuple[int, int], size_px: tuple[int, int]) -> tuple[int, int]:
    """Return the pixel of the top left corner of a layer.

    Parameters
    ----------
    at
        Centre of the layer, as fractions of the display's height.
    layer_px
        Width and height of the layer.
    size_px
        Width and height of the display.
    """
    width, height = size_px
    return round(width / 2 + at[0] * height - layer_px[0] / 2), round(height / 2 - at[1] * height - layer_px[1] / 2)


def box(at: tuple[float, float], size: tuple[float, float], size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of a rectangle, px.

    Right and bottom are not included.

    Parameters
    ----------
    at
        Centre, as fractions of the display's height.
    size
        Width and height, as fractions of the display's height.
    size_px
        Width and height of the display.
    """
    width, height = size_px
    centre_x, centre_y = width / 2 + at[0] * height, height / 2 - at[1] * height
    half_w, half_h = size[0] * height / 2, size[1] * height / 2
    left, top = round(centre_x - half_w), round(centre_y - half_h)
    return left, top, max(left + 1, round(centre_x + half_w)), max(top + 1, round(centre_y + half_h))


def _wrap(paragraph: str, length: Callable[[str], float], limit: float) -> list[str]:
    """Break a paragraph into lines.

    At spaces, or between the characters of scripts that have none.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(paragraph):
        if line and length((line + piece).rstrip()) > limit and not piece.isspace():
            lines.append(line.rstrip())
            line = ""
        line += piece
    lines.append(line.rstrip())
    return lines


def _balanced(paragraph: str, length: Callable[[str], float], limit: float) -> list[str]:
    """Break a paragraph into as few lines as `_wrap`, of about equal length.

    No single word on the last line.
    """
    lines = _wrap(paragraph, length, limit)
    too_narrow, wide_enough = limit / 2, limit
    for _ in range(BALANCING_STEPS if len(lines) > 1 else 0):
        tried = (too_narrow + wide_enough) / 2
        narrower = _wrap(paragraph, length, tried)
        if len(narrower) == len(lines) and max(map(length, narrower)) <= tried:
            lines, wide_enough = narrower, tried
        else:
            too_narrow = tried
    return lines


def _pieces(paragraph: str) -> list[str]:
    """Split into the smallest parts a line may be broken between."""
    pieces: list[str] = []
    for character in paragraph:
        wide = "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
        start = (
            not pieces
            or (wide and character not in _NEVER_FIRST)
            or character.isspace() != pieces[-1][-1].isspace()
            or (pieces[-1][-1] >= "\u3000" and not wide)
        )
        if start:
            pieces.append(character)
        else:
            pieces[-1] += character
    return pieces

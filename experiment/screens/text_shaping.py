"""Draw lines of text: several fonts, right to left, joined letters.

Pillow shapes letters with Raqm, which needs the library FriBidi. Linux has it (scripts/setup installs it), Windows and
macOS do not. Without it, this module joins Arabic letters and puts right-to-left lines into visual order, and refuses
scripts that are wrong without shaping.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageDraw, ImageFont, features

from experiment.errors import DisplayError
from experiment.screens.fonts import font_files, has, is_drawn

_UNSHAPED_IS_WRONG = (range(0x0700, 0x0750), range(0x07C0, 0x0800), range(0x0900, 0x0E00), range(0x0F00, 0x10A0),
                      range(0x1780, 0x1800))  # fmt: skip
"""Syriac and N'Ko; Devanagari to Sinhala; Tibetan and Burmese; Khmer."""


def is_right_to_left(text: str) -> bool:
    """Return whether most letters of a text run from right to left.

    The first letter (the rule of Unicode) is not enough: "Y: نعم" begins with the name of a key.
    """
    directions = [unicodedata.bidirectional(character) for character in text]
    return sum(direction in ("R", "AL") for direction in directions) > directions.count("L")


def _turns(text: str) -> bool:
    """Return whether a text has letters that run from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


@dataclass(frozen=True, slots=True)
class Lettering:
    """Draws the lines of one paragraph at one size."""

    files: tuple[Path, ...]
    """A character is drawn with the first font that has it."""
    size_px: int
    right_to_left: bool
    """Direction of the paragraph."""
    shaped: bool
    """Whether Pillow shapes and orders the letters; else they are in visual order."""

    @classmethod
    def of(cls, paragraph: str, size_px: int, *, text: str) -> Lettering:
        """Choose fonts and direction of a paragraph.

        All paragraphs of one text have the same fonts.

        Parameters
        ----------
        paragraph
            The paragraph.
        size_px
            Height of the letters.
        text
            The whole text.

        Raises
        ------
        DisplayError
            If no installed font has its characters, or its script cannot be shaped on this machine.
        """
        can_shape = bool(features.check("raqm"))
        if not can_shape and (wrong := next((c for c in text if any(ord(c) in r for r in _UNSHAPED_IS_WRONG)), None)):
            raise DisplayError(
                f"the letters of {wrong!r} and its script cannot be joined on this machine; install the library "
                "FriBidi (on Debian: libfribidi0)"
            )
        right_to_left = is_right_to_left(paragraph)
        files = font_files(text)
        if _turns(text) and (not can_shape or len(files) > 1):
            return cls(
                font_files(_visual_order(text, right_to_left=right_to_left)), size_px, right_to_left, shaped=False
            )
        return cls(files, size_px, right_to_left, shaped=can_shape)

    def length(self, line: str) -> float:
        """Width of a line in pixels."""
        return sum(self._width(font, text) for font, text in self._runs(line))

    def draw(self, canvas: ImageDraw.ImageDraw, line: str, at: tuple[float, float], *, colour: str) -> None:
        """Draw a line.

        Parameters
        ----------
        canvas
            The picture to draw on.
        line
            The line.
        at
            Left end and vertical centre of the line, pixels.
        colour
            Name of the colour.
        """
        x, middle = at
        ascent, descent = self._font(self.files[0]).getmetrics()
        for font, text in self._runs(line):
            base = (x, middle + (ascent - descent) / 2)
            canvas.text(base, text, font=font, fill=colour, anchor="ls", direction=self._direction)
            x += self._width(font, text)

    def _font(self, file: Path) -> ImageFont.FreeTypeFont:
        return _load(file, self.size_px, shaped=self.shaped)

    def _width(self, font: ImageFont.FreeTypeFont, text: str) -> float:
        return font.getlength(text, direction=self._direction)

    @property
    def _direction(self) -> str | None:
        return None if not self.shaped else "rtl" if self.right_to_left else "ltr"

    def _runs(self, line: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """Return the parts of a line that have one font, from left to right."""
        ordered = line if self.shaped else _visual_order(line, right_to_left=self.right_to_left)
        if len(self.files) == 1:
            return [(self._font(self.files[0]), ordered)]
        chosen: list[int] = []
        for character in ordered:
            goes_along = chosen and (not is_drawn(character) or unicodedata.combining(character))
            first = next((i for i, file in enumerate(self.files) if has(file, character)), 0)
            chosen.append(chosen[-1] if goes_along else first)
        runs = groupby(zip(chosen, ordered, strict=True), key=lambda pair: pair[0])
        return [(self._font(self.files[index]), "".join(character for _, character in pairs)) for index, pairs in runs]


def _visual_order(line: str, *, right_to_left: bool) -> str:
    """Return a line in visual order with Arabic letters joined; other lines unchanged."""
    if not _turns(line):
        return line
    from arabic_reshaper import reshape
    from bidi import get_display

    return str(get_display(reshape(line), base_dir="R" if right_to_left else "L"))


@lru_cache(maxsize=64)
def _load(file: Path, size_px: int, *, shaped: bool) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(file), size_px, layout_engine=engine)

"""Sizes of texts, to lay out screens and to split long texts into pages.

Measured at one height of the display; sizes are fractions of it, as in `experiment.screens.screen`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from experiment.screens.raster import LINE_SPACING, extent, lines_of
from experiment.screens.screen import Text

MEASURED_PX = 900
"""Height of the display at which texts are measured."""
SMALLEST = 0.45
"""Smallest height of labels, relative to the wanted one."""
_SHRINK = 0.93


@lru_cache(maxsize=1024)
def text_size(text: str, height: float, wrap_width: float) -> tuple[float, float]:
    """Return width and height of a paragraph.

    Parameters
    ----------
    text
        The text.
    height
        Height of its letters.
    wrap_width
        Where its lines are broken; a longer word is wider.
    """
    wide, tall = extent(Text(text, height=height, wrap_width=wrap_width), MEASURED_PX)
    return wide / MEASURED_PX, tall / MEASURED_PX


def fitting_height(texts: Sequence[str], height: float, *, width: float, tall: float) -> float:
    """Return the largest height of letters at which all texts fit into their boxes.

    Parameters
    ----------
    texts
        The texts, wrapped at the width of their boxes.
    height
        Height of the letters that is wanted. The result is at least `SMALLEST` times it, even if the texts do not fit.
    width, tall
        Width and height of a box.
    """
    shown = [text for text in texts if text]
    count = math.ceil(math.log(SMALLEST) / math.log(_SHRINK))
    candidates = [height * max(_SHRINK**power, SMALLEST) for power in range(count + 1)]
    fits = 1
    largest = bisect_left(candidates[:-1], fits, key=lambda one: int(_fit(shown, one, width=width, tall=tall)))
    return candidates[largest]


def _fit(texts: Sequence[str], height: float, *, width: float, tall: float) -> bool:
    sizes = (text_size(text, height, width) for text in texts)
    return all(wide <= width and high <= tall for wide, high in sizes)


@lru_cache(maxsize=256)
def split_text(text: str, height: float, *, width: float, tall: float) -> tuple[str, ...]:
    """Split a text into parts that fit into a box.

    Between blocks, else between paragraphs, else between lines.

    Parameters
    ----------
    text
        The text; an empty line separates blocks.
    height
        Height of its letters.
    width, tall
        Width and height of the box.

    Returns
    -------
    tuple of str
        The text itself if it fits.
    """
    most = max(1, int(tall / (height * LINE_SPACING)))
    paragraphs = [tuple(lines) for lines in lines_of(Text(text, height=height, wrap_width=width), MEASURED_PX)]
    if sum(map(len, paragraphs)) <= most:
        return (text,)
    parts: list[list[str]] = [[]]
    for lines in _unbreakable(paragraphs, most):
        free = most - len(parts[-1])
        if len(lines) > free:
            parts.append([])
        parts[-1] += lines
    trimmed = ("\n".join(part).strip("\n") for part in parts)
    return tuple(part for part in trimmed if part)


def _unbreakable(paragraphs: Sequence[tuple[str, ...]], most: int) -> Iterator[list[str]]:
    """Yield the lines that stay on one page.

    Those of a block, of a paragraph of a long block, or one line.
    """
    block: list[tuple[str, ...]] = []
    for paragraph in (*paragraphs, ("",)):
        block.append(paragraph)
        if any(line.strip() for line in paragraph):
            continue
        lines = [line for one in block for line in one]
        if len(lines) <= most + 1:  # the empty line after a block may be cut off
            yield lines
        else:
            for one in block:
                yield from [list(one)] if len(one) <= most else ([line] for line in one)
        block = []

"""Sizes of texts, to lay out screens.

Measured at one height of the display; sizes are fractions of it, as in `experiment.screens.screen`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from experiment.screens.raster import typeset
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
    tall, wide = typeset(Text(text, height=height, wrap_width=wrap_width), MEASURED_PX).shape[:2]
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
    fitting = height
    while fitting > SMALLEST * height:
        sizes = [text_size(text, fitting, width) for text in texts if text]
        if all(wide <= width and high <= tall for wide, high in sizes):
            return fitting
        fitting *= _SHRINK
    return max(fitting, SMALLEST * height)

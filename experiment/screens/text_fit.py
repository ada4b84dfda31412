"""Check that the texts of a session can be shown.

Fonts for all characters, and enough space.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from experiment.protocol.plan import SessionPlan
from experiment.screens.raster import corner_of, element_pixels
from experiment.screens.screen import Picture, Rectangle, Screen, Text
from experiment.screens.step_screens import every_screen
from experiment.screens.text_shaping import Lettering

SLACK_PX = 4
"""Overlap that is allowed, because lines have empty space above and below."""
_QUOTED = 40
"""Number of characters that messages quote."""


def require_letters(plan: SessionPlan) -> None:
    """Check before a session that this machine can draw all of its texts.

    Raises
    ------
    DisplayError
        If a character has no font or a script cannot be drawn; the message says what to install.
    """
    texts = {
        element.text for _, screen in every_screen(plan) for element in screen.elements if isinstance(element, Text)
    }
    for text in sorted(texts):
        for paragraph in text.split("\n"):
            Lettering.of(paragraph, 20, text=text)


def misfits(screen: Screen, size_px: tuple[int, int]) -> Iterator[str]:
    """Yield a message for every text outside the display or on top of others.

    Training screens are not checked: they have a fixed layout.
    """
    if screen.kind == "feedback":
        return
    width, height = size_px
    placed = []
    for element in screen.elements:
        if not isinstance(element, Text | Picture):
            continue
        left, bottom, right, top = box = _box(element, height)
        placed.append((element, box))
        if isinstance(element, Text) and (
            max(-left, right) > width / 2 + SLACK_PX or max(-bottom, top) > height / 2 + SLACK_PX
        ):
            yield f"{_quoted(element)} does not fit on the display; shorten it, or split it into `pages`"
    for (element, box), (other, other_box) in combinations(placed, 2):
        if _overlap(box, other_box):
            yield f"{_quoted(element)} and {_quoted(other)} overlap; shorten the text, or split it into `pages`"


def _box(element: Text | Picture, height_px: int) -> tuple[float, float, float, float]:
    """Return left, bottom, right, top in pixels.

    The origin is at the centre of the display, y up.
    """
    tall, wide = element_pixels(element, height_px).shape[:2]
    left, below_edge = corner_of(element, (wide, tall), (0, height_px))  # as on a display without width
    top = height_px / 2 - below_edge
    return left, top - tall, left + wide, top


def overlaps_box(element: Text, box: Rectangle, height_px: int) -> bool:
    """Return whether a text lies on a box, such as that of a key.

    Parameters
    ----------
    element
        The text.
    box
        The box.
    height_px
        Height of the display.
    """
    (x, y), (wide, tall) = box.at, box.size
    edges = (x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)
    left, bottom, right, top = (edge * height_px for edge in edges)
    return _overlap(_box(element, height_px), (left, bottom, right, top))


def _overlap(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    left, bottom = max(box[0], other[0]), max(box[1], other[1])
    right, top = min(box[2], other[2]), min(box[3], other[3])
    return right - left > SLACK_PX and top - bottom > SLACK_PX


def _quoted(element: Text | Picture) -> str:
    if isinstance(element, Picture):
        return f"the picture {element.file.name}"
    words = " ".join(element.text.split())
    return f"'{words if len(words) <= _QUOTED else words[:_QUOTED] + '...'}'"

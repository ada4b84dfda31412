"""What all screens of a session share: colours, short texts, titles, footers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import ImageColor

from experiment.protocol.language.texts import key_name
from experiment.protocol.plan import SessionPlan
from experiment.screens.screen import Element, Screen, ScreenKind, Text

TITLE_Y, FOOTER_Y = 0.40, -0.44
TITLE_SCALE, FOOTER_SCALE = 1.4, 0.8
"""Text heights of titles and of small texts, relative to the text height of the protocol."""


@dataclass(frozen=True, slots=True)
class Style:
    """Colours, text height and short texts that all screens of a session share."""

    background: str
    text_colour: str
    hint_colour: str
    """Colour of small texts: a mixture of text and background."""
    text_height: float
    """Fraction of the display's height."""
    texts: Mapping[str, str]
    """The program's short texts in the participant's language."""
    aspect: float = 1.6
    """Width over height of the display."""

    @classmethod
    def of(cls, plan: SessionPlan) -> Style:
        """Return the style of a plan's screens."""
        display = plan.display
        background, text = (np.array(ImageColor.getrgb(c)[:3]) for c in (display.background, display.text_colour))
        hint = "#{:02x}{:02x}{:02x}".format(*(0.35 * background + 0.65 * text).astype(int).tolist())
        aspect = display.size_px[0] / display.size_px[1]
        return cls(display.background, display.text_colour, hint, display.text_height, plan.texts, aspect)

    def text(self, name: str, **values: object) -> str:
        """Return a short text with its gaps filled."""
        return self.texts[name].format(**values)

    def key_hint(self, name: str, key: str) -> str:
        """Return a short text that names a key."""
        return self.text(name, key=self.key_name(key))

    def key_name(self, key: str) -> str:
        """Return a key's name as participants know it."""
        return key_name(key, self.texts)

    @property
    def yes_label(self) -> str:
        """The name of the key for yes."""
        return self.texts["yes-key"].strip().upper()

    @property
    def no_label(self) -> str:
        """The name of the key for no."""
        return self.texts["no-key"].strip().upper()

    @property
    def yes_keys(self) -> tuple[str, ...]:
        """The keys for yes, the one on the screen first.

        Y also means yes unless it means no.
        """
        return tuple(dict.fromkeys(key for key in (self.yes_label.lower(), "y") if key != self.no_label.lower()))

    @property
    def no_keys(self) -> tuple[str, ...]:
        """The keys for no, the one on the screen first.

        N also means no unless it means yes.
        """
        return tuple(dict.fromkeys(key for key in (self.no_label.lower(), "n") if key != self.yes_label.lower()))


def make_screen(style: Style, kind: ScreenKind, *elements: Element, footer: str = "") -> Screen:
    """Return a screen with its footer.

    Parameters
    ----------
    style
        Style of the session.
    kind
        Kind of the screen.
    *elements
        What it shows.
    footer
        Small text at its lower end; empty for none.
    """
    small = (small_text(style, footer, y=FOOTER_Y),) if footer else ()
    return Screen(kind, (*elements, *small), style.background)


def title_of(style: Style, title: str, *, y: float = TITLE_Y) -> tuple[Element, ...]:
    """Return a heading, if there is one.

    Parameters
    ----------
    style
        Style of the session.
    title
        Its text; empty for none.
    y
        Height on the screen.
    """
    return (Text(title, (0.0, y), style.text_height * TITLE_SCALE, style.text_colour),) if title else ()


def body_text(style: Style, text: str, *, y: float = 0.0) -> Text:
    """Return a paragraph of the usual size.

    Parameters
    ----------
    style
        Style of the session.
    text
        The paragraph.
    y
        Height of its centre on the screen.
    """
    return Text(text, (0.0, y), style.text_height, style.text_colour, wrap_width=1.3)


def small_text(style: Style, text: str, *, y: float, x: float = 0.0, colour: str = "") -> Text:
    """Return a line of small text.

    Parameters
    ----------
    style
        Style of the session.
    text
        The line.
    x, y
        Place on the screen.
    colour
        Its colour; empty for that of hints.
    """
    return Text(text, (x, y), style.text_height * FOOTER_SCALE, colour or style.hint_colour)

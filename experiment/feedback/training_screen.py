"""Lay out a training screen: a `View` in, a `Screen` out.

Every element has its own place, whether or not the others are shown: groups that see different elements see the target
at the same place and size. Without any element, the target is at the centre. Positions are those of
`experiment.screens.screen`, laid out for a display of 16:10 and scaled down as a whole on narrower ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.face.arrays import ImageArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.colours import colour_scale
from experiment.feedback.training_texts import Words, screen_words
from experiment.protocol.plan import Feedback, SessionPlan
from experiment.screens.screen import Element, LiveImage, MovingFrame, Picture, Rectangle, Screen, Text

TARGET_COLOUR = "#f2b950"
OWN_COLOUR = "#5ab0e8"
_WELL_COLOUR = "#8fd19e"
_SLOT_COLOUR = "#2b2f36"
_FAINT = "#9aa3ad"
_NOTICE_COLOUR = "#ffd27f"

_DESIGN_ASPECT = 1.6
_PICTURE_Y, _PICTURE_HEIGHT, _WIDEST_PICTURE = 0.20, 0.50, 0.52
_TARGET_X, _MIRROR_X, _DISTANCE_X = -0.53, 0.0, 0.53
MIRROR_ASPECT = 0.8
"""Width over height of the mirror image."""
_TITLE_ABOVE = 0.274
"""Title of a picture above its middle."""
_HINT_Y, _HINT_BELOW_CENTRE_Y = -0.105, -0.33
"""The line of the hint; below a target at the centre."""
_GAUGE_Y, _GAUGE_LEFT, _GAUGE_RIGHT, _GAUGE_HEIGHT = -0.20, -0.44, 0.74, 0.05
_NUMBER_X, _BEST_Y, _BEST_RIGHT = -0.64, -0.252, 0.70
_BARS_BOTTOM, _BARS_HEIGHT = -0.385, 0.107
_SHORT_LABEL = 9
"""Bytes of a label (UTF-8, so that wide letters count more) that has one line in larger letters."""
_SCALE = colour_scale()


@dataclass(frozen=True, slots=True, eq=False)
class Bar:
    """One pair of bars, 0..1 each."""

    label: str
    target: float
    own: float | None
    """None if nothing is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a training screen shows at one moment."""

    target_name: str
    target_picture: Path
    target_aspect: float
    """Width over height of that picture."""
    feedback: Feedback
    words: Words
    background: str = "black"
    ink: str = "white"
    aspect: float = _DESIGN_ASPECT
    """Width over height of the display."""
    mirror: ImageArray | None = None
    """The trainee's newest picture, not mirrored; None before the first one."""
    similarity: float | None = None
    """Smoothed, -1..1; None if nothing is measured."""
    number: int = 0
    """The similarity as the whole number to print."""
    threshold: float | None = None
    """Similarity to hold; None in trials without a hold."""
    held: float = 0.0
    """Completed share of the hold, 0..1."""
    emotions: Sequence[Bar] = ()
    units: Sequence[Bar] = ()
    distance: ImageArray | None = None
    """The fitted face, coloured by its distance to the target."""
    hint: str = ""
    is_hint_done: bool = False
    """Whether the trainee has followed the hint."""
    hint_units: tuple[tuple[str, float], ...] = ()
    fault: str | None = None
    """What prevents a measurement, by the name of its text; None for nothing."""
    key: str = "SPACE"
    """Name of the key that answers; empty if only a hold answers."""
    counter: str = ""
    """Which trial it is: its level and number, or its set and repetition in an exercise."""
    best: int | None = None
    """Highest similarity of the earlier attempts at this target, in percent; None without one."""
    footer: str = ""
    """The sentence below; empty for that of the key and the hold."""


def training_screen(view: View) -> Screen:
    """Return the screen of a training trial."""
    shown = view.feedback
    elements = _faces(view)
    if view.fault is not None:
        elements += _notice(view)
    else:
        if shown.difference and view.distance is not None:
            elements += _distance(view)
        if shown.hint and view.hint:
            elements.append(Text(view.hint, (0.0, _HINT_Y), 0.045, _WELL_COLOUR if view.is_hint_done else view.ink))
        if shown.gauge:
            elements += _gauge(view)
        if shown.emotions and view.emotions:
            left, right = (-0.76, -0.02) if shown.units and view.units else (-0.5, 0.5)
            elements += _bars(view, view.emotions, left=left, right=right)
        if shown.units and view.units:
            left, right = (0.05, 0.78) if shown.emotions and view.emotions else (-0.4, 0.4)
            elements += _bars(view, view.units, left=left, right=right)
    elements.append(Text(_footer(view), (0.0, -0.479 if view.footer else -0.482), 0.022, _FAINT))
    hint = view.hint_units if shown.hint and view.fault is None else ()
    return Screen("feedback", _placed(elements, view), view.background, target=view.target_name, hint=hint)


def captured_screen(view: View) -> Screen:
    """Return the screen after a capture: target, captured frame and its similarity.

    Its kind is ``blank``: nothing is to be imitated.
    """
    elements = [
        *_faces(view),
        Text(view.words[_captured(view)], (0.0, _HINT_Y), 0.045, _WELL_COLOUR),
        *_result(view, _WELL_COLOUR),
    ]
    return Screen("blank", _placed(elements, view), view.background)


def starting_screen(plan: SessionPlan) -> Screen:
    """Return the screen before a trial whose measurement is not warm yet.

    Its kind is ``blank``: nothing is to be imitated.
    """
    text = Text(screen_words(plan.language)["starting"], height=0.045, colour=plan.display.text_colour)
    return Screen("blank", (text,), plan.display.background)


def time_out_screen(view: View) -> Screen:
    """Return the screen after a time-out: the target, and the best of the attempt.

    Its kind is ``blank``: nothing is to be imitated. ``view.number`` is the best similarity of the attempt.
    """
    y = _HINT_Y if view.feedback.is_visible else _HINT_BELOW_CENTRE_Y
    elements = [*_faces(view), Text(view.words["time-out"], (0.0, y), 0.045, _NOTICE_COLOUR)]
    if view.feedback.gauge and view.similarity is not None:
        elements += _result(view, OWN_COLOUR, label="best-now")
    return Screen("blank", _placed(elements, view), view.background)


def mirror_height_px(display_px: tuple[int, int]) -> int:
    """Return the height of the mirror image, px."""
    return round(_PICTURE_HEIGHT * min(1.0, display_px[0] / display_px[1] / _DESIGN_ASPECT) * display_px[1])


def _captured(view: View) -> str:
    return "captured" if view.best is None or view.number <= view.best else "captured-best"


def _placed(elements: Sequence[Element], view: View) -> tuple[Element, ...]:
    """Scale to the display, and sort boxes first.

    Only boxes overlap, and boxes in a row are drawn at once.
    """
    scale = min(1.0, view.aspect / _DESIGN_ASPECT)
    return tuple(_scaled(element, scale) for element in sorted(elements, key=_layer))


def _faces(view: View) -> list[Element]:
    """Return the target and the trainee side by side; the target alone at the centre."""
    height = min(_PICTURE_HEIGHT, _WIDEST_PICTURE / view.target_aspect)
    x, y = (_TARGET_X, _PICTURE_Y) if view.feedback.is_visible else (0.0, 0.0)
    return [
        Picture(view.target_picture, (x, y), height),
        *_label(view.words["target"], x, TARGET_COLOUR, y=y),
        *(_mirror(view) if view.feedback.mirror else ()),
        *((Text(view.counter, (_DISTANCE_X, 0.474), 0.024, view.ink),) if view.counter else ()),
    ]


def _layer(element: Element) -> int:
    return 0 if isinstance(element, Rectangle) else 2 if isinstance(element, Text) else 1


def _label(text: str, x: float, colour: str, *, y: float = _PICTURE_Y) -> tuple[Element, ...]:
    """Return the title of a picture, and a line in the colour of its bars."""
    below = y - _PICTURE_HEIGHT / 2.0 - 0.008
    return (
        Text(text, (x, y + _TITLE_ABOVE), 0.024, _FAINT),
        Rectangle((x, below), (_PICTURE_HEIGHT * MIRROR_ASPECT, 0.008), colour),
    )


def _mirror(view: View) -> list[Element]:
    elements: list[Element] = [*_label(view.words["mirror"], _MIRROR_X, OWN_COLOUR)]
    if view.mirror is None:
        size = (_PICTURE_HEIGHT * MIRROR_ASPECT, _PICTURE_HEIGHT)
        elements.append(Rectangle((_MIRROR_X, _PICTURE_Y), size, _SLOT_COLOUR))
    else:
        elements.append(LiveImage(view.mirror, (_MIRROR_X, _PICTURE_Y), _PICTURE_HEIGHT, mirrored=True))
    return elements


def _notice(view: View) -> list[Element]:
    name = view.fault or ""
    text = view.words[name].format(key=view.key)
    y = -0.20 if view.feedback.is_visible else -0.35
    elements: list[Element] = [Text(text, (0.0, y), 0.05, _NOTICE_COLOUR)]
    if name != "failed" and view.feedback.is_visible:
        elements.append(Text(view.words["goes-on"], (0.0, -0.36), 0.028, _FAINT))
    return elements


def _distance(view: View) -> list[Element]:
    assert view.distance is not None
    x, legend_y = _DISTANCE_X, _PICTURE_Y - 0.5 * _PICTURE_HEIGHT + 0.015
    height = _PICTURE_HEIGHT - 0.07
    return [
        LiveImage(view.distance, (x, _PICTURE_Y + 0.035), height, mirrored=True),
        LiveImage(_SCALE, (x, legend_y + 0.012), 0.012),
        Text(view.words["near"], (x - 0.10, legend_y - 0.016), 0.018, _FAINT),
        Text(view.words["far"], (x + 0.10, legend_y - 0.016), 0.018, _FAINT),
    ]


def _empty_gauge(view: View, *, label: str = "similarity") -> list[Element]:
    middle = (_GAUGE_LEFT + _GAUGE_RIGHT) / 2.0
    return [
        Text(view.words[label], (_NUMBER_X, _GAUGE_Y + 0.052), 0.022, _FAINT),
        Rectangle((middle, _GAUGE_Y), (_GAUGE_RIGHT - _GAUGE_LEFT, _GAUGE_HEIGHT), _SLOT_COLOUR),
    ]


def _gauge_fill(share: float, colour: str) -> Rectangle:
    width = share * (_GAUGE_RIGHT - _GAUGE_LEFT)
    return Rectangle((_GAUGE_LEFT + width / 2.0, _GAUGE_Y), (width, _GAUGE_HEIGHT), colour)


def _result(view: View, colour: str, *, label: str = "similarity") -> list[Element]:
    """Return the gauge of an attempt that is over."""
    return [
        *_empty_gauge(view, label=label),
        *_number(view.number, view.ink),
        _gauge_fill(max(view.number, 1) / 100.0, colour),
        *_best_mark(view),
    ]


def _best_mark(view: View) -> list[Element]:
    """Return the mark and the number of the best earlier attempt; nothing without one."""
    if view.best is None:
        return []
    x = _GAUGE_LEFT + view.best / 100.0 * (_GAUGE_RIGHT - _GAUGE_LEFT)
    return [
        Rectangle((x, _GAUGE_Y), (0.003, _GAUGE_HEIGHT), view.ink),
        Text(f"{view.words['best']} {view.best}", (min(x, _BEST_RIGHT), _BEST_Y), 0.018, _FAINT),
    ]


def _gauge(view: View) -> list[Element]:
    width = _GAUGE_RIGHT - _GAUGE_LEFT
    elements = _empty_gauge(view)
    if view.similarity is not None:
        share = min(max(view.similarity, 0.0), 1.0)
        reached = view.threshold is not None and view.similarity >= view.threshold
        if share > 0:
            elements.append(_gauge_fill(share, _WELL_COLOUR if reached else OWN_COLOUR))
        elements += _number(view.number, view.ink)
    elements += _best_mark(view)
    if view.threshold is not None:
        tick_x = _GAUGE_LEFT + view.threshold * width
        elements.append(Rectangle((tick_x, _GAUGE_Y), (0.004, _GAUGE_HEIGHT + 0.024), TARGET_COLOUR))
        if view.held > 0:
            held = (_GAUGE_LEFT + width * view.held / 2.0, _GAUGE_Y - _GAUGE_HEIGHT / 2.0 - 0.008)
            elements.append(Rectangle(held, (width * view.held, 0.008), TARGET_COLOUR))
    return elements


def _number(number: int, ink: str) -> list[Element]:
    """Return the texts of a number, digit by digit.

    A display typesets ten digits once, but a hundred numbers one by one.
    """
    digits = f"{number:>3}"
    places = ((_NUMBER_X + (index - 1) * 0.054, digit) for index, digit in enumerate(digits) if digit != " ")
    return [Text(digit, (x, _GAUGE_Y - 0.01), 0.085, ink) for x, digit in places]


def _bars(view: View, bars: Sequence[Bar], *, left: float, right: float) -> list[Element]:
    elements: list[Element] = []
    step = (right - left) / len(bars)
    thick = min(0.022, step / 4.0)
    middle_y = _BARS_BOTTOM + _BARS_HEIGHT / 2.0
    label_height = 0.022 if step > 0.11 and all(len(bar.label.encode()) <= _SHORT_LABEL for bar in bars) else 0.017
    for index, bar in enumerate(bars):
        x = left + (index + 0.5) * step
        for value, colour, offset in ((bar.target, TARGET_COLOUR, -0.6), (bar.own, OWN_COLOUR, 0.6)):
            bar_x = x + offset * thick
            elements.append(Rectangle((bar_x, middle_y), (thick, _BARS_HEIGHT), _SLOT_COLOUR))
            tall = min(max(value or 0.0, 0.0), 1.0) * _BARS_HEIGHT
            if tall > 0:
                elements.append(Rectangle((bar_x, _BARS_BOTTOM + tall / 2.0), (thick, tall), colour))
        elements.append(
            Text(
                bar.label,
                (x, _BARS_BOTTOM - 0.01),
                label_height,
                view.ink,
                wrap_width=max(step - 0.01, 0.05),
                anchor="top",
            )
        )
    return elements


def _footer(view: View) -> str:
    words, feedback = view.words, view.feedback
    if view.footer:
        return view.footer
    if view.threshold is None or not (feedback.gauge or feedback.hint):
        return words["key"].format(key=view.key) if view.key else words["hold"]
    if view.held > 0 and view.fault is None and not feedback.hint:
        return words["holding"]
    return words["hold-or-key"].format(key=view.key) if view.key else words["hold"]


def _scaled(element: Element, scale: float) -> Element:
    if scale == 1.0:
        return element
    at = (element.at[0] * scale, element.at[1] * scale)
    match element:
        case Rectangle():
            return replace(element, at=at, size=(element.size[0] * scale, element.size[1] * scale))
        case Text():
            return replace(element, at=at, height=element.height * scale, wrap_width=element.wrap_width * scale)
        case Picture() | MovingFrame() | LiveImage():
            return replace(element, at=at, height=element.height * scale)
        case _:
            return replace(element, at=at, size=element.size * scale)


def emotion_bars(words: Words, *, target: Sequence[float], own: Sequence[float] | None) -> tuple[Bar, ...]:
    """Return the six emotions as pairs of bars.

    Parameters
    ----------
    words
        Texts of the screen.
    target, own
        Six values, 0..1; ``own`` is None if nothing is measured.
    """
    mine: Sequence[float | None] = [None] * len(EMOTIONS) if own is None else own
    return tuple(Bar(words[name], wanted, value) for name, wanted, value in zip(EMOTIONS, target, mine, strict=True))

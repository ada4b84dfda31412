"""Screens of the questions after a trial: rating scales, choices, sliders, texts.

`areas` says where the mouse answers. Labels begin at one height, below their keys, and get smaller until they fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from experiment.protocol.plan import ChoiceQuestion, Rating, SliderQuestion, TextQuestion, TrialQuestion
from experiment.screens.screen import Element, Rectangle, Screen, Text
from experiment.screens.style import FOOTER_SCALE, Style, make_screen, small_text
from experiment.screens.text_size import fitting_height, text_size

QUESTION_Y = 0.06
"""Lower end of a question above a scale."""
MARGIN = 0.06
"""Free space at the sides of the display."""
KEY_SIZE = 0.08
"""Height of the box of a key."""
_KEY_Y, _LABEL_Y = -0.05, -0.115
_LABEL_SPACE, _ROW_SPACE = 0.26, 0.13
"""Height of the labels below the points of a scale, and below the keys of a choice in a row."""
_WIDEST_CELL, _END_LABEL = 0.3, 0.28
"""Largest width of an answer in a row, and of a label at the end of a scale whose other points have none."""
_ROW_LABELS = 0.9
"""A row whose labels would be smaller than this, relative to the usual small text, becomes a column."""
_COLUMN_TOP, _COLUMN_BOTTOM, _COLUMN_WIDTH = 0.1, -0.38, 0.9
_BOX, _BUTTON = "#303030", "#2f5f8f"
_LINE_Y, _LINE_THICKNESS, _LONGEST_LINE = -0.02, 0.008, 1.2
_MARKER = (0.016, 0.07)
_MARKER_COLOUR = "#f2b950"
_TICK = (0.004, 0.03)
_BUTTON_AT, _BUTTON_SIZE = (0.0, -0.33), (0.32, 0.07)
_TEXT_BOX_TOP, _TEXT_BOX = 0.02, (1.2, 0.3)


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a screen that the mouse can reach, in the units of screens."""

    left: float
    right: float
    bottom: float
    top: float

    def contains(self, at: tuple[float, float]) -> bool:
        """Return whether a point is inside."""
        return self.left <= at[0] <= self.right and self.bottom <= at[1] <= self.top


@dataclass(frozen=True, slots=True)
class QuestionState:
    """What the participant has entered so far."""

    value: float | None = None
    """Position of the marker of a slider; None without a marker."""
    typed: str = ""
    message: str = ""
    """What is wrong with the answer given."""


def initial(asked: TrialQuestion) -> QuestionState:
    """Return the state in which a question appears."""
    return QuestionState(value=asked.start if isinstance(asked, SliderQuestion) else None)


def question_screen(style: Style, asked: TrialQuestion, state: QuestionState | None = None) -> Screen:
    """Return the screen of a question after a trial.

    Parameters
    ----------
    style
        Style of the session.
    asked
        The question.
    state
        What is entered so far; None: nothing.
    """
    state = initial(asked) if state is None else state
    match asked:
        case Rating() | ChoiceQuestion():
            screen = _choice_screen(style, asked)
        case SliderQuestion():
            screen = _slider_screen(style, asked, state)
        case TextQuestion():
            screen = _text_screen(style, asked, state)
    return replace(screen, pointer=True) if uses_mouse(asked) else screen


def examples(style: Style, asked: TrialQuestion) -> Iterator[tuple[str, Screen]]:
    """Yield the last part of a name, and a screen, for the preview of a question."""
    yield f"-{asked.id}", question_screen(style, asked)
    if isinstance(asked, SliderQuestion) and asked.start is None:
        yield f"-{asked.id}-set", question_screen(style, asked, QuestionState(value=asked.nearest(0.7)))


def uses_mouse(asked: TrialQuestion) -> bool:
    """Return whether the mouse answers a question."""
    return not isinstance(asked, TextQuestion) and asked.mouse


def areas(style: Style, asked: Rating | ChoiceQuestion) -> list[Area]:
    """Return where a click gives each answer of a choice or a scale."""
    return [cell.area for cell in _cells(style, asked)]


def slider_area(style: Style) -> Area:
    """Return where the mouse moves the marker of a slider."""
    half = _line_length(style) / 2
    return Area(-half - MARGIN / 2, half + MARGIN / 2, _LINE_Y - 0.06, _LINE_Y + 0.06)


def slider_share(style: Style, x: float) -> float:
    """Return the place on the line of a slider, from 0 to 1, at a horizontal position."""
    length = _line_length(style)
    return min(max(x / length + 0.5, 0.0), 1.0)


def button_area() -> Area:
    """Return where a click confirms the marker of a slider."""
    (x, y), (width, height) = _BUTTON_AT, _BUTTON_SIZE
    return Area(x - width / 2, x + width / 2, y - height / 2, y + height / 2)


# -- choices and scales


@dataclass(frozen=True, slots=True)
class _Cell:
    """Place of one answer."""

    area: Area
    key_at: tuple[float, float]
    label_at: tuple[float, float]
    label_width: float
    label_height: float
    anchor_top: bool


def _choice_screen(style: Style, asked: Rating | ChoiceQuestion) -> Screen:
    cells, names = _cells(style, asked), [style.key_name(key) for key in asked.keys]
    width = _key_width(names)
    lowest = QUESTION_Y if cells[0].anchor_top else _COLUMN_TOP + 0.05
    elements: list[Element] = [_question_text(style, asked.question, y=lowest)]
    key_height = fitting_height(names, 0.045, width=width, tall=KEY_SIZE)
    for cell, name, label in zip(cells, names, asked.labels, strict=True):
        box_height = min(KEY_SIZE, cell.area.top - cell.area.bottom - 0.006)
        elements.append(Rectangle(cell.key_at, (width, box_height), _BOX, style.hint_colour))
        elements.append(Text(name, cell.key_at, min(key_height, 0.75 * box_height), "white"))
        elements.append(
            Text(
                label,
                cell.label_at,
                cell.label_height,
                style.text_colour,
                wrap_width=cell.label_width,
                anchor="top" if cell.anchor_top else "center",
            )
        )
    return make_screen(
        style, "rating" if isinstance(asked, Rating) else "question", *elements, footer=_choice_footer(style, asked)
    )


def _choice_footer(style: Style, asked: Rating | ChoiceQuestion) -> str:
    end = "click" if asked.mouse else "keys"
    if isinstance(asked, Rating):
        return style.text(f"rating-{end}", points=len(asked.labels))
    return style.text(f"answer-{end}")


def _cells(style: Style, asked: Rating | ChoiceQuestion) -> list[_Cell]:
    """Return the places of all answers: a row if their labels fit, else a column."""
    count, small = len(asked.labels), style.text_height * FOOTER_SCALE
    spacing = min(_WIDEST_CELL, (style.aspect - MARGIN) / count)
    width = 0.94 * spacing
    if count > 2 and not any(asked.labels[1:-1]):  # the labels of the ends may reach below their neighbours
        spacing = min(_WIDEST_CELL, (style.aspect - MARGIN - _END_LABEL) / (count - 1))
        width = min(_END_LABEL, 1.88 * spacing)
    tall = _LABEL_SPACE if isinstance(asked, Rating) else _ROW_SPACE
    fitting = fitting_height(asked.labels, small, width=width, tall=tall)
    key_width = _key_width([style.key_name(key) for key in asked.keys])
    is_row = isinstance(asked, Rating) or (fitting >= _ROW_LABELS * small and key_width <= width)
    return _row(count, spacing, label_width=width, label_height=fitting) if is_row else _column(style, asked)


def _row(count: int, spacing: float, *, label_width: float, label_height: float) -> list[_Cell]:
    cells = []
    for index in range(count):
        x = (index - (count - 1) / 2) * spacing
        area = Area(x - spacing / 2, x + spacing / 2, _LABEL_Y - _LABEL_SPACE, _KEY_Y + KEY_SIZE / 2)
        cells.append(_Cell(area, (x, _KEY_Y), (x, _LABEL_Y), label_width, label_height, anchor_top=True))
    return cells


def _column(style: Style, asked: Rating | ChoiceQuestion) -> list[_Cell]:
    count, names = len(asked.labels), [style.key_name(key) for key in asked.keys]
    spacing = min(0.09, (_COLUMN_TOP - _COLUMN_BOTTOM) / count)
    key_width, left = _key_width(names), -_COLUMN_WIDTH / 2
    label_width = _COLUMN_WIDTH - key_width - 0.03
    height = fitting_height(asked.labels, style.text_height, width=label_width, tall=spacing)
    cells = []
    for index, label in enumerate(asked.labels):
        y = _COLUMN_TOP - (index + 0.5) * spacing
        area = Area(left, -left, y - spacing / 2, y + spacing / 2)
        label_at = (left + key_width + 0.03 + text_size(label, height, label_width)[0] / 2, y)
        cells.append(_Cell(area, (left + key_width / 2, y), label_at, label_width, height, anchor_top=False))
    return cells


def _key_width(names: Sequence[str]) -> float:
    return max(KEY_SIZE, *(text_size(name, 0.03, 1.0)[0] + 0.02 for name in names))


# -- sliders


def _slider_screen(style: Style, asked: SliderQuestion, state: QuestionState) -> Screen:
    length, count = _line_length(style), len(asked.labels)
    spacing = length / (count - 1)
    elements: list[Element] = [
        _question_text(style, asked.question, y=QUESTION_Y + 0.06),
        Rectangle((0.0, _LINE_Y), (length, _LINE_THICKNESS), style.hint_colour),
    ]
    width = min(0.94 * spacing, style.aspect - length - MARGIN + _MARKER[0] if count == 2 else 0.94 * spacing)
    width = max(width, 0.2) if count == 2 else width
    small = style.text_height * FOOTER_SCALE
    height = fitting_height(asked.labels, small, width=width, tall=0.17)
    for index, label in enumerate(asked.labels):
        x = index * spacing - length / 2
        elements.append(Rectangle((x, _LINE_Y), _TICK, style.hint_colour))
        elements.append(Text(label, (x, _LINE_Y - 0.05), height, style.text_colour, wrap_width=width, anchor="top"))
    if state.value is not None:
        x = length * ((state.value - asked.minimum) / (asked.maximum - asked.minimum) - 0.5)
        elements.append(Rectangle((x, _LINE_Y), _MARKER, _MARKER_COLOUR))
        if asked.shows_value:
            elements.append(Text(f"{state.value:.12g}", (x, _LINE_Y + 0.065), style.text_height, style.text_colour))
    if asked.mouse:
        colour = _BUTTON if state.value is not None else _BOX
        elements.append(Rectangle(_BUTTON_AT, _BUTTON_SIZE, colour, style.hint_colour))
        elements.append(Text(style.text("done"), _BUTTON_AT, style.text_height, "white", wrap_width=_BUTTON_SIZE[0]))
    if state.message:
        elements.append(small_text(style, state.message, y=-0.25, colour="orange"))
    footer = style.text("slider-click" if asked.mouse else "slider-keys")
    return make_screen(style, "question", *elements, footer=_with_skip(style, footer, is_required=asked.required))


def _line_length(style: Style) -> float:
    return min(_LONGEST_LINE, style.aspect - 0.3)


# -- texts


def _text_screen(style: Style, asked: TextQuestion, state: QuestionState) -> Screen:
    width, tall = _TEXT_BOX
    width = min(width, style.aspect - MARGIN)
    height = fitting_height([state.typed + "|"], style.text_height, width=width - 0.04, tall=tall - 0.02)
    elements: list[Element] = [
        _question_text(style, asked.question, y=QUESTION_Y + 0.02),
        Rectangle((0.0, _TEXT_BOX_TOP - tall / 2), (width, tall), "#202020", style.hint_colour),
        Text(state.typed + "|", (0.0, _TEXT_BOX_TOP - 0.01), height, "white", wrap_width=width - 0.04, anchor="top"),
    ]
    if state.message:
        elements.append(small_text(style, state.message, y=-0.34, colour="orange"))
    footer = _with_skip(style, style.text("form-keys"), is_required=asked.required)
    return make_screen(style, "question", *elements, footer=footer)


# -- all


def _question_text(style: Style, question: str, *, y: float) -> Text:
    """Return a question whose last line is at ``y``.

    A long one begins higher, and is smaller.
    """
    width = min(1.3, style.aspect - MARGIN)
    height = fitting_height([question], style.text_height, width=width, tall=0.48 - y)
    return Text(question, (0.0, y), height, style.text_colour, wrap_width=width, anchor="bottom")


def _with_skip(style: Style, footer: str, *, is_required: bool) -> str:
    return footer if is_required else f"{footer}      {style.text('optional')}"

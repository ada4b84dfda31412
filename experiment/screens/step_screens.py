"""What each step of a plan shows.

Values of the plan and a little state become a `Screen`.

Pure functions, shared by the session, the preview and simulated participants. Positions are those of
`experiment.screens.screen`: fractions of the display's height, origin at the centre, y up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import ImageColor

from experiment.protocol.language.texts import key_name
from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    Form,
    Page,
    Probe,
    Question,
    Rating,
    SessionPlan,
    Step,
    Trial,
)
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.screen import Cross, Dot, Element, MovingFrame, Picture, Rectangle, Screen, ScreenKind, Text

TITLE_Y, FOOTER_Y = 0.40, -0.44
TITLE_SCALE, FOOTER_SCALE = 1.4, 0.8
"""Text heights of titles and of small texts, relative to the text height of the protocol."""
FACE_BOX_AT, FACE_BOX_SIZE = (0.48, 0.38), (0.267, 0.2)
"""Frame around the outline of the face before a calibration; inside displays of 4:3."""
FACE_POINT_SIZE = 0.005
DIGIT_KEYS = 9
"""Choices up to this number are answered with a number key, more with the arrow keys."""


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

    @classmethod
    def of(cls, plan: SessionPlan) -> Style:
        """Return the style of a plan's screens."""
        display = plan.display
        background, text = (np.array(ImageColor.getrgb(c)[:3]) for c in (display.background, display.text_colour))
        hint = "#{:02x}{:02x}{:02x}".format(*(0.35 * background + 0.65 * text).astype(int).tolist())
        return cls(display.background, display.text_colour, hint, display.text_height, plan.texts)

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


@dataclass(frozen=True, slots=True)
class AnswerField:
    """State of a question while the participant answers it."""

    typed: str = ""
    chosen: int | None = 0
    """Index of the marked choice; None if none is marked."""
    message: str = ""
    """What is wrong with the answer given."""

    @classmethod
    def initial(cls, question: Question) -> AnswerField:
        """Return the first state of a question.

        The first choice is marked if an answer is required.
        """
        return cls(chosen=0 if question.required else None)


def blank(style: Style) -> Screen:
    """Return the background only."""
    return _screen(style, "blank")


def page(style: Style, step: Page) -> Screen:
    """Return a page of instructions, with its picture above the text."""
    body = _body_with_picture(style, step.text, step.picture, picture_y=0.11, height=0.45, text_y=-0.28)
    footer = "" if step.duration_frames is not None else style.key_hint("continue", step.continue_key)
    return _screen(style, "page", *_title(style, step.title), *body, footer=footer)


def consent_text(style: Style, step: Consent) -> Screen:
    """Return the information that a participant reads before the clauses."""
    elements = (*_title(style, step.title), _body(style, step.text))
    return _screen(style, "page", *elements, footer=style.key_hint("continue", "space"))


def clause(style: Style, step: Consent, asked: Clause, *, refused: bool = False) -> Screen:
    """Return the screen of one clause.

    Parameters
    ----------
    style
        Style of the session.
    step
        The consent that the clause belongs to.
    asked
        The clause.
    refused
        Whether the participant has just refused it, although it is required.
    """
    elements: list[Element] = [
        *_title(style, step.title),
        _small(style, f"{step.clauses.index(asked) + 1} / {len(step.clauses)}", y=0.31),
        _body(style, asked.text),
    ]
    if refused:
        text = style.text("consent-needed", no=style.no_label)
        elements.append(Text(text, (0.0, -0.3), style.text_height, "orange"))
    footer = style.text("consent-keys", yes=style.yes_label, no=style.no_label)
    return _screen(style, "form", *elements, footer=footer)


def question(style: Style, step: Form, asked: Question, *, answer: AnswerField) -> Screen:
    """Return the screen of one question of a form.

    Parameters
    ----------
    style
        Style of the session.
    step
        The form that the question belongs to.
    asked
        The question.
    answer
        What is typed or chosen so far.
    """
    elements: list[Element] = [
        *_title(style, step.title),
        _small(style, f"{step.questions.index(asked) + 1} / {len(step.questions)}", y=0.31),
        Text(asked.label, (0.0, 0.2), style.text_height, style.text_colour),
    ]
    if asked.kind == "choice":
        elements += _choices(style, asked, answer.chosen)
        footer = style.text("choice-keys" if len(asked.choices) <= DIGIT_KEYS else "choice-arrows")
        if not asked.required:
            footer += f"      {style.text('optional')}"
    else:
        elements.append(Rectangle((0.0, 0.05), (0.8, 0.07), "#202020", style.hint_colour))
        elements.append(Text(answer.typed + "|", (0.0, 0.05), style.text_height, "white"))
        footer = style.text("form-keys" if asked.required else "optional")
    if answer.message:
        elements.append(_small(style, answer.message, y=-0.36, colour="orange"))
    return _screen(style, "form", *elements, footer=footer)


def _choices(style: Style, asked: Question, chosen: int | None) -> Iterator[Element]:
    """Yield the choices of a question from top to bottom, the marked one in a box."""
    spacing = min(0.065, 0.4 / len(asked.choices))
    for index, choice in enumerate(asked.choices):
        y = 0.1 - index * spacing
        if index == chosen:
            yield Rectangle((0.0, y), (0.8, spacing * 0.9), "#2f5f8f")
        number = f"{index + 1}.  " if len(asked.choices) <= DIGIT_KEYS else ""
        colour = "white" if index == chosen else style.text_colour
        yield Text(number + choice, (0.0, y), min(style.text_height, spacing * 0.6), colour)


def calibration_page(style: Style, step: Calibration) -> Screen:
    """Return the page before the neutral face is recorded."""
    body = _body_with_picture(style, step.text, step.picture, picture_y=0.13, height=0.6, text_y=-0.3)
    return _screen(style, "page", *body, footer=style.key_hint("start", step.start_key))


def calibration_waits(
    style: Style, step: Calibration, *, outline: Sequence[tuple[float, float]] = (), message: str = "", hint: str = ""
) -> Screen:
    """Return the page before a calibration: outline of the face, mirrored.

    Parameters
    ----------
    style
        Style of the session.
    step
        The calibration.
    outline
        Landmarks as fractions of the camera's picture, y down.
    message
        What is wrong; empty if the face can be measured.
    hint
        What the lab assistant can do.
    """
    page = calibration_page(style, step)
    (x, y), (width, height), size = FACE_BOX_AT, FACE_BOX_SIZE, FACE_POINT_SIZE
    colour = "orange" if message else "#5fa55f"
    elements: list[Element] = [*page.elements, Rectangle(FACE_BOX_AT, FACE_BOX_SIZE, "#202020", colour)]
    for across, down in outline:
        if 0 <= across <= 1 and 0 <= down <= 1:
            elements.append(Rectangle((x + (0.5 - across) * width, y + (0.5 - down) * height), (size, size), colour))
    if message:
        elements.append(_small(style, message, y=FOOTER_Y + 0.06, colour="orange"))
    if hint:
        elements.append(_small(style, hint, y=FOOTER_Y + 0.1))
    return Screen(page.kind, tuple(elements), page.background)


def calibration(style: Style, step: Calibration, *, taken: int) -> Screen:
    """Return the screen during a calibration: a fixation point and a progress bar.

    Parameters
    ----------
    style
        Style of the session.
    step
        The calibration.
    taken
        Number of frames recorded so far.
    """
    picture = Picture(step.picture, (0.0, 0.13), 0.6) if step.picture is not None else None
    elements: list[Element] = [
        picture or Cross((0.0, 0.0), 0.05, style.text_colour),
        Text(style.text("calibrating"), (0.0, -0.3), style.text_height, style.text_colour),
    ]
    width, y = 0.5, FOOTER_Y + 0.05
    done = width * min(taken / step.frames, 1.0)
    elements.append(Rectangle((0.0, y), (width, 0.015), "#404040"))
    if done > 0:
        elements.append(Rectangle(((done - width) / 2, y), (done, 0.015), "#5fa55f"))
    return _screen(style, "calibration", *elements)


def fixation(style: Style) -> Screen:
    """Return the fixation cross before a target."""
    return _screen(style, "fixation", Cross((0.0, 0.0), 0.05, style.text_colour))


def target(style: Style, trial: Trial) -> Screen:
    """Return the target face alone; of one that moves, its strongest expression."""
    picture = Picture(trial.target.image, (0.0, 0.0), trial.target.height)
    return Screen("target", (picture,), style.background, target=trial.target.name)


def target_frames(style: Style, trial: Trial, picture: MovingPicture) -> list[Screen]:
    """Return a screen for every frame of a target that moves.

    Parameters
    ----------
    style
        Style of the session.
    trial
        The trial.
    picture
        The frames of its target.
    """
    height, name = trial.target.height, trial.target.name
    return [
        Screen("target", (MovingFrame(picture, index, (0.0, 0.0), height),), style.background, target=name)
        for index in range(len(picture.frames))
    ]


def with_dot(screen: Screen, probe: Probe) -> Screen:
    """Return a screen of a target with the dot of an attention probe on it."""
    return replace(screen, elements=(*screen.elements, Dot(probe.at, probe.size, probe.colour)))


def rating(style: Style, scale: Rating) -> Screen:
    """Return a rating scale; the keys are the numbers under its points."""
    points = len(scale.labels)
    spacing = min(0.3, 1.4 / points)
    elements: list[Element] = [_body(style, scale.question, y=0.15)]
    for index, label in enumerate(scale.labels):
        x = (index - (points - 1) / 2) * spacing
        elements.append(Rectangle((x, -0.05), (0.08, 0.08), "#303030", style.hint_colour))
        elements.append(Text(str(index + 1), (x, -0.05), 0.045, "white"))
        height = style.text_height * FOOTER_SCALE
        elements.append(Text(label, (x, -0.14), height, style.text_colour, wrap_width=spacing * 0.95))
    return _screen(style, "rating", *elements, footer=style.text("rating-keys", points=points))


def rest(style: Style, step: Break, *, seconds_left: int) -> Screen:
    """Return the screen of a break.

    Parameters
    ----------
    style
        Style of the session.
    step
        The break.
    seconds_left
        Seconds until a key may end it; 0: the footer names the key.
    """
    waiting = seconds_left > 0
    footer = style.text("wait", seconds=seconds_left) if waiting else style.key_hint("continue", step.continue_key)
    return _screen(style, "break", _body(style, step.text), footer=footer)


def pause(style: Style, *, confirm: bool = False) -> Screen:
    """Return the screen after the pause key.

    With ``confirm``, the question whether to end the session.
    """
    title = style.text("end-question" if confirm else "pause")
    if confirm:
        choice = style.text("end-keys", yes=style.yes_label, no=style.no_label)
    else:
        choice = style.text("pause-keys", resume=style.key_name("space"), quit="Q")
    return _screen(style, "pause", *_title(style, title, y=0.06), _body(style, choice, y=-0.06))


def camera_fault(style: Style, detail: str, *, check_cable: bool = True) -> Screen:
    """Return the screen while the camera sends no frames.

    Parameters
    ----------
    style : Style
        Style of the session.
    detail : str
        Message for the lab assistant.
    check_cable : bool
        Whether to advise to check the cable; a damaged picture file has none.
    """
    elements = [*_title(style, style.text("camera-trouble"), y=0.12)]
    if check_cable:
        elements.append(_body(style, style.text("camera-advice")))
    if detail:
        elements.append(_small(style, detail, y=-0.2))
    return _screen(style, "fault", *elements)


def message(style: Style, text: str, *, key: str | None = "space") -> Screen:
    """Return a page with one of the session's own sentences.

    Parameters
    ----------
    style
        Style of the session.
    text
        The sentence.
    key
        The key that goes on, named in the footer; None: the session goes on by itself.
    """
    return _screen(style, "page", _body(style, text), footer=style.key_hint("continue", key) if key else "")


def every_screen(plan: SessionPlan) -> Iterator[tuple[str, Screen]]:
    """Yield a name and a screen for all screens of a session, in order."""
    style = Style.of(plan)
    for step in plan.steps:
        for part, screen in screens_of_step(style, step):
            yield f"{step.id}{part}", screen
    yield "pause", pause(style)
    yield "pause-confirm", pause(style, confirm=True)
    yield "camera-trouble", camera_fault(style, "")
    if any(isinstance(step, Consent) for step in plan.steps):
        yield "declined", message(style, style.text("declined"), key=None)
        yield "declined-kept", message(style, style.text("declined-kept"), key=None)
    yield "end", message(style, style.text("end"), key=None)


def screens_of_step(style: Style, step: Step) -> list[tuple[str, Screen]]:
    """Return the screens of a step, with the last part of their names."""
    match step:
        case Page():
            return [("", page(style, step))]
        case Consent():
            return [
                ("", consent_text(style, step)),
                *((f"-{one.id}", clause(style, step, one)) for one in step.clauses),
            ]
        case Form():
            initial = AnswerField.initial
            return [(f"-{one.id}", question(style, step, one, answer=initial(one))) for one in step.questions]
        case Calibration():
            return [("", calibration_page(style, step)), ("-frames", calibration(style, step, taken=step.frames // 2))]
        case Break():
            return [("", rest(style, step, seconds_left=0))]
        case Trial():
            cross = [("-fixation", fixation(style))] if step.fixation_frames else []
            ratings = [(f"-{scale.id}", rating(style, scale)) for scale in step.ratings]
            shown = target(style, step)
            dot = [("-probe", with_dot(shown, step.probe))] if step.probe is not None else []
            return [*cross, ("-target", shown), *dot, *ratings]


def still_screens(style: Style, step: Step) -> list[Screen]:
    """Return the screens of a step that do not move.

    A target that moves is left out: its apex is never shown. The dot of a probe stays, without the target.

    Parameters
    ----------
    style
        Style of the session.
    step
        The step.
    """
    screens = [screen for _, screen in screens_of_step(style, step)]
    if not isinstance(step, Trial) or step.is_live or step.target.motion is None:
        return screens
    apex = target(style, step).elements
    rest = (replace(one, elements=tuple(part for part in one.elements if part not in apex)) for one in screens)
    return [screen for screen in rest if screen.elements]


def _screen(style: Style, kind: ScreenKind, *elements: Element, footer: str = "") -> Screen:
    small = (_small(style, footer, y=FOOTER_Y),) if footer else ()
    return Screen(kind, (*elements, *small), style.background)


def _title(style: Style, title: str, *, y: float = TITLE_Y) -> tuple[Element, ...]:
    return (Text(title, (0.0, y), style.text_height * TITLE_SCALE, style.text_colour),) if title else ()


def _body(style: Style, text: str, *, y: float = 0.0) -> Text:
    return Text(text, (0.0, y), style.text_height, style.text_colour, wrap_width=1.3)


def _body_with_picture(
    style: Style, text: str, picture: Path | None, *, picture_y: float, height: float, text_y: float
) -> tuple[Element, ...]:
    """Return a text, below a picture if there is one."""
    if picture is None:
        return (_body(style, text),)
    return Picture(picture, (0.0, picture_y), height), _body(style, text, y=text_y)


def _small(style: Style, text: str, *, y: float, colour: str = "") -> Text:
    return Text(text, (0.0, y), style.text_height * FOOTER_SCALE, colour or style.hint_colour)

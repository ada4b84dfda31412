"""What each step of a plan shows.

Values of the plan and a little state become a `Screen`.

Pure functions, shared by the session, the preview and simulated participants. Positions are those of
`experiment.screens.screen`: fractions of the display's height, origin at the centre, y up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    Form,
    Page,
    Probe,
    Question,
    SessionPlan,
    Step,
    Trial,
)
from experiment.screens import question_screens
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.screen import Cross, Dot, Element, MovingFrame, Picture, Rectangle, Screen, Text
from experiment.screens.style import FOOTER_Y, Style, body_text, make_screen, small_text, title_of

FACE_BOX_AT, FACE_BOX_SIZE = (0.48, 0.38), (0.267, 0.2)
"""Frame around the outline of the face before a calibration; inside displays of 4:3."""
FACE_POINT_SIZE = 0.005
DIGIT_KEYS = 9
"""Choices up to this number are answered with a number key, more with the arrow keys."""


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
    return make_screen(style, "blank")


def page(style: Style, step: Page) -> Screen:
    """Return a page of instructions, with its picture above the text."""
    body = _body_with_picture(style, step.text, step.picture, picture_y=0.11, height=0.45, text_y=-0.28)
    footer = "" if step.duration_frames is not None else style.key_hint("continue", step.continue_key)
    return make_screen(style, "page", *title_of(style, step.title), *body, footer=footer)


def consent_text(style: Style, step: Consent) -> Screen:
    """Return the information that a participant reads before the clauses."""
    elements = (*title_of(style, step.title), body_text(style, step.text))
    return make_screen(style, "page", *elements, footer=style.key_hint("continue", "space"))


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
        *title_of(style, step.title),
        small_text(style, f"{step.clauses.index(asked) + 1} / {len(step.clauses)}", y=0.31),
        body_text(style, asked.text),
    ]
    if refused:
        text = style.text("consent-needed", no=style.no_label)
        elements.append(Text(text, (0.0, -0.3), style.text_height, "orange"))
    footer = style.text("consent-keys", yes=style.yes_label, no=style.no_label)
    return make_screen(style, "form", *elements, footer=footer)


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
        *title_of(style, step.title),
        small_text(style, f"{step.questions.index(asked) + 1} / {len(step.questions)}", y=0.31),
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
        elements.append(small_text(style, answer.message, y=-0.36, colour="orange"))
    return make_screen(style, "form", *elements, footer=footer)


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
    return make_screen(style, "page", *body, footer=style.key_hint("start", step.start_key))


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
        elements.append(small_text(style, message, y=FOOTER_Y + 0.06, colour="orange"))
    if hint:
        elements.append(small_text(style, hint, y=FOOTER_Y + 0.1))
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
    return make_screen(style, "calibration", *elements)


def fixation(style: Style) -> Screen:
    """Return the fixation cross before a target."""
    return make_screen(style, "fixation", Cross((0.0, 0.0), 0.05, style.text_colour))


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
    return make_screen(style, "break", body_text(style, step.text), footer=footer)


def pause(style: Style, *, confirm: bool = False) -> Screen:
    """Return the screen after the pause key.

    With ``confirm``, the question whether to end the session.
    """
    title = style.text("end-question" if confirm else "pause")
    if confirm:
        choice = style.text("end-keys", yes=style.yes_label, no=style.no_label)
    else:
        choice = style.text("pause-keys", resume=style.key_name("space"), quit="Q")
    return make_screen(style, "pause", *title_of(style, title, y=0.06), body_text(style, choice, y=-0.06))


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
    elements = [*title_of(style, style.text("camera-trouble"), y=0.12)]
    if check_cable:
        elements.append(body_text(style, style.text("camera-advice")))
    if detail:
        elements.append(small_text(style, detail, y=-0.2))
    return make_screen(style, "fault", *elements)


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
    return make_screen(style, "page", body_text(style, text), footer=style.key_hint("continue", key) if key else "")


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
            asked = [screen for one in step.asked for screen in question_screens.examples(style, one)]
            shown = target(style, step)
            dot = [("-probe", with_dot(shown, step.probe))] if step.probe is not None else []
            return [*cross, ("-target", shown), *dot, *asked]


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


def _body_with_picture(
    style: Style, text: str, picture: Path | None, *, picture_y: float, height: float, text_y: float
) -> tuple[Element, ...]:
    """Return a text, below a picture if there is one."""
    if picture is None:
        return (body_text(style, text),)
    return Picture(picture, (0.0, picture_y), height), body_text(style, text, y=text_y)

"""What each step of a plan shows.

Values of the plan and a little state become a `Screen`.

Pure functions, shared by the session, the preview and simulated participants. Positions are those of
`experiment.screens.screen`: fractions of the display's height, origin at the centre, y up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

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
from experiment.screens.exercise_screens import around_target, counter
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.raster import picture_aspect
from experiment.screens.screen import Cross, Dot, Element, MovingFrame, Picture, Rectangle, Screen, Text
from experiment.screens.style import FOOTER_Y, Style, body_text, make_screen, small_text, title_of
from experiment.screens.text_size import fitting_height, split_text

FACE_BOX_AT, FACE_BOX_SIZE = (0.48, 0.38), (0.267, 0.2)
"""Frame around the outline of the face before a calibration; inside displays of 4:3."""
FACE_POINT_SIZE = 0.005
BACK = "left"
"""The key that returns to the page or question before."""
BODY_WIDTH, PAGE_HEIGHT, PICTURE_TEXT_HEIGHT = 1.3, 0.7, 0.27
"""Width of paragraphs; height of the text of a page, without and with a picture above it."""
DIGIT_KEYS = 9
_EXAMPLE_S = 10
"""Seconds left on the picture of a break that ends by itself."""
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


def pages(style: Style, step: Page) -> list[Screen]:
    """Return the screens of a page of instructions, with its picture above the text.

    A text that does not fit on one screen has several, unless the page ends after a time.
    """
    tall = PAGE_HEIGHT if step.picture is None else PICTURE_TEXT_HEIGHT
    parts: tuple[str, ...] = (step.text,)
    if step.duration_frames is None:
        parts = split_text(step.text, style.text_height, width=BODY_WIDTH, tall=tall)
    bodies = [
        _body_with_picture(style, part, step.picture, picture_y=0.11, height=0.45, text_y=-0.28) for part in parts
    ]
    key = None if step.duration_frames is not None else step.continue_key
    return _numbered(style, [(*title_of(style, step.title), *body) for body in bodies], key=key)


def consent_pages(style: Style, step: Consent) -> list[Screen]:
    """Return the screens that a participant reads before the clauses."""
    parts = split_text(step.text, style.text_height, width=BODY_WIDTH, tall=PAGE_HEIGHT)
    bodies = [(*title_of(style, step.title), body_text(style, part)) for part in parts]
    return _numbered(style, bodies, key="space")


def _numbered(style: Style, bodies: Sequence[tuple[Element, ...]], *, key: str | None) -> list[Screen]:
    """Return pages with the keys that turn them; each of several has its number.

    Parameters
    ----------
    style
        Style of the session.
    bodies
        What each page shows.
    key
        The key that goes on; None if the pages end after a time.
    """
    screens = []
    for number, body in enumerate(bodies, start=1):
        footer = "" if key is None else style.key_hint("continue", key)
        more: tuple[Element, ...] = ()
        if len(bodies) > 1:
            footer += f"      {style.key_hint('back', BACK)}" if number > 1 and key != BACK else ""
            count = small_text(style, f"{number} / {len(bodies)}", y=FOOTER_Y)
            more = (replace(count, at=(style.aspect / 2 - 0.1, FOOTER_Y)),)
        screens.append(make_screen(style, "page", *body, *more, footer=footer))
    return screens


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
        _fitting_body(style, asked.text, tall=0.5),
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
    number = step.questions.index(asked)
    elements: list[Element] = [
        *title_of(style, step.title),
        small_text(style, f"{number + 1} / {len(step.questions)}", y=0.32),
        _fitting_body(style, asked.label, tall=0.15, y=0.14, anchor="bottom"),
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
    if number > 0:
        footer += f"\n{style.key_hint('back', BACK)}"
    if answer.message:
        elements.append(small_text(style, answer.message, y=-0.36, colour="orange"))
    return make_screen(style, "form", *elements, footer=footer)


def answer_pages(style: Style, step: Form, answers: Mapping[str, str]) -> list[Screen]:
    """Return the screens on which a participant checks the answers to a form.

    Parameters
    ----------
    style
        Style of the session.
    step
        The form.
    answers
        The answers as they are shown, by question; missing ones were left out.
    """
    missing = style.text("no-answer")
    lines = "\n".join(f"{one.label}\n{answers.get(one.id, missing)}\n" for one in step.questions)
    parts = split_text(lines, style.text_height, width=BODY_WIDTH, tall=0.6)
    footer = style.key_hint("check-keys", BACK)
    return [
        make_screen(
            style,
            "notice",
            *title_of(style, style.text("check-answers")),
            body_text(style, part, y=-0.02),
            *([small_text(style, f"{number} / {len(parts)}", y=0.32)] if len(parts) > 1 else []),
            footer=footer,
        )
        for number, part in enumerate(parts, start=1)
    ]


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


def fixation(style: Style, trial: Trial) -> Screen:
    """Return the fixation cross before a target, with the counter of an exercise."""
    return make_screen(style, "fixation", Cross((0.0, 0.0), 0.05, style.text_colour), *counter(style, trial))


def target(style: Style, trial: Trial) -> Screen:
    """Return the target face alone; of one that moves, its strongest expression."""
    picture = Picture(trial.target.image, (0.0, 0.0), trial.target.height)
    return Screen("target", (picture, *around_target(style, trial)), style.background, target=trial.target.name)


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
    height, name, around = trial.target.height, trial.target.name, around_target(style, trial)
    return [
        Screen("target", (MovingFrame(picture, index, (0.0, 0.0), height), *around), style.background, target=name)
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
        Seconds until a key may end it, or until it ends by itself; 0: the footer names the key.
    """
    if seconds_left > 0:
        footer = style.text("exercise-next" if step.ends_by_itself else "wait", seconds=seconds_left)
    else:
        footer = "" if step.ends_by_itself else style.key_hint("continue", step.continue_key)
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


_FACES_Y, _BELOW_FACES_Y = 0.16, -0.12
_FACE_HEIGHT, _FACE_STEP, _FACES_WIDTH = 0.28, 0.3, 1.3
"""Largest height of a face in a notice, largest distance of two, and width of the row."""


def notice(style: Style, text: str, *, faces: Sequence[tuple[Path, str]] = ()) -> Screen:
    """Return a sentence of the session that SPACE ends.

    Parameters
    ----------
    style
        Style of the session.
    text
        The sentence.
    faces
        Pictures with a result each, shown in a row above the sentence.
    """
    footer = style.key_hint("continue", "space")
    if not faces:
        return make_screen(style, "notice", body_text(style, text), footer=footer)
    step = min(_FACE_STEP, _FACES_WIDTH / len(faces))
    row: list[Element] = []
    for index, (picture, result) in enumerate(faces):
        x = (index - (len(faces) - 1) / 2) * step
        height = min(_FACE_HEIGHT, 0.92 * step / picture_aspect(picture))
        row.append(Picture(picture, (x, _FACES_Y), height))
        row.append(small_text(style, result, y=_FACES_Y - height / 2 - 0.035, x=x))
    return make_screen(style, "notice", *row, body_text(style, text, y=_BELOW_FACES_Y), footer=footer)


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
    total = sum(isinstance(step, Trial) and step.round == 1 for step in plan.steps)
    yield "resumed", notice(style, style.text("resume-trial", number=1, total=total))


def screens_of_step(style: Style, step: Step) -> list[tuple[str, Screen]]:
    """Return the screens of a step, with the last part of their names."""
    match step:
        case Page():
            return _parts(pages(style, step))
        case Consent():
            return [
                *_parts(consent_pages(style, step)),
                *((f"-{one.id}", clause(style, step, one)) for one in step.clauses),
            ]
        case Form():
            initial = AnswerField.initial
            questions = [(f"-{one.id}", question(style, step, one, answer=initial(one))) for one in step.questions]
            return [*questions, *((f"-check{name}", screen) for name, screen in _parts(answer_pages(style, step, {})))]
        case Calibration():
            return [("", calibration_page(style, step)), ("-frames", calibration(style, step, taken=step.frames // 2))]
        case Break():
            return [("", rest(style, step, seconds_left=_EXAMPLE_S if step.ends_by_itself else 0))]
        case Trial():
            cross = [("-fixation", fixation(style, step))] if step.fixation_frames else []
            asked = [screen for one in step.asked for screen in question_screens.examples(style, one)]
            shown = target(style, step)
            dot = [("-probe", with_dot(shown, step.probe))] if step.probe is not None else []
            return [*cross, ("-target", shown), *dot, *asked]


def _parts(screens: Sequence[Screen]) -> list[tuple[str, Screen]]:
    """Return screens with the last part of their names: a number if there are several."""
    if len(screens) == 1:
        return [("", screens[0])]
    return [(f"-part{number}", screen) for number, screen in enumerate(screens, start=1)]


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


def _fitting_body(
    style: Style, text: str, *, tall: float, y: float = 0.0, anchor: Literal["center", "bottom"] = "center"
) -> Text:
    """Return a paragraph that gets smaller until it fits into a height."""
    height = fitting_height([text], style.text_height, width=BODY_WIDTH, tall=tall)
    return Text(text, (0.0, y), height, style.text_colour, wrap_width=BODY_WIDTH, anchor=anchor)


def _body_with_picture(
    style: Style, text: str, picture: Path | None, *, picture_y: float, height: float, text_y: float
) -> tuple[Element, ...]:
    """Return a text, below a picture if there is one."""
    if picture is None:
        return (body_text(style, text),)
    return Picture(picture, (0.0, picture_y), height), body_text(style, text, y=text_y)

"""What each step of a plan looks like: plan values and a little state become a `Screen`. Pure; shared with the preview.

Positions are those of `experiment.screens.screen`: fractions of the display's height, origin at the centre, y up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import ImageColor

from experiment.protocol.language.session_texts import words
from experiment.protocol.plan import (
    Break,
    Calibration,
    Clause,
    Consent,
    Form,
    Page,
    Question,
    Rating,
    SessionPlan,
    Trial,
)
from experiment.screens.screen import Cross, Element, Picture, Rectangle, Screen, Text

TITLE_Y, FOOTER_Y = 0.40, -0.44
TITLE_SCALE, FOOTER_SCALE = 1.4, 0.8
"""Heights of titles and hints, of the height of texts."""


@dataclass(frozen=True, slots=True)
class Look:
    """What all screens of a session share."""

    background: str
    ink: str
    """Colour of texts."""
    faint: str
    """Colour of hints, between the two."""
    text_height: float
    words: Mapping[str, str]
    """The program's short texts in the participant's language."""

    @classmethod
    def of(cls, plan: SessionPlan) -> Look:
        """Return the look of a plan's screens."""
        display = plan.display
        ground, ink = (np.array(ImageColor.getrgb(name)[:3]) for name in (display.background, display.text_colour))
        faint = "#{:02x}{:02x}{:02x}".format(*(0.35 * ground + 0.65 * ink).astype(int).tolist())
        texts = words(plan.language, plan.texts)
        return cls(display.background, display.text_colour, faint, display.text_height, texts)

    def say(self, name: str, **values: object) -> str:
        """Return a short text with its gaps filled."""
        return self.words[name].format(**values)

    def key(self, key: str) -> str:
        """Return a key's name as participants know it."""
        return self.words.get(f"key-{key}", key.upper())

    @property
    def yes(self) -> str:
        """What the key that says yes is called."""
        return self.words["yes-key"].strip().upper()

    @property
    def no(self) -> str:
        """What the key that says no is called."""
        return self.words["no-key"].strip().upper()

    @property
    def yes_keys(self) -> tuple[str, ...]:
        """The keys that say yes, the one that is shown first: Y does in every language in which it does not say no."""
        return tuple(dict.fromkeys(key for key in (self.yes.lower(), "y") if key != self.no.lower()))

    @property
    def no_keys(self) -> tuple[str, ...]:
        """The keys that say no, the one that is shown first: N does in every language in which it does not say yes."""
        return tuple(dict.fromkeys(key for key in (self.no.lower(), "n") if key != self.yes.lower()))


@dataclass(frozen=True, slots=True)
class Answer:
    """A question while it is being answered."""

    typed: str = ""
    chosen: int | None = 0
    """Index of the marked choice, if one is marked."""
    complaint: str = ""

    @classmethod
    def at_first(cls, question: Question) -> Answer:
        """Return how a question is met: only where an answer is needed, the first choice is marked."""
        return cls(chosen=0 if question.required else None)


def blank(look: Look) -> Screen:
    """Nothing but the background."""
    return Screen("blank", (), look.background)


def page(look: Look, step: Page) -> Screen:
    """Instructions, with a picture above the text if there is one."""
    elements: list[Element] = []
    if step.picture is not None:
        elements += [
            Picture(step.picture, (0.0, 0.11), 0.45),
            _body(look, step.text, y=-0.28),
        ]
    else:
        elements.append(_body(look, step.text))
    footer = "" if step.duration_frames is not None else _hint(look, "continue", step.continue_key)
    return Screen("page", (*_title(look, step.title), *elements, *_footer(look, footer)), look.background)


def consent_text(look: Look, step: Consent) -> Screen:
    """The information a participant reads before the clauses."""
    footer = _hint(look, "continue", "space")
    return Screen("page", (*_title(look, step.title), _body(look, step.text), *_footer(look, footer)), look.background)


def clause(look: Look, step: Consent, asked: Clause, *, refused: bool = False) -> Screen:
    """One clause to agree to; ``refused``: after a refusal of a clause that is required."""
    number = f"{step.clauses.index(asked) + 1} / {len(step.clauses)}"
    elements: list[Element] = [
        *_title(look, step.title),
        Text(number, (0.0, 0.31), look.text_height * FOOTER_SCALE, look.faint),
        _body(look, asked.text),
    ]
    if refused:
        elements.append(Text(look.say("consent-needed", no=look.no), (0.0, -0.3), look.text_height, "orange"))
    return Screen(
        "form", (*elements, *_footer(look, look.say("consent-keys", yes=look.yes, no=look.no))), look.background
    )


def question(look: Look, step: Form, asked: Question, answer: Answer) -> Screen:
    """One question of a form with what has been typed or chosen so far."""
    number = f"{step.questions.index(asked) + 1} / {len(step.questions)}"
    elements: list[Element] = [
        *_title(look, step.title),
        Text(number, (0.0, 0.31), look.text_height * FOOTER_SCALE, look.faint),
        Text(asked.label, (0.0, 0.2), look.text_height, look.ink),
    ]
    if asked.kind == "choice":
        top = 0.1
        spacing = min(0.065, 0.4 / len(asked.choices))
        for index, choice in enumerate(asked.choices):
            marked = index == answer.chosen
            y = top - index * spacing
            if marked:
                elements.append(Rectangle((0.0, y), (0.8, spacing * 0.9), "#2f5f8f"))
            number = f"{index + 1}.  " if len(asked.choices) <= 9 else ""
            colour = "white" if marked else look.ink
            elements.append(Text(number + choice, (0.0, y), min(look.text_height, spacing * 0.6), colour))
    else:
        elements.append(Rectangle((0.0, 0.05), (0.8, 0.07), "#202020", look.faint))
        elements.append(Text(answer.typed + "|", (0.0, 0.05), look.text_height, "white"))
    if answer.complaint:
        elements.append(Text(answer.complaint, (0.0, -0.36), look.text_height * FOOTER_SCALE, "orange"))
    if asked.kind == "choice":
        footer = look.say("choice-keys") if len(asked.choices) <= 9 else look.say("choice-arrows")
        if not asked.required:
            footer += f"      {look.say('optional')}"
    else:
        footer = look.say("form-keys") if asked.required else look.say("optional")
    return Screen("form", (*elements, *_footer(look, footer)), look.background)


def calibration_page(look: Look, step: Calibration) -> Screen:
    """What the participant reads before the frames of the neutral face are taken."""
    elements: list[Element] = []
    if step.picture is not None:
        elements += [Picture(step.picture, (0.0, 0.13), 0.6), _body(look, step.text, y=-0.3)]
    else:
        elements.append(_body(look, step.text))
    footer = _hint(look, "start", step.start_key)
    return Screen("page", (*elements, *_footer(look, footer)), look.background)


def calibration(look: Look, step: Calibration, *, taken: int) -> Screen:
    """While the frames are being taken: something to look at, and how far it is."""
    elements: list[Element] = []
    if step.picture is not None:
        elements.append(Picture(step.picture, (0.0, 0.13), 0.6))
    else:
        elements.append(Cross((0.0, 0.0), 0.05, look.ink))
    elements.append(Text(look.say("calibrating"), (0.0, -0.3), look.text_height, look.ink))
    width = 0.5
    done = width * min(taken / step.frames, 1.0)
    elements.append(Rectangle((0.0, FOOTER_Y + 0.05), (width, 0.015), "#404040"))
    if done > 0:
        elements.append(Rectangle(((done - width) / 2, FOOTER_Y + 0.05), (done, 0.015), "#5fa55f"))
    return Screen("calibration", tuple(elements), look.background)


def fixation(look: Look) -> Screen:
    """The fixation cross before a target."""
    return Screen("fixation", (Cross((0.0, 0.0), 0.05, look.ink),), look.background)


def target(look: Look, trial: Trial) -> Screen:
    """The face to imitate, and nothing else."""
    picture = Picture(trial.target.image, (0.0, 0.0), trial.target.height)
    return Screen("target", (picture,), look.background, target=trial.target.name)


def rating(look: Look, scale: Rating) -> Screen:
    """A scale; the keys are the numbers under its points."""
    points = len(scale.labels)
    spacing = min(0.3, 1.4 / points)
    elements: list[Element] = [_body(look, scale.question, y=0.15)]
    for index, label in enumerate(scale.labels):
        x = (index - (points - 1) / 2) * spacing
        elements.append(Rectangle((x, -0.05), (0.08, 0.08), "#303030", look.faint))
        elements.append(Text(str(index + 1), (x, -0.05), 0.045, "white"))
        elements.append(Text(label, (x, -0.14), look.text_height * FOOTER_SCALE, look.ink, wrap_width=spacing * 0.95))
    footer = look.say("rating-keys", points=points)
    return Screen("rating", (*elements, *_footer(look, footer)), look.background)


def rest(look: Look, step: Break, *, seconds_left: int) -> Screen:
    """A break; says how long it still lasts, then which key ends it."""
    footer = look.say("wait", seconds=seconds_left) if seconds_left > 0 else _hint(look, "continue", step.continue_key)
    return Screen("break", (_body(look, step.text), *_footer(look, footer)), look.background)


def pause(look: Look, *, confirm: bool = False) -> Screen:
    """After the pause key: go on or end; ``confirm`` asks once more before ending."""
    title = look.say("end-question" if confirm else "pause")
    if confirm:
        choice = look.say("end-keys", yes=look.yes, no=look.no)
    else:
        choice = look.say("pause-keys", resume=look.key("space"), quit="Q")
    return Screen("pause", (*_title(look, title, y=0.06), _body(look, choice, y=-0.06)), look.background)


def camera_fault(look: Look, detail: str) -> Screen:
    """While the camera sends nothing; ``detail`` says what is known, for the lab assistant."""
    elements: list[Element] = [
        *_title(look, look.say("camera-trouble"), y=0.12),
        _body(look, look.say("camera-advice")),
    ]
    if detail:
        elements.append(Text(detail, (0.0, -0.2), look.text_height * FOOTER_SCALE, look.faint))
    return Screen("problem", tuple(elements), look.background)


def message(look: Look, text: str, *, key: str | None = "space") -> Screen:
    """A sentence of the session's own, such as that practice is repeated."""
    footer = _hint(look, "continue", key) if key else ""
    return Screen("page", (_body(look, text), *_footer(look, footer)), look.background)


def every_screen(plan: SessionPlan) -> Iterator[tuple[str, Screen]]:
    """Yield a name and a screen for everything a participant can meet in this session, in order of appearance."""
    look = Look.of(plan)
    for step in plan.steps:
        for part, screen in _screens_of(look, step):
            yield f"{step.id}{part}", screen
    yield "pause", pause(look)
    yield "pause-confirm", pause(look, confirm=True)
    yield "camera-trouble", camera_fault(look, "")
    yield "end", message(look, look.say("end"), key=None)


def _screens_of(look: Look, step: Page | Consent | Form | Calibration | Trial | Break) -> Iterator[tuple[str, Screen]]:
    if isinstance(step, Page):
        yield "", page(look, step)
    elif isinstance(step, Consent):
        yield "", consent_text(look, step)
        for asked in step.clauses:
            yield f"-{asked.id}", clause(look, step, asked)
    elif isinstance(step, Form):
        for item in step.questions:
            yield f"-{item.id}", question(look, step, item, Answer.at_first(item))
    elif isinstance(step, Calibration):
        yield "", calibration_page(look, step)
        yield "-frames", calibration(look, step, taken=step.frames // 2)
    elif isinstance(step, Break):
        yield "", rest(look, step, seconds_left=0)
    else:
        if step.fixation_frames:
            yield "-fixation", fixation(look)
        yield "-target", target(look, step)
        for scale in step.ratings:
            yield f"-{scale.id}", rating(look, scale)


def _title(look: Look, title: str, *, y: float = TITLE_Y) -> tuple[Element, ...]:
    return (Text(title, (0.0, y), look.text_height * TITLE_SCALE, look.ink),) if title else ()


def _body(look: Look, text: str, *, y: float = 0.0) -> Text:
    return Text(text, (0.0, y), look.text_height, look.ink, wrap_width=1.3)


def _footer(look: Look, text: str) -> tuple[Element, ...]:
    return (Text(text, (0.0, FOOTER_Y), look.text_height * FOOTER_SCALE, look.faint),) if text else ()


def _hint(look: Look, name: str, key: str) -> str:
    return look.say(name, key=look.key(key))

"""Preview a protocol: every screen, and the orders of participants."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.training_screen import emotion_bars, training_screen
from experiment.feedback.trial_state import TrialState
from experiment.protocol.estimates.sessions import groups_of
from experiment.protocol.load import Protocol
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import Assignment, Motion, SessionPlan, Target, Trial
from experiment.protocol.planner import BlendRenderer, ClipStills, design
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.moving_targets import load_motion
from experiment.screens.raster import raster, typeset
from experiment.screens.screen import Screen, Text
from experiment.screens.step_screens import every_screen, target_frames
from experiment.screens.style import Style

Pixels = NDArray[np.uint8]
MOST_PARTICIPANTS = 200
"""Number of participants searched for one in every group."""
THUMBNAIL_WIDTH, CAPTION_HEIGHT, MARGIN, COLUMNS = 360, 24, 12, 4


TrainingExample = Callable[[SessionPlan, Trial], Screen | None]
"""Return an example of the screen of a training trial; None if it cannot be made."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen with its name."""

    name: str
    screen: Screen
    groups: tuple[str, ...] = ()
    """The sessions and groups that see it, as `label_of` names them."""


def plans_of(
    protocol: Protocol,
    *,
    seed: int | None = None,
    language: str | None = None,
    render: BlendRenderer | None = None,
    stills: ClipStills | None = None,
) -> tuple[SessionPlan, ...]:
    """Return one plan for every session and every combination of groups.

    Parameters
    ----------
    protocol
        A checked protocol.
    seed, language, render, stills
        As for `experiment.protocol.planner.design`.
    """
    content = protocol.content
    cells = math.prod(len(levels) for levels in content.groups.values())
    plans: list[SessionPlan] = []
    for session in content.sessions or (None,):
        found: dict[tuple[str, ...], SessionPlan] = {}
        if content.allocation is not None:
            plans += (
                _with_partner(
                    design(
                        protocol,
                        participant="01",
                        session=session,
                        seed=seed,
                        language=language,
                        assignment=Assignment(group, 0, "number"),
                        render=render,
                        stills=stills,
                    ),
                    1,
                )
                for group in groups_of(content)
            )
            continue
        for number in range(1, MOST_PARTICIPANTS):
            plan = design(
                protocol,
                participant=f"{number:02d}",
                session=session,
                seed=seed,
                language=language,
                render=render,
                stills=stills,
            )
            plan = _with_partner(plan, number)
            found.setdefault(tuple(plan.groups.values()), plan)
            if len(found) == cells:
                break
        plans += found.values()
    return tuple(plans)


def _with_partner(plan: SessionPlan, number: int) -> SessionPlan:
    """Return a plan with its second person, if the protocol films two."""
    return with_partner(plan, f"{number + 1:02d}") if plan.films_two else plan


def label_of(plan: SessionPlan) -> str:
    """Return the session and the groups of a plan: ``pre, feedback live``."""
    groups = (f"{factor} {level}" for factor, level in plan.groups.items())
    return ", ".join([*([plan.session] if plan.session else []), *groups])


def distinct_screens(plans: Sequence[SessionPlan], *, training: TrainingExample | None = None) -> list[Shown]:
    """Return every screen once, in the order of the sessions.

    Parameters
    ----------
    plans
        One for every session and group.
    training
        Makes examples of training screens; by default they have an empty mirror.
    """
    names: dict[Screen, str] = {}
    groups: dict[Screen, dict[str, None]] = {}
    moving, examples = _MovingExamples(), _TrainingExamples(training)
    for plan in plans:
        for name, screen in _screens_of(plan, moving, examples):
            names.setdefault(screen, name)
            groups.setdefault(screen, {})[label_of(plan)] = None
    return [Shown(name, screen, tuple(groups[screen])) for screen, name in names.items()]


def _screens_of(
    plan: SessionPlan, moving: _MovingExamples, examples: _TrainingExamples
) -> Iterator[tuple[str, Screen]]:
    trials = {f"{step.id}-target": step for step in plan.steps if isinstance(step, Trial)}
    for name, screen in every_screen(plan):
        trial = trials.get(name)
        if trial is not None and trial.feedback:
            yield name, examples.screen(plan, trial)
        elif trial is not None and trial.target.motion is not None:
            yield from ((f"{name}-{part}", shown) for part, shown in moving.screens(plan, trial).items())
        else:
            yield name, screen


class _MovingExamples:
    """Three frames of each moving target, read once."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[Motion, float], MovingPicture] = {}

    def screens(self, plan: SessionPlan, trial: Trial) -> dict[str, Screen]:
        """Return the screens of three frames of a target: first, apex, last.

        Of a clip whose apex is not named, the middle is shown instead of the apex.
        """
        motion, height = trial.target.motion, trial.target.height
        assert motion is not None
        if (motion, height) not in self._pictures:
            height_px = round(height * plan.display.size_px[1])
            whole = load_motion(motion, height_px=height_px, background=plan.display.background)
            kept = [whole.frames[index] for index in (0, _second_example(trial.target, whole), len(whole.frames) - 1)]
            self._pictures[motion, height] = MovingPicture(kept, (0.0, 1.0, 2.0), 3.0)
        frames = target_frames(Style.of(plan), trial, self._pictures[motion, height])
        has_apex = trial.target.movement is not None or motion.apex_s is not None
        return dict(zip(("first", "apex" if has_apex else "middle", "last"), frames, strict=True))


class _TrainingExamples:
    """Examples of training screens, each made once."""

    def __init__(self, make: TrainingExample | None) -> None:
        self._make = make
        self._made: dict[tuple[object, ...], Screen] = {}

    def screen(self, plan: SessionPlan, trial: Trial) -> Screen:
        """Return the example of a trial."""
        key = (trial.target.name, trial.feedback, trial.hold, trial.respond_keys, plan.language)
        if key not in self._made:
            made = None if self._make is None else self._make(plan, trial)
            self._made[key] = made or training_example(plan, trial)
        return self._made[key]


def _second_example(target: Target, picture: MovingPicture) -> int:
    """Return the index of the apex of a target; its middle if not known."""
    if target.movement is not None:
        return target.movement.apex_index
    if target.motion is not None and target.motion.apex_s is not None:
        return picture.index_at(target.motion.apex_s)
    return len(picture.frames) // 2


def training_example(plan: SessionPlan, trial: Trial) -> Screen:
    """Return an example of a training screen.

    Half-way to the target, with an empty mirror.
    """
    shape = trial.target.blend or {trial.target.expression: 1.0}
    wanted = [shape.get(emotion, 0.0) for emotion in EMOTIONS]
    view = TrialState(trial, plan, began_s=0.0).view(fault=None, mirror=None)
    bars = emotion_bars(view.words, target=wanted, own=[value / 2 for value in wanted])
    return training_screen(replace(view, similarity=0.5, number=50, emotions=bars))


def contact_sheet(pictures: Sequence[tuple[str, Pixels]]) -> Pixels:
    """Return all pictures, small, with their names, in rows of `COLUMNS`."""
    height, width = pictures[0][1].shape[:2]
    small = (THUMBNAIL_WIDTH, round(THUMBNAIL_WIDTH * height / width))
    cell = (THUMBNAIL_WIDTH + MARGIN, small[1] + CAPTION_HEIGHT + MARGIN)
    rows = -(-len(pictures) // COLUMNS)
    sheet = PillowImage.new("RGB", (COLUMNS * cell[0] + MARGIN, rows * cell[1] + MARGIN), "#d8d8d8")
    for index, (name, pixels) in enumerate(pictures):
        left, top = MARGIN + index % COLUMNS * cell[0], MARGIN + index // COLUMNS * cell[1]
        sheet.paste(PillowImage.fromarray(pixels).resize(small, PillowImage.Resampling.LANCZOS), (left, top))
        caption = Text(name, height=14.0, colour="black", wrap_width=THUMBNAIL_WIDTH)
        label = PillowImage.fromarray(typeset(caption, 1)).crop((0, 0, THUMBNAIL_WIDTH, CAPTION_HEIGHT))
        sheet.paste(label, (left, top + small[1] + 2), label)
    return np.asarray(sheet)


def write_preview(shown: Sequence[Shown], size_px: tuple[int, int], folder: Path) -> Iterator[Path]:
    """Write every screen to a file, then ``contact_sheet.png``; yield every file.

    If there are several sessions or groups, each gets a contact sheet of its own.

    Parameters
    ----------
    shown
        The screens.
    size_px
        Width and height of the display.
    folder
        Folder of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures: list[tuple[str, Pixels]] = []
    for number, item in enumerate(shown, start=1):
        pixels = raster(item.screen, size_px)
        file = folder / f"{number:03d}_{item.name}.png"
        PillowImage.fromarray(pixels).save(file)
        step = max(1, size_px[0] // 720)  # a smaller picture is enough for a thumbnail
        pictures.append((f"{number:03d} {item.name}", pixels[::step, ::step]))
        yield file
    for label, places in screens_by_group(shown).items():
        file = folder / f"contact_sheet_{re.sub(r'[^A-Za-z0-9]+', '-', label)}.png"
        PillowImage.fromarray(contact_sheet([pictures[place] for place in places])).save(file)
        yield file
    PillowImage.fromarray(contact_sheet(pictures)).save(folder / "contact_sheet.png")
    yield folder / "contact_sheet.png"


def screens_by_group(shown: Sequence[Shown]) -> dict[str, list[int]]:
    """Return the places of the screens that each session and group sees.

    Empty if there is one session and one group.
    """
    labels = list(dict.fromkeys(label for item in shown for label in item.groups))
    if len(labels) < 2:
        return {}
    return {label: [place for place, item in enumerate(shown) if label in item.groups] for label in labels}


def order_lines(plan: SessionPlan) -> Iterator[str]:
    """Yield a line for every block of a plan: its name and the targets of its trials."""
    blocks: dict[str, list[str]] = {}
    for step in plan.steps:
        if isinstance(step, Trial) and step.round == 1:
            own = {key: value for key, value in step.condition.items() if key not in plan.groups}
            details = f" ({', '.join(own.values())})" if own else ""
            blocks.setdefault(step.block, []).append(step.target.name + details)
    alone = {block: shown for block, shown in blocks.items() if len(shown) == 1 and block.endswith(f"-{shown[0]}")}
    if alone:
        yield "blocks: " + ", ".join(alone)
    yield from (f"{block}: {', '.join(shown)}" for block, shown in blocks.items() if block not in alone)

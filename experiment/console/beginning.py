"""What a new session needs, and what stands in its way.

Pure reading: the process of the session checks everything again before it opens a device.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from experiment.errors import ExperimentError
from experiment.lab.assignments import GroupOptions, find_assignment
from experiment.lab.clip_stills import locate_stills
from experiment.lab.rendered_targets import locate_drawn
from experiment.lab.session_checks import ensure_not_recorded, planned_session
from experiment.protocol.estimates.sessions import SessionEstimate, estimate_sessions
from experiment.protocol.language.problems import Problem
from experiment.protocol.language.protocol_texts import languages_of
from experiment.protocol.load import Checked, Protocol, check_protocol
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.protocol.trials.trial_lists import drafts
from experiment.record.checks.dataset_rules import data_set_facts, find_rule_problems
from experiment.record.checks.preconditions import unfinished
from experiment.record.checks.session_clock import clock_problem
from experiment.record.errors import RecordError
from experiment.record.layout import session_place
from experiment.record.participants_file import check_participants_files


@dataclass(frozen=True, slots=True)
class Wish:
    """What the experimenter has chosen."""

    protocol: Path
    participant: str
    session: str | None = None
    language: str | None = None
    camera: str | None = None
    """As ``--camera``; None for the protocol's."""
    partner: str | None = None
    partner_camera: str | None = None
    is_windowed: bool = False
    is_pilot: bool = False
    accepts_display: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    """Only where the protocol lets the experimenter choose."""
    strata: Mapping[str, str] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    """Words of `experiment.record.checks.dataset_rules.ACCEPTABLE`."""

    def arguments(self, dataset: Path) -> list[str]:
        """Return the arguments of ``run``."""
        pairs = [("--group", self.groups), ("--stratum", self.strata)]
        options = [
            ("--participant", self.participant),
            ("--dataset", str(dataset)),
            ("--session", self.session),
            ("--language", self.language),
            ("--camera", self.camera),
            ("--partner", self.partner),
            ("--partner-camera", self.partner_camera),
            *((name, f"{factor}={level}") for name, chosen in pairs for factor, level in chosen.items()),
            *(("--accept", word) for word in self.accept),
        ]
        flags = [
            ("--windowed", self.is_windowed),
            ("--pilot", self.is_pilot),
            ("--accept-display", self.accepts_display),
        ]
        given = [f"{name}={value}" for name, value in options if value is not None]
        return ["run", *given, *(name for name, is_set in flags if is_set), "--", str(self.protocol)]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason not to begin."""

    message: str
    """What is wrong, and the remedy."""
    word: str | None = None
    """The word of `experiment.record.checks.dataset_rules.ACCEPTABLE` that accepts it; None if nothing does."""
    is_resumable: bool = False
    """Whether the session was begun and can be resumed."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A session that is about to begin."""

    problems: tuple[Problem, ...]
    """Errors and warnings of the protocol file."""
    protocol: Protocol | None
    """None if it has errors."""
    obstacles: tuple[Obstacle, ...] = ()
    plan: SessionPlan | None = None
    """None before a participant is named, or if it cannot be made."""
    estimate: SessionEstimate | None = None
    free_bytes: int = 0

    @property
    def own_camera(self) -> str:
        """The camera of the protocol, as ``--camera``."""
        return "0" if self.protocol is None else str(self.protocol.content.cameras[0])

    @property
    def languages(self) -> list[str]:
        """The languages of the texts, the protocol's first."""
        if self.protocol is None:
            return []
        content = self.protocol.content
        return [content.language, *sorted(languages_of(content) - {content.language})]

    @property
    def group_choices(self) -> Mapping[str, list[str]]:
        """Factors that the experimenter may choose, with their levels."""
        if self.protocol is None or self.protocol.content.allocation is None:
            return {}
        content, allocation = self.protocol.content, self.protocol.content.allocation
        return {name: list(levels) for name, levels in content.groups.items()} if allocation.by_experimenter else {}

    @property
    def strata_choices(self) -> Mapping[str, list[str]]:
        """Properties of the participant that the allocation needs, with their levels."""
        allocation = self.protocol.content.allocation if self.protocol is not None else None
        return {} if allocation is None else {name: list(levels) for name, levels in allocation.strata.items()}

    def is_ready(self, accept: tuple[str, ...] = ()) -> bool:
        """Return whether nothing stands in the way that is not accepted."""
        return self.plan is not None and all(one.word in accept for one in self.obstacles)


def prepare_beginning(dataset: Path, wish: Wish) -> Beginning:
    """Compare a wish with the protocol and the data set.

    Parameters
    ----------
    dataset
        Folder of the data set; it need not exist.
    wish
        What the experimenter has chosen. Without a participant only the protocol is read.
    """
    try:
        checked = check_protocol(wish.protocol)
    except ExperimentError as error:
        return Beginning((), None, (Obstacle(str(error)),))
    if checked.protocol is None or not wish.participant:
        return Beginning(checked.problems, checked.protocol)
    try:
        plan = _plan(checked.protocol, dataset, wish)
    except (ExperimentError, RecordError) as error:
        return Beginning(checked.problems, checked.protocol, (Obstacle(str(error)),))
    return _compared(checked, plan, dataset, wish)


def _plan(protocol: Protocol, dataset: Path, wish: Wish) -> SessionPlan:
    options = GroupOptions(wish.groups, wish.strata)
    plan = design(
        protocol,
        participant=wish.participant,
        session=wish.session,
        language=wish.language,
        assignment=find_assignment(protocol, dataset, wish.participant, options),
        render=locate_drawn,
        stills=locate_stills,
    )
    return with_partner(plan, wish.partner)


def _compared(checked: Checked, plan: SessionPlan, dataset: Path, wish: Wish) -> Beginning:
    assert checked.protocol is not None
    content, tables = checked.protocol.content, checked.protocol.tables
    estimates = estimate_sessions(content, lambda block: drafts(block, tables), language=plan.language)
    own = [one for one in estimates if one.session == plan.session and one.group == plan.groups]
    return Beginning(
        checked.problems,
        checked.protocol,
        tuple(_obstacles(plan, dataset, is_pilot=wish.is_pilot)),
        plan,
        own[0] if own else None,
        shutil.disk_usage(next(folder for folder in (dataset, *dataset.parents) if folder.is_dir())).free,
    )


def _obstacles(plan: SessionPlan, dataset: Path, *, is_pilot: bool) -> Iterator[Obstacle]:
    try:
        ensure_not_recorded(dataset, plan, remedy="continue it, or choose another participant or session")
    except (ExperimentError, RecordError) as error:
        yield Obstacle(str(error), is_resumable=_is_resumable(plan, dataset))
        return
    try:
        check_participants_files(dataset)
        planned = planned_session(plan, dataset, is_pilot=is_pilot)
        for problem in find_rule_problems(data_set_facts(dataset), planned):
            yield Obstacle(problem.message, problem.word)
        clock = clock_problem(session_place(dataset, plan.participant, plan.session), now_s=time.time())
    except RecordError as error:
        yield Obstacle(str(error))
        return
    if clock:
        yield Obstacle(clock, "clock")


def _is_resumable(plan: SessionPlan, dataset: Path) -> bool:
    try:
        unfinished(session_place(dataset, plan.participant, plan.session))
    except RecordError:
        return False
    return True

"""Read all trials of a data set for the figures of conditions, session by session.

Of each trial only the binned change of the drawn measures stays in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.courses.figures.condition_figure import MeasurePanels
from analysis.courses.figures.condition_means import (
    BIN_S,
    BinnedTrial,
    bin_trial,
    bin_width_s,
    condition_mean,
    target_key,
)
from analysis.courses.figures.course_reading import DEFAULT_MEASURES, read_trials
from analysis.courses.figures.stimulus_course import StimulusCourse, stimulus_course
from analysis.errors import DataSetError
from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from experiment.record.session_record import SessionRecord, TrialRecord

TARGET, EXPRESSION = "target", "expression"


@dataclass(slots=True)
class ShownTarget:
    """A target of a condition, and the longest time for which it was shown."""

    record: SessionRecord
    name: str
    duration_s: float = 0.0


@dataclass(slots=True)
class KindTrials:
    """The trials of one kind (``viewing``, ``experiment``, ...) of all sessions."""

    kind: str
    trials: list[BinnedTrial] = field(default_factory=list)
    targets: dict[str, dict[str, ShownTarget]] = field(default_factory=dict)
    """By condition, then by name and hash of the target."""

    @property
    def groups(self) -> list[str]:
        """The conditions, in alphabetical order."""
        return list(self.targets)


@dataclass(frozen=True, slots=True, eq=False)
class GroupData:
    """Everything that the figures of conditions draw."""

    measures: tuple[str, ...]
    width_s: float
    """Width of the bins."""
    kinds: tuple[KindTrials, ...]


def read_group(
    records: Iterable[SessionRecord],
    folder: Path,
    *,
    measures: Sequence[str] = DEFAULT_MEASURES,
    by: str = TARGET,
) -> GroupData:
    """Return the trials of all sessions by kind.

    Parameters
    ----------
    records : iterable of SessionRecord
        Sessions that have courses, one at a time.
    folder : Path
        The folder of the courses.
    measures : sequence of str
        What is drawn.
    by : str
        What a condition is: ``target``, ``expression``, a condition of the protocol, or a group of participants.

    Raises
    ------
    DataSetError
        If a table cannot be read, or a trial has no such condition.
    """
    kinds: dict[str, KindTrials] = {}
    width_s = 0.0
    for record in records:
        for one in read_trials(record, folder, measures):
            width_s = width_s or bin_width_s(one.time_s)
            group = condition_of(one.trial, record, by)
            kind = kinds.setdefault(one.trial.kind, KindTrials(one.trial.kind))
            kind.trials.append(bin_trial(one, measures, group=group, width_s=width_s))
            key, target = target_key(record, one.trial.target), ShownTarget(record, one.trial.target)
            shown = kind.targets.setdefault(group, {}).setdefault(key, target)
            shown.duration_s = max(shown.duration_s, one.trial.duration_s)
    for kind in kinds.values():
        kind.targets = {name: kind.targets[name] for name in sorted(kind.targets)}
    return GroupData(tuple(measures), width_s or BIN_S, tuple(kinds.values()))


def condition_of(trial: TrialRecord, record: SessionRecord, by: str) -> str:
    """Return the condition of a trial.

    Parameters
    ----------
    trial : TrialRecord
        The trial.
    record : SessionRecord
        Its session.
    by : str
        What a condition is.

    Raises
    ------
    DataSetError
        If the trial has no such condition.
    """
    facts = {
        **record.groups,
        **trial.condition,
        EXPRESSION: record.targets[trial.target].expression,
        TARGET: trial.target,
    }
    if by not in facts:
        raise DataSetError(f"{record.label}, trial {trial.id}: no condition {by}; there is {', '.join(facts)}")
    return facts[by]


def measure_panels(
    data: GroupData, kind: KindTrials, model: Callable[[], FaceModel], *, known: dict[str, StimulusCourse]
) -> Iterator[MeasurePanels]:
    """Yield what the figure of conditions draws, for each measure.

    Parameters
    ----------
    data : GroupData
        All trials.
    kind : KindTrials
        Those to draw.
    model : callable
        Returns the face model; called only for targets whose movement is not known.
    known : dict of str to StimulusCourse
        Courses of targets that are read or measured already; the others are added.
    """
    courses: dict[str, list[tuple[StimulusCourse, float]]] = {}
    for group, targets in kind.targets.items():
        for key, shown in targets.items():
            if key not in known:
                target = shown.record.targets[shown.name]
                known[key] = stimulus_course(target, shown.record, model, data.measures)
            courses.setdefault(group, []).append((known[key], shown.duration_s))
    for number, measure in enumerate(data.measures):
        means = tuple(
            condition_mean([one for one in kind.trials if one.group == group], number, width_s=data.width_s)
            for group in kind.groups
        )
        shown_courses: dict[str, list[tuple[FloatArray, FloatArray]]] = {
            group: [
                found
                for course, duration_s in some
                if (found := course.shown(measure, (), duration_s=duration_s)) is not None
            ]
            for group, some in courses.items()
        }
        yield MeasurePanels(measure, means, shown_courses)

"""Measure one recorded session: participant, targets, mimics, exclusions.

A session shows two kinds of people. The frames of the neutral baseline calibrate the participant. Targets that name one
neutral picture are taken for one person. Without a neutral picture each picture is measured alone, and every output
reports it. The result for a trial depends on its frame, its target and their neutral pictures only. Pooled metrics take
all trials of the participant together, and all targets without a neutral picture for one person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from analysis.face.errors import FaceError
from analysis.face.measurement import (
    NEUTRAL,
    Detection,
    Exclusion,
    MeasuredFace,
    MeasuredPerson,
    Picture,
)
from experiment.record.history import CHANGED_LINE
from experiment.record.session_record import EXCLUDED, SessionRecord, TargetRecord, TrialRecord, exclusion_message
from experiment.record.viewing_summary import viewing_summary

TABLED = frozenset({"experiment"})
"""Kinds of trials in target x mimic tables; practice and training are not."""


@dataclass(frozen=True, slots=True, eq=False)
class Mimic:
    """A trial with a measured frame."""

    trial: TrialRecord
    face: MeasuredFace
    take: int
    """Number among the trials of the target, from 1; trials that were left out count, aborted attempts do not."""
    retakes: tuple[MeasuredFace, ...] = ()
    """The face and its neighbouring frames in order of time (`analysis.tables.retakes`); empty if they were not
    measured."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSession:
    """The measurements of one session of one participant."""

    record: SessionRecord
    participant: MeasuredPerson | None
    """None if no picture of the participant can be measured."""
    target_people: tuple[MeasuredPerson, ...]
    targets: Mapping[str, MeasuredFace]
    """The measured targets of the trials, in the order of the protocol."""
    mimics: tuple[Mimic, ...]
    """In the order of the trials."""
    exclusions: tuple[Exclusion, ...]
    landmark_files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files of kept landmarks that were used; paths start at the folder they are kept in."""
    weak_trials: frozenset[str] = frozenset()
    """Trials below the noise floor; known when they were compared."""
    weak_targets: frozenset[str] = frozenset()
    """Targets below the noise floor; known when they were compared."""
    with_retakes: bool = False
    """Whether neighbouring frames of the imitations were searched for."""

    @property
    def label(self) -> str:
        """``sub-01`` or ``sub-01_ses-a``."""
        return self.record.label

    @property
    def title(self) -> str:
        """``Participant 01, session a``."""
        return f"Participant {self.record.participant}" + (
            f", session {self.record.session}" if self.record.session else ""
        )

    @property
    def calibration(self) -> str:
        """The participant's calibration: ``neutral``, ``alone``, or ``no`` (not measured)."""
        return self.participant.calibration if self.participant else "no"

    @property
    def imitated(self) -> tuple[str, ...]:
        """Targets of experiment trials, the rows and columns of the table, in order."""
        return tuple(shown_targets(self.record, TABLED))

    @property
    def takes(self) -> Counter[str]:
        """Number of measured trials above the noise floor, by target."""
        return Counter(mimic.trial.target for mimic in self.mimics if mimic.trial.id not in self.weak_trials)

    @property
    def exclusion_lines(self) -> list[str]:
        """One line per exclusion: what, reason, message."""
        return [f"excluded: {one.what} ({one.reason}): {one.short_message}" for one in self.exclusions]

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes for the table: calibration, completeness, repeated trials."""
        return tuple(_notes(self))


class PeopleMeasurer(Protocol):
    """Measures the people of a session; raises FaceError if no picture can be used."""

    def participant(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        """Return the measured participant, see `analysis.face.measurement.measure_person`."""

    def targets(self, name: str, detections: Sequence[Detection]) -> MeasuredPerson:
        """Return a measured person of the targets."""


def session_pictures(record: SessionRecord, kinds: Collection[str] = TABLED) -> tuple[list[Picture], list[Picture]]:
    """Return the participant's and the targets' pictures for trials of these kinds."""
    own = [Picture(path, NEUTRAL) for path in record.calibration_frames]
    own += [_picture(trial, record) for trial in _trials(record, kinds) if _unusable(trial, record) is None]
    targets = [picture for people in target_people(record, kinds) for picture in people]
    return list(dict.fromkeys(own)), list(dict.fromkeys(targets))


def measure_session(
    record: SessionRecord,
    detections: Mapping[Picture, Detection],
    people: PeopleMeasurer,
    *,
    kinds: Collection[str] = TABLED,
) -> MeasuredSession:
    """Calibrate and measure the participant and the targets of a session.

    Parameters
    ----------
    record : SessionRecord
        The recorded session.
    detections : mapping
        The result of `analysis.face.measurement.detect_face` for every picture of `session_pictures`.
    people : PeopleMeasurer
        Measures participant and targets.
    kinds : collection of str
        Kinds of trials to measure; trials of other kinds are not listed as exclusions.

    Returns
    -------
    MeasuredSession
        Everything that could be measured, and the exclusions.
    """
    shown = [
        person
        for number, pictures in enumerate(target_people(record, kinds), start=1)
        if (person := _person(people.targets, f"target face {number}", pictures, detections)) is not None
    ]
    own = session_pictures(record, kinds)[0]
    participant = _person(people.participant, f"sub-{record.participant}", own, detections)
    target_faces = {face.picture: face for person in shown for face in (*person.faces, *person.neutrals)}
    refused = {picture: one for picture, one in detections.items() if isinstance(one, Exclusion)}
    refused |= {
        one.picture: one for person in (participant, *shown) if person for one in person.excluded if one.picture
    }
    return MeasuredSession(
        record=record,
        participant=participant,
        target_people=tuple(shown),
        targets={
            name: target_faces[_target_picture(target)]
            for name, target in shown_targets(record, kinds).items()
            if _target_picture(target) in target_faces
        },
        mimics=tuple(_mimics(record, participant, kinds)),
        exclusions=tuple(_exclusions(record, refused, kinds)),
    )


def _mimics(record: SessionRecord, participant: MeasuredPerson | None, kinds: Collection[str]) -> Iterator[Mimic]:
    faces = {} if participant is None else {face.picture: face for face in participant.faces}
    takes: Counter[str] = Counter()
    for trial in _trials(record, kinds):
        takes[trial.target] += trial.outcome != "aborted"
        if _unusable(trial, record) is None and (face := faces.get(_picture(trial, record))) is not None:
            yield Mimic(trial, face, takes[trial.target])


def _person(
    measure: Callable[[str, Sequence[Detection]], MeasuredPerson],
    name: str,
    pictures: Sequence[Picture],
    detections: Mapping[Picture, Detection],
) -> MeasuredPerson | None:
    try:
        return measure(name, [detections[picture] for picture in pictures])
    except FaceError:
        return None  # each of this person's pictures is in the list of exclusions


def _trials(record: SessionRecord, kinds: Collection[str]) -> list[TrialRecord]:
    return [trial for trial in record.trials if trial.kind in kinds]


def shown_targets(record: SessionRecord, kinds: Collection[str]) -> dict[str, TargetRecord]:
    """Return the targets of trials of these kinds, in the order of the protocol."""
    shown = {trial.target for trial in _trials(record, kinds)}
    return {name: target for name, target in record.targets.items() if name in shown}


def _picture(trial: TrialRecord, record: SessionRecord) -> Picture:
    assert trial.frame is not None
    expression = record.targets[trial.target].expression
    # A trial that imitates a neutral face is a trial like any other; its frame does not calibrate the participant.
    return Picture(trial.frame, "rest" if expression == NEUTRAL else expression)


def _target_picture(target: TargetRecord) -> Picture:
    return Picture(target.image, target.expression, target.background)


def _neutral_picture(target: TargetRecord) -> Picture | None:
    return None if target.neutral is None else Picture(target.neutral, NEUTRAL, target.background)


def target_people(record: SessionRecord, kinds: Collection[str] = TABLED) -> list[list[Picture]]:
    """Return the pictures of each person among the targets, the neutral one first."""
    people: defaultdict[Picture | None, list[Picture]] = defaultdict(list)
    for target in shown_targets(record, kinds).values():
        people[_neutral_picture(target)].append(_target_picture(target))
    return [
        ([] if neutral is None else [neutral]) + list(dict.fromkeys(pictures)) for neutral, pictures in people.items()
    ]


def _unusable(trial: TrialRecord, record: SessionRecord) -> Exclusion | None:
    """Return why a trial is left out before its frame is looked at; None if it is not."""
    picture = None if trial.frame is None else _picture(trial, record)
    if trial.outcome == "aborted":
        return Exclusion("aborted", "the trial was aborted", picture)
    if trial.excluded:
        return Exclusion(EXCLUDED, exclusion_message(trial.excluded), picture)
    if trial.no_frame_message:
        return Exclusion(str(trial.problem), trial.no_frame_message, picture)
    if trial.outcome == "timeout":
        return Exclusion("timeout", _timeout_message(trial), picture)
    if trial.problem == CHANGED_LINE:
        message = "the trial's line in the journal, or the first line, is not as the session wrote it"
        return Exclusion(CHANGED_LINE, message, picture)
    if trial.problem:
        return Exclusion(trial.problem, f"the trial was spoilt: {trial.problem}", picture)
    if picture is None:
        return Exclusion("no-frame", "no camera frame was kept for the key press")
    return None


def _timeout_message(trial: TrialRecord) -> str:
    """Return what did not happen in time: a key press or a held expression."""
    match trial.details.get("hold"):
        case {"similarity": float() | int() as similarity, "on_key": bool(on_key)}:
            also = ", and no key was pressed" if on_key else ""
            return f"the expression was not held in time at the similarity asked for, {similarity:.2f}{also}"
        case _:
            return "no key was pressed in time"


def _exclusions(
    record: SessionRecord, refused: Mapping[Picture, Exclusion], kinds: Collection[str]
) -> Iterator[Exclusion]:
    parts = [
        (Picture(path, NEUTRAL), f"calibration frame {number}", "")
        for number, path in enumerate(record.calibration_frames, start=1)
    ]
    for name, target in shown_targets(record, kinds).items():
        parts.append((_target_picture(target), f"target {name}", name))
        if neutral := _neutral_picture(target):
            parts.append((neutral, f"neutral face of target {name}", name))
    for picture, what, name in parts:
        if picture in refused:
            yield replace(refused[picture], what=what, target=name)
    for trial in _trials(record, kinds):
        exclusion = _unusable(trial, record) or refused.get(_picture(trial, record))
        if exclusion is not None:
            yield replace(exclusion, what=f"trial {trial.id}", target=trial.target)


def _calibration_note(session: MeasuredSession) -> str:
    """Return how the participant is calibrated, or why not."""
    if any(trial.problem == "recording-refused" for trial in session.record.trials):
        return "The participant did not agree to be filmed: there are no camera frames to measure."
    if session.record.withheld:
        return f"There are no frames to measure: {session.record.withheld}."
    if session.participant is None:
        return "Not one picture of the participant can be measured."
    if session.participant.identity is not None:
        used = session.participant.identity.frames
        return f"The participant is calibrated by {used} neutral frame{'s' if used != 1 else ''}."
    return (
        "The participant has no usable neutral frame: each mimic is measured alone, so the shape of the face cannot be "
        "separated well from its expression, and scores are much less certain."
    )


def _notes(session: MeasuredSession) -> Iterator[str]:
    record = session.record
    yield from (f"Warning: {warning}." for warning in record.warnings)
    counted = [trial for trial in record.trials if not trial.excluded]
    if record.excluded:
        yield f"The experimenter excluded this session: {record.excluded}."
    if record.declined:
        yield f"{record.declined[0].upper()}{record.declined[1:]}."
    yield from (f"{line[0].upper()}{line[1:]}." for line in viewing_summary(counted).sentences())
    if not session.imitated:
        yield "This session has no experiment trial, so it has no table."
        return
    if record.pilot:
        yield "This is a pilot session; it does not count."
    if not record.complete:
        yield "The session was not finished; the trials that were done are in the table."
    yield _calibration_note(session)
    if any(person.identity is None for person in session.target_people):
        yield (
            "Targets without a neutral picture are each measured alone; name a neutral picture of each target in the "
            "protocol for better numbers."
        )
    takes = session.takes
    if any(count > 1 for count in takes.values()):
        counts = ", ".join(f"{name} {takes[name]}" for name in session.imitated if takes[name])
        yield f"Cells are means over repeated trials of a target ({counts}); the scores file has each trial."
    if session.exclusions:
        yield f"Excluded: {len(session.exclusions)}, see the list."

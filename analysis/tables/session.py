"""One recorded session, measured: whose face, which targets, which mimics, and what was left out and why.

Two kinds of people are in a session. The participant is calibrated by the frames of the neutral baseline. The target
faces are taken for one person per neutral picture they name; those without one are taken for one person together, whose
identity is shared between them, and every output says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, Exclusion, MeasuredFace, MeasuredPerson, Picture, measure_person
from analysis.face.models.model import FaceModel
from analysis.tables.picture_landmarks import Seen
from experiment.record.session_record import SessionRecord, TargetRecord, TrialRecord

TABLED = frozenset({"experiment"})
"""Kinds of trials that go into target x mimic tables; practice and training do not."""


@dataclass(frozen=True, slots=True, eq=False)
class Mimic:
    """A trial whose frame could be measured."""

    trial: TrialRecord
    face: MeasuredFace


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSession:
    """A session of one participant as numbers."""

    record: SessionRecord
    participant: MeasuredPerson | None
    """None if not one picture of the participant can be measured."""
    target_people: tuple[MeasuredPerson, ...]
    targets: Mapping[str, MeasuredFace]
    """The targets that were imitated and could be measured, in the order of the protocol."""
    mimics: tuple[Mimic, ...]
    """In the order of the trials."""
    exclusions: tuple[Exclusion, ...]

    @property
    def label(self) -> str:
        """``sub-01`` or ``sub-01_ses-a``."""
        return f"sub-{self.record.participant}" + (f"_ses-{self.record.session}" if self.record.session else "")

    @property
    def imitated(self) -> tuple[str, ...]:
        """Names of all targets of experiment trials, in the order of the protocol: rows and columns of the table."""
        shown = {trial.target for trial in self.record.trials if trial.kind in TABLED}
        return tuple(name for name in self.record.targets if name in shown)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the table must know about how it came about, one sentence each."""
        return tuple(_remarks(self))


def pictures_of(record: SessionRecord, kinds: Collection[str] = TABLED) -> tuple[list[Picture], list[Picture]]:
    """The pictures that trials of these kinds need: of the participant, and of the targets."""
    own = [Picture(path, NEUTRAL) for path in record.calibration_frames]
    own += [_picture(trial, record) for trial in record.trials if _spoilt(trial, kinds) is None]
    targets = [picture for people in _target_people(record, kinds) for picture in people]
    return list(dict.fromkeys(own)), list(dict.fromkeys(targets))


def measure_session(
    record: SessionRecord, seen: Mapping[Picture, Seen], model: FaceModel, kinds: Collection[str] = TABLED
) -> MeasuredSession:
    """Calibrate and measure everybody in a session.

    Parameters
    ----------
    record : SessionRecord
        What was recorded.
    seen : mapping
        What `analysis.face.measurement.detect_face` said about every picture of `pictures_of`.
    model : FaceModel
        What to fit.
    kinds : collection of str
        Which trials; those of other kinds are not mentioned.
    """
    people = [
        person
        for number, pictures in enumerate(_target_people(record, kinds), start=1)
        if (person := _person(f"target face {number}", pictures, seen, model)) is not None
    ]
    own, _ = pictures_of(record, kinds)
    participant = _person(f"sub-{record.participant}", own, seen, model)
    faces = {} if participant is None else {face.picture: face for face in participant.faces}
    target_faces = {face.picture: face for person in people for face in (*person.faces, *person.neutrals)}
    targets = {
        name: target_faces[_target_picture(target)]
        for name, target in record.targets.items()
        if _target_picture(target) in target_faces
    }
    mimics = tuple(
        Mimic(trial, faces[_picture(trial, record)])
        for trial in record.trials
        if _spoilt(trial, kinds) is None and _picture(trial, record) in faces
    )
    refused = _refused([person for person in (participant, *people) if person is not None], seen)
    return MeasuredSession(
        record=record,
        participant=participant,
        target_people=tuple(people),
        targets=targets,
        mimics=mimics,
        exclusions=tuple(_exclusions(record, refused, kinds)),
    )


def _person(
    name: str, pictures: Sequence[Picture], seen: Mapping[Picture, Seen], model: FaceModel
) -> MeasuredPerson | None:
    try:
        return measure_person(name, [seen[picture] for picture in pictures], model)
    except FaceError:
        return None  # every picture of theirs is in the list of exclusions by itself


def _picture(trial: TrialRecord, record: SessionRecord) -> Picture:
    assert trial.frame is not None
    expression = record.targets[trial.target].expression
    # imitating a face at rest is a trial like any other, and does not calibrate the participant
    return Picture(trial.frame, "rest" if expression == NEUTRAL else expression)


def _target_picture(target: TargetRecord) -> Picture:
    return Picture(target.image, target.expression)


def _target_people(record: SessionRecord, kinds: Collection[str]) -> list[list[Picture]]:
    """The pictures of each person among the targets that were imitated, their neutral one first."""
    shown = {trial.target for trial in record.trials if trial.kind in kinds}
    people: defaultdict[Path | None, list[Picture]] = defaultdict(list)
    for name, target in record.targets.items():
        if name in shown:
            people[target.neutral].append(_target_picture(target))
    return [
        ([] if neutral is None else [Picture(neutral, NEUTRAL)]) + list(dict.fromkeys(pictures))
        for neutral, pictures in people.items()
    ]


def _spoilt(trial: TrialRecord, kinds: Collection[str]) -> tuple[str, str] | None:
    """Reason and message why the frame of a trial goes into no table before anybody looks at it; None if it may."""
    if trial.kind not in kinds:
        return "kind", f"a {trial.kind} trial is no part of the tables"
    if trial.outcome == "aborted":
        return "aborted", "the trial was broken off"
    if trial.outcome == "timeout":
        return "timeout", _nothing_in_time(trial)
    if trial.problem:
        return trial.problem, f"the trial was spoilt: {trial.problem}"
    if trial.frame is None:
        return "no-frame", "no camera frame was kept for the key press"
    return None


def _nothing_in_time(trial: TrialRecord) -> str:
    """What a trial waited for in vain: a key press, or an expression held at the similarity asked for."""
    match trial.details.get("hold"):
        case {"similarity": float() | int() as similarity, "on_key": bool(on_key)}:
            also = ", and no key was pressed" if on_key else ""
            return f"the expression was not held in time at the similarity asked for, {similarity:.2f}{also}"
        case _:
            return "no key was pressed in time"


def _refused(people: Sequence[MeasuredPerson], seen: Mapping[Picture, Seen]) -> dict[Picture, Exclusion]:
    refused = {picture: one for picture, one in seen.items() if isinstance(one, Exclusion)}
    return refused | {one.picture: one for person in people for one in person.excluded if one.picture}


def _exclusions(
    record: SessionRecord, refused: Mapping[Picture, Exclusion], kinds: Collection[str]
) -> Iterator[Exclusion]:
    for number, path in enumerate(record.calibration_frames, start=1):
        if (one := refused.get(Picture(path, NEUTRAL))) is not None:
            yield replace(one, what=f"calibration frame {number}")
    shown = {trial.target for trial in record.trials if trial.kind in kinds}
    for name, target in record.targets.items():
        if name not in shown:
            continue
        if (one := refused.get(_target_picture(target))) is not None:
            yield replace(one, what=f"target {name}", target=name)
        if target.neutral and (one := refused.get(Picture(target.neutral, NEUTRAL))) is not None:
            yield replace(one, what=f"neutral face of target {name}", target=name)
    for trial in record.trials:
        if trial.kind not in kinds:
            continue
        if (spoilt := _spoilt(trial, kinds)) is not None:
            picture = None if trial.frame is None else _picture(trial, record)
            yield Exclusion(*spoilt, picture, what=f"trial {trial.id}", target=trial.target)
        elif (one := refused.get(_picture(trial, record))) is not None:
            yield replace(one, what=f"trial {trial.id}", target=trial.target)


def _remarks(session: MeasuredSession) -> Iterator[str]:
    record = session.record
    if not session.imitated:
        yield "There is no experiment trial in this session, so there is no table."
        return
    if record.pilot:
        yield "This is a pilot session; it does not count."
    if not record.complete:
        yield "The session was not finished; the trials that were done are in the table."
    if session.participant is None:
        yield "Not one picture of the participant can be measured."
    elif session.participant.calibration == "neutral":
        used = session.participant.identity.frames
        yield f"The participant is calibrated by {used} neutral frame{'s' if used != 1 else ''}."
    else:
        yield (
            "There is no usable neutral frame of the participant: one identity is shared by all mimics, so a habitual "
            "expression cannot be told from the face at rest."
        )
    joint = [person for person in session.target_people if person.calibration == "joint"]
    if joint:
        yield (
            "Targets without a neutral picture are taken for one person whose identity they share; name a neutral "
            "picture of each target in the protocol for better numbers."
        )
    takes: defaultdict[str, int] = defaultdict(int)
    for mimic in session.mimics:
        takes[mimic.trial.target] += 1
    if any(count > 1 for count in takes.values()):
        counts = ", ".join(f"{name} {takes[name]}" for name in session.imitated if takes[name])
        yield f"Cells are means over repeated trials of a target ({counts}); the scores file has each trial."
    if session.exclusions:
        yield f"Excluded: {len(session.exclusions)}, see the list."

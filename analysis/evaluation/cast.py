"""Photograph people and measure them: everyone in a process of their own, in the order given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from analysis.evaluation.shots import Shot, Studio
from analysis.face.errors import FaceError
from analysis.face.measurement import DetectedFace, Exclusion, MeasuredFace, measure_person
from analysis.face.models.registry import load_model
from analysis.progress import Progress, no_progress
from analysis.tables.parallel import results


@dataclass(frozen=True, slots=True)
class Means:
    """With what the evaluation works."""

    model: str
    """Name of the face model that fits."""
    jobs: int = 1
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One shot and the face measured in it."""

    shot: Shot
    face: MeasuredFace


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One person after being measured."""

    name: str
    faces: tuple[Seen, ...]
    """In the order of the shots; those that could not be measured are missing."""
    excluded: tuple[Exclusion, ...]

    def take(self, number: int) -> list[MeasuredFace]:
        """Of every expression the shot with this number, counted from 0 within the expression."""
        return [one.face for one in self.faces if one.shot.take == number]


def measure_cast(studio: Studio, cast: Mapping[str, Sequence[Shot]], means: Means, title: str) -> dict[str, Member]:
    """Photograph and measure everyone; by name, in the order given."""
    work = partial(_member, studio, means.model)
    members = means.progress(results(work, list(cast.items()), jobs=means.jobs), total=len(cast), title=title)
    return {member.name: member for member in members}


def _member(studio: Studio, model: str, entry: tuple[str, Sequence[Shot]]) -> Member:
    name, shots = entry
    seen = [studio.see(shot) for shot in shots]
    by_path = {one.picture.path: shot for one, shot in zip(seen, shots, strict=True) if isinstance(one, DetectedFace)}
    try:
        person = measure_person(name, seen, load_model(model))
    except FaceError:
        return Member(name, (), tuple(one for one in seen if isinstance(one, Exclusion)))
    return Member(
        name,
        tuple(Seen(by_path[face.picture.path], face) for face in person.faces),
        person.excluded,
    )

"""Photograph people and measure them, each person in one job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sizes import Size
from analysis.face.errors import FaceError
from analysis.face.measurement import DetectedFace, Exclusion, MeasuredFace, measure_person
from analysis.face.models.registry import load_model
from analysis.face.synthetic.people import Photograph
from analysis.progress import Progress, no_progress
from analysis.tables.parallel import results


@dataclass(frozen=True, slots=True)
class Measuring:
    """Settings of all measurements of one evaluation."""

    model: str
    """Name of the face model that is fitted."""
    jobs: int = 1
    """Number of processes; -1 for one per core."""
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True, eq=False)
class DrawnStudy:
    """What a group of drawn people is made from."""

    store: PhotographStore
    """Draws the photographs and detects faces."""
    size: Size
    """Number of people and pictures."""
    measuring: Measuring
    seed: int
    """Seed of the random numbers."""
    wrinkles: bool = False
    """Whether the skin of people wrinkles as they move."""
    small: bool = False
    """Whether faces are small in their pictures, and the camera noisy."""
    own_movements: bool = False
    """Whether people have movements of their own, and skin whose folds follow the units; their heads hardly turn."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredPhotograph:
    """One photograph and the face measured in it."""

    photograph: Photograph
    face: MeasuredFace


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One measured person."""

    name: str
    measured: tuple[MeasuredPhotograph, ...]
    """In the order of the photographs, without those that could not be measured."""
    excluded: tuple[Exclusion, ...]

    @property
    def faces(self) -> list[MeasuredFace]:
        """Every measured face."""
        return [one.face for one in self.measured]

    def take(self, number: int) -> list[MeasuredFace]:
        """Return the faces of one take, numbered from 0."""
        return [one.face for one in self.measured if one.photograph.take == number]


def measure_members(
    store: PhotographStore, photographs: Mapping[str, Sequence[Photograph]], measuring: Measuring, *, title: str
) -> dict[str, Member]:
    """Photograph and measure people.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    photographs : mapping
        The photographs of each person by name.
    measuring : Measuring
        Settings of the measurement.
    title : str
        Title of the progress bar.

    Returns
    -------
    dict
        The measured people by name, in the order given.
    """
    work = partial(_member, store, measuring.model)
    found = results(work, list(photographs.items()), jobs=measuring.jobs)
    return {member.name: member for member in measuring.progress(found, total=len(photographs), title=title)}


def _member(store: PhotographStore, model: str, entry: tuple[str, Sequence[Photograph]]) -> Member:
    name, photographs = entry
    detected = [store.detect(one) for one in photographs]
    by_path = {
        found.picture.path: one
        for found, one in zip(detected, photographs, strict=True)
        if isinstance(found, DetectedFace)
    }
    try:
        person = measure_person(name, detected, load_model(model))
    except FaceError:
        return Member(name, (), tuple(one for one in detected if isinstance(one, Exclusion)))
    measured = tuple(MeasuredPhotograph(by_path[face.picture.path], face) for face in person.faces)
    return Member(name, measured, person.excluded)

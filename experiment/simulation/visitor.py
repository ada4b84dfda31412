"""A simulated participant between sessions."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass, field

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from experiment.errors import SessionError
from experiment.simulation.drawing.pictures import FacePictures, PictureRenderer, PrerenderedPictures
from experiment.simulation.imitation import habits
from experiment.simulation.person import SimulatedPerson, draw_simulated_person


@dataclass(slots=True)
class LearnedState:
    """What a participant keeps from session to session."""

    habit: FloatArray
    """(E,) logarithms of constant errors; training changes them."""
    imitations: Counter[str] = field(default_factory=Counter)
    """Number of imitations of each target."""

    @classmethod
    def initial(cls, person: SimulatedPerson, model: FaceModel) -> LearnedState:
        """Return the state before the first session."""
        return cls(habits(person, model.bases["units"].names))


@dataclass(frozen=True, slots=True)
class SimulatedVisitor:
    """A simulated participant with pictures of the face."""

    person: SimulatedPerson
    pictures: FacePictures
    learned: LearnedState = field(repr=False)
    mimicry: float = 1.0
    """Factor of the strength of spontaneous mimicry."""


def person_seed(seed: int, participant: str) -> int:
    """Return the seed of a participant's face and skill."""
    return (seed * 1_000_003 + zlib.crc32(participant.encode())) % 2**32


def load_face_model() -> FaceModel:
    """Return the face model of simulated participants.

    Raises
    ------
    SessionError
        If the model is missing or has no FACS-like units.
    """
    try:
        model = load_model(DEFAULT_MODEL)
    except FaceModelError as error:
        raise SessionError(f"simulated participants need the face model that ships: {error}") from error
    if "units" not in model.bases:
        raise SessionError(f"simulated participants need a face model with FACS-like units; {model.name} has none")
    return model


def create_visitor(seed: int, model: FaceModel, renderer: PictureRenderer, *, mimicry: float = 1.0) -> SimulatedVisitor:
    """Create the participant of a seed.

    Parameters
    ----------
    seed : int
        Result of `person_seed`.
    model : FaceModel
        The face model.
    renderer : PictureRenderer
        Draws the pictures of the face.
    mimicry : float
        Factor of the strength of spontaneous mimicry; 0 for a person who does not mimic.
    """
    person = draw_simulated_person(seed, model)
    return SimulatedVisitor(person, PrerenderedPictures(person, renderer), LearnedState.initial(person, model), mimicry)

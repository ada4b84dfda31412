"""Measure many simulated participants as the tables measure recorded ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from joblib import Parallel, delayed
from PIL import Image

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, Picture, detect_face, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import drawn_target_units
from analysis.paths import PROTOCOLS
from analysis.terminal import progress
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_simulated_person

TARGETS = PROTOCOLS / "targets"


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredImitation:
    """One measured imitation and its truth."""

    name: str
    """The target."""
    face: MeasuredFace
    units: FloatArray
    """(E,) true units."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredParticipant:
    """One person with the imitations that could be measured."""

    seed: int
    imitations: Mapping[str, MeasuredImitation]
    """The imitations by target."""
    exclusions: tuple[str, ...]
    """Targets, or ``neutral``, and reasons of the frames that could not be measured."""


def emotion_targets(model: FaceModel) -> dict[str, FloatArray]:
    """Return the (E,) units of the six target faces by emotion."""
    return {emotion: drawn_target_units({emotion: 1.0}, model.bases["units"].names) for emotion in EMOTIONS}


def measure_people(
    seeds: Sequence[int], targets: Sequence[Mapping[str, FloatArray]], *, jobs: int = 1
) -> list[MeasuredParticipant]:
    """Draw the imitations of many people and measure them.

    Parameters
    ----------
    seeds : sequence of int
        Seeds of the people.
    targets : sequence of mapping
        (E,) units of the targets of each person by name.
    jobs : int
        Number of processes.
    """
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_measure)(seed, dict(units)) for seed, units in zip(seeds, targets, strict=True)
    )
    return list(progress(work, total=len(seeds), title="measuring people"))


def measure_targets() -> dict[str, MeasuredFace]:
    """Measure the target faces that ship; return them by emotion.

    Raises
    ------
    FaceError
        If one of them cannot be measured.
    """
    pictures = [Picture(TARGETS / "neutral.png", NEUTRAL)]
    pictures += [Picture(TARGETS / f"{emotion}.png", emotion) for emotion in EMOTIONS]
    person = measure_person("targets", [detect_face(picture) for picture in pictures], load_model())
    found = {face.picture.expression: face for face in person.faces}
    if person.excluded:
        raise FaceError(f"a target face cannot be measured: {person.excluded[0].message}")
    return found


def _measure(seed: int, targets: Mapping[str, FloatArray]) -> MeasuredParticipant:
    model = load_model()
    person = draw_simulated_person(seed, model)
    draw = state_drawer(person, camera_renderer(model.name))
    frames = list(key_frames(person, targets, model, draw=draw))
    truth = {frame.target: frame.moment.state.units for frame in frames}
    # Faces are measured from files, as in a data set.
    with TemporaryDirectory(prefix="mimicry-study-") as folder:
        pictures = [Picture(Path(folder) / f"{number}.png", frame.target) for number, frame in enumerate(frames)]
        for picture, frame in zip(pictures, frames, strict=True):
            Image.fromarray(frame.image).save(picture.path, compress_level=1)
        measured = measure_person(str(seed), [detect_face(picture) for picture in pictures], model)
    faces = ((face.picture.expression, face) for face in measured.faces)
    return MeasuredParticipant(
        seed=seed,
        imitations={name: MeasuredImitation(name, face, truth[name]) for name, face in faces},
        exclusions=tuple(f"{one.label}: {one.reason}" for one in measured.excluded),
    )


def fully_measured(people: Sequence[MeasuredParticipant], names: Sequence[str]) -> list[MeasuredParticipant]:
    """Return the people with a measured imitation of every target."""
    return [person for person in people if set(names) <= set(person.imitations)]

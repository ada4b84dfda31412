"""Many simulated participants measured exactly as the tables measure recorded ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from analysis.paths import PROTOCOLS
from analysis.terminal import progress
from experiment.simulation.drawn_pictures import PersonDrawer, renderer_of_process
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_person
from experiment.simulation.target_units import units_of_blend

TARGETS = PROTOCOLS / "targets"


@dataclass(frozen=True, slots=True, eq=False)
class Mimic:
    """One imitation, measured and true."""

    name: str
    """What was imitated."""
    face: MeasuredFace
    units: FloatArray
    """(E,) what the face really did."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One person with the imitations that could be measured."""

    seed: int
    mimics: tuple[Mimic, ...]
    lost: tuple[str, ...]
    """Reasons why others, or neutral frames, could not."""

    @property
    def by_name(self) -> Mapping[str, Mimic]:
        """The imitations by what was imitated."""
        return {mimic.name: mimic for mimic in self.mimics}


def emotion_goals(model: FaceModel) -> dict[str, FloatArray]:
    """What the six target faces ask for."""
    return {emotion: units_of_blend({emotion: 1.0}, model) for emotion in EMOTIONS}


def measure_people(seeds: Sequence[int], goals: Sequence[Mapping[str, FloatArray]], *, jobs: int = 1) -> list[Measured]:
    """Let people imitate and measure them; ``goals`` has what is asked of each."""
    work = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_measure)(seed, dict(asked)) for seed, asked in zip(seeds, goals, strict=True)
    )
    return list(progress(work, total=len(seeds), title="measuring people"))


def measure_targets() -> dict[str, MeasuredFace]:
    """The target faces that ship, measured like anybody's; by emotion.

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


def _measure(seed: int, goals: Mapping[str, FloatArray]) -> Measured:
    model = load_model()
    person = draw_person(seed, model)
    frames = list(key_frames(person, goals, model, PersonDrawer(person, model, renderer_of_process())))
    truth = {frame.target: frame.moment.state.units for frame in frames}
    # The look of a face is read from its file, as from those of a data set.
    with TemporaryDirectory(prefix="mimicry-study-") as folder:
        pictures = [Picture(Path(folder) / f"{number}.png", frame.target) for number, frame in enumerate(frames)]
        for picture, frame in zip(pictures, frames, strict=True):
            Image.fromarray(frame.image).save(picture.path, compress_level=1)
        measured = measure_person(str(seed), [detect_face(picture) for picture in pictures], model)
    faces = ((face.picture.expression, face) for face in measured.faces)
    return Measured(
        seed=seed,
        mimics=tuple(Mimic(name, face, truth[name]) for name, face in faces),
        lost=tuple(f"{gone.label}: {gone.reason}" for gone in measured.excluded),
    )


def complete(people: Sequence[Measured], names: Sequence[str]) -> Iterator[Measured]:
    """Those of whom every imitation could be measured."""
    return (person for person in people if set(names) <= set(person.by_name))

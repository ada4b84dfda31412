"""``python -m analysis.evaluation.learn``: what landmarks and charts of many faces have in common.

First how landmarks move and are mistaken (`analysis.evaluation.answers`, for
`analysis.face.fitting.covariance_refit`), then, with that known, what charts look like (for
`analysis.face.appearance`).

People of the face models are rendered small and grey, at rest several times and with expressions in ways of their own.
Photographs of faces at rest, where they are given, are taken again with other light, size and camera noise. Learned
are means and variances of single cells, nothing about which change belongs to which expression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from analysis.errors import DataSetError
from analysis.evaluation.__main__ import CACHE
from analysis.evaluation.answers import Answer, answers, mistake_products, movement_products
from analysis.evaluation.generators import Generator, ict_generator
from analysis.evaluation.shots import Shot, Studio
from analysis.face.appearance.change import appearance_of
from analysis.face.appearance.chart import face_chart
from analysis.face.appearance.gradients import CELL_PX, SHAPE
from analysis.face.appearance.population import FILE, make_population
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import AnalysisError, FaceError
from analysis.face.fitting.covariance_refit import FILE as LANDMARKS
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector, Landmarks, checked_grey
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.measurement import BOXES, NEUTRAL, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.synthetic.expressions import habit, pose
from analysis.face.synthetic.people import Person, draw_person
from analysis.tables.parallel import results
from analysis.terminal import progress, run_app

ACTIONS: dict[str, tuple[str, ...]] = {
    "eyes-closed": ("eyeBlink",),
    "wink": ("eyeBlinkLeft", "cheekSquintLeft", "mouthSmileLeft"),
}
"""What people do besides the six emotions."""
REST = "rest"
SEED = 11
_PEOPLE = 20
_ANSWERING = 24
_FACE_PX = (110.0, 190.0)
_AT_REST = 3
_TURN_DEG = (7.0, 5.0, 3.0)
_PHOTOGRAPH_PX = 256
_FACE_PER_EYES = 2.45
"""Width of dlib's box of a face in eye distances."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Of one person, as lists of descriptors."""

    rest: list[FloatArray]
    changes: list[FloatArray]
    noise: list[FloatArray]


@app.command()
def learn(
    ict: Annotated[Path | None, typer.Option(help="ICT-FaceKit: a folder of OBJ files or an .npz.")] = None,
    london: Annotated[
        Path | None, typer.Option(help="Photographs of the Face Research Lab London Set; NNN_neutral.jpg are used.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
    landmarks: Annotated[
        Path, typer.Option(help="The file to write what landmarks do to; looks are learned with the installed one.")
    ] = LANDMARKS,
    cache: Annotated[Path, typer.Option(help="Folder to keep pictures in between runs.")] = CACHE,
    jobs: Annotated[int, typer.Option(help="Processes; -1: one per core.")] = 1,
) -> None:
    """Render people, measure them, and write what their charts have in common."""
    generators = [Generator(DEFAULT_MODEL)]
    if ict is not None:
        generators.append(ict_generator(ict))
    photographs = [] if london is None else sorted(london.glob("*_neutral.jpg"))
    if london is not None and not photographs:
        raise DataSetError(f"{london}: there are no pictures NNN_neutral.jpg")
    _learn_landmarks(generators, landmarks, cache, jobs)
    _learn_looks(generators, photographs, out, cache, jobs)


def _learn_landmarks(generators: Sequence[Generator], file: Path, cache: Path, jobs: int) -> None:
    everyone: list[list[Answer]] = []
    for generator in generators:
        work = partial(landmarks_of, Studio(generator, cache))
        title = f"landmarks, {generator.name}"
        found = progress(results(work, list(range(_ANSWERING)), jobs=jobs), total=_ANSWERING, title=title)
        everyone.append([answer for one in found for answer in one])
    model = load_model()
    kept = landmark_rows(model, model.finest_basis).landmarks
    movements = movement_products(everyone, kept)
    mistakes = mistake_products(everyone, movements, kept)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, movements_mm2=movements.astype(np.float32), mistakes_mm2=mistakes.astype(np.float32))
    typer.echo(f"{file}: {sum(map(len, everyone))} pictures")


def _learn_looks(
    generators: Sequence[Generator], photographs: Sequence[Path], file: Path, cache: Path, jobs: int
) -> None:
    looks: list[Looks] = []
    for generator in generators:
        work = partial(rendered_person, Studio(generator, cache))
        found = results(work, list(range(_PEOPLE)), jobs=jobs)
        looks += progress(found, total=_PEOPLE, title=f"people of {generator.name}")
    if photographs:
        found = results(photographed_person, photographs, jobs=jobs)
        looks += progress(found, total=len(photographs), title="photographs")
    learned = make_population(
        np.stack([one for person in looks for one in person.rest]),
        np.stack([one for person in looks for one in person.changes]),
        np.stack([one for person in looks for one in person.noise]),
        _face_cells(load_model()),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    learned.save(file)
    typer.echo(f"{file}: {len(looks)} people, {sum(len(person.changes) for person in looks)} expressions")


def rendered_person(studio: Studio, number: int) -> Looks:
    """Photograph and measure one person who does not exist."""
    rng = np.random.default_rng((SEED, number))
    model = studio.generator.model()
    names = model.bases["units"].names
    who = draw_person(f"learn-{number}", len(model.identity), rng, face_px=float(rng.uniform(*_FACE_PX)))
    blends = {emotion: habit(emotion, names, rng) for emotion in EMOTIONS}
    for action, units in ACTIONS.items():
        blends[action] = np.array([0.9 if name.startswith(units) else 0.0 for name in names])
    shots = [_shot(who, NEUTRAL if k == 0 else REST, np.zeros(len(names)), rng) for k in range(_AT_REST)]
    shots += [_shot(who, name, pose(blend, rng), rng) for name, blend in blends.items()]
    try:
        person = measure_person(who.name, [studio.see(shot) for shot in shots], load_model())
    except FaceError:
        return Looks([], [], [])
    looks = [
        (face.picture.expression, appearance_of(read_image(face.picture.path), face.score_fit, load_model()))
        for face in (*person.neutrals, *person.faces)
    ]
    rest = [look for label, look in looks if label == NEUTRAL]
    if not rest:
        return Looks([], [], [])
    # Against the neutral picture alone: what is learned here must not depend on what was learned before.
    return Looks(
        rest=rest,
        changes=[look - rest[0] for label, look in looks if label not in (NEUTRAL, REST)],
        noise=[look - rest[0] for label, look in looks if label == REST],
    )


def landmarks_of(studio: Studio, number: int) -> list[Answer]:
    """How the landmarks of one person who does not exist answer to what the person does."""
    rng = np.random.default_rng((SEED, 1000 + number))
    return answers(studio, load_model(), rng, name=f"answering-{number}")


def photographed_person(file: Path) -> Looks:
    """Take a photograph of a face at rest twice more, smaller: once as it is, once turned and in another light."""
    rng = np.random.default_rng((SEED, int(file.name[:3])))
    detector, model = LandmarkDetector(boxes=BOXES), load_model()
    image = checked_grey(read_image(file))
    try:
        whole = detect_with_mirror(detector, image)
        first = _taken_again(image, whole, rng, face_px=float(rng.uniform(*_FACE_PX)))
        second = _lit(_taken_again(image, whole, rng, face_px=float(rng.uniform(*_FACE_PX))), rng)
        seen = [detect_with_mirror(detector, one) for one in (first, second)]
        identity = calibrate_identity(seen[:1], model)
        faces = [refit(fit_expression(one, model, identity), one, model) for one in seen]
    except FaceError:
        return Looks([], [], [])
    looks = [appearance_of(picture, face, model) for picture, face in zip((first, second), faces, strict=True)]
    return Looks(rest=looks[:1], changes=[], noise=[looks[1] - looks[0]])


def _taken_again(image: ImageArray, face: Landmarks, rng: np.random.Generator, *, face_px: float) -> ImageArray:
    """A small picture around the face, somewhat turned in its plane, from a camera with noise."""
    shrink = face_px / (_FACE_PER_EYES * face.eye_distance_px)
    nose_x, nose_y = face.points_px[27:36].mean(axis=0).tolist()
    turn = cv2.getRotationMatrix2D((nose_x, nose_y), float(rng.normal(0.0, 2.0)), shrink)
    turn[:, 2] += _PHOTOGRAPH_PX * np.array([0.5, 0.53]) - (nose_x, nose_y)
    soft = cv2.GaussianBlur(image, (0, 0), 0.5 / shrink)
    small = cv2.warpAffine(soft, turn, (_PHOTOGRAPH_PX, _PHOTOGRAPH_PX), borderMode=cv2.BORDER_REPLICATE)
    return _noisy(np.asarray(small, dtype=np.float64), rng)


def _lit(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """The same in another light: one side and the top brighter or darker, another contrast."""
    across, down = np.meshgrid(np.linspace(-1, 1, image.shape[1]), np.linspace(-1, 1, image.shape[0]))
    side, top = rng.normal(0.0, (0.25, 0.15))
    return _noisy(255.0 * (image / 255.0) ** rng.uniform(0.8, 1.25) * (1.0 + side * across + top * down), rng)


def _noisy(grey: FloatArray, rng: np.random.Generator) -> ImageArray:
    noise = rng.normal(0.0, rng.uniform(0.0, 4.0), grey.shape)
    return np.asarray(np.clip(grey + noise, 0.0, 255.0), dtype=np.uint8)


def _shot(who: Person, label: str, expression: FloatArray, rng: np.random.Generator) -> Shot:
    yaw, pitch, roll = rng.normal(0.0, _TURN_DEG)
    scene = who.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    light = replace(scene.light, key_azimuth_deg=scene.light.key_azimuth_deg + float(rng.normal(0.0, 4.0)))
    sensor = replace(scene.sensor, noise=float(rng.uniform(0.0, 5.0)), blur_px=float(rng.uniform(0.3, 1.0)))
    return Shot(who, label, expression, replace(scene, light=light, sensor=sensor), frame=int(rng.integers(64)))


def _face_cells(model: FaceModel) -> FloatArray:
    """(rows, columns) how much of each cell belongs to a region of the face, 0..1."""
    face = face_chart(model).share(np.sum(list(model.regions.values()), axis=0))
    soft = cv2.GaussianBlur(face, (0, 0), CELL_PX * 3 / 8)
    return np.clip(cv2.resize(soft, (SHAPE[1], SHAPE[0]), interpolation=cv2.INTER_AREA), 0.0, 1.0)


if __name__ == "__main__":
    run_app(app, name="analysis.evaluation.learn", expected=(AnalysisError,))

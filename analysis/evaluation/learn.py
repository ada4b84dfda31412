"""``python -m analysis.evaluation.learn``: learn arrays from many faces.

First the movements of landmarks and the errors of their detection (`analysis.evaluation.landmark_responses`, for
`analysis.face.fitting.covariance_refit`). Then, with these, the appearance of faces (for `analysis.face.appearance`).
Then, with both, the effect of head rotation on appearance (`analysis.evaluation.turn_effects`), and last how well units
and appearance are known (for the weights of the metric `combined`).

People of the face models are drawn small and grey, several times at rest and with personal expressions. Given
photographs of faces at rest are photographed again with other light, size and camera noise. The arrays of appearance
are means and variances of single cells; they do not depend on which expression was shown.
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
from analysis.evaluation.landmark_responses import (
    LandmarkResponse,
    error_products,
    landmark_responses,
    movement_products,
)
from analysis.evaluation.options import CACHE, EXPECTED, Jobs
from analysis.evaluation.part_noise import REST, KnownParts, expressions_of, known_parts, part_statistics_of
from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.turn_effects import TurnedPair, turn_effect_of, turned_pairs
from analysis.face.appearance.change import appearance_of
from analysis.face.appearance.chart import face_chart
from analysis.face.appearance.gradients import CELL_PX, SHAPE
from analysis.face.appearance.part_statistics import FILE as PARTS
from analysis.face.appearance.population import FILE, make_population
from analysis.face.appearance.turn_effect import FILE as TURNS
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import FILE as LANDMARKS
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.images import as_grey, read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.landmarks.mirror import detect_with_mirror
from analysis.face.measurement import BOXES, NEUTRAL, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.face.synthetic.expressions import posed_expression
from analysis.face.synthetic.generators import Generator, ict_generator
from analysis.face.synthetic.people import Person, Photograph, draw_person
from analysis.tables.parallel import results
from analysis.terminal import progress, run_app

SEED = 11
_PEOPLE = 20
_RESPONDING = 24
_PARTLY_KNOWN = 16
_TURNING, _TURNING_SEED = 30, 5511
_FACE_PX = (110.0, 190.0)
_AT_REST = 3
_TURN_DEG = (7.0, 5.0, 3.0)
_PHOTOGRAPH_PX = 256
_FACE_PER_EYES = 2.45
"""Width of dlib's face box in eye distances."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True, eq=False)
class Descriptors:
    """Descriptors of the appearance of one person."""

    rest: list[FloatArray]
    changes: list[FloatArray]
    noise: list[FloatArray]


@app.command()
def learn(  # noqa: PLR0913 (every option of a command is a parameter)
    ict: Annotated[Path | None, typer.Option(help="ICT-FaceKit: a folder of OBJ files or an .npz.")] = None,
    london: Annotated[
        Path | None, typer.Option(help="Photographs of the Face Research Lab London Set; NNN_neutral.jpg are used.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
    landmarks: Annotated[
        Path, typer.Option(help="The file of landmark arrays to write; appearance is learned with the installed one.")
    ] = LANDMARKS,
    parts: Annotated[
        Path, typer.Option(help="The file of parts of a score to write; they are learned with the installed files.")
    ] = PARTS,
    turns: Annotated[
        Path, typer.Option(help="The file of the effect of head rotation to write; learned with the installed files.")
    ] = TURNS,
    only_parts: Annotated[bool, typer.Option("--only-parts", help="Learn the parts of a score only.")] = False,  # noqa: FBT002 (an option)
    only_turns: Annotated[bool, typer.Option("--only-turns", help="Learn the effect of head rotation only.")] = False,  # noqa: FBT002 (an option)
    cache: Annotated[Path, typer.Option(help="Folder of pictures kept between runs.")] = CACHE,
    jobs: Jobs = 1,
) -> None:
    """Draw people, measure them, and write the learned arrays."""
    if only_parts and only_turns:
        raise typer.BadParameter("choose one of --only-turns and --only-parts", param_hint="--only-turns")
    generators = [Generator(DEFAULT_MODEL)]
    if ict is not None:
        generators.append(ict_generator(ict))
    photographs = [] if london is None else sorted(london.glob("*_neutral.jpg"))
    if london is not None and not photographs:
        raise DataSetError(f"{london}: there are no pictures NNN_neutral.jpg")
    if not only_parts and not only_turns:
        _learn_landmarks(generators, landmarks, cache=cache, jobs=jobs)
        _learn_appearance(generators, photographs, out, cache=cache, jobs=jobs)
    if not only_parts:
        _learn_turns(generators, turns, cache=cache, jobs=jobs)
    if not only_turns:
        _learn_parts(generators, parts, cache=cache, jobs=jobs)


def _learn_landmarks(generators: Sequence[Generator], file: Path, *, cache: Path, jobs: int) -> None:
    responses: list[list[LandmarkResponse]] = []
    for generator in generators:
        work = partial(responses_of_person, PhotographStore(generator, cache))
        title = f"landmarks, {generator.name}"
        found = progress(results(work, list(range(_RESPONDING)), jobs=jobs), total=_RESPONDING, title=title)
        responses.append([response for person in found for response in person])
    model = load_model()
    kept = landmark_rows(model, model.finest_basis).landmarks
    movements = movement_products(responses, kept)
    errors = error_products(responses, movements, kept)
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(file, movements_mm2=movements.astype(np.float32), mistakes_mm2=errors.astype(np.float32))
    typer.echo(f"{file}: {sum(map(len, responses))} pictures")


def _learn_appearance(
    generators: Sequence[Generator], photographs: Sequence[Path], file: Path, *, cache: Path, jobs: int
) -> None:
    people: list[Descriptors] = []
    for generator in generators:
        work = partial(drawn_person, PhotographStore(generator, cache))
        found = results(work, list(range(_PEOPLE)), jobs=jobs)
        people += progress(found, total=_PEOPLE, title=f"people of {generator.name}")
    if photographs:
        found = results(photographed_person, photographs, jobs=jobs)
        people += progress(found, total=len(photographs), title="photographs")
    learned = make_population(
        np.stack([one for person in people for one in person.rest]),
        np.stack([one for person in people for one in person.changes]),
        np.stack([one for person in people for one in person.noise]),
        _face_cells(load_model()),
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    learned.save(file)
    typer.echo(f"{file}: {len(people)} people, {sum(len(person.changes) for person in people)} expressions")


def _learn_turns(generators: Sequence[Generator], file: Path, *, cache: Path, jobs: int) -> None:
    pairs: list[TurnedPair] = []
    for generator in generators:
        work = partial(turned_pairs, PhotographStore(generator, cache))
        found = results(work, [(_TURNING_SEED, number) for number in range(_TURNING)], jobs=jobs)
        for some in progress(found, total=_TURNING, title=f"turns, {generator.name}"):
            pairs += some
    file.parent.mkdir(parents=True, exist_ok=True)
    turn_effect_of(pairs).save(file)
    typer.echo(f"{file}: {len(pairs)} turned pictures")


def _learn_parts(generators: Sequence[Generator], file: Path, *, cache: Path, jobs: int) -> None:
    people: list[KnownParts] = []
    for generator in generators:
        work = partial(known_parts, PhotographStore(generator, cache))
        found = results(work, [(SEED, 2000 + number) for number in range(_PARTLY_KNOWN)], jobs=jobs)
        people += progress(found, total=_PARTLY_KNOWN, title=f"parts, {generator.name}")
    learned = part_statistics_of(people)
    file.parent.mkdir(parents=True, exist_ok=True)
    learned.save(file)
    typer.echo(
        f"{file}: {sum(len(person.noise) for person in people)} pictures at rest, noise {learned.noise:.0f}, "
        f"contrast {learned.contrast:.2f}, change {learned.change:.0f}"
    )


def drawn_person(store: PhotographStore, number: int) -> Descriptors:
    """Photograph and measure one drawn person."""
    rng = np.random.default_rng((SEED, number))
    model = store.generator.model()
    names = model.bases["units"].names
    person = draw_person(f"learn-{number}", len(model.identity), rng, face_px=rng.uniform(*_FACE_PX))
    blends = expressions_of(names, rng)
    still = np.zeros(len(names))
    photographs = [_photograph(person, NEUTRAL if k == 0 else REST, still, rng=rng) for k in range(_AT_REST)]
    photographs += [_photograph(person, name, posed_expression(blend, rng), rng=rng) for name, blend in blends.items()]
    try:
        detected = [store.detect(one) for one in photographs]
        measured = measure_person(person.name, detected, load_model(), pooled=False)
    except FaceError:
        return Descriptors([], [], [])
    descriptors = [
        (face.picture.expression, appearance_of(read_image(face.picture.path), face.score_fit, load_model()))
        for face in (*measured.neutrals, *measured.faces)
    ]
    rest = [one for label, one in descriptors if label == NEUTRAL]
    if not rest:
        return Descriptors([], [], [])
    # Only the neutral picture is the reference: the result must not depend on arrays that were learned before.
    return Descriptors(
        rest=rest,
        changes=[one - rest[0] for label, one in descriptors if label not in (NEUTRAL, REST)],
        noise=[one - rest[0] for label, one in descriptors if label == REST],
    )


def responses_of_person(store: PhotographStore, number: int) -> list[LandmarkResponse]:
    """Return the landmark responses of one drawn person."""
    rng = np.random.default_rng((SEED, 1000 + number))
    return landmark_responses(store, load_model(), rng, name=f"responding-{number}")


def photographed_person(file: Path) -> Descriptors:
    """Photograph a photograph of a face at rest twice again, and measure both."""
    rng = np.random.default_rng((SEED, int(file.name[:3])))
    detector, model = LandmarkDetector(boxes=BOXES), load_model()
    image = as_grey(read_image(file))
    try:
        whole = detect_with_mirror(detector, image)
        first = _photographed_again(image, whole, rng, face_px=rng.uniform(*_FACE_PX))
        second = _lit(_photographed_again(image, whole, rng, face_px=rng.uniform(*_FACE_PX)), rng)
        detected = [detect_with_mirror(detector, one) for one in (first, second)]
        identity = calibrate_identity(detected[:1], model)
        faces = [refit(fit_expression(one, model, identity), one, model) for one in detected]
    except FaceError:
        return Descriptors([], [], [])
    rest, again = [appearance_of(picture, face, model) for picture, face in zip((first, second), faces, strict=True)]
    return Descriptors(rest=[rest], changes=[], noise=[again - rest])


def _photographed_again(image: ImageArray, face: Landmarks, rng: np.random.Generator, *, face_px: float) -> ImageArray:
    """Return a small, noisy picture of the face, turned a little in its plane."""
    shrink = face_px / (_FACE_PER_EYES * face.eye_distance_px)
    nose_x, nose_y = face.points_px[27:36].mean(axis=0).tolist()
    turn = cv2.getRotationMatrix2D((nose_x, nose_y), float(rng.normal(0.0, 2.0)), shrink)
    turn[:, 2] += _PHOTOGRAPH_PX * np.array([0.5, 0.53]) - (nose_x, nose_y)
    soft = cv2.GaussianBlur(image, (0, 0), 0.5 / shrink)
    small = cv2.warpAffine(soft, turn, (_PHOTOGRAPH_PX, _PHOTOGRAPH_PX), borderMode=cv2.BORDER_REPLICATE)
    return _noisy(np.asarray(small, dtype=np.float64), rng)


def _lit(image: ImageArray, rng: np.random.Generator) -> ImageArray:
    """Return the picture with a gradient of brightness and other contrast."""
    across, down = np.meshgrid(np.linspace(-1, 1, image.shape[1]), np.linspace(-1, 1, image.shape[0]))
    side, top = rng.normal(0.0, (0.25, 0.15))
    return _noisy(255.0 * (image / 255.0) ** rng.uniform(0.8, 1.25) * (1.0 + side * across + top * down), rng)


def _noisy(grey: FloatArray, rng: np.random.Generator) -> ImageArray:
    noise = rng.normal(0.0, rng.uniform(0.0, 4.0), grey.shape)
    return np.asarray(np.clip(grey + noise, 0.0, 255.0), dtype=np.uint8)


def _photograph(person: Person, label: str, expression: FloatArray, *, rng: np.random.Generator) -> Photograph:
    yaw, pitch, roll = rng.normal(0.0, _TURN_DEG).tolist()
    scene = person.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
    light = replace(scene.light, key_azimuth_deg=scene.light.key_azimuth_deg + rng.normal(0.0, 4.0))
    sensor = replace(scene.sensor, noise=rng.uniform(0.0, 5.0), blur_px=rng.uniform(0.3, 1.0))
    scene = replace(scene, light=light, sensor=sensor)
    return Photograph(person, label, expression, scene, frame=int(rng.integers(64)))


def _face_cells(model: FaceModel) -> FloatArray:
    """(rows, columns) proportion of each cell that is in a region of the face."""
    face = face_chart(model).vertex_weights(np.sum(list(model.regions.values()), axis=0))
    soft = cv2.GaussianBlur(face, (0, 0), CELL_PX * 3 / 8)
    return np.clip(cv2.resize(soft, (SHAPE[1], SHAPE[0]), interpolation=cv2.INTER_AREA), 0.0, 1.0)


if __name__ == "__main__":
    run_app(app, name="analysis.evaluation.learn", expected=EXPECTED)

"""``analysis.evaluation.emotion_people``: learn how emotions are measured.

The result is for `analysis.face.fitting.emotion_responses`. People of each face model imitate the targets, and pose the
emotions in their own way. They are measured through the real detector, against their own face at rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.evaluation.options import CACHE, EXPECTED, Ict, Jobs, drawn_models
from analysis.evaluation.photographs import PhotographStore
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.fitting.covariance_refit import refit
from analysis.face.fitting.emotion_responses import FILE, MOVEMENTS, SHOWN, EmotionResponses, movements_of
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, FitSettings
from analysis.face.measurement import NEUTRAL, DetectedFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.synthetic.expressions import (
    closed_smile,
    drawn_target_units,
    imitated_expression,
    personal_expression,
    posed_expression,
    prototype,
)
from analysis.face.synthetic.people import Photograph, draw_person
from analysis.tables.parallel import results
from analysis.terminal import progress, run_app

SEED = 12
PEOPLE = 32
"""People of each face model."""
_FACE_PX = (110.0, 240.0)
_NEUTRALS, _AT_REST = 3, 2
_TURN_DEG, _STILL_DEG = 12.0, 5.0
_REST = "rest"
_CLOSED = (0.5, 1.0)
"""A faint and a clear smile with closed lips."""
_WEAK = FitSettings(ridge=INTENSITY_RIDGE)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredEmotion:
    """One measured picture."""

    generator: str
    """Name of the face model that was drawn."""
    variant: str
    """As in `SHOWN`, or ``rest``."""
    emotion: str
    """One of `EMOTIONS`; empty at rest."""
    strength: float
    """True strength: the least-squares factor on the variant at full strength."""
    movements: FloatArray
    """(M,) as in `movements_of`."""


@app.command()
def learn(
    ict: Ict = None,
    people: Annotated[int, typer.Option(min=4, help="People of each face model.")] = PEOPLE,
    out: Annotated[Path, typer.Option(help="The file to write.")] = FILE,
    cache: Annotated[Path, typer.Option(help="Folder of pictures kept between runs.")] = CACHE,
    jobs: Jobs = 1,
) -> None:
    """Draw people with known emotions, measure them, and write the responses."""
    measured: list[MeasuredEmotion] = []
    names = []
    for generator in drawn_models(ict):
        work = partial(emotions_of_person, PhotographStore(generator, cache))
        found = progress(results(work, list(range(people)), jobs=jobs), total=people, title=generator.name)
        measured += [one for person in found for one in person]
        names.append(generator.name)
    write_responses(responses_of(measured), out, about=f"{people} people of each of: {', '.join(names)}")
    typer.echo(f"{out}: {len(measured)} pictures")


def full_variants(names: tuple[str, ...]) -> dict[tuple[str, str], FloatArray]:
    """Return the (E,) units of each variant of each emotion at full strength.

    Parameters
    ----------
    names : tuple of str
        The units of the drawn face model.
    """
    shown = {("target", emotion): drawn_target_units({emotion: 1.0}, names) for emotion in EMOTIONS}
    shown |= {("posed", emotion): np.clip(prototype(emotion, names), 0.0, 1.0) for emotion in EMOTIONS}
    return shown | {("closed", "happiness"): closed_smile(names)}


def emotions_of_person(store: PhotographStore, number: int) -> list[MeasuredEmotion]:
    """Draw one person with each variant of each emotion, and measure the pictures.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    number : int
        Number of the person.
    """
    rng = np.random.default_rng((SEED, number))
    drawn, model = store.generator.model(), load_model()
    names = drawn.bases["units"].names
    person = draw_person(f"emotions-{number}", len(drawn.identity), rng, face_px=rng.uniform(*_FACE_PX), wrinkles=True)

    def photograph(label: str, expression: FloatArray, turn_deg: float) -> Photograph:
        return Photograph(
            person, label, expression, person.turned_at_random(turn_deg, rng), frame=int(rng.integers(64))
        )

    still, full = np.zeros(len(names)), full_variants(names)
    neutrals = [photograph(NEUTRAL, still, _STILL_DEG) for _ in range(_NEUTRALS)]
    shown = [photograph(_REST, still, _TURN_DEG) for _ in range(_AT_REST)]
    for variant, emotion in full:
        if variant == "posed":
            expressions = [posed_expression(personal_expression(emotion, names, rng), rng)]
        else:
            shares = _CLOSED if variant == "closed" else (1.0,)
            expressions = [imitated_expression(share * full[variant, emotion], rng) for share in shares]
        shown += [photograph(f"{variant} {emotion}", expression, _TURN_DEG) for expression in expressions]
    detections = [(one, store.detect(one)) for one in [*neutrals, *shown]]
    detected = [(one, found) for one, found in detections if isinstance(found, DetectedFace)]
    at_rest = [found.landmarks for one, found in detected if one.label == NEUTRAL]
    if not at_rest:
        return []
    identity = calibrate_identity(at_rest, model)
    measured = []
    for one, found in detected:
        try:
            first = fit_expression(found.landmarks, model, identity)
            weak = fit_expression(found.landmarks, model, identity, settings=_WEAK, start=first)
            movements = movements_of(refit(first, found.landmarks, model), weak)
        except FaceError:
            continue
        if one.label != NEUTRAL:
            measured.append(_measured(store.generator.name, one, movements, full))
    return measured


def _measured(
    generator: str, one: Photograph, movements: FloatArray, full: Mapping[tuple[str, str], FloatArray]
) -> MeasuredEmotion:
    variant, _, emotion = one.label.partition(" ")
    whole = full.get((variant, emotion))
    strength = 0.0 if whole is None else float(one.expression @ whole / (whole @ whole))
    return MeasuredEmotion(generator, variant, emotion, strength, movements)


def responses_of(measured: Sequence[MeasuredEmotion]) -> EmotionResponses:
    """Return the responses to each variant, and the mean products of what remains.

    Each response is fitted by least squares through the origin, and is the mean over the face models.

    Parameters
    ----------
    measured : sequence of MeasuredEmotion
        Pictures with each variant of each emotion, and at rest.
    """
    generators = sorted({one.generator for one in measured})
    responses = {
        shown: np.mean([_response(measured, generator, shown) for generator in generators], axis=0) for shown in SHOWN
    }
    still = np.zeros(MOVEMENTS)
    remainders = np.array(
        [one.movements - one.strength * responses.get((one.variant, one.emotion), still) for one in measured]
    )
    return EmotionResponses(np.array([responses[shown] for shown in SHOWN]), remainders.T @ remainders / len(measured))


def _response(measured: Sequence[MeasuredEmotion], generator: str, shown: tuple[str, str]) -> FloatArray:
    found = [one for one in measured if one.generator == generator and (one.variant, one.emotion) == shown]
    strengths = np.array([one.strength for one in found])
    return np.asarray(strengths @ np.array([one.movements for one in found]) / (strengths @ strengths))


def write_responses(learned: EmotionResponses, file: Path, *, about: str) -> None:
    """Write the file that `analysis.face.fitting.emotion_responses` reads.

    Parameters
    ----------
    learned : EmotionResponses
        Result of `responses_of`.
    file : Path
        The file.
    about : str
        The people, for its first line.
    """
    header = (
        f"Measured units of drawn people with known emotions: {about}.\n"
        f"First {len(SHOWN)} rows: response to full strength, {', '.join(' '.join(shown) for shown in SHOWN)}.\n"
        f"Next {MOVEMENTS} rows: mean products of what remains.\n"
        "Columns: units without a side, in their order, of the fit for scores, then of the fit for strengths.\n"
        "made by: python -m analysis.evaluation.emotion_people"
    )
    np.savetxt(file, np.concatenate([learned.responses, learned.remainder]), fmt="%8.5f", header=header)


if __name__ == "__main__":
    run_app(app, name="analysis.evaluation.emotion_people", expected=EXPECTED)

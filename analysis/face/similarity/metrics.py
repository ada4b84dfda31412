"""The metrics by name: the values of ``--metric``.

A score depends on two pictures and the neutral pictures of their people. Metrics whose names end with ``-pooled`` are
the exception: all pictures of a person contribute to the face at rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeAlias, cast

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError, FaceModelError
from analysis.face.fitting.eos import fit_eos
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.appearance import appearance_similarity
from analysis.face.similarity.blend import blend_similarity
from analysis.face.similarity.coefficients import coefficient_similarity
from analysis.face.similarity.combined import UNITS_SHARE, combined_similarity, units_correlation, units_share
from analysis.face.similarity.correlation import Centred
from analysis.face.similarity.displacement import displacement_correlation, displacement_weights
from analysis.face.similarity.points import AXES, MASKS, Axes, centred_correlation, centred_points, point_mask

Score: TypeAlias = Callable[[MeasuredFace, MeasuredFace, FaceModel], float]
"""(target, mimic, model) to a score."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A similarity of two measured faces."""

    name: str
    """The name on the command line, with options: ``points:mobile:mean``."""
    score: Score
    """(target, mimic, model) to the score; larger is more similar."""
    formula: str
    """One line for reports and records."""
    parts: Mapping[str, Score] = field(default_factory=dict, compare=False)
    """The scores whose weighted mean is the score, by name; empty for a single score."""
    units_share: Score | None = field(default=None, compare=False)
    """(target, mimic, model) to the weight of the part ``units``; None for a single score."""
    needs_pictures: bool = False
    """Whether the score compares appearance, and not landmarks alone."""
    pooled: bool = False
    """Whether the person's other pictures contribute to the face at rest, so that scores depend on each other."""
    short: str = ""
    """The formula in a few words; empty if it has few."""

    @property
    def caption(self) -> str:
        """The formula as captions name it."""
        return self.short or self.formula

    @property
    def label(self) -> str:
        """The name without punctuation, for file names: ``pointsMobileMean``."""
        first, *others = self.name.replace("-", ":").split(":")
        return first + "".join(part.capitalize() for part in others)

    def __reduce__(self) -> tuple[Callable[[str], Metric], tuple[str]]:
        """Send the name to another process; its functions cannot be sent."""
        return metric, (self.name,)


POOLED = "-pooled"
"""End of the names of pooled metrics, before the options: ``points-pooled:mobile``."""
DEFAULT_METRIC = "combined"
POOLED_METRIC = "pooled"
"""Short name of the pooled form of the default metric, for photographs."""


def metric(name: str = DEFAULT_METRIC) -> Metric:
    """Return a metric by its name.

    Parameters
    ----------
    name : str
        ``combined``, ``appearance``, ``units``, ``emotions``, ``blend``, ``displacement``, or
        ``points[:MASK[:AXES]]`` with a mask and axes of `analysis.face.similarity.points`; ``eos[:MASK[:AXES]]`` is
        the same for faces fitted by `analysis.face.fitting.eos`. All but eos have a pooled form, such as
        ``appearance-pooled``; ``pooled`` is that of the default metric.

    Raises
    ------
    AnalysisError
        If the name is unknown; the message lists the metrics.
    """
    if name == POOLED_METRIC:
        return _pooled(name, metric(DEFAULT_METRIC))
    kind, *options = name.split(":")
    if kind.endswith(POOLED) and not kind.startswith(_ALONE):
        return _pooled(name, metric(":".join([kind.removesuffix(POOLED), *options])))
    if kind in _CLOUDS and len(options) <= 2:
        return _points(name, kind, *options)
    if not options and kind in _PLAIN:
        return _PLAIN[kind]
    raise AnalysisError(
        f"unknown metric {name!r}; choose one of {', '.join(_PLAIN)}, or points[:MASK[:AXES]] or eos[:MASK[:AXES]] "
        f"with a mask of {', '.join(MASKS)} and axes of {', '.join(AXES)}; all but eos have a pooled form, such as "
        f"{DEFAULT_METRIC}{POOLED}, or {POOLED_METRIC} for short"
    )


def measured_together(face: MeasuredFace) -> MeasuredFace:
    """Return a face as measured together with the person's other pictures.

    Raises
    ------
    AnalysisError
        If one face of the model does not fit all pictures of the person.
    """
    if face.pooled is None:
        raise AnalysisError(
            f"{face.picture.path}: this picture cannot be measured together with others of its person; use a metric "
            f"without {POOLED}"
        )
    return face.pooled


def _pooled(name: str, one: Metric) -> Metric:
    def together(score: Score) -> Score:
        return lambda target, mimic, model: score(measured_together(target), measured_together(mimic), model)

    return replace(
        one,
        name=name,
        score=together(one.score),
        formula=f"{one.formula}; pooled: all pictures of a person contribute to the face at rest",
        parts={part: together(score) for part, score in one.parts.items()},
        units_share=together(one.units_share) if one.units_share else None,
        pooled=True,
        short=f"{one.caption}, pooled",
    )


def metric_names() -> tuple[str, ...]:
    """Return the names of all metrics without options, the default first."""
    return tuple(sorted([*_PLAIN, *_CLOUDS], key=lambda name: (name != DEFAULT_METRIC, name)))


def _points(name: str, kind: str, mask: str = "all", axes: str = "xyz") -> Metric:
    if mask not in MASKS or axes not in AXES:
        raise AnalysisError(
            f"{name!r}: {kind} takes a mask of {', '.join(MASKS)} "
            f"and axes of {', '.join(AXES)}, as in {kind}:mobile:mean"
        )
    cloud, words = _CLOUDS[kind]
    chosen_axes = cast("Axes", axes)

    @lru_cache(maxsize=128)
    def centred(face: MeasuredFace, model: FaceModel) -> tuple[Centred, ...]:
        return centred_points(cloud(face, model), mask=point_mask(model, mask), axes=chosen_axes)

    def score(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
        if mask not in ("all", "mobile") and mask not in model.regions:
            raise FaceModelError(f"the face model {model.name} has no region {mask!r}; use {kind}:all or {kind}:mobile")
        return centred_correlation(centred(target, model), centred(mimic, model))

    return Metric(
        name, score, f"Pearson's r of the 3D points of both faces{words} (published); mask {mask}, axes {axes}"
    )


# A table compares each face many times, and a face has thousands of vertices composed of a hundred shapes.
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
"""Metrics that compare points: the points of a face, and the words for the formula."""
_ALONE = "eos"
"""The metric that fits each picture alone in any case, so that it has no pooled form."""


def _displacement(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    a, b = _displacement_mm(target.score_fit, model), _displacement_mm(mimic.score_fit, model)
    return displacement_correlation(a, b, displacement_weights(model))


def _units(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return coefficient_similarity(target.score_fit, mimic.score_fit)


def _combined(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return combined_similarity(target, mimic)


def _units_correlation(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return units_correlation(target, mimic)


def _units_share(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return units_share(target, mimic)


def _appearance(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:  # noqa: ARG001
    return appearance_similarity(target, mimic)


def _emotions(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    return coefficient_similarity(*_emotion_fits(target, mimic, model))


def _blend(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> float:
    return blend_similarity(*_emotion_fits(target, mimic, model))


def _emotion_fits(target: MeasuredFace, mimic: MeasuredFace, model: FaceModel) -> tuple[FittedFace, FittedFace]:
    if target.emotion_fit is None or mimic.emotion_fit is None:
        raise FaceModelError(f"the face model {model.name} has no basis of emotions; use the metric units")
    return target.emotion_fit, mimic.emotion_fit


_PLAIN = {
    "combined": Metric(
        "combined",
        _combined,
        "w x correlation of the units + (1 - w) x appearance, both about the average expression, mirrored or not; "
        f"w = {UNITS_SHARE:g} in clear pictures, more where appearance is less reliable",
        parts={"units": _units_correlation, "appearance": _appearance},
        units_share=_units_share,
        needs_pictures=True,
        short="units and appearance, weighted by reliability",
    ),
    "appearance": Metric(
        "appearance",
        _appearance,
        "correlation of the change of edges from the own face at rest, on a chart of the face, weighted by noise",
        needs_pictures=True,
    ),
    "units": Metric("units", _units, "cosine of the strengths of the FACS-like units"),
    "emotions": Metric("emotions", _emotions, "cosine of the strengths of the six whole-face emotions"),
    "blend": Metric("blend", _blend, "cosine of the energies (squares) of the six emotions"),
    "displacement": Metric(
        "displacement",
        _displacement,
        "correlation of the movement from the own neutral face, balanced over vertices and regions",
    ),
}

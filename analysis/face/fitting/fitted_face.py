"""Settings and results of a fit: identity, expression and pose of one face."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.residuals import Weights
from analysis.face.models.model import FaceModel

INTENSITY_RIDGE = 10.0
"""Weak: coefficients keep most of their size. For the intensity of an expression."""
SCORE_RIDGE = 30.0
"""Strong: coefficients are too small but rank best. For comparing faces."""
UNOBSERVABLE = 0.1
"""Observability below which a shape is listed as not observable."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Assumptions of a fit. The defaults are for dlib's landmarks."""

    noise: float = 0.018
    """Standard deviation of a landmark in eye distances: jitter (0.007), the detector's pull to its mean, misfit."""
    pixel_noise_px: float = 0.5
    """Noise added by the resolution of the picture; matters for eye distances below about 50 pixels."""
    ridge: float = SCORE_RIDGE
    """Weight of ``|psi|^2`` in noise units: 1 / prior variance of a coefficient."""
    huber: float = 2.5
    """Residuals beyond this many sigma count linearly."""
    focal_px: float | None = None
    """Focal length of a calibrated camera; otherwise 1.1 picture widths, see `camera.start_pose`."""
    offsets: bool = True
    """Whether calibration keeps the part of the neutral landmarks that no identity explains; otherwise it is later
    taken for an expression."""
    neutral_axes: int = 12
    """Axes along which a calibrated neutral face stays uncertain, 0 for none; more than 12 change nothing."""
    max_turn_deg: float = 30.0
    """Yaw or pitch beyond which a face is refused."""
    max_error: float = 0.12
    """Reprojection error, in eye distances, beyond which a fit is refused."""

    @property
    def weights(self) -> Weights:
        """Weights of the solver."""
        return Weights(self.ridge, self.huber)


DEFAULT_SETTINGS = FitSettings()


@dataclass(frozen=True, slots=True, eq=False)
class Identity:
    """The face of one person at rest."""

    coefficients: FloatArray
    """(K,) in standard deviations of the model's identity components."""
    model_name: str
    frames: int
    """Number of pictures it was estimated from."""
    how: str
    """``neutral`` (from labelled neutral pictures), ``joint`` (shared by pictures of any expression), or ``mean``."""
    landmark_offsets_mm: FloatArray
    """(68, 3) difference of this person's neutral landmarks from the model's; zero where not known."""
    neutral_axes_mm: FloatArray = field(default_factory=lambda: np.zeros((68, 3, 0)))
    """(68, 3, C) one standard deviation along each axis in which the neutral landmarks stay uncertain: mostly depth,
    which frontal pictures do not show."""

    @staticmethod
    def mean(model: FaceModel) -> Identity:
        """Return the mean face of the model, for pictures of unknown people."""
        return Identity(np.zeros(len(model.identity)), model.name, 0, "mean", np.zeros((68, 3)))


@dataclass(frozen=True, slots=True, eq=False)
class FittedFace:
    """One face of one picture, explained by a model."""

    identity: Identity
    expression: FloatArray
    """(E,) coefficients of the basis, 0..1."""
    names: tuple[str, ...]
    """(E,) names of the shapes."""
    basis: str
    """``units`` or ``emotions``."""
    pose: Pose
    image_size: tuple[int, int]
    """(width, height) of the picture."""
    reprojection_error_px: float
    """Root mean square distance between fitted and detected landmarks, without the jaw line."""
    reprojection_error_eyes: float
    """The same in eye distances of this picture."""
    uncertainty: FloatArray
    """(E,) standard deviation of each coefficient for the assumed landmark noise, the bounds left aside."""
    observability: FloatArray
    """(E,) 0..1: information of these landmarks on each coefficient; 0 means that the value is only the prior's."""
    neutral_shift: FloatArray = field(default_factory=lambda: np.zeros(0))
    """(C,) shift of the neutral landmarks along `Identity.neutral_axes_mm` in this picture."""

    @property
    def unobservable(self) -> tuple[str, ...]:
        """Names of the shapes about which these landmarks hold almost no information."""
        return tuple(name for name, value in zip(self.names, self.observability, strict=True) if value < UNOBSERVABLE)

    def coefficient(self, name: str) -> float:
        """Return the coefficient of one named shape."""
        return float(self.expression[self.names.index(name)])

    def neutral_mm(self, model: FaceModel) -> FloatArray:
        """Return the (V, 3) vertices of this person at rest, mm."""
        return model.neutral(self.identity.coefficients)

    def displacement_mm(self, model: FaceModel) -> FloatArray:
        """Return the (V, 3) displacement of the vertices from neutral, mm."""
        return model.displacement(self.expression, self.basis)

    def vertices_mm(self, model: FaceModel) -> FloatArray:
        """Return the (V, 3) vertices of the fitted face, mm, in model axes (no pose)."""
        vertices: FloatArray = self.neutral_mm(model) + self.displacement_mm(model)
        return vertices

"""A chart of the face that makes people and head poses comparable.

The chart is the front view of the model's mean face, `WIDTH` x `HEIGHT` pixels, aligned by eyes and mouth so that it is
the same for every model. Each of its pixels is a point of the skin. For a picture, that point is taken on the neutral
face of the person in the head pose of the picture, and the grey value is read there. The chart therefore removes
identity and pose but not the expression: a raised brow is higher than on the neutral chart, and a furrow appears at its
place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from scipy import sparse
from scipy.spatial import Delaunay, cKDTree

from analysis.face.arrays import FloatArray, ImageArray, IntArray
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.fitting.landmark_basis import LEFT_EYE, RIGHT_EYE
from analysis.face.images import as_grey
from analysis.face.models.model import MATERIALS, FaceModel

WIDTH, HEIGHT = 96, 112
_HALF_WIDTH = 1.05
"""Half width of the chart, in eye distances."""
_ABOVE, _BELOW = 0.82, 1.72
"""Extent of the chart above and below the eyes, in distances from the eyes to the mouth."""
_MOUTH = slice(48, 60)
_JAW = 17
_FRONT = 0.1
"""Vertices with a smaller forward component of the normal are not visible from the front."""
_NEAR_MM, _BEHIND_MM = 3.0, 6.0
"""A vertex behind a neighbour within the first distance, by more than the second, is inside lips or nostrils."""
_REACH, _TRUST = 0.29, 0.15
"""Reach of a landmark's offset over the skin, in eye distances; variance of its error."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceChart:
    """Position on a model of every pixel of the chart."""

    model: FaceModel
    points: sparse.csr_array
    """(HEIGHT * WIDTH, V) barycentric weights of the vertices around each pixel; empty outside the face."""
    offsets: FloatArray
    """(HEIGHT * WIDTH, n) weights of the person's own landmark offsets, for the n landmarks of brows to mouth."""
    inner: IntArray
    """(n,) numbers of those landmarks, 0..67."""

    def neutral_mm(self, identity: Identity) -> FloatArray:
        """Return the (HEIGHT * WIDTH, 3) skin of a person at rest, mm."""
        model_mm = self.points @ self.model.neutral(identity.coefficients)
        neutral: FloatArray = model_mm + self.offsets @ identity.landmark_offsets_mm[self.inner]
        return neutral

    def sample(self, image: ImageArray, face: FittedFace) -> FloatArray:
        """Return the grey values of a picture at the points of the chart.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8 array
            The picture.
        face : FittedFace
            The face fitted to it.

        Returns
        -------
        (HEIGHT, WIDTH) float array
            0..255.
        """
        pixels = face.pose.project(_neutral_mm(self, face.identity))
        across = pixels[:, 0].reshape(HEIGHT, WIDTH)
        down = pixels[:, 1].reshape(HEIGHT, WIDTH)
        grey = as_grey(image)
        # Only the part of the picture around the face is processed.
        margin = 8
        left, top = max(0, int(across.min()) - margin), max(0, int(down.min()) - margin)
        part = grey[top : max(top + 1, int(down.max()) + margin), left : max(left + 1, int(across.max()) + margin)]
        if part.size == 0:
            return np.zeros((HEIGHT, WIDTH))
        coarser = float(np.hypot(np.diff(across, axis=1).mean(), np.diff(down, axis=1).mean()))
        softened = np.asarray(part, dtype=np.float32)
        if coarser > 1.0:
            # A pixel of the chart covers several of the picture: average over them, or fine detail becomes noise.
            softened = cv2.GaussianBlur(softened, (0, 0), 0.5 * float(np.sqrt(coarser**2 - 1.0)) + 1e-3).astype(
                np.float32
            )
        sampled = cv2.remap(
            softened,
            (across - left).astype(np.float32),
            (down - top).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(sampled, dtype=np.float64)

    def vertex_weights(self, weights: FloatArray) -> FloatArray:
        """Return weights of vertices, such as those of a region, on the chart.

        Parameters
        ----------
        weights : (V,) float array
            One per vertex.

        Returns
        -------
        (HEIGHT, WIDTH) float array
        """
        on_chart: FloatArray = (self.points @ weights).reshape(HEIGHT, WIDTH)
        return on_chart


@lru_cache(maxsize=8)
def _neutral_mm(chart: FaceChart, identity: Identity) -> FloatArray:
    """Return the skin of a person at rest; kept for the next picture."""
    return chart.neutral_mm(identity)


@lru_cache(maxsize=4)
def face_chart(model: FaceModel) -> FaceChart:
    """Return the chart of a model; computed once (0.2 s)."""
    present = np.flatnonzero(model.landmark_vertices >= 0)
    points = np.full((68, 3), np.nan)
    points[present] = model.mean[model.landmark_vertices[present]]
    right, left = np.nanmean(points[RIGHT_EYE], axis=0), np.nanmean(points[LEFT_EYE], axis=0)
    eyes, mouth = (right + left) / 2.0, np.nanmean(points[_MOUTH], axis=0)
    wide, high = float(np.linalg.norm(left - right)), float(eyes[1] - mouth[1])
    grid = np.stack(
        np.meshgrid(
            eyes[0] + np.linspace(-_HALF_WIDTH, _HALF_WIDTH, WIDTH) * wide,
            eyes[1] + np.linspace(_ABOVE, -_BELOW, HEIGHT) * high,
        ),
        axis=-1,
    ).reshape(-1, 2)
    skin = _visible_from_front(model)
    mesh = Delaunay(model.mean[skin, :2])
    simplex = mesh.find_simplex(grid)
    outside = simplex < 0
    simplex[outside] = 0
    transform = mesh.transform[simplex]
    two = np.einsum("nij,nj->ni", transform[:, :2], grid - transform[:, 2])
    corners = np.column_stack([two, 1.0 - two.sum(axis=1)])
    corners[outside] = 0.0
    rows = np.repeat(np.arange(len(grid)), 3)
    weights = sparse.csr_array(
        (corners.ravel(), (rows, skin[mesh.simplices[simplex]].ravel())), shape=(len(grid), len(model.mean))
    )
    inner = present[present >= _JAW]
    return FaceChart(model, weights, _spreading(points[inner, :2], grid, reach=_REACH * wide), inner)


def _visible_from_front(model: FaceModel) -> IntArray:
    """Return the indices of the vertices of the skin that are visible in a front view."""
    corners = model.mean[model.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(model.mean)
    for corner in range(3):
        np.add.at(normals, model.triangles[:, corner], across)
    forward = normals[:, 2] > _FRONT * np.linalg.norm(normals, axis=1)
    if model.materials is not None:
        forward &= model.materials == MATERIALS.index("skin")
    candidates = np.flatnonzero(forward)
    points = model.mean[candidates]
    near = cKDTree(points[:, :2]).query_ball_point(points[:, :2], _NEAR_MM)
    front = np.array([points[group, 2].max() for group in near])
    visible: IntArray = candidates[points[:, 2] > front - _BEHIND_MM]
    return visible


def _spreading(landmarks: FloatArray, grid: FloatArray, *, reach: float) -> FloatArray:
    """Return (N, n) weights that spread n landmark values over N points.

    They are the mean of a Gaussian process (Rasmussen & Williams, Gaussian Processes for Machine Learning, 2006, eq.
    2.23).
    """

    def covariance(a: FloatArray, b: FloatArray) -> FloatArray:
        squared = ((a[:, None] - b[None]) ** 2).sum(axis=2)
        return np.asarray(np.exp(-squared / (2.0 * reach**2)))

    known = covariance(landmarks, landmarks) + _TRUST * np.eye(len(landmarks))
    return np.asarray(np.linalg.solve(known, covariance(landmarks, grid)).T)

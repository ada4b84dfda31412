"""Soft masks of the regions of the face, around the landmarks."""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.models.model import MATERIALS, REGIONS

_SEEDS: dict[str, list[tuple[int, ...]]] = {
    "brows": [(17,), (18,), (19,), (20,), (21,), (22,), (23,), (24,), (25,), (26,), (21, 22)],
    "eyes": [(36,), (37,), (38,), (39,), (40,), (41,), (42,), (43,), (44,), (45,), (46,), (47,)],
    "nose": [(27,), (28,), (29,), (30,), (31,), (32,), (33,), (34,), (35,), (28, 29)],
    "cheeks": [(41, 48, 3), (46, 54, 13), (2, 36, 48), (14, 45, 54), (1, 41), (15, 46), (4, 48), (12, 54)],
    "mouth": [*((k,) for k in range(48, 68)), (33, 51)],
    "jaw": [(8,), (7,), (9,), (6,), (10,), (5,), (11,), (8, 57)],
}
"""Groups of landmarks (numbered from 0); each region lies around the centres of its groups."""
_FACE_EDGE_MM = (22.0, 12.0)
"""Width of the face around its landmarks, and of the edge over which the weight falls."""
_BLEND_MM = 4.0


def region_masks(mean: FloatArray, landmarks: IntArray, materials: IntArray) -> dict[str, FloatArray]:
    """Return the (V,) weights of each region.

    Their sum is 1 on the face, 0 on neck, ears and skull.

    Eyeballs are in no region: expressions do not move them.

    Parameters
    ----------
    mean : (V, 3) float array
        Mean face, mm.
    landmarks : (68,) int array
        Vertex of each landmark.
    materials : (V,) int array
        Index into `MATERIALS`.
    """
    points = mean[landmarks]
    distances = []
    for region in REGIONS:
        seeds = np.stack([points[list(group)].mean(axis=0) for group in _SEEDS[region]])
        distances.append(np.linalg.norm(mean[:, None] - seeds, axis=2).min(axis=1))
    by_region = np.stack(distances, axis=1)
    nearest = by_region.min(axis=1)
    share = np.exp(-(by_region - nearest[:, None]) / _BLEND_MM)
    share /= share.sum(axis=1, keepdims=True)
    edge, fall = _FACE_EDGE_MM
    face = np.clip((edge + fall - nearest) / fall, 0.0, 1.0)
    face[(materials != MATERIALS.index("skin"))] = 0.0
    return {region: share[:, k] * face for k, region in enumerate(REGIONS)}

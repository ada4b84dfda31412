"""Position and uncertainty of a person's neutral landmarks after calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.linalg import eigh

from analysis.face.arrays import FloatArray
from analysis.face.fitting.residuals import View, Weights, linearise, residuals


def neutral_offsets(
    views: Sequence[View], neutral_mm: FloatArray, *, jitter_px: Sequence[float], spread_mm: float
) -> FloatArray:
    """Return the (3, n) offsets of the neutral landmarks from the identity, mm.

    Parameters
    ----------
    views : sequence of View
        Neutral pictures of the person, with their fitted poses.
    neutral_mm : (3, n) float array
        The landmarks of the fitted identity.
    jitter_px : (views,) floats
        Noise that differs between neutral pictures of one person.
    spread_mm : float
        Prior standard deviation of an offset.
    """
    normal, right = _point_information(views, neutral_mm, jitter_px)
    normal += np.eye(3) / spread_mm**2
    return np.asarray(np.linalg.solve(normal, right[:, :, None])[:, :, 0].T, dtype=np.float64)


def uncertain_axes(
    views: Sequence[View],
    identity_mm: FloatArray,
    *,
    neutral_mm: FloatArray,
    noise_px: Sequence[float],
    spread_mm: float,
    count: int,
) -> FloatArray:
    """Return the axes of greatest uncertainty of the neutral landmarks.

    They are the longest principal axes, one standard deviation each, of the posterior distribution of the landmarks.
    From frontal pictures this is depth: the length of a nose shows only when the head turns, and would then be taken
    for an expression.

    Parameters
    ----------
    views : sequence of View
        Neutral pictures of the person, with their fitted poses.
    identity_mm : (3, n, K) float array
        Identity components of the model, one standard deviation each.
    neutral_mm : (3, n) float array
        The landmarks of the fitted identity.
    noise_px : (views,) floats
        Total noise of a landmark in each picture.
    spread_mm : float
        Standard deviation of people beyond the model.
    count : int
        Number of axes.

    Returns
    -------
    (3, n, count) float array
        mm.
    """
    n = neutral_mm.shape[1]
    spread = identity_mm.reshape(3 * n, -1)
    information = np.linalg.inv(spread @ spread.T + spread_mm**2 * np.eye(3 * n))
    of_points, _ = _point_information(views, neutral_mm, noise_px)
    for point in range(n):
        information[point::n, point::n] += of_points[point]
    # The least information is the most variance.
    precision, axes = eigh(information, subset_by_index=(0, count - 1))
    scaled: FloatArray = (axes / np.sqrt(precision)).reshape(3, n, count)
    return scaled


def _point_information(
    views: Sequence[View], neutral_mm: FloatArray, noise_px: Sequence[float]
) -> tuple[FloatArray, FloatArray]:
    """Return the (n, 3, 3) information on each point, 1 / mm^2.

    The second value is the (n, 3) right-hand sides.
    """
    count = neutral_mm.shape[1]
    normal, right = np.zeros((count, 3, 3)), np.zeros((count, 3))
    plain = Weights(ridge=0.0, huber=1e9)  # the identity was fitted robustly; the remaining residuals count fully
    for view, noise in zip(views, noise_px, strict=True):
        sharp = replace(view, precision=np.full(count, 1.0 / noise))
        linear = linearise(sharp, residuals(sharp, neutral_mm, plain), plain)
        normal += np.einsum("naj,nak->njk", linear.by_model, linear.by_model)
        right += np.einsum("naj,na->nj", linear.by_model, linear.residual.reshape(count, 2))
    return normal, right

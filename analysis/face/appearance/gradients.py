"""Describe the edges on the chart of a face by histograms of oriented gradients.

The method is that of [1]_ with three changes. The chart is first normalised to one local contrast, instead of
normalising blocks. The edges of a cell have Gaussian weights instead of a box. The square root is taken as for RootSIFT
[2]_, so that a faint furrow counts next to the edge of the teeth. Directions are those of lines (0..180 degrees): the
light decides whether a line is darker or brighter than the skin.

References
----------
.. [1] Dalal & Triggs, Histograms of oriented gradients for human detection, CVPR (2005).
.. [2] Arandjelović & Zisserman, Three things everyone should know to improve object retrieval, CVPR (2012).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.face.appearance.chart import HEIGHT, WIDTH
from analysis.face.arrays import FloatArray

CELL_PX = 8
DIRECTIONS = 6
SHAPE = (HEIGHT // CELL_PX, WIDTH // CELL_PX, DIRECTIONS)
"""Rows, columns and directions of a descriptor."""
_CONTRAST_PX = 12.0
_LEAST_CONTRAST = 4.0
"""Standard deviation, in grey levels of a chart of `_LEVELS`, below which contrast counts as noise."""
_LEVELS = 40.0
_SMOOTH_PX = 0.7


def edges(chart: FloatArray) -> FloatArray:
    """Return the amount of edge in each cell of a chart, by direction.

    Direction ``k`` is a gradient at ``180 k / DIRECTIONS`` degrees. Brightness and contrast of the picture cancel out.

    Parameters
    ----------
    chart : (HEIGHT, WIDTH) float array
        Grey values of `analysis.face.appearance.chart`.

    Returns
    -------
    (rows, columns, directions) float array
        Descriptor of shape `SHAPE`.
    """
    grey: NDArray[np.float32] = (chart - chart.mean()).astype(np.float32)
    grey *= np.float32(_LEVELS) / np.float32(max(float(grey.std()), 1e-6))
    middle = cv2.GaussianBlur(grey, (0, 0), _CONTRAST_PX)
    variance = cv2.GaussianBlur((grey - middle) ** 2, (0, 0), _CONTRAST_PX)
    even = cv2.GaussianBlur((grey - middle) / np.sqrt(variance + _LEAST_CONTRAST**2), (0, 0), _SMOOTH_PX)
    across = cv2.Sobel(even, cv2.CV_32F, 1, 0, ksize=1)
    down = cv2.Sobel(even, cv2.CV_32F, 0, 1, ksize=1)
    strength = np.hypot(across, down)
    direction = (np.arctan2(down, across) % np.pi) * (DIRECTIONS / np.pi)
    layers = []
    for k in range(DIRECTIONS):
        away = np.abs(direction - k)
        near = np.maximum(1.0 - np.minimum(away, DIRECTIONS - away), 0.0)
        pooled = cv2.GaussianBlur((near * strength).astype(np.float32), (0, 0), CELL_PX / 2)
        layers.append(_at_cells(pooled))
    return np.sqrt(np.stack(layers, axis=-1))


def _at_cells(pooled: NDArray[np.float32]) -> FloatArray:
    """Return the (rows, columns) values at the cell centres.

    The centres lie between pixels, so that both sides are alike.
    """
    before, after = CELL_PX // 2 - 1, CELL_PX // 2
    columns = pooled[:, before::CELL_PX].astype(np.float64) + pooled[:, after::CELL_PX]
    centres: FloatArray = (columns[before::CELL_PX] + columns[after::CELL_PX]) / 4.0
    return centres


def mirrored_descriptor(descriptor: FloatArray) -> FloatArray:
    """Return the descriptor of the mirror image.

    Parameters
    ----------
    descriptor : (..., rows, columns, directions) float array
        Descriptors.
    """
    order = (-np.arange(DIRECTIONS)) % DIRECTIONS
    turned: FloatArray = descriptor[..., ::-1, :][..., order]
    return turned

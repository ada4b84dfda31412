"""Which edges are where on the chart of a face: histograms of oriented gradients.

After Dalal & Triggs, "Histograms of Oriented Gradients for Human Detection", CVPR 2005, with three changes: the chart
is brought to one local contrast first instead of normalising blocks; the edges of a cell are weighed by a Gaussian
instead of a box; and the square root is taken, as for RootSIFT (Arandjelović & Zisserman, CVPR 2012), so that a faint
furrow counts beside the edge of the teeth. Directions are those of lines (0..180 degrees): whether a line is darker or
brighter than the skin depends on the light.
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
"""Standard deviation, grey levels of a chart of `_LEVELS`, below which contrast is taken for noise."""
_LEVELS = 40.0
_SMOOTH_PX = 0.7


def edges(chart: FloatArray) -> FloatArray:
    """(rows, columns, directions) how much edge there is in each cell of a (HEIGHT, WIDTH) chart, by direction.

    Direction ``k`` is a gradient at ``180 k / DIRECTIONS`` degrees. Brightness and contrast of the picture cancel out.
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
    """(rows, columns) values in the middles of the cells, which lie between pixels; so left and right are alike."""
    before, behind = CELL_PX // 2 - 1, CELL_PX // 2
    columns = pooled[:, before::CELL_PX].astype(np.float64) + pooled[:, behind::CELL_PX]
    middles: FloatArray = (columns[before::CELL_PX] + columns[behind::CELL_PX]) / 4.0
    return middles


def mirrored(descriptor: FloatArray) -> FloatArray:
    """The same of the mirror image; works on (..., rows, columns, directions)."""
    order = (-np.arange(DIRECTIONS)) % DIRECTIONS
    turned: FloatArray = descriptor[..., ::-1, :][..., order]
    return turned

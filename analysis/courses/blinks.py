"""Find the frames of blinks: both lids close fast and open again.

The opening of an eye is its height divided by its width [1]_, relative to that of the same person at rest. A blink is a
dip of both openings: the eyes were more open within the last 0.4 s, and are again within the next 0.4 s. A smile
narrows the eyes for longer, so it is not a blink; neither is a look downwards. Eyes that stay closed are one too.

Before the first frame and after the last one, the eyes are taken to be as open as at rest.

References
----------
.. [1] Soukupova & Cech, Real-time eye blink detection using facial landmarks, Computer Vision Winter Workshop (2016),
   eq. 1.
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray

SPAN_S = 0.4
"""A blink begins and ends within this time of each of its frames."""
DEPTH = 0.1
"""Share of the opening at rest by which both eyes close, at least. Open eyes vary by 0.03."""
CLOSED = 0.4
"""Eyes that are open by a smaller share than this are closed, however long."""
_EYES = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
_ROUNDING_S = 1e-6


def eye_openings(points_px: FloatArray) -> FloatArray:
    """Return the (2,) openings of the right and left eye: height by width.

    Parameters
    ----------
    points_px : (68, 2) float array
        Landmarks.
    """
    openings = []
    for eye in _EYES:
        corner, upper, upper2, corner2, lower2, lower = points_px[list(eye)]
        height = np.linalg.norm(upper - lower) + np.linalg.norm(upper2 - lower2)
        openings.append(float(height / (2.0 * np.linalg.norm(corner - corner2))))
    return np.array(openings)


def in_blink(time_s: FloatArray, openings: FloatArray, at_rest: FloatArray) -> np.ndarray:
    """Return for each of some frames whether it is in a blink, (N,) bool.

    Parameters
    ----------
    time_s : (N,) float array
        Ascending times.
    openings : (N, 2) float array
        Openings of both eyes.
    at_rest : (2,) float array
        The same of the person at rest.
    """
    shares = openings / at_rest
    before, after = _most_open(time_s, shares), _most_open(-time_s[::-1], shares[::-1])[::-1]
    dips = np.minimum(before, after) - shares
    return np.asarray((dips.min(axis=1, initial=np.inf) > DEPTH) | (shares.max(axis=1, initial=0.0) < CLOSED))


def _most_open(time_s: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the largest shares within the last `SPAN_S`, up to each frame."""
    first = np.searchsorted(time_s, time_s - SPAN_S - _ROUNDING_S)
    largest = np.array([shares[begin : number + 1].max(axis=0) for number, begin in enumerate(first.tolist())])
    largest = largest.reshape(len(time_s), 2)
    is_early = time_s < time_s[:1] + SPAN_S
    return np.where(is_early[:, None], np.maximum(largest, 1.0), largest)

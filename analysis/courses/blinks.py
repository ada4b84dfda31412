"""Find the frames of blinks: both lids close fast and open again.

The opening of an eye is its height divided by its width [1]_, relative to that of the same person at rest. A blink is a
short dip of both openings: every interval of 0.35 s with the frame has a moment in which the eyes are more open (the
morphological closing of the course is larger than the course, [2]_). A smile narrows the eyes for longer, so it is not
a blink; neither is a look downwards. Eyes that are almost shut are one, however long.

Before the first frame and after the last one, the eyes are taken to be as open as at rest. If there are frames of less
than a second, as around a key press, nothing is known about the time before and after, and only dips within it count.

References
----------
.. [1] Soukupova & Cech, Real-time eye blink detection using facial landmarks, Computer Vision Winter Workshop (2016),
   eq. 1.
.. [2] Serra, Image analysis and mathematical morphology (1982).
"""

from __future__ import annotations

import numpy as np

from analysis.face.arrays import FloatArray

SPAN_S = 0.35
"""A blink is shorter."""
DEPTH = 0.1
"""Share of the opening at rest by which both eyes close, at least. Open eyes vary by 0.03."""
_KNOWN_S = 1.0
"""Shorter films say nothing about the opening before and after them."""
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
    dips = _without_dips(time_s, shares) - shares
    return np.asarray((dips.min(axis=1, initial=np.inf) > DEPTH) | (shares.max(axis=1, initial=0.0) < CLOSED))


def _without_dips(time_s: FloatArray, shares: FloatArray) -> FloatArray:
    """Return the (N, 2) course whose short dips are filled."""
    if len(time_s) < 2:
        return shares
    step_s, ends = float(np.median(np.diff(time_s))), np.ones((1, 2))
    if time_s[-1] - time_s[0] < _KNOWN_S:
        ends = np.zeros((1, 2))
    times = np.concatenate([[time_s[0] - step_s], time_s, [time_s[-1] + step_s]])
    values = np.concatenate([ends, shares, ends])
    stops = np.searchsorted(times, times + SPAN_S + _ROUNDING_S).tolist()
    maxima = np.array([values[begin:stop].max(axis=0) for begin, stop in enumerate(stops)])
    begins = np.searchsorted(times, times - SPAN_S - _ROUNDING_S).tolist()
    filled = np.array([maxima[begin : number + 1].min(axis=0) for number, begin in enumerate(begins)])
    return np.asarray(np.maximum(filled[1:-1], shares))

"""Delay from display to camera, estimated from a flashing screen.

The screen is a step function of time, known from its flips. A frame stamped ``t`` collects the light from
``t - delay - exposure/2`` to ``t - delay + exposure/2``: ``delay`` is the time from the flip whose picture is in the
middle of the exposure to the stamp, panel lag included. It can be negative where a driver stamps the start of a frame.
A frame's time minus ``delay`` is the time of the flip that it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiment.errors import CameraError

FloatArray = NDArray[np.float64]

_EARLIEST_S, _LATEST_S = -0.05, 0.5
_COARSE_S, _FINE_S = 0.004, 0.0005
_WINDOW_S = 0.030
"""Half width of the fine search, and with it of the interval, around the best coarse step."""
_EXPOSURES_S = (0.001, 0.008, 0.0167, 0.0333)
_LEAST_EXPLAINED = 0.5
"""Least share of the variance of the brightness that flashes explain; without a screen in view it is near 0."""


@dataclass(frozen=True, slots=True)
class DelayEstimate:
    """Delay of display and camera together."""

    delay_s: float
    low_s: float
    high_s: float
    """A 95 % interval from resampling the flashes."""
    flashes: int
    explained: float
    """Share of the variance of the brightness, 0..1."""
    time_kind: str = ""
    """Source of the time stamps (`experiment.ports.camera.TimeKind`)."""


def flash_durations_s(rng: np.random.Generator, flashes: int) -> FloatArray:
    """Return (2 * flashes,) durations of bright and dark by turns, 0.2-0.5 s.

    They are irregular, so that a delay cannot be confused with one a period away, and so that flips fall on all phases
    of the camera's interval.
    """
    return rng.uniform(0.2, 0.5, 2 * flashes)


def estimate_delay(
    flips_s: Sequence[float], frame_times_s: Sequence[float], brightness: Sequence[float], *, rng: np.random.Generator
) -> DelayEstimate:
    """Estimate the delay from display to camera stamp.

    Parameters
    ----------
    flips_s : (2F,) sequence
        Flips to bright, dark, bright, dark, ...; at least 5 flashes.
    frame_times_s, brightness : (N,) sequences
        Stamp and mean grey value of each frame, from before the first flip to half a second behind the last.
    rng
        For the resampling of the interval.

    Raises
    ------
    CameraError
        If the brightness does not follow the screen: the camera does not see it.
    """
    edges_s = np.asarray(flips_s, dtype=float)
    times_s, seen = np.asarray(frame_times_s, dtype=float), np.asarray(brightness, dtype=float)
    flashes = len(edges_s) // 2
    if flashes < 5 or len(times_s) < 4 * flashes:
        raise CameraError(
            f"the delay needs at least 5 flashes and 4 frames a flash, there were {flashes} and {len(times_s)} frames"
        )
    flash = np.clip(np.searchsorted(edges_s[::2], times_s - _EARLIEST_S) - 1, 0, flashes - 1)
    coarse_s = np.arange(_EARLIEST_S, _LATEST_S, _COARSE_S)
    total = np.stack([_errors(edges_s, times_s, seen, coarse_s, e, flash).sum(axis=1) for e in _EXPOSURES_S])
    exposure, best = np.unravel_index(int(total.argmin()), total.shape)
    fine_s = coarse_s[best] + np.arange(-_WINDOW_S, _WINDOW_S, _FINE_S)
    errors = _errors(edges_s, times_s, seen, fine_s, _EXPOSURES_S[exposure], flash)
    found = int(errors.sum(axis=1).argmin())
    variation = float(np.sum((seen - seen.mean()) ** 2))
    explained = 1 - float(errors[found].sum()) / variation if variation > 0 else 0.0
    if explained < _LEAST_EXPLAINED:
        raise CameraError(
            f"the camera does not see the screen flash (its brightness follows to {max(0.0, explained):.0%}); point "
            "the camera at the screen, or hold a mirror, and dim the room"
        )
    drawn = rng.multinomial(flashes, np.full(flashes, 1 / flashes), size=1000)
    resampled_s = fine_s[(errors @ drawn.T).argmin(axis=0)]
    low_s, high_s = np.quantile(resampled_s, [0.025, 0.975])
    half_step_s = _FINE_S / 2
    return DelayEstimate(
        float(fine_s[found]), float(low_s) - half_step_s, float(high_s) + half_step_s, flashes, explained
    )


def _errors(
    edges_s: FloatArray,
    times_s: FloatArray,
    seen: FloatArray,
    delays_s: FloatArray,
    exposure_s: float,
    flash: NDArray[np.int64],
) -> FloatArray:
    """Return the (D, F) squared error of every delay on every flash.

    Brightness and contrast are fitted by least squares.
    """
    ends_s = times_s[np.newaxis] - delays_s[:, np.newaxis] + exposure_s / 2
    expected = (_light_until(edges_s, ends_s) - _light_until(edges_s, ends_s - exposure_s)) / exposure_s
    centred = expected - expected.mean(axis=1, keepdims=True)
    contrast = centred @ (seen - seen.mean()) / np.maximum(np.sum(centred**2, axis=1), 1e-12)
    # A screen is never darker when it is bright: a delay that needs that is none.
    residual = (seen - seen.mean()) - np.maximum(contrast, 0)[:, np.newaxis] * centred
    by_flash = (flash[:, np.newaxis] == np.arange(int(flash.max()) + 1)).astype(float)
    errors: FloatArray = residual**2 @ by_flash
    return errors


def _light_until(edges_s: FloatArray, times_s: FloatArray) -> FloatArray:
    """Seconds of brightness from the first flip to each time."""
    collected = np.concatenate([[0.0], np.cumsum(np.diff(edges_s) * (np.arange(len(edges_s) - 1) % 2 == 0))])
    before = np.clip(np.searchsorted(edges_s, times_s, side="right") - 1, 0, len(edges_s) - 1)
    since_s = np.maximum(times_s - edges_s[before], 0)
    light: FloatArray = collected[before] + np.where(before % 2 == 0, since_s, 0.0)
    return light

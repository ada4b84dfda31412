"""Samples of sound files, and of the tones of a hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiment.errors import DisplayError
from experiment.protocol.language.sound_files import read_sound_file
from experiment.protocol.plan import TONE_S
from experiment.screens.moving_targets import SOUND_RATE_HZ, Samples

START_TONE_HZ, END_TONE_HZ = 880.0, 440.0
"""Frequencies of the tones at the start and at the end of a hold."""
SUCCESS_HZ = (660.0, 880.0)
"""Frequencies of the two tones of a complete hold."""
RAMP_S = 0.01
"""Length of the ramps of a tone, raised cosines, so that it does not click."""
AMPLITUDE = 0.25
"""Amplitude of a tone, as a share of the largest possible one."""


def load_sound(file: Path) -> Samples:
    """Read the samples of a sound file.

    Raises
    ------
    DisplayError
        If the file cannot be read.
    """
    try:
        return read_sound_file(file, rate_hz=SOUND_RATE_HZ)
    except ValueError as error:
        raise DisplayError(f"{file}: {error}") from error


def hold_tones(hold_s: float) -> Samples:
    """Return one sound with the tones of a hold: at its start and at its end.

    The sound device keeps the time between them, so that no call has to be in time for the second one.

    Parameters
    ----------
    hold_s
        Length of the hold, seconds.
    """
    start, end = _tone(START_TONE_HZ), _tone(END_TONE_HZ)
    at = max(round(hold_s * SOUND_RATE_HZ), len(start))
    samples = np.zeros((at + len(end), 2), np.float32)
    samples[: len(start)] = start[:, None]
    samples[at:] = end[:, None]
    return samples


def success_sound() -> Samples:
    """Return the sound of a complete hold: two tones, one after the other, rising."""
    tones = np.concatenate([_tone(frequency_hz) for frequency_hz in SUCCESS_HZ])
    return np.repeat(tones[:, None], 2, axis=1)


def _tone(frequency_hz: float) -> Samples:
    """Return one channel of a sine with ramps."""
    times_s = np.arange(round(TONE_S * SOUND_RATE_HZ)) / SOUND_RATE_HZ
    edges_s = np.minimum(times_s, times_s[::-1])
    ramps = 0.5 - 0.5 * np.cos(np.pi * np.minimum(edges_s / RAMP_S, 1.0))
    return (AMPLITUDE * ramps * np.sin(2.0 * np.pi * frequency_hz * times_s)).astype(np.float32)

"""Sounds, played by Psychtoolbox's PsychPortAudio.

The device runs all the time, so that a sound starts within its buffer. PsychPortAudio estimates when the first sample
leaves the computer; that estimate is in the record. What a loudspeaker, an amplifier or Bluetooth adds is unknown to
the computer: measure it with a microphone and a photodiode.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import Any

from experiment.clock import measure_offset
from experiment.errors import SoundError
from experiment.ports.clock import Clock
from experiment.screens.moving_targets import SOUND_RATE_HZ, Samples

_PLAYBACK, _LOW_LATENCY, _KEEP_RUNNING, _CHANNELS = 1, 1, 1, 2
_AT_ONCE, _DO_NOT_WAIT = 0, 0
"""Arguments of ``Stop``: not at the end of the sound, and without waiting for the device."""


class PtbSound:
    """The computer's usual sound device.

    Parameters
    ----------
    clock
        The clock of the session.

    Raises
    ------
    SoundError
        If there is no sound device, or it cannot be opened.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        try:
            from psychtoolbox import GetSecs, PsychPortAudio

            self._get_secs, self._audio = GetSecs, PsychPortAudio
            with _quiet():
                PsychPortAudio("Verbosity", 0)
                self._handle = PsychPortAudio("Open", None, _PLAYBACK, _LOW_LATENCY, SOUND_RATE_HZ, _CHANNELS)
                PsychPortAudio("RunMode", self._handle, _KEEP_RUNNING)
                self._status = dict(PsychPortAudio("GetStatus", self._handle))
                self._played = self._status
        except Exception as error:  # Psychtoolbox raises plain exceptions
            raise SoundError(
                f"no sound can be played ({_one_line(error)}); connect a loudspeaker or headphones and choose it as "
                "the system's output"
            ) from error

    @property
    def facts(self) -> Mapping[str, Any]:
        """Driver, rate and expected delay of the device."""
        return {
            "driver": "PsychPortAudio",
            "device": int(self._status["OutDeviceIndex"]),
            "rate_hz": float(self._status["SampleRate"]),
            "expected_delay_ms": round(1000.0 * float(self._status["PredictedLatency"]), 3),
        }

    def load(self, samples: Samples) -> None:
        """Copy a sound to the device's buffer.

        Parameters
        ----------
        samples : (N, 2) float32 array
            -1 to 1, at `SOUND_RATE_HZ`.
        """
        self._audio("FillBuffer", self._handle, samples)

    def start(self) -> None:
        """Start the loaded sound; return at once."""
        self._audio("Start", self._handle, 1, 0, 0)

    def stop(self) -> None:
        """Stop the sound; return at once.

        The device reports the start before it stops. Waiting until the last buffer is played could cost a frame of the
        display.
        """
        self._played = dict(self._audio("GetStatus", self._handle))
        self._audio("Stop", self._handle, _AT_ONCE, _DO_NOT_WAIT)

    def heard(self) -> Mapping[str, Any]:
        """Return the estimated start of the sound stopped last, and other facts.

        ``start_s`` is its estimated start on the clock of the session, None if no sample was played. ``gaps`` counts
        interruptions of the sound. Waits until the device has stopped.
        """
        self._audio("Stop", self._handle)
        offset = measure_offset(self._get_secs, self._clock.now, readings=3)
        started = float(self._played["StartTime"])
        return {
            "start_s": round(started - offset.offset_s, 6) if started > 0 else None,
            "expected_delay_ms": round(1000.0 * float(self._played["PredictedLatency"]), 3),
            "gaps": int(self._played["XRuns"]),
        }

    def close(self) -> None:
        """Close the device."""
        self._audio("Close", self._handle)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what the library writes in addition to its exception, to both streams."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _one_line(error: Exception) -> str:
    if "audio hardware" in str(error):
        return "the computer has no sound device"
    return " ".join(str(error).split()).removeprefix("PTB-ERROR: ").rstrip(".") or type(error).__name__

"""Sound files and a simulated sound device for tests."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from experiment.ports.clock import Clock
from experiment.screens.moving_targets import Samples


def write_wav(
    file: Path, seconds: float, *, rate_hz: int = 44_100, channels: int = 1, frequency_hz: float = 1000.0
) -> Path:
    """Write a sine of half the largest amplitude."""
    times_s = np.arange(round(seconds * rate_hz)) / rate_hz
    tone = (0.5 * 32767 * np.sin(2 * np.pi * frequency_hz * times_s)).astype("<i2")
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate_hz)
        written.writeframes(np.repeat(tone, channels).tobytes())
    return file


class SimulatedSound:
    """Notes its calls and their times; a sound starts 12 ms after the request."""

    facts: Mapping[str, Any] = {"driver": "simulated", "expected_delay_ms": 10.0}

    def __init__(self, clock: Clock, *, reports_start: bool = True) -> None:
        self.calls: list[tuple[str, float]] = []
        self.loaded: list[Samples] = []
        self._clock = clock
        self._reports_start = reports_start

    def load(self, samples: Samples) -> None:
        self.loaded.append(samples)
        self._note("load")

    def start(self) -> None:
        self._note("start")

    def stop(self) -> None:
        self._note("stop")

    def heard(self) -> Mapping[str, Any]:
        self._note("heard")
        start_s = [time_s for name, time_s in self.calls if name == "start"][-1] + 0.012
        return {"start_s": start_s if self._reports_start else None, "expected_delay_ms": 10.0, "gaps": 0}

    def close(self) -> None:
        self._note("close")

    def time_of(self, name: str) -> float:
        """The time of the only call of this name."""
        (time_s,) = [time_s for call, time_s in self.calls if call == name]
        return time_s

    def _note(self, name: str) -> None:
        self.calls.append((name, self._clock.now()))

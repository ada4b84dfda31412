"""Calls of the sound device. The device itself is scripted: it notes the calls, and blocks as the real one does."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import psychtoolbox
import pytest

from experiment.clock import MonotonicClock
from experiment.display.ptb_sound import PtbSound
from experiment.errors import SoundError


class ScriptedAudio:
    """Answers the calls of PsychPortAudio."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, name: str, *arguments: Any) -> Any:
        self.calls.append((name, *arguments))
        if name == "Open":
            return 7
        start_s = psychtoolbox.GetSecs() if ("Start", 7, 1, 0, 0) in self.calls else 0.0
        return {"OutDeviceIndex": 0, "SampleRate": 48_000, "PredictedLatency": 0.01, "StartTime": start_s, "XRuns": 2}


@pytest.fixture
def audio(monkeypatch: pytest.MonkeyPatch) -> ScriptedAudio:
    scripted = ScriptedAudio()
    monkeypatch.setattr(psychtoolbox, "PsychPortAudio", scripted)
    return scripted


def test_stopping_a_sound_does_not_wait_for_the_device(audio: ScriptedAudio) -> None:
    sound = PtbSound(MonotonicClock())
    sound.load(np.zeros((10, 2), np.float32))
    sound.start()
    audio.calls.clear()

    sound.stop()

    assert audio.calls == [("GetStatus", 7), ("Stop", 7, 0, 0)]


def test_the_start_of_a_sound_is_on_the_clock_of_the_session(audio: ScriptedAudio) -> None:
    clock = MonotonicClock()
    sound = PtbSound(clock)
    sound.start()
    before_s = clock.now()
    sound.stop()
    after_s = clock.now()

    heard = sound.heard()

    assert audio.calls[-1] == ("Stop", 7)  # waits, so that the next sound can be loaded
    assert before_s - 0.001 <= heard["start_s"] <= after_s + 0.001
    assert (heard["expected_delay_ms"], heard["gaps"]) == (10.0, 2)


def test_a_sound_of_which_no_sample_was_played_has_no_start(audio: ScriptedAudio) -> None:
    sound = PtbSound(MonotonicClock())
    sound.stop()

    assert audio.calls
    assert sound.heard()["start_s"] is None


def test_what_the_library_prints_is_hidden(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def failing(name: str, *arguments: Any) -> None:
        print("Usage: pahandle = PsychPortAudio('Open')")
        os.write(2, b"Could not find any device")
        raise RuntimeError("Could not find *any* audio hardware on your system!")

    monkeypatch.setattr(psychtoolbox, "PsychPortAudio", failing)

    with pytest.raises(SoundError, match="the computer has no sound device"):
        PtbSound(MonotonicClock())

    assert capfd.readouterr() == ("", "")

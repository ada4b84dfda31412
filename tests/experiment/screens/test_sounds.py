"""The samples that are played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiment.errors import DisplayError
from experiment.screens.moving_targets import SOUND_RATE_HZ, Samples
from experiment.screens.sounds import hold_tones, load_sound
from tests.experiment.sounds import write_wav


def frequency_hz(samples: Samples) -> float:
    """The strongest frequency."""
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum)) * SOUND_RATE_HZ / len(samples)


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 1), (48_000, 2), (22_050, 1)])
def test_a_file_is_played_at_its_own_speed_on_both_sides(tmp_path: Path, rate_hz: int, channels: int) -> None:
    samples = load_sound(write_wav(tmp_path / "a.wav", 0.5, rate_hz=rate_hz, channels=channels))

    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(0.5 * SOUND_RATE_HZ, abs=50)
    assert np.array_equal(samples[:, 0], samples[:, 1])
    assert frequency_hz(samples[:, 0]) == pytest.approx(1000, abs=3)
    assert np.abs(samples[2000:-2000]).max() == pytest.approx(0.5, abs=0.15)


def test_a_file_that_was_damaged_after_validation_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"no sound")
    with pytest.raises(DisplayError, match=r"a\.wav` is damaged or is not a sound file"):
        load_sound(tmp_path / "a.wav")


def test_the_tones_stand_at_the_start_and_at_the_end_of_the_hold() -> None:
    samples = hold_tones(2.0)[:, 0]
    length, end = round(0.1 * SOUND_RATE_HZ), 2 * SOUND_RATE_HZ

    assert len(samples) == end + length
    assert frequency_hz(samples[:length]) == pytest.approx(880, abs=5)
    assert frequency_hz(samples[end:]) == pytest.approx(440, abs=5)
    assert not samples[length:end].any()
    assert np.abs(samples).max() == pytest.approx(0.25, abs=0.001)
    assert np.abs(np.diff(samples)).max() < 0.25 * 2 * np.pi * 880 / SOUND_RATE_HZ * 1.02  # no click
    assert np.abs(samples[[0, length - 1, end, -1]]).max() < 0.001

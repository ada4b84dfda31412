"""The sound files that a protocol names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `validate` starts without them
    import av
    import numpy as np
    from numpy.typing import NDArray

SOUND_ENDINGS = (".wav", ".flac", ".ogg")
SOUND_RATES_HZ = (8_000, 192_000)
"""Lowest and highest number of samples per second that can be played; the device plays 48,000."""
MOST_CHANNELS = 2
LONGEST_SOUND_S = 600.0
"""Longest sound: all its samples are in memory before the trial."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """Properties of a sound file."""

    duration_s: float
    rate_hz: int
    channels: int


def sound_facts(path: Path) -> SoundFacts:
    """Return length, rate and channels of a sound file that can be played.

    Raises
    ------
    ValueError
        If the file is not a sound, is damaged, or cannot be played.
    """
    if path.suffix.lower() not in SOUND_ENDINGS:
        raise ValueError(f"`{path.name}` is not a sound file; use a file that ends in {', '.join(SOUND_ENDINGS)}")
    found = path.stat()
    return _facts(path, found.st_size, found.st_mtime_ns)


def read_sound_file(path: Path, *, rate_hz: int) -> NDArray[np.float32]:
    """Read a sound file as (N, 2) samples from -1 to 1.

    A single channel is played on both sides.

    Parameters
    ----------
    path : Path
        The file.
    rate_hz : int
        Samples per second of the result.

    Raises
    ------
    ValueError
        If the file cannot be read.
    """
    import av
    import numpy as np

    parts: list[NDArray[np.float32]] = []
    resampler = av.AudioResampler(format="flt", layout="stereo", rate=rate_hz)
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise ValueError(f"`{path.name}` contains no sound; export it again as WAV")
            for frame in container.decode(container.streams.audio[0]):
                parts += map(_stereo, resampler.resample(frame))
            parts += map(_stereo, resampler.resample(None))
    except (av.FFmpegError, OSError) as error:
        raise ValueError(f"`{path.name}` is damaged or is not a sound file; export it again as WAV") from error
    samples = np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
    return np.ascontiguousarray(samples, dtype=np.float32)


@lru_cache(maxsize=512)
def _facts(path: Path, _size_bytes: int, _changed_ns: int) -> SoundFacts:
    """Return the facts of a sound; size and time of change identify its version."""
    import av

    count, rate_hz, channels = 0, 0, 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise ValueError(f"`{path.name}` contains no sound; export it again as WAV")
            for frame in container.decode(container.streams.audio[0]):
                count, rate_hz, channels = count + frame.samples, frame.sample_rate, frame.layout.nb_channels
    except (av.FFmpegError, OSError) as error:
        raise ValueError(f"`{path.name}` is damaged or is not a sound file; export it again as WAV") from error
    if not count:
        raise ValueError(f"`{path.name}` is empty: it has no samples; export it again as WAV")
    if channels > MOST_CHANNELS:
        raise ValueError(f"`{path.name}` has {channels} channels; export it with one channel or two (stereo)")
    if not SOUND_RATES_HZ[0] <= rate_hz <= SOUND_RATES_HZ[1]:
        raise ValueError(f"`{path.name}` has {rate_hz} samples per second; export it with 44100 or 48000")
    if count / rate_hz > LONGEST_SOUND_S:
        raise ValueError(f"`{path.name}` takes more than {LONGEST_SOUND_S:.0f} s; cut it shorter")
    return SoundFacts(count / rate_hz, rate_hz, channels)


def _stereo(frame: av.AudioFrame) -> NDArray[np.float32]:
    import numpy as np

    return np.asarray(frame.to_ndarray(), dtype=np.float32).reshape(-1, 2)

"""A target that moves: frames in memory, with the time at which each one starts.

Clips and drawn courses become this value before their trial. During the trial, the session chooses the frame for each
flip (`experiment.session.playback`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class MovingPicture:
    """Frames and their times; equal only to itself.

    Raises
    ------
    ValueError
        If there is no frame, or the times do not ascend from 0 to the duration.
    """

    frames: Sequence[NDArray[np.uint8]]
    """(H, W, 3) RGB or (H, W, 4) RGBA arrays of one shape. One array may occur several times, for a face at rest."""
    times_s: Sequence[float]
    """Start of every frame since the onset, seconds: ascending, the first one 0."""
    duration_s: float
    """End of the last frame since the onset, seconds. The last frame stays if the target is shown for longer."""

    def __post_init__(self) -> None:
        times = [*self.times_s, self.duration_s]
        if not self.frames or len(self.frames) != len(self.times_s):
            raise ValueError(f"{len(self.frames)} frames with {len(self.times_s)} times: each frame needs one")
        if times[0] != 0.0 or any(late <= early for early, late in pairwise(times)):
            raise ValueError("the times of the frames must ascend from 0 to the duration")

    def index_at(self, elapsed_s: float) -> int:
        """Return the index of the frame that is due at a time since the onset, seconds."""
        return max(0, bisect_right(self.times_s, elapsed_s) - 1)

    @property
    def different_frames(self) -> list[NDArray[np.uint8]]:
        """The arrays of the frames, each once, in the order of their first use."""
        return list({id(frame): frame for frame in self.frames}.values())

    @property
    def size_bytes(self) -> int:
        """Memory of the frames, bytes."""
        return sum(frame.nbytes for frame in self.different_frames)

"""A short film of a drawn face that is at rest, smiles, and is gone for some frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiment.bench.numbered_clips import write_clip
from tests.analysis.courses.filmed_session import TARGETS, face

REST, SMILE, GONE = 16, 20, 3
FRAMES = REST + SMILE + GONE
RATE_HZ = 25
PICTURE = TARGETS / "neutral.png"


def smiling_film(file: Path) -> Path:
    rest, smile = face("neutral"), face("happiness")
    frames = [rest] * REST + [smile] * SMILE + [np.full_like(rest, 90)] * GONE
    return write_clip(file, frames, rate=RATE_HZ, options={"g": "12"})


def empty_film(file: Path, *, frames: int = 6) -> Path:
    return write_clip(file, [np.full((120, 160, 3), 90, np.uint8)] * frames, rate=RATE_HZ)

"""A recorded session as values: what the analysis reads. Built from the journal by `read_sessions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target face as it was shown."""

    name: str
    expression: str
    image: Path
    """Absolute path of the copy in ``stimuli/``."""
    sha256: str
    neutral: Path | None
    """The same face at rest, in ``stimuli/``; None if the protocol named none."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it happened."""

    id: str
    block: str
    kind: Literal["practice", "experiment", "training"]
    target: str
    """Name of the target, a key of ``SessionRecord.targets``."""
    condition: Mapping[str, str]
    outcome: Literal["response", "timeout", "aborted"]
    onset_s: float
    duration_s: float
    response_time_s: float | None
    frame: Path | None
    """Absolute path of the frame of the key press; None if there is none."""
    key_to_frame_ms: float | None
    """Time of the frame minus time of the key press."""
    half_interval_ms: float | None
    neighbours: tuple[Path, ...]
    late_flips: int
    missed_frames: int
    ratings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """One session of one participant."""

    participant: str
    session: str | None
    task: str
    complete: bool
    targets: Mapping[str, TargetRecord]
    calibration_frames: tuple[Path, ...]
    """Frames of the neutral face; empty if the protocol had no baseline."""
    trials: tuple[TrialRecord, ...]
    seed: int
    display_verdict: str
    notes: Mapping[str, str]
    """Provenance that goes into reports: versions, commit, machine, protocol hash."""

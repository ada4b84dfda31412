"""A recorded session as values: what the analysis reads. Built from the journal by `read_sessions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


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
    blend: Mapping[str, float] = field(default_factory=dict)
    """Known emotion intensities, where the target was rendered from them."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it happened. Times count from the start of the session, also after it was resumed."""

    id: str
    """Unique among the trials that were finished; one broken off and repeated later is there twice."""
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
    """Half the time between the two camera frames around the key press: the distance cannot be larger."""
    neighbours: tuple[Path, ...]
    late_flips: int
    missed_frames: int
    ratings: Mapping[str, int]
    problem: str | None = None
    """What spoilt the trial (``unplugged``, ``frozen``, ...); None when nothing did."""
    attempt: int = 1
    """2 and more for a trial that was broken off and repeated."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Anything else the session found worth keeping: the similarity measured live, presses before onset, ..."""


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
    pilot: bool = False
    """A try-out, not to be counted."""
    demographics: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """Between-participant conditions."""
    warnings: tuple[str, ...] = ()
    """What reading it back found odd: a journal line torn by a power cut, pictures that are missing."""

"""A recorded session as values for the analysis.

`read_sessions` builds them from the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.protocol.plan import TrialKind
from experiment.record.camera_offset import CameraOffset
from experiment.record.face_summary import FaceSummary
from experiment.record.layout import FilmedPerson
from experiment.record.values import ProbeResult, QuestionAnswer, TrialOutcome

NO_FRAME_MESSAGES: Mapping[str, str] = {
    "recording-refused": "the participant did not agree to be filmed",
    "use-refused": "the participant did not agree to the use of the recording, so it was deleted",
    "use-unanswered": "the participant was not asked yet whether the recording may be used",
    "use-uncertain": "the journal was changed, so it is not certain that the recording may be used",
    "consent-pending": "the consent was not answered yet, so no camera frame was kept",
}
"""Why a trial has no camera frame by the participant's decision, by the word in ``problem``."""

EXCLUDED = "excluded"
"""Reason word of trials that the experimenter excluded by hand."""


def exclusion_message(reason: str) -> str:
    """Return the sentence about an exclusion by hand."""
    return f"the experimenter excluded it: {reason}"


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target face as it was shown."""

    name: str
    expression: str
    image: Path
    """Absolute path of the copy in ``stimuli/``."""
    sha256: str
    neutral: Path | None
    """The same face at rest, in ``stimuli/``; None if the protocol has none."""
    blend: Mapping[str, float] = field(default_factory=dict)
    """Known emotion intensities, where the target was rendered from them."""
    background: str = "white"
    """Colour of the display, behind the transparent pixels of the picture; white in data sets that do not have it."""
    motion: Path | None = None
    """The clip or drawn course that was shown, in ``stimuli/``; ``image`` is then its apex."""
    motion_sha256: str | None = None
    sound_sha256: str | None = None
    """Hash of the sound file that was played from the onset; None without one."""
    units: Mapping[str, float] = field(default_factory=dict)
    """Known strengths of the units, where the target was rendered from them."""
    course: Path | None = None
    """Table of the known movement of a drawn face (`experiment.record.course_tables.read_course_table`)."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it happened.

    Times count from the start of the session, also after it was resumed.
    """

    id: str
    """Unique among the finished trials; an aborted trial that was repeated has two records."""
    block: str
    kind: TrialKind
    target: str
    """Name of the target, a key of ``SessionRecord.targets``."""
    condition: Mapping[str, str]
    outcome: TrialOutcome
    onset_s: float
    duration_s: float
    response_time_s: float | None
    frame: Path | None
    """Absolute path of the frame of the key press or hold; None if there is none."""
    key_to_frame_ms: float | None
    """Time of the frame minus time of the key press; None after a hold."""
    half_interval_ms: float | None
    """Half the time between the two camera frames around the key press or hold: the distance cannot be larger."""
    neighbours: tuple[Path, ...]
    late_flips: int
    missed_frames: int
    ratings: Mapping[str, int]
    """Answers on rating scales."""
    problem: str | None = None
    """Fault that spoilt the trial (``unplugged``, ``frozen``, ...); None when there was none."""
    attempt: int = 1
    """2 and more for a trial that was aborted and repeated."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Anything else: the similarity measured live, presses before onset, ..."""
    hold_to_frame_ms: float | None = None
    """Time of the frame minus the best moment of the hold; None after a key press."""
    baseline_s: float | None = None
    """Start of the baseline of a viewing trial; None without one."""
    probe: ProbeResult | None = None
    """The attention probe and the presses of its key; None in a block without probes."""
    filmed: bool | None = None
    """Whether the film contains a viewing trial; None for other trials."""
    answers: tuple[QuestionAnswer, ...] = ()
    """Answers to all questions after the trial, those on rating scales too; empty in data of earlier versions."""
    excluded: str = ""
    """Reason of the experimenter to exclude the trial or its session; empty if it counts."""
    neighbour_ms: tuple[float, ...] = ()
    """Time of each of the ``neighbours`` minus that of the frame."""

    @property
    def anchor_to_frame_ms(self) -> float | None:
        """Time of the frame minus the time it was chosen for, key press or hold."""
        return self.key_to_frame_ms if self.hold_to_frame_ms is None else self.hold_to_frame_ms

    @property
    def no_frame_message(self) -> str:
        """The decision that left the trial without a frame; empty if there is none."""
        return NO_FRAME_MESSAGES.get(self.problem or "", "")


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
    """A trial run, not to be counted."""
    demographics: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """Between-participant conditions."""
    hashes: Mapping[Path, str] = field(default_factory=dict)
    """Recorded SHA-256 of every picture and film file that has one, by absolute path."""
    distrusted: frozenset[Path] = frozenset()
    """Calibration frames whose line in the journal is not as the session wrote it."""
    is_encrypted: bool = False
    """Whether the frames are encrypted."""
    camera_offsets: Mapping[FilmedPerson, CameraOffset] = field(default_factory=dict)
    """Measured offset of each camera at the start, by person; no time of a frame contains it."""
    withheld: str = ""
    """Why frames and film may not be used: the participant refused their use, or has not answered yet; else empty."""
    declined: str = ""
    """When the consent was declined, and what is recorded; empty if it was not."""
    excluded: str = ""
    """Reason of the experimenter to exclude the whole session; empty if it counts."""
    journal_lines: int = 0
    """Number of lines of its journal."""
    journal_sha256: str = ""
    """SHA-256 of the last of these lines."""
    protocol_version: str = ""
    """Hash of the protocol with the protocols it extends, conditions tables and pictures of pages."""
    composites: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Measures that the protocol names: weights of units by name."""
    partner: str | None = None
    """Id of the second person that is filmed."""
    faces: FaceSummary | None = None
    """Checks of the kept frames during the session; None where it had none."""
    warnings: tuple[str, ...] = ()
    """For example a journal line torn by a power cut, or missing pictures."""

    @property
    def label(self) -> str:
        """``sub-01`` or ``sub-01_ses-a``."""
        return f"sub-{self.participant}" + (f"_ses-{self.session}" if self.session else "")

    @property
    def stimuli(self) -> list[Path]:
        """The files of the targets and their neutral faces that have a recorded hash."""
        files = [file for target in self.targets.values() for file in (target.image, target.neutral) if file]
        return [file for file in dict.fromkeys(files) if file in self.hashes]

"""Values that a session hands to the recorder."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from analysis.face.synthetic.drawn_course import DrawnMovement
from experiment.ports.camera import Capture
from experiment.protocol.live_metrics import EARLIER_LIVE_METRIC
from experiment.protocol.plan import TrialKind

TrialOutcome = Literal["response", "timeout", "viewed", "aborted"]
"""``viewed``: the target of a viewing trial was shown for its whole time."""


@dataclass(frozen=True, slots=True)
class Stimulus:
    """A target face; its files are copied into the data set."""

    name: str
    expression: str
    image: Path
    neutral: Path | None = None
    blend: Mapping[str, float] = field(default_factory=dict)
    motion: Path | None = None
    """The clip, or the frames of a drawn course; ``image`` is then its apex."""
    units: Mapping[str, float] = field(default_factory=dict)
    """Strengths of the units of a face that is drawn from them."""
    movement: DrawnMovement | None = None
    """How a drawn face moves; its table is written into the data set."""
    sound: Path | None = None
    """Sound file that is played from the onset."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All its files."""
        return tuple(file for file in (self.image, self.neutral, self.motion, self.sound) if file is not None)


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """Facts about a session that are known before its first flip."""

    participant: str
    session: str | None
    task: str
    """The protocol's name."""
    title: str
    seed: int
    language: str
    steps: tuple[str, ...]
    """Ids of all steps in the order of this participant; `resume` requires the same."""
    stimuli: tuple[Stimulus, ...]
    protocol_file: Path
    protocol_text: str
    protocol_sha256: str
    display: Mapping[str, Any] = field(default_factory=dict)
    """Verdict (key ``verdict``), size, measured refresh rate, settings asked for (any JSON)."""
    camera: Mapping[str, Any] = field(default_factory=dict)
    """SPEC, size and rate asked for and found (any JSON)."""
    pilot: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    """Between-participant conditions; they become columns of ``participants.tsv``."""
    base_texts: Mapping[str, str] = field(default_factory=dict)
    """Texts of the protocols this one extends, by file name."""
    sources: tuple[tuple[str, Path], ...] = ()
    """Kind and path of the other files of the plan: ``table`` of conditions, ``picture`` of a page, ``target``,
    ``key``, ``protocol`` that it extends."""
    encrypt_for: str | None = None
    """Public key for which all frames are encrypted."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Command-line options that `resume` needs again (any JSON)."""
    partner: str | None = None
    """Id of the second person that is filmed."""
    use_consents: tuple[str, ...] = ()
    """Ids of the consents about the use of what is recorded."""
    composites: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Measures of the analysis: weights of units by name."""
    assignment: Mapping[str, Any] | None = None
    """How the participant came into the groups (`experiment.record.assignments`); None: by number."""
    live_metric: str = EARLIER_LIVE_METRIC
    """Metric of the similarity in training; without training, the one that journals need not name."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The attention probe of one trial, and the presses of its key.

    Times are seconds from the onset of the target; presses before it are negative.
    """

    key: str
    planned: bool
    """Whether the trial has a probe; trials without one can have false presses."""
    shown_after_s: float | None
    """First flip with the dot; None if it was not shown."""
    hidden_after_s: float | None
    """First flip without it."""
    answer_after_s: float | None
    """The first press of the key within the time limit; None for a miss."""
    false_after_s: tuple[float, ...] = ()
    """All other presses of the key, held repeats left out."""

    @property
    def is_hit(self) -> bool | None:
        """Whether the dot was answered in time; None where no dot was shown."""
        return None if self.shown_after_s is None else self.answer_after_s is not None

    @property
    def reaction_s(self) -> float | None:
        """From the flip that showed the dot to the answer; None without an answer."""
        if self.shown_after_s is None or self.answer_after_s is None:
            return None
        return round(self.answer_after_s - self.shown_after_s, 6)


QuestionKind = Literal["rating", "choice", "slider", "text"]
QuestionOutcome = Literal["answered", "timeout", "skipped"]
"""``timeout``: the time limit was reached; ``skipped``: the participant left out a question that is not required."""
MOUSE = "mouse"
"""What stands for the key of an answer given with the mouse."""


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """The answer to a question after a trial.

    Times are seconds on the clock of the session.
    """

    question: str
    kind: QuestionKind
    outcome: QuestionOutcome
    answer: str | float | None
    """The value of a choice, the number of a point or on a slider, or a text; None without an answer."""
    shown_s: float
    """First flip of the question."""
    answered_s: float | None
    """Time of the key press or click that gave the answer."""
    given_by: str | None
    """That key, or `MOUSE`."""
    right_answer: str | float | None = field(default=None, metadata={"optional": True})
    """The right answer of the trial; None if the question has none."""
    is_right: bool | None = field(default=None, metadata={"optional": True})
    """None without an answer or without a right answer."""
    choices: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """Values of the choices in the order shown."""
    keys: tuple[str, ...] = field(default=(), metadata={"optional": True})
    """The key of each choice."""

    @property
    def response_time_s(self) -> float | None:
        """From the first flip of the question to the answer; None without an answer."""
        return None if self.answered_s is None else self.answered_s - self.shown_s


@dataclass(frozen=True, slots=True)
class TrialResult:
    """One attempt at a trial. Times are seconds on the clock of the session."""

    id: str
    block: str
    kind: TrialKind
    index: int
    target: str
    expression: str
    outcome: TrialOutcome
    fixation_s: float | None
    """First flip of the fixation cross."""
    onset_s: float
    """First flip of the target."""
    offset_s: float
    """First flip without the target."""
    key: str | None = None
    anchor_s: float | None = field(default=None, metadata={"key": "key_time_s"})
    """Time of the key press, or best moment of the hold."""
    condition: Mapping[str, str] = field(default_factory=dict)
    ratings: Mapping[str, int] = field(default_factory=dict)
    """Answers on rating scales; in data of earlier versions only. Now each answer has a line of its own."""
    late_flips: int = 0
    missed_frames: int = 0
    flip_times_s: tuple[float, ...] = ()
    """Every flip of the trial."""
    problem: str | None = None
    """Fault that spoilt the trial (``camera-unplugged``); None when there was none."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """Anything else (any JSON): presses before onset, measured similarity, ..."""
    baseline_s: float | None = field(default=None, metadata={"optional": True})
    """First flip of the baseline of a viewing trial, the last part of its fixation."""
    probe: ProbeResult | None = field(default=None, metadata={"of": ProbeResult, "optional": True})
    """The attention probe and the presses of its key; None in a block without probes."""
    filmed: bool | None = field(default=None, metadata={"optional": True})
    """Whether the film contains a viewing trial; None for other trials."""


class CaptureRequest(Protocol):
    """The frames of a key press or hold, as far as they have arrived."""

    def result(self) -> Capture:
        """Return the frames.

        Waits for those still to come, until the deadline of the camera.
        """
        ...


PendingCapture = CaptureRequest | Future[Capture]

"""The plan of one session: what a protocol becomes for one participant. The session runs it step by step.

Everything is decided here - order, texts in the participant's language, durations in frames of the nominal refresh
rate - so that the session only has to follow it, and `resume` can go on with the same rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """A face to imitate."""

    name: str
    image: Path
    expression: str
    """What it shows, e.g. ``anger``; targets of one expression share it."""
    neutral: Path | None = None
    """The same face at rest, to measure the target's own movement; None if there is no such picture."""
    blend: Mapping[str, float] = field(default_factory=dict)
    """Known emotion intensities of a target that is rendered from them; empty for a picture."""
    height: float = 0.9
    """Of the picture on the display, as a fraction of the display's height."""


@dataclass(frozen=True, slots=True)
class Page:
    """Instructions; goes on at a key or after a time."""

    id: str
    block: str
    title: str
    text: str
    picture: Path | None = None
    continue_key: str = "space"
    duration_frames: int | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing to agree to."""

    id: str
    text: str
    required: bool = True
    """Without this the session ends, politely."""
    recording: bool = False
    """It is the consent to be filmed: without it no picture of the participant may be kept."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent with its clauses, asked one after the other."""

    id: str
    block: str
    title: str
    text: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form."""

    id: str
    label: str
    kind: Literal["text", "integer", "choice"]
    choices: tuple[str, ...] = ()
    """As shown, in the participant's language."""
    values: tuple[str, ...] = ()
    """As stored, one for each choice, the same in every language; empty: as shown."""
    minimum: int | None = None
    maximum: int | None = None
    required: bool = True
    demographic: bool = True
    """Goes to participants.tsv, apart from the responses."""

    @property
    def stored(self) -> tuple[str, ...]:
        """What is stored for each choice."""
        return self.values or self.choices


@dataclass(frozen=True, slots=True)
class Form:
    """Questions to answer by keyboard."""

    id: str
    block: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Frames of the participant's neutral face."""

    id: str
    block: str
    text: str
    picture: Path | None
    frames: int
    start_key: str = "space"


@dataclass(frozen=True, slots=True)
class Rating:
    """A scale shown after a trial."""

    id: str
    question: str
    labels: tuple[str, ...]
    """One label a point, lowest first; the keys are 1..n."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a trainee sees while imitating."""

    gauge: bool = True
    mirror: bool = True
    emotions: bool = True
    units: bool = False
    difference: bool = True
    hint: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """The best moment of a hold is captured by itself."""

    similarity: float
    frames: int
    on_key: bool = True


HOLD_MARGIN_S = 1.0
"""Pictures are kept for so long beyond the longest hold: measurements come late."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One target face, one response."""

    id: str
    """Unique in the session, the same on resume."""
    block: str
    kind: Literal["practice", "experiment", "training"]
    index: int
    """0-based, within the session."""
    target: Target
    fixation_frames: int
    target_frames: int | None
    """None: until the response."""
    timeout_frames: int | None
    inter_trial_frames: int
    respond_keys: tuple[str, ...] = ("space",)
    condition: Mapping[str, str] = field(default_factory=dict)
    ratings: tuple[Rating, ...] = ()
    feedback: Feedback | None = None
    hold: Hold | None = None
    round: int = 1
    """Rounds after the first belong to a block with a criterion: left out once it is reached
    (`experiment.protocol.trials.criterion`)."""

    @property
    def is_live(self) -> bool:
        """Whether the face is measured while it runs."""
        return self.feedback is not None or self.hold is not None


@dataclass(frozen=True, slots=True)
class Break:
    """A rest; goes on at a key, not before the shortest time."""

    id: str
    block: str
    text: str
    shortest_frames: int = 0
    continue_key: str = "space"


@dataclass(frozen=True, slots=True)
class Criterion:
    """When a block that may be repeated needs no further round: judged over all trials of its latest round."""

    block: str
    rounds: int
    """At most so many."""
    answered: float = 1.0
    """Share of trials answered before the time-out."""
    similarity: float | None = None
    """Mean similarity needed as well; None: not asked for. Needs live measurement."""


@dataclass(frozen=True, slots=True)
class Markers:
    """Events sent to recorders of EEG or EMG over the Lab Streaming Layer, stamped with the flip they belong to."""

    stream: str
    events: tuple[str, ...]
    """Names out of `experiment.protocol.language.marker_events.MARKER_EVENTS`."""
    codes: Mapping[str, int] = field(default_factory=dict)
    """Number sent instead of the text, by event (``target``) or event and target (``target/anger``)."""


Step = Page | Consent | Form | Calibration | Trial | Break


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """The display a protocol asks for."""

    size_px: tuple[int, int]
    refresh_rate_hz: float
    viewing_distance_cm: float
    fullscreen: bool
    background: str
    text_colour: str = "white"
    text_height: float = 0.035
    """Of the display's height."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """The camera a protocol asks for."""

    size_px: tuple[int, int]
    rate_hz: float
    keep_before: int
    keep_after: int


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """One session of one participant."""

    task: str
    """The protocol's name; BIDS task label after removing what BIDS does not allow."""
    title: str
    participant: str
    session: str | None
    seed: int
    language: str
    display: DisplaySettings
    camera: CameraSettings
    pause_key: str
    steps: tuple[Step, ...]
    targets: tuple[Target, ...]
    protocol_file: Path
    protocol_text: str
    protocol_sha256: str
    """Of the file; where it extends others, of all their hashes, in the order of ``base_texts`` and itself last."""
    base_texts: Mapping[str, str] = field(default_factory=dict)
    """Text of every protocol this one extends, by file name, the most basic first."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """Between-participant conditions this participant was assigned to."""
    markers: Markers | None = None
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    """By block, for the blocks that are repeated until a criterion is reached."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Short texts of the program in the participant's language: ``continue``, ``yes``, ``pause``, ...
    (`experiment.protocol.language.texts`)."""

    @property
    def longest_hold_s(self) -> float:
        """How long an expression has to be held at most, seconds; 0 without holds."""
        holds = (step.hold.frames for step in self.steps if isinstance(step, Trial) and step.hold)
        return max(holds, default=0) / self.display.refresh_rate_hz

"""The plan of one session: a protocol for one participant, as a list of steps.

The plan decides everything: order, texts in the participant's language, durations in frames of the nominal refresh
rate. The session only follows it, so `resume` continues with the same steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from analysis.face.synthetic.drawn_course import DrawnMovement
from experiment.protocol.live_metrics import DEFAULT_LIVE_METRIC


@dataclass(frozen=True, slots=True)
class Motion:
    """A file with the frames of a target that moves."""

    kind: Literal["clip", "course"]
    """A film of a face, or a face that is drawn as it moves."""
    file: Path
    """The film, or the rendered frames of the course."""
    sound: bool = False
    """Whether the sound of a clip is played."""
    has_own_neutral: bool = False
    """Whether the face at rest is a frame of it, not a picture of the protocol."""
    apex_s: float | None = None
    """Time of the strongest expression of a clip, seconds; None if the protocol does not name it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A face to imitate."""

    name: str
    image: Path
    expression: str
    """The expression of the face, such as ``anger``; several targets may share it."""
    neutral: Path | None = None
    """The same face at rest, to measure the movement of the target; None without a picture of it."""
    blend: Mapping[str, float] = field(default_factory=dict)
    """Known emotion intensities of a target that is rendered from them; empty for other targets."""
    height: float = 0.9
    """Height of the picture, as a fraction of the display's height."""
    motion: Motion | None = None
    """What is shown instead of ``image`` if the target moves; ``image`` is then the frame of its strongest expression,
    and ``neutral`` its frame at rest."""
    units: Mapping[str, float] = field(default_factory=dict)
    """Known strengths of the units of a target that is rendered from them; empty for other targets."""
    movement: DrawnMovement | None = None
    """How a rendered target moves; its frames are in ``motion``."""
    sound: Path | None = None
    """Sound file that is played from the onset; a clip with its own sound has ``motion.sound`` instead."""

    @property
    def is_drawn(self) -> bool:
        """Whether the program renders the face."""
        return bool(self.blend or self.units)

    @property
    def source_files(self) -> tuple[Path, ...]:
        """Its files in the folder of the protocol: none for a face that the program draws."""
        motion = self.motion
        sound = () if self.sound is None else (self.sound,)
        if self.is_drawn:
            return sound
        shown = self.image if motion is None else motion.file
        neutral = None if motion is not None and motion.has_own_neutral else self.neutral
        return (shown, *sound) if neutral is None else (shown, neutral, *sound)

    @property
    def is_audible(self) -> bool:
        """Whether it is shown with a sound."""
        return self.sound is not None or (self.motion is not None and self.motion.sound)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of instructions, which ends at a key or after a time."""

    id: str
    block: str
    title: str
    text: str
    picture: Path | None = None
    continue_key: str = "space"
    duration_frames: int | None = None
    sound: Path | None = None
    """Sound file that is played from its first flip."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a consent."""

    id: str
    text: str
    required: bool = True
    """Whether the session ends if the participant does not agree."""
    recording: bool = False
    """Whether the clause is about filming: without this agreement no picture of the participant may be kept."""
    use: bool = False
    """Whether the clause is about the use of what was recorded: a refusal deletes film and frames of the session."""
    sha256: str = ""
    """Hash of its words and of the consent's text, in all languages.

    An agreement in one session counts in another only for the same words.
    """


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent with its clauses, asked in order."""

    id: str
    block: str
    title: str
    text: str
    clauses: tuple[Clause, ...]
    when_missing: Literal["ask", "refuse"] | None = None
    """What a session does without an agreement from an earlier one; None if the consent belongs to this session."""

    @property
    def is_about_use(self) -> bool:
        """Whether it asks about the use of what was recorded."""
        return any(clause.use for clause in self.clauses)


@dataclass(frozen=True, slots=True)
class Question:
    """One field of a form."""

    id: str
    label: str
    kind: Literal["text", "integer", "choice"]
    choices: tuple[str, ...] = ()
    """The texts on the screen, in the participant's language."""
    values: tuple[str, ...] = ()
    """The values in the data, one for each choice, the same in every language; empty: the texts on the screen."""
    minimum: int | None = None
    maximum: int | None = None
    required: bool = True
    demographic: bool = True
    """Whether the answer goes to participants.tsv instead of to the responses."""

    @property
    def stored(self) -> tuple[str, ...]:
        """The value in the data for each choice."""
        return self.values or self.choices


@dataclass(frozen=True, slots=True)
class Form:
    """Questions to answer with the keyboard."""

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
    time_limit_frames: int | None = None
    """From the first flip of the scale; None: no limit."""
    mouse: bool = False
    """Whether a click answers too."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each point."""
        return tuple(str(number + 1) for number in range(len(self.labels)))


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question after a trial: one of several answers."""

    id: str
    question: str
    labels: tuple[str, ...]
    """The texts on the screen, in the order shown."""
    values: tuple[str, ...]
    """The value in the data for each, the same in every language."""
    keys: tuple[str, ...]
    """The key of each."""
    right_answer: str | None = None
    """The value that is right in this trial; None: no answer is right or wrong."""
    time_limit_frames: int | None = None
    mouse: bool = True


@dataclass(frozen=True, slots=True)
class SliderQuestion:
    """A question after a trial: a marker is set on a line."""

    id: str
    question: str
    labels: tuple[str, ...]
    """Labels at equal distances along the line, lowest first; two or more."""
    minimum: float = 0
    maximum: float = 100
    step: float = 1
    start: float | None = None
    """Where the marker is at first; None: there is none until the participant sets it."""
    shows_value: bool = False
    required: bool = True
    right_answer: float | None = None
    tolerance: float = 0
    """Largest distance from the right answer that is still right."""
    time_limit_frames: int | None = None
    mouse: bool = True

    def nearest(self, share: float) -> float:
        """Return the value nearest to a share of the line, 0 to 1."""
        return self.moved(self.minimum, round(min(max(share, 0.0), 1.0) * self.steps))

    def moved(self, value: float, steps: int) -> float:
        """Return the value some steps away, within the line."""
        number = round((value - self.minimum) / self.step) + steps
        return round(self.minimum + min(max(number, 0), self.steps) * self.step, 9)

    @property
    def steps(self) -> int:
        """Number of steps from the lowest to the highest value."""
        return round((self.maximum - self.minimum) / self.step)


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A question after a trial, answered in the participant's own words."""

    id: str
    question: str
    longest: int = 200
    """Largest number of characters."""
    required: bool = True
    right_answer: str | None = None
    time_limit_frames: int | None = None


TrialQuestion = Rating | ChoiceQuestion | SliderQuestion | TextQuestion


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a trainee sees during a trial."""

    gauge: bool = True
    mirror: bool = True
    emotions: bool = True
    units: bool = False
    difference: bool = True
    hint: bool = True
    sound: bool = True
    """Whether a sound is played when a hold is complete."""

    @property
    def is_visible(self) -> bool:
        """Whether the trainee sees anything but the target."""
        return self.gauge or self.mirror or self.emotions or self.units or self.difference or self.hint


@dataclass(frozen=True, slots=True)
class Hold:
    """Criterion of an expression that is held.

    Its best moment is captured without a key press.
    """

    similarity: float | None
    """None: the time alone counts, from the onset of the target."""
    frames: int
    on_key: bool = True


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition of an exercise; all numbers count from 1."""

    set: int
    sets: int
    number: int
    repetitions: int
    """In each set."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A dot on the target of one trial, answered with the trial's `Trial.probe_key`."""

    after_frames: int
    """From the onset of the target to the first flip of the dot."""
    duration_frames: int
    window_frames: int
    """Time limit of the answer, from the first flip of the dot."""
    at: tuple[float, float] = (0.0, 0.0)
    """Centre of the dot, as fractions of the display's height, y up."""
    size: float = 0.03
    """Diameter of the dot, as a fraction of the display's height."""
    colour: str = "red"

    def is_shown_at(self, refresh: int) -> bool:
        """Return whether the dot is shown at a refresh since the onset, from 0."""
        return 0 <= refresh - self.after_frames < self.duration_frames


TrialKind = Literal["practice", "experiment", "training", "viewing"]
"""``viewing``: the target is watched, not imitated, and no key ends it."""

TONE_S = 0.1
"""Length of a tone of a hold."""
TONES_AFTER_S = 0.25
"""Time after a hold in which its last tone is heard: the tone, and 0.15 s for the delay of the device."""
HOLD_MARGIN_S = 1.0
"""Time for which frames are kept beyond the longest hold, because measurements are delayed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One target face, imitated and answered, or watched (``viewing``)."""

    id: str
    """Unique in the session, the same on resume."""
    block: str
    kind: TrialKind
    index: int
    """0-based, within the session."""
    target: Target
    fixation_frames: int
    target_frames: int | None
    """None: until the response. A viewing trial has a number."""
    timeout_frames: int | None
    """Limit of the response; None for a viewing trial."""
    inter_trial_frames: int
    respond_keys: tuple[str, ...] = ("space",)
    """Empty for a viewing trial."""
    condition: Mapping[str, str] = field(default_factory=dict)
    ratings: tuple[Rating, ...] = ()
    questions: tuple[TrialQuestion, ...] = ()
    """Asked after the ratings."""
    feedback: Feedback | None = None
    hold: Hold | None = None
    film: bool = False
    """Whether every camera frame is kept, from before the fixation to after the blank."""
    round: int = 1
    """Later rounds belong to a block with a criterion and are omitted once it is reached
    (`experiment.protocol.trials.criterion`)."""
    baseline_frames: int = 0
    """Of a viewing trial: the last part of the fixation, which shows the participant's face at rest."""
    probe_key: str | None = None
    """Key for attention probes, in every trial of a block with probes; None in other blocks."""
    probe: Probe | None = None
    """The probe of this trial; None if it has none."""
    repetition: Repetition | None = None
    """Which repetition of an exercise it is; None in other blocks."""
    tones: bool = False
    """Whether a tone is played at the start and at the end of its hold by time."""

    @property
    def asked(self) -> tuple[TrialQuestion, ...]:
        """Everything that is asked after the trial, in order."""
        return (*self.ratings, *self.questions)

    @property
    def is_viewing(self) -> bool:
        """Whether the target is watched and not imitated."""
        return self.kind == "viewing"

    @property
    def is_live(self) -> bool:
        """Whether the face is measured during the trial."""
        return self.feedback is not None or (self.hold is not None and self.hold.similarity is not None)

    @property
    def timed_hold(self) -> int | None:
        """Frames of a hold by time, which ends the trial; None without one."""
        return self.hold.frames if self.hold is not None and self.hold.similarity is None else None

    @property
    def has_success_sound(self) -> bool:
        """Whether a sound is played when its hold is complete.

        One sound is played at a time: a target with a sound of its own has none.
        """
        needs_similarity = self.hold is not None and self.hold.similarity is not None
        return needs_similarity and self.feedback is not None and self.feedback.sound and not self.target.is_audible

    @property
    def answer_keys(self) -> tuple[str, ...]:
        """The keys that capture: the response keys, unless only a hold captures."""
        return self.respond_keys if self.hold is None or self.hold.on_key else ()


@dataclass(frozen=True, slots=True)
class Break:
    """A break, which ends at a key, not before the shortest time."""

    id: str
    block: str
    text: str
    shortest_frames: int = 0
    continue_key: str = "space"
    ends_by_itself: bool = False
    """Whether it ends after the shortest time, without a key."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """When a block needs no further round: judged over all trials of its latest round."""

    block: str
    rounds: int
    """Largest number of rounds."""
    answered: float = 1.0
    """Share of trials answered before the time-out."""
    similarity: float | None = None
    """Mean similarity that is also required; None: not required. Needs live measurement."""


@dataclass(frozen=True, slots=True)
class Markers:
    """Events sent over the Lab Streaming Layer with the time of their flip."""

    stream: str
    events: tuple[str, ...]
    """Names in `experiment.protocol.language.marker_events.MARKER_EVENTS`."""
    codes: Mapping[str, int] = field(default_factory=dict)
    """Numbers to send instead of texts, by event (``target``) or event and target (``target/anger``)."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """How a participant came into the groups."""

    groups: Mapping[str, str]
    """Level of every factor."""
    rank: int
    """Number of earlier participants in the same groups; selects the row of a Williams square."""
    by: Literal["number", "list", "strata", "experimenter"]
    """What decided: the participant's number, an allocation list, the strata, or the experimenter."""
    strata: Mapping[str, str] = field(default_factory=dict)
    """Properties of the participant, with their levels."""
    slot: int | None = None
    """Place in the list or in the stratum, from 1; None if the groups do not depend on it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Days between a session and an earlier one."""

    after: str
    """The earlier session."""
    earliest: int | None = None
    latest: int | None = None


Step = Page | Consent | Form | Calibration | Trial | Break


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """The display of a protocol."""

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
    """The camera of a protocol."""

    size_px: tuple[int, int]
    rate_hz: float
    keep_before: int
    keep_after: int
    encrypt_for: str | None = None
    """Public key in the age format for which all frames are encrypted; None: they are stored in clear."""
    key_file: Path | None = None
    """The file of that key."""
    film: bool = False
    """Whether the whole session is filmed."""


def same_device(*cameras: str) -> bool:
    """Return whether two names of cameras are one device; a file can be played twice."""
    first, *others = cameras
    return any(one == first and (one.isdecimal() or one.startswith("/dev/")) for one in others)


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
    """Settings of all cameras."""
    pause_key: str
    steps: tuple[Step, ...]
    targets: tuple[Target, ...]
    protocol_file: Path
    protocol_text: str
    protocol_sha256: str
    """Hash of the file. If it extends others: of all their hashes, in the order of ``base_texts``, itself last."""
    base_texts: Mapping[str, str] = field(default_factory=dict)
    """Text of every protocol that this one extends, by file name, the most basic first."""
    base_files: tuple[Path, ...] = ()
    """The files of ``base_texts``."""
    tables: tuple[Path, ...] = ()
    """The conditions tables."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The between-participant conditions of this participant."""
    assignment: Assignment | None = None
    """How the participant came into the groups; None: by number, as a protocol without `allocation`."""
    gap: Gap | None = None
    """Days that must lie between this session and an earlier one."""
    sessions: tuple[str, ...] = ()
    """All sessions of the protocol, in order."""
    markers: Markers | None = None
    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    """By name of the block, for blocks that are repeated until a criterion is reached."""
    cameras: tuple[str, ...] = ("0",)
    """Default camera of the participant, and of the partner if the protocol films two persons."""
    partner: str | None = None
    """Id of the second person that is filmed (`experiment.protocol.partner`)."""
    composites: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Measures of the analysis: weights of units by name."""
    live_metric: str = DEFAULT_LIVE_METRIC
    """Metric of the similarity in training."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Short texts of the program in the participant's language (`experiment.protocol.language.texts`)."""

    @property
    def films_two(self) -> bool:
        """Whether a second camera films a second person."""
        return len(self.cameras) == 2

    @property
    def has_recording_clause(self) -> bool:
        """Whether a consent of this session asks about filming."""
        return any(clause.recording for step in self.steps if isinstance(step, Consent) for clause in step.clauses)

    @property
    def filming_consents(self) -> tuple[Consent, ...]:
        """The consents whose agreement allows filming.

        Those that ask about filming; all of them if none does. Consents about the use of what was recorded do not
        count.
        """
        consents = tuple(step for step in self.steps if isinstance(step, Consent) and not step.is_about_use)
        about_filming = tuple(step for step in consents if any(clause.recording for clause in step.clauses))
        return about_filming or consents

    @property
    def use_consents(self) -> tuple[str, ...]:
        """Ids of the consents about the use of what was recorded."""
        return tuple(step.id for step in self.steps if isinstance(step, Consent) and step.is_about_use)

    @property
    def films(self) -> bool:
        """Whether the session, or some of its trials, are filmed."""
        return self.camera.film or any(isinstance(step, Trial) and step.film for step in self.steps)

    @property
    def has_training(self) -> bool:
        """Whether faces are measured while trials are shown."""
        return any(isinstance(step, Trial) and step.is_live for step in self.steps)

    @property
    def sounds(self) -> tuple[str, ...]:
        """Names of the targets that are shown with their sound."""
        used = {step.target.name for step in self.steps if isinstance(step, Trial)}
        return tuple(one.name for one in self.targets if one.name in used and one.is_audible)

    @property
    def needs_sound(self) -> tuple[str, str] | None:
        """What is heard, for messages, and the key for it; None if nothing is."""
        for name in self.sounds:
            return f"target {name} has sound", "sound"
        for step in self.steps:
            if isinstance(step, Trial) and step.tones:
                return f"block {step.block} has tones", "tones"
            if isinstance(step, Page) and step.sound is not None:
                return f"page {step.id} has sound", "sound"
        return None

    @property
    def wants_sound(self) -> bool:
        """Whether complete holds have a sound, which a session can do without."""
        return any(isinstance(step, Trial) and step.has_success_sound for step in self.steps)

    @property
    def longest_hold_s(self) -> float:
        """The longest time back to the best moment of a hold, in seconds.

        0 without holds; a hold by time captures its end.
        """
        trials = (step for step in self.steps if isinstance(step, Trial) and step.timed_hold is None)
        holds = (trial.hold.frames for trial in trials if trial.hold)
        return max(holds, default=0) / self.display.refresh_rate_hz

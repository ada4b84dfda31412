"""Estimates of one block: trials, duration, frames, film."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiment.protocol.estimates.assumptions import (
    FORM_ANSWER_S,
    QUESTION_S,
    RATING_S,
    RESPONSE_S,
    UNLIMITED_S,
    Times,
    reading_s,
)
from experiment.protocol.language import schema_models as schema
from experiment.protocol.language.durations import Duration, Span
from experiment.protocol.language.texts import in_language
from experiment.protocol.trials.trial_lists import Draft

LEAST_BREAK_S = 10.0
"""Assumed time of a break without a shortest time."""


@dataclass(frozen=True, slots=True)
class BlockEstimate:
    """What one block takes, for one participant."""

    name: str
    kind: str
    times: Times
    trials: int = 0
    """Of the first round."""
    most_trials: int = 0
    """Of all rounds that are possible."""
    kept_frames: int = 0
    """Largest number of camera frames kept as pictures."""
    filmed_s: float = 0.0
    """Longest time filmed because of the block."""
    conditions: Mapping[str, int] = field(default_factory=dict)
    """Number of trials of each condition; of each target where the trials have no condition."""
    only_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    index: int = 0
    """Place of the block in the protocol, from 0."""


def estimate_block(
    content: schema.ProtocolFile, block: schema.Block, trials: Sequence[Draft], *, language: str
) -> BlockEstimate:
    """Return what a block takes.

    Parameters
    ----------
    content
        A protocol without errors.
    block
        One of its blocks.
    trials
        The trials of one repetition; empty for a block without trials.
    language
        Language of the participant.
    """
    return _Estimator(content, language).block(block, trials)


@dataclass(frozen=True, slots=True)
class _Estimator:
    content: schema.ProtocolFile
    language: str

    @property
    def rate(self) -> float:
        return self.content.display.refresh_rate

    def block(self, block: schema.Block, trials: Sequence[Draft]) -> BlockEstimate:
        if isinstance(block, schema.TrialBlock):
            return self.of_trials(block, trials)
        frames = 0
        match block:
            case schema.InstructionsBlock():
                pages: Sequence[schema.PageItem | schema.InstructionsBlock] = block.pages or [block]
                times = sum((self.page(page) for page in pages), Times())
            case schema.ConsentBlock():
                screens = [self.text(block.text), *(self.text(clause.text) for clause in block.clauses)]
                times = sum((Times.unlimited(reading_s(text)) for text in screens), Times())
            case schema.FormBlock():
                times = Times.unlimited(FORM_ANSWER_S).times(len(block.questions))
            case schema.CalibrationBlock():
                frames = block.frames
                filming_s = frames / self.content.camera.rate
                times = Times.unlimited(reading_s(self.text(block.text))) + Times.fixed(filming_s)
            case schema.BreakBlock():
                times = self.rest(block.shortest)
        return BlockEstimate(block.name, block.kind, times, kept_frames=frames, only_for=block.only_for)

    def of_trials(self, block: schema.TrialBlock, trials: Sequence[Draft]) -> BlockEstimate:
        turns = self.turns(block)
        total = len(trials) * turns
        repeat = block.repeat_until if isinstance(block, schema.ImitationBlock) else None
        rounds = repeat.at_most if repeat is not None else 1
        questions = self.content.questions  # an unknown name is a problem that is reported elsewhere
        asked = (self.question(questions[name]) for name in block.questions if name in questions)
        one = sum(asked, self.trial(block) + Times.unlimited(RATING_S).times(len(block.ratings)))
        times = one.times(total)
        times += self.rests(block, len(trials), total)
        expected = times.expected * (1 + rounds) / 2
        camera, keep = self.content.camera, self.content.camera.keep_frames
        per_trial = 0 if block.kind == "viewing" else keep.before + 1 + keep.after
        return BlockEstimate(
            block.name,
            block.kind,
            Times(times.shortest, expected, times.longest * rounds),
            total,
            total * rounds,
            kept_frames=per_trial * total * rounds,
            filmed_s=self.trial(block).longest * total * rounds if block.film and not camera.film else 0.0,
            conditions={name: count * turns for name, count in _conditions(trials).items()},
            only_for=block.only_for,
        )

    def turns(self, block: schema.TrialBlock) -> int:
        """Return how often each trial of a block is shown in a round."""
        exercise = block.exercise if isinstance(block, schema.ImitationBlock) else None
        return block.repetitions if exercise is None else exercise.sets * exercise.repetitions

    def rests(self, block: schema.TrialBlock, targets: int, total: int) -> Times:
        """Return the duration of all rests within a block."""
        exercise = block.exercise if isinstance(block, schema.ImitationBlock) else None
        if exercise is not None:
            length = self.seconds(exercise.rest) or 0.0
            return Times.fixed(length).times(max(0, targets * exercise.sets - 1))
        if block.rest is None or not total:
            return Times()
        return self.rest(block.rest.shortest).times((total - 1) // block.rest.every)

    def trial(self, block: schema.TrialBlock) -> Times:
        """Return the duration of one trial, without its ratings."""
        common, own = self.content.timing, block.timing
        changed = own.model_fields_set if own is not None else set()
        values = {key: getattr(own if key in changed else common, key) for key in type(common).model_fields}
        around = self.span(values["fixation"]) + self.span(values["inter_trial"])
        target, timeout = self.seconds(values["target"]), self.seconds(values["timeout"])
        if block.kind == "viewing":
            return around + Times.fixed(target or 0.0)
        limit = timeout if timeout is not None else target
        longest = UNLIMITED_S if limit is None else limit
        hold = block.hold if isinstance(block, schema.ImitationBlock) else None
        if hold is not None and hold.similarity is None:  # the time alone ends the trial
            held_s = min(self.seconds(hold.time) or 0.0, longest)
            return around + Times(0.0 if hold.on_key else held_s, held_s, held_s)
        shortest = self.seconds(hold.time) or 0.0 if hold is not None and hold.on_key is False else 0.0
        return around + Times(min(shortest, longest), min(RESPONSE_S, longest), longest)

    def question(self, question: schema.TrialQuestionSection) -> Times:
        """Return the duration of a question after a trial."""
        limit = self.seconds(question.time_limit)
        if limit is None:
            return Times.unlimited(QUESTION_S)
        return Times(0.0, min(QUESTION_S, limit), limit)

    def page(self, page: schema.PageItem | schema.InstructionsBlock) -> Times:
        if page.duration is not None:
            return Times.fixed(self.seconds(page.duration) or 0.0)
        return Times.unlimited(reading_s(self.text(page.title), self.text(page.text)))

    def rest(self, shortest: Duration | None) -> Times:
        return Times.unlimited(LEAST_BREAK_S, shortest_s=self.seconds(shortest) or 0.0)

    def span(self, span: Span) -> Times:
        low, high = span.shortest.seconds(self.rate), span.longest.seconds(self.rate)
        return Times(low, (low + high) / 2, high)

    def seconds(self, duration: Duration | None) -> float | None:
        return None if duration is None else duration.seconds(self.rate)

    def text(self, text: Mapping[str, str] | None) -> str:
        return "" if text is None else in_language(text, self.language)


def _conditions(trials: Sequence[Draft]) -> Counter[str]:
    """Return how often each condition occurs, or each target without conditions."""
    return Counter(", ".join(level for _, level in trial.condition) or trial.target for trial in trials)

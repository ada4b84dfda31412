"""What happened in a session so far, collected from the lines of its journal.

The recorder keeps a `History` while it writes, `read_history` builds the same one from the file: the tables, a resumed
session and the analysis all use it. Lists of single flips and camera frames stay in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import Any

from experiment.record.checks.plausibility import LATE_S, implausible_times
from experiment.record.errors import RecordError
from experiment.record.journal import ChangedLine, Journal, TornLine, read_journal
from experiment.record.journal_lines import (
    READABLE_FORMATS,
    AnswersLine,
    CalibrationLine,
    ClauseFacts,
    ClauseLine,
    DeclinedLine,
    ExclusionLine,
    ExclusionScope,
    ExclusionUndoneLine,
    FaceCheckLine,
    FilmEndLine,
    JournalLine,
    JournalReplacedLine,
    NoteLine,
    RecordingsDeletedLine,
    SessionEnd,
    SessionResume,
    SessionStart,
    Setting,
    SkippedLine,
    StepLine,
    StoredFile,
    StoredFrame,
    StoredStimulus,
    TrialAnswerLine,
    TrialLine,
    line_of,
)
from experiment.record.layout import SessionPlace

CLOCK = "clock"
"""Word of ``--accept`` for a session that begins although the computer's clock is before an earlier session."""
SIMULATED_CAMERA = "simulated"
"""Value of ``--camera`` that selects the simulated participant."""
USE_REFUSED = "use-refused"
"""`RecordedTrial.problem` where frames and film were deleted because their use was refused."""
CHANGED_LINE = "changed-line"
"""`RecordedTrial.problem` where the line of the trial, or the first line, is not as the session wrote it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch without interruption.

    From the start or a resumption to an end or a crash.
    """

    clock_s: float
    """On the session's clock, which starts again with the program."""
    shift_s: float
    """Add it to a time of this stretch to get seconds since the start of the session."""


@dataclass(frozen=True, slots=True)
class RecordedTrial(TrialLine):
    """One attempt at a trial.

    Times are seconds since the start of the session, flips are left out.
    """

    attempt: int = 1
    implausible: tuple[str, ...] = ()
    """Impossible times, words of `experiment.record.checks.plausibility.MESSAGES`."""
    answers: tuple[TrialAnswerLine, ...] = ()
    """Answers to the questions after the trial. `ratings` has those on rating scales too."""


@dataclass(frozen=True, slots=True)
class BackwardLine:
    """A line of the journal that is earlier than a line before it."""

    line: int
    """1-based."""
    event: str
    by_s: float
    """By how much it is earlier, s."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question or clause."""

    onset_s: float
    """Seconds since the start of the session."""
    form: str
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ClauseAnswer:
    """The answer to one clause of a consent."""

    given_s: float
    """Seconds since 1970."""
    session: str
    """Label of participant and session, such as ``sub-01_ses-a``."""
    step: str
    agreed: bool
    facts: ClauseFacts
    is_complete: bool = True
    """Whether its consent was completed or declined; False if the session was interrupted before."""
    is_dated: bool = True
    """False if the session began or was resumed although the computer's clock was known to be wrong."""

    @property
    def ends_session(self) -> bool:
        """Whether this is the refusal of a required clause."""
        return self.facts.required and not self.agreed


@dataclass(slots=True)
class History:
    """Everything recorded of a session so far."""

    place: SessionPlace
    start: SessionStart = field(init=False)
    resumed: list[SessionResume] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    trials: list[RecordedTrial] = field(default_factory=list)
    calibrations: list[CalibrationLine] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """Without demographics."""
    demographics: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """The words of each demographic question."""
    clause_answers: list[ClauseAnswer] = field(default_factory=list)
    """Of all consents, agreed, declined or incomplete; empty in journals before format 2."""
    declined: DeclinedLine | None = None
    """The refusal that ended the session; None after it was resumed."""
    declined_s: float | None = None
    """Seconds since 1970 of that refusal."""
    finished: list[str] = field(default_factory=list)
    """Ids of the steps that need not be done again."""
    film: list[FilmEndLine] = field(default_factory=list)
    """The complete parts of the film."""
    complete: bool = False
    use_refused: bool = False
    """Whether the participant refused the use of what was recorded: frames and film count as deleted."""
    use_deleted: bool = False
    """Whether it was deleted."""
    lines: int = 0
    last_sha256: str = ""
    """SHA-256 of the last of these lines."""
    torn: tuple[TornLine, ...] = ()
    changed: tuple[ChangedLine, ...] = ()
    """Lines of the journal that are not as the session wrote them."""
    distrusted: list[CalibrationLine] = field(default_factory=list)
    """Calibrations on such lines."""
    latest_s: float = 0.0
    """Seconds since the start of the session of the latest line."""
    is_dated: bool = True
    """Whether the wall clock of the present segment is trusted."""
    backward: list[BackwardLine] = field(default_factory=list)
    """Lines with a time long before that of an earlier line of the same stretch."""
    face_checks: dict[str, FaceCheckLine] = field(default_factory=dict)
    """The latest check of each trial and calibration."""
    notes: list[NoteLine] = field(default_factory=list)
    """Remarks of the experimenter, in order."""
    exclusions: dict[tuple[ExclusionScope, str], ExclusionLine] = field(default_factory=dict)
    """The exclusions that hold, by scope and trial."""
    ended: bool = False
    """Whether the latest stretch has an end, complete or not; it has none after a crash."""
    end_reason: str = ""
    """Reason in the latest end, a word of the program; empty without one."""
    replaced: int = 0
    """How often another program replaced the journal while the session was recorded."""

    def add(self, line: JournalLine, time_s: float) -> None:
        """Take one more line of the journal into account.

        Raises
        ------
        RecordError
            If the first line is not the start of a session.
        """
        self.lines += 1
        match line:
            case SessionStart():
                self._begin(line)
            case SessionResume() if self.segments:
                # The wall clock may have been set back in the meantime; that may not change the order of events.
                begins_s = max(line.setting.wall_s - self.start.setting.wall_s, self.latest_s)
                self._add_segment(line.setting, begins_s)
                self.resumed.append(line)
                self.is_dated = CLOCK not in line.accept
                self.ended = False
                self.declined = self.declined_s = None
            case _ if not self.segments:
                raise RecordError(f"{self.place.journal}: the journal does not begin with the start of a session")
        since_start_s = self.since_start(time_s)
        if self.latest_s - since_start_s > LATE_S:
            self.backward.append(BackwardLine(self.lines, line.EVENT, self.latest_s - since_start_s))
        self.latest_s = max(self.latest_s, since_start_s)
        self._take(line, since_start_s)

    def since_start(self, time_s: float) -> float:
        """Convert a time of the present segment to seconds since the start of the session."""
        return time_s + self.segments[-1].shift_s

    @property
    def stimuli(self) -> tuple[StoredStimulus, ...]:
        """The target pictures in the data set."""
        return self.start.stimuli

    def frames(self) -> Iterator[StoredFrame]:
        """Yield all camera frames on disk, those of calibrations first."""
        yield from chain.from_iterable(line.frames for line in self.calibrations)
        yield from chain.from_iterable(trial.frames for trial in self.trials)

    @property
    def kept(self) -> list[str]:
        """Numbers of what was recorded of the participant, in words; empty if none.

        The answers of a consent that was not completed are not counted.
        """
        counts = {
            "camera frame": sum(1 for _ in self.frames()),
            "film file": sum(file.is_file() for folder in self.place.films for file in folder.glob("*")),
            "trial": len(self.trials),
            "answer": sum(one.form in self.finished for one in self.answers) + len(self.demographics),
        }
        return [f"{count} {what}{'s' if count > 1 else ''}" for what, count in counts.items() if count]

    @property
    def done(self) -> list[str]:
        """Ids of the trials that were not aborted, in order."""
        return [trial.id for trial in self.trials if trial.outcome != "aborted"]

    def _take(self, line: JournalLine, since_start_s: float) -> None:
        match line:
            case TrialLine() | TrialAnswerLine():
                self._add_of_trial(line)
            case CalibrationLine():
                self.calibrations.append(replace(line, frames=self._own_frames(line.frames)))
                self._finish(line.step)
            case AnswersLine():
                self._add_answers(line, since_start_s)
            case ClauseLine():
                self._add_given(line, since_start_s)
            case StepLine() | SkippedLine():
                self._finish(line.step)
            case DeclinedLine():
                self._add_refusal(line, since_start_s)
            case RecordingsDeletedLine():
                self.use_deleted = not line.failed
            case FilmEndLine() if not self.use_refused:
                self.film.append(
                    replace(line, table=self._own_file(line.table), files=tuple(map(self._own_file, line.files)))
                )
            case SessionEnd():
                self.complete, self.ended, self.end_reason = line.complete, True, line.reason
            case _:
                self._take_remark(line)

    def _take_remark(self, line: JournalLine) -> None:
        """Take a line into account that is about the record, not of the participant."""
        match line:
            case JournalReplacedLine():
                self.replaced += 1
            case FaceCheckLine():
                self.face_checks[line.step] = line
            case NoteLine():
                self.notes.append(line)
            case ExclusionLine():
                self.exclusions[line.scope, line.trial] = line
            case ExclusionUndoneLine():
                self.exclusions.pop((line.scope, line.trial), None)

    @property
    def exclusion(self) -> ExclusionLine | None:
        """The exclusion of the whole session; None if it counts."""
        return self.exclusions.get(("participant", "")) or self.exclusions.get(("session", ""))

    def exclusion_of(self, trial: str) -> ExclusionLine | None:
        """Return the exclusion of a trial, alone or with its session; None if it counts."""
        return self.exclusions.get(("trial", trial)) or self.exclusion

    @property
    def use_is_open(self) -> bool:
        """Whether the participant has still to answer if what was recorded may be used."""
        return not self.use_refused and not set(self.start.use_consents) <= set(self.finished)

    @property
    def use_is_uncertain(self) -> bool:
        """Whether the journal was changed, so that an agreement in it does not count."""
        return not self.use_refused and bool(self.start.use_consents) and bool(self.changed)

    @property
    def is_simulated(self) -> bool:
        """Whether a simulated camera was chosen at the start."""
        return bool(self.start.options.get("camera") == SIMULATED_CAMERA)

    @property
    def recorded_as(self) -> str:
        """The session as the journal names it, ``sub-01`` or ``sub-01_ses-a``."""
        return SessionPlace(self.place.dataset, self.start.participant, self.start.session).label

    def _own_file(self, file: StoredFile) -> StoredFile:
        return replace(file, file=self.place.own_file(file.file))

    def _own_frames(self, frames: tuple[StoredFrame, ...]) -> tuple[StoredFrame, ...]:
        return tuple(replace(frame, file=self.place.own_file(frame.file)) for frame in frames)

    def _begin(self, line: SessionStart) -> None:
        self.start = line
        self.is_dated = CLOCK not in line.options.get("accept", ())
        self.segments.clear()
        self._add_segment(line.setting, 0.0)

    def _add_segment(self, setting: Setting, begins_s: float) -> None:
        self.segments.append(Segment(setting.clock_s, begins_s - setting.clock_s))

    def _add_of_trial(self, line: TrialLine | TrialAnswerLine) -> None:
        if isinstance(line, TrialLine):
            self._add_trial(line)
        else:
            self._add_trial_answer(line)

    def _add_trial(self, line: TrialLine) -> None:
        values = {one.name: getattr(line, one.name) for one in fields(TrialLine)}
        shifted: dict[str, Any] = {
            name: None if values[name] is None else self.since_start(values[name])
            for name in ("fixation_s", "baseline_s", "onset_s", "offset_s", "anchor_s")
        }
        shifted["frames"] = self._own_frames(line.frames)
        attempt = 1 + sum(trial.id == line.id for trial in self.trials)
        self.trials.append(
            RecordedTrial(
                **values | shifted | {"flip_times_s": (), "attempt": attempt, "implausible": implausible_times(line)}
            )
        )
        if line.outcome != "aborted":
            self._finish(line.id)

    def _add_trial_answer(self, line: TrialAnswerLine) -> None:
        """Add an answer to the latest attempt at its trial."""
        number = next((n for n in reversed(range(len(self.trials))) if self.trials[n].id == line.trial), None)
        if number is None:
            raise KeyError(line.trial)
        trial = self.trials[number]
        shifted = replace(
            line,
            shown_s=self.since_start(line.shown_s),
            answered_s=None if line.answered_s is None else self.since_start(line.answered_s),
        )
        ratings = dict(trial.ratings)
        if line.kind == "rating" and isinstance(line.answer, int):
            ratings[line.question] = line.answer
        kept = tuple(one for one in trial.answers if one.question != line.question)
        self.trials[number] = replace(trial, answers=(*kept, shifted), ratings=ratings)

    def unanswered(self, trial: str, questions: Collection[str]) -> list[str]:
        """Return which questions after a finished trial have no answer yet.

        Parameters
        ----------
        trial
            Id of the trial.
        questions
            Ids of its questions, in order.
        """
        found = next((one for one in reversed(self.trials) if one.id == trial and one.outcome != "aborted"), None)
        if found is None:
            return []
        answered = {*found.ratings, *(one.question for one in found.answers)}
        return [question for question in questions if question not in answered]

    def _add_answers(self, line: AnswersLine, since_start_s: float) -> None:
        for question, answer in line.answers.items():
            if question in line.demographic:
                self.demographics[question] = str(answer)
                self.labels[question] = line.labels.get(question, question)
            elif not any((one.form, one.question, one.answer) == (line.step, question, answer) for one in self.answers):
                self._add_answer(Answer(since_start_s, line.step, question, str(answer)))
        self.clause_answers = [one for one in self.clause_answers if one.is_complete or one.step != line.step]
        for facts in line.clauses:
            agreed = line.answers[facts.id] == "yes"
            self._add_clause(facts, line.step, agreed=agreed, since_start_s=since_start_s)
        self._finish(line.step)

    def _add_given(self, line: ClauseLine, since_start_s: float) -> None:
        """Add an answer to a consent that is not complete yet."""
        self._add_clause(line.facts, line.step, agreed=line.agreed, since_start_s=since_start_s, is_complete=False)
        self._add_answer(Answer(since_start_s, line.step, line.facts.id, "yes" if line.agreed else "no"))

    def _add_answer(self, answer: Answer) -> None:
        """Add an answer in place of an earlier one to the same question."""
        same = (answer.form, answer.question)
        self.answers = [one for one in self.answers if (one.form, one.question) != same]
        self.answers.append(answer)

    def _add_refusal(self, line: DeclinedLine, since_start_s: float) -> None:
        self.declined, self.declined_s = line, self._wall_s(since_start_s)
        if line.facts is not None:
            self._add_clause(line.facts, line.step, agreed=False, since_start_s=since_start_s)

    def _add_clause(
        self, facts: ClauseFacts, step: str, *, agreed: bool, since_start_s: float, is_complete: bool = True
    ) -> None:
        given_s = self._wall_s(since_start_s)
        if facts.use and not agreed:
            self._withdraw()
        self.clause_answers.append(
            ClauseAnswer(given_s, self.place.label, step, agreed, facts, is_complete, self.is_dated)
        )

    def _withdraw(self) -> None:
        """Forget frames and film, because their use was refused."""
        self.use_refused = True
        self.trials = [
            replace(one, frames=(), filmed=None if one.filmed is None else False, problem=one.problem or USE_REFUSED)
            for one in self.trials
        ]
        self.calibrations = [replace(line, frames=()) for line in self.calibrations]
        self.film = []

    def _wall_s(self, since_start_s: float) -> float:
        return self.start.setting.wall_s + since_start_s

    def _finish(self, step: str) -> None:
        if step not in self.finished:
            self.finished.append(step)


def read_history(
    place: SessionPlace,
    *,
    each: Callable[[JournalLine, History], None] | None = None,
    journal: Journal | None = None,
) -> History:
    """Read what happened in a session from its journal.

    Parameters
    ----------
    place : SessionPlace
        The session.
    each : callable, optional
        Called with every line and the history up to it, for the lists that stay in the journal.
    journal : Journal, optional
        The content of the journal, if it was read before, or that of a copy.

    Raises
    ------
    RecordError
        If the journal does not exist or cannot be understood.
    """
    journal = read_journal(place.journal) if journal is None else journal
    history = History(place)
    changed = {line.n for line in journal.changed}
    for entry in journal.entries:
        try:
            if entry.event == SessionStart.EVENT and entry.data["format"] not in READABLE_FORMATS:
                raise RecordError(
                    f"{place.journal} has format {entry.data['format']}, this program reads "
                    f"{READABLE_FORMATS[0]} to {READABLE_FORMATS[-1]}; use the program that wrote it"
                )
            line = line_of(entry)
            if isinstance(line, TrialLine) and not changed.isdisjoint((0, entry.n)):
                line = replace(line, problem=CHANGED_LINE)
            if isinstance(line, CalibrationLine) and not changed.isdisjoint((0, entry.n)):
                history.distrusted.append(line)
            history.add(line, entry.time_s)
            if each is not None:
                each(line, history)
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(
                f"{place.journal}: line {entry.n} ({entry.event}) lacks or garbles {error}; "
                "restore the file from a copy"
            ) from error
    if not history.segments:
        raise RecordError(f"{place.journal} is empty: the session ended before it began; delete it and begin again")
    history.last_sha256 = journal.hashes[-1]
    history.torn = journal.torn
    history.changed = journal.changed
    return history

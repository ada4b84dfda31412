"""What happened in a session so far, folded from the lines of its journal.

The recorder keeps one while it writes, `read_history` makes the same one from the file: the tables, the resumed session
and the analysis all rest on it. Lists of single flips and camera frames stay in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from experiment.record.errors import RecordError
from experiment.record.journal import Entry, TornLine, read_journal
from experiment.record.layout import SessionPlace
from experiment.record.stimuli import StoredStimulus

FORMAT = 1
CAMERA_TIMES = "camera-times"
"""The journal's word for lines of the times of camera frames, some hundred each."""
FEEDBACK = "feedback"
"""The journal's word for lines of live measurements: one column a value, about one line a second."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch without interruption: from the start, or a resumption, to an end or a crash."""

    clock_s: float
    """On the session's clock, which begins anew with the program."""
    shift_s: float
    """Add it to a time of this stretch to get seconds since the start of the session."""


@dataclass(slots=True)
class History:
    """A session, as far as it is known."""

    place: SessionPlace
    start: dict[str, Any] = field(default_factory=dict)
    """The data of ``session-start``."""
    resumed: list[dict[str, Any]] = field(default_factory=list)
    """The data of every ``session-resume``."""
    segments: list[Segment] = field(default_factory=list)
    trials: list[dict[str, Any]] = field(default_factory=list)
    calibrations: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    """One a question or clause: ``form``, ``question``, ``answer``, ``onset_s``; demographics are apart."""
    demographics: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    """The words of each demographic question."""
    finished: list[str] = field(default_factory=list)
    """Ids of the steps that need not be done again."""
    complete: bool = False
    lines: int = 0
    torn: tuple[TornLine, ...] = ()
    latest_s: float = 0.0
    """Seconds since the start of the session of the latest line."""

    def add(self, entry: Entry) -> None:
        """Take one more line of the journal into account. Kinds not listed here concern nobody but the journal."""
        self.lines += 1
        data = dict(entry.data)
        if entry.event in ("session-start", "session-resume"):
            self._begin(entry, data)
        if not self.segments:
            raise RecordError(f"{self.place.journal}: the journal does not begin with the start of a session")
        since_start_s = self.since_start(entry.time_s)
        self.latest_s = max(self.latest_s, since_start_s)
        match entry.event:
            case "trial":
                self._trial(data)
            case "calibration":
                self.calibrations.append(data)
                self._finish(data["step"])
            case "answers":
                self._answers(data, since_start_s)
            case "step":
                self._finish(data["step"])
            case "session-end":
                self.complete = bool(data["complete"])

    def since_start(self, time_s: float) -> float:
        """A time of the present segment as seconds since the start of the session."""
        return time_s + self.segments[-1].shift_s

    @property
    def stimuli(self) -> tuple[StoredStimulus, ...]:
        """The target pictures in the data set."""
        return tuple(StoredStimulus.from_json(value) for value in self.start["stimuli"])

    def attempts(self, trial_id: str) -> int:
        """How often a trial was begun."""
        return sum(trial["id"] == trial_id for trial in self.trials)

    def _begin(self, entry: Entry, data: dict[str, Any]) -> None:
        clock_s, wall_s = float(data["clock_s"]), float(data["wall_s"])
        if entry.event == "session-start":
            if data["format"] != FORMAT:
                raise RecordError(
                    f"{self.place.journal} has format {data['format']}, this program reads {FORMAT}; use the program "
                    "that wrote it"
                )
            self.start = data
            self.segments = [Segment(clock_s, -clock_s)]
            return
        # The wall clock may have been set back meanwhile; the order of events may not change by that.
        begins_s = max(wall_s - float(self.start["wall_s"]), self.latest_s)
        self.segments.append(Segment(clock_s, begins_s - clock_s))
        self.resumed.append(data)

    def _trial(self, data: dict[str, Any]) -> None:
        data.pop("flip_times_s", None)
        for name in ("fixation_s", "onset_s", "offset_s", "key_time_s"):
            if data[name] is not None:
                data[name] = self.since_start(data[name])
        data["attempt"] = self.attempts(data["id"]) + 1
        self.trials.append(data)
        if data["outcome"] != "aborted":
            self._finish(data["id"])

    def _answers(self, data: dict[str, Any], since_start_s: float) -> None:
        labels: Mapping[str, str] = data["labels"]
        for question, answer in data["answers"].items():
            if question in data["demographic"]:
                self.demographics[question] = str(answer)
                self.labels[question] = labels.get(question, question)
            else:
                self.answers.append(
                    {"onset_s": since_start_s, "form": data["step"], "question": question, "answer": str(answer)}
                )
        self._finish(data["step"])

    def _finish(self, step: str) -> None:
        if step not in self.finished:
            self.finished.append(step)


def read_history(place: SessionPlace, *, each: Callable[[Entry, History], None] | None = None) -> History:
    """What a journal tells.

    Parameters
    ----------
    each
        Is shown every line and the history up to it, for those who need the lists that stay in the journal.

    Raises
    ------
    RecordError
        If there is none, or it cannot be understood.
    """
    journal = read_journal(place.journal)
    history = History(place)
    for entry in journal.entries:
        try:
            history.add(entry)
            if each is not None:
                each(entry, history)
        except (KeyError, TypeError, ValueError) as error:
            raise RecordError(
                f"{place.journal}: line {entry.n} ({entry.event}) lacks or garbles {error}; "
                "restore the file from a copy"
            ) from error
    if not history.segments:
        raise RecordError(f"{place.journal} is empty: the session ended before it began; delete it and start anew")
    history.torn = journal.torn
    return history

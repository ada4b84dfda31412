"""How many trials of a session have a measurable face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from experiment.record.history import History, read_history
from experiment.record.journal_lines import FaceCheckLine, FacesLine, NoFaceContinueLine, read_lines
from experiment.record.layout import SessionPlace


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """The checks of the trials with a response and a kept frame."""

    trials: int
    measurable: int
    checked: int
    reasons: dict[str, int]
    """Why faces cannot be measured, with the number of trials."""
    continued: tuple[str, ...] = ()
    """Calibrations that the lab assistant continued without a measurable face."""

    @property
    def not_checked(self) -> int:
        """Number of trials whose frame was not checked."""
        return self.trials - self.checked

    def sentences(self) -> list[str]:
        """Return what the terminal prints; empty without a kept frame."""
        if not self.trials:
            return []
        found = [f"faces: {self.measurable} of {self.trials} trials measurable"]
        if self.not_checked:
            found[0] += f", {self.not_checked} not checked"
        if self.reasons:
            found[0] += " (" + ", ".join(f"{reason}: {count}" for reason, count in self.reasons.items()) + ")"
        if self.checked == self.trials and not self.measurable:
            found.append(
                "warning: no trial shows a face that can be measured; the tables of this session will be empty"
            )
        found += [f"calibration {step}: continued without a measurable face" for step in self.continued]
        return found


def summarise(trials: Iterable[str], checks: Iterable[FaceCheckLine]) -> FaceSummary:
    """Return the summary of some trials.

    Of several checks of a trial, the last counts.

    Parameters
    ----------
    trials : iterable of str
        Ids of the trials with a response and a kept frame.
    checks : iterable of FaceCheckLine
        Checks of trials and calibrations, in the order of the journal.
    """
    wanted = list(dict.fromkeys(trials))
    latest = {line.step: line for line in checks}
    found = [latest[trial] for trial in wanted if trial in latest]
    missing = [line for line in found if not line.measurable]
    return FaceSummary(
        trials=len(wanted),
        measurable=len(found) - len(missing),
        checked=len(found),
        reasons=dict(Counter(reason for line in missing for reason in line.reasons)),
    )


def summary_of(history: History) -> FaceSummary:
    """Return the summary of a session without the calibrations that were continued."""
    answered = [trial.id for trial in history.trials if trial.outcome == "response" and trial.key_frame is not None]
    return summarise(answered, history.face_checks.values())


def face_summary(place: SessionPlace) -> FaceSummary:
    """Return the summary of a recorded session.

    Raises
    ------
    RecordError
        If the journal cannot be read.
    """
    summary = summary_of(read_history(place))
    continued = tuple(line.step for line in read_lines(place.journal, NoFaceContinueLine))
    return FaceSummary(summary.trials, summary.measurable, summary.checked, summary.reasons, continued)


def faces_line(place: SessionPlace, *, fault: str) -> FacesLine:
    """Return the line that ends the checks of a session."""
    summary = face_summary(place)
    return FacesLine(summary.trials, summary.measurable, summary.not_checked, fault)

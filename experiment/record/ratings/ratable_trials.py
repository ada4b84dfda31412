"""The trials that a rater judges, in a random order of the rater's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from experiment.record.files import digest
from experiment.record.history import History, RecordedTrial
from experiment.record.layout import SessionPlace
from experiment.record.trial_pictures import why_closed

RATED_KINDS = frozenset({"experiment", "viewing"})
"""Kinds of trials that are rated; practice and training are not."""
NOT_RATED = frozenset({"aborted", "timeout"})
"""Outcomes without an imitation to judge."""


@dataclass(frozen=True, slots=True)
class RatableTrial:
    """One attempt at a trial that has pictures."""

    place: SessionPlace
    recorded: RecordedTrial
    code: str
    """Stands for the trial where a rater may not see its participant and target; another one for each rater."""

    @property
    def key(self) -> tuple[str, int]:
        """Id and attempt of the trial, as in `rating_file.RatingFile`."""
        return self.recorded.id, self.recorded.attempt


def ratable_trials(histories: Iterable[History], rater: str) -> list[RatableTrial]:
    """Return the trials with pictures, in the order of a rater.

    The order is random over all sessions, the same each time for a rater, and another one for each rater. New sessions
    come in between. Pilot sessions are left out.

    Parameters
    ----------
    histories : iterable of History
        The sessions.
    rater : str
        Name of the rater.
    """
    found = [
        RatableTrial(history.place, trial, _code(rater, history.place, trial))
        for history in histories
        if not history.start.pilot and not why_closed(history)
        for trial in history.trials
        if trial.kind in RATED_KINDS and trial.outcome not in NOT_RATED and (trial.frames or trial.filmed)
    ]
    return sorted(found, key=lambda one: one.code)


def expressions_of(histories: Iterable[History]) -> list[str]:
    """Return the expressions that a rater chooses from.

    These are those of all targets, with the neutral face.
    """
    named = {stimulus.expression for history in histories for stimulus in history.stimuli}
    return ["neutral", *sorted(named - {"neutral"})]


def first_unrated(trials: Iterable[RatableTrial], rated: Collection[str]) -> RatableTrial | None:
    """Return the first trial without a rating; None if all have one.

    Parameters
    ----------
    trials : iterable of RatableTrial
        In the order of the rater.
    rated : collection of str
        Codes of the trials with a rating.
    """
    return next((trial for trial in trials if trial.code not in rated), None)


def _code(rater: str, place: SessionPlace, trial: RecordedTrial) -> str:
    """Return a code of a trial.

    It stays the same when the data set is moved or the folder of the participant is renamed.
    """
    parts = (rater, digest(place.first_line), trial.id, str(trial.attempt))
    return digest("\n".join(parts).encode())[:24]

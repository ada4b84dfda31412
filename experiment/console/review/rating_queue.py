"""The trials that a rater judges one by one, with the ratings so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from experiment.console.review.session_review import known_history
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.lock import living_holder
from experiment.record.ratings.ratable_trials import RatableTrial, expressions_of, first_unrated, ratable_trials
from experiment.record.ratings.rating_file import Rating, read_ratings

Version = tuple[SessionPlace, int, int]
"""A session with size and time of its journal."""


@dataclass(frozen=True, slots=True)
class RatingQueue:
    """What a rater has judged, and what is left."""

    trials: tuple[RatableTrial, ...]
    """All trials, in the order of the rater."""
    ratings: dict[str, Rating]
    """The rating of each judged trial, by its code."""
    expressions: tuple[str, ...]
    """What the rater chooses from."""

    @property
    def next(self) -> RatableTrial | None:
        """The first trial without a rating; None if all have one."""
        return first_unrated(self.trials, self.ratings)

    def find(self, code: str) -> RatableTrial | None:
        """Return a trial by its code."""
        return next((trial for trial in self.trials if trial.code == code), None)

    def rated_before(self, code: str) -> RatableTrial | None:
        """Return the last judged trial before a trial in the order; None if there is none."""
        before = [trial for trial in self.trials if trial.code < code and trial.code in self.ratings]
        return before[-1] if before else None


def rating_queue(dataset: Path, rater: str) -> RatingQueue:
    """Return the queue of a rater; sessions that run are left out.

    Parameters
    ----------
    dataset
        Folder of the data set.
    rater
        As `experiment.record.ratings.rating_file.check_rater` returns it.

    Raises
    ------
    RecordError
        If a journal or a file of ratings cannot be read.
    """
    trials, expressions = _ordered(rater, _versions(dataset))
    ratings: dict[str, Rating] = {}
    for place in dict.fromkeys(trial.place for trial in trials):
        known = read_ratings(place, rater).ratings
        if known:
            ratings |= {one.code: known[one.key] for one in trials if one.place == place and one.key in known}
    return RatingQueue(trials, ratings, expressions)


def _versions(dataset: Path) -> tuple[Version, ...]:
    found = [(place, place.journal.stat()) for place in recorded_sessions(dataset) if living_holder(place.lock) is None]
    return tuple((place, about.st_size, about.st_mtime_ns) for place, about in found)


@lru_cache(maxsize=4)
def _ordered(rater: str, versions: tuple[Version, ...]) -> tuple[tuple[RatableTrial, ...], tuple[str, ...]]:
    histories = [known_history(place) for place, _, _ in versions]
    return tuple(ratable_trials(histories, rater)), tuple(expressions_of(histories))

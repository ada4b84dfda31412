"""Agreement of the raters of a data set with each other and with the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from analysis.tables.kappa import Agreement, cohens_kappa
from experiment.record.history import History, read_history
from experiment.record.ratings.ratable_trials import ratable_trials
from experiment.record.ratings.rating_file import Rating, raters_of, read_ratings
from experiment.record.sessions import require_sessions

TARGET = "target"
"""Second of two "raters" where expressions are compared with those of the targets."""
Question = Literal["usable", "expression"]
_Key = tuple[str, str, int]
"""Session, trial and attempt."""
_Answers = tuple[str, Mapping[_Key, str]]
"""Who answered, and the answers."""


@dataclass(frozen=True, slots=True)
class RatedTrials:
    """All ratings of a data set that count."""

    by_rater: Mapping[str, Mapping[_Key, Rating]]
    participants: Mapping[_Key, str]
    """Who is seen in each trial that can be rated."""
    targets: Mapping[_Key, str]
    """Expression of the target of each."""
    left_out: tuple[str, ...]
    """One sentence for each file that does not count."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Agreement of two raters in one question, or of a rater with the targets."""

    question: Question
    first: str
    second: str
    """A rater, or `TARGET`."""
    agreement: Agreement

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {"question": self.question, "first": self.first, "second": self.second, **asdict(self.agreement)}

    def sentence(self) -> str:
        """Return the line that the terminal prints."""
        one = self.agreement
        people = f" of {one.participants} participants" if one.participants > 1 else ""
        text = f"{self.first} and {self.second}: {one.trials} trials{people}, agreement {100 * one.observed:.1f} %"
        if one.kappa is None:
            return f"{text}, kappa is not defined because both used one category only"
        text += f", kappa {one.kappa:.2f}"
        if one.interval is None:
            return f"{text}, without an interval because they never differ"
        return f"{text}, 95 % interval {one.interval.low:.2f} to {one.interval.high:.2f}"


def read_rated_trials(dataset: Path) -> RatedTrials:
    """Return the ratings of all sessions whose pictures may be used.

    Raises
    ------
    RecordError
        If the data set has no session, or a journal or rating cannot be read.
    """
    return rated_trials([read_history(place) for place in require_sessions(dataset)])


def rated_trials(histories: Sequence[History]) -> RatedTrials:
    """Return the ratings of sessions whose pictures may be used.

    Raises
    ------
    RecordError
        If a rating cannot be read.
    """
    by_rater: dict[str, dict[_Key, Rating]] = {}
    participants: dict[_Key, str] = {}
    targets: dict[_Key, str] = {}
    left_out = []
    for history in histories:
        place = history.place
        for trial in ratable_trials([history], ""):
            key = (place.label, *trial.key)
            participants[key], targets[key] = place.participant, trial.recorded.expression
        for rater in raters_of(place):
            read = read_ratings(place, rater)
            if read.is_changed:
                left_out.append(f"the ratings of {place.label} by {rater} were changed after they were written")
                continue
            own = {(place.label, *key): rating for key, rating in read.ratings.items()}
            by_rater.setdefault(rater, {}).update({key: one for key, one in own.items() if key in participants})
    return RatedTrials(by_rater, participants, targets, tuple(left_out))


def agreements(rated: RatedTrials) -> list[PairAgreement]:
    """Return the agreement of every two raters, and of each rater with the targets."""
    return [*_between(rated, "usable"), *_between(rated, "expression"), *_with_targets(rated)]


def _between(rated: RatedTrials, question: Question) -> Iterator[PairAgreement]:
    answers = {rater: _answers(ratings, question) for rater, ratings in sorted(rated.by_rater.items())}
    for first, second in combinations(answers, 2):
        yield from _pair(rated, question, (first, answers[first]), (second, answers[second]))


def _with_targets(rated: RatedTrials) -> Iterator[PairAgreement]:
    for rater, ratings in sorted(rated.by_rater.items()):
        yield from _pair(rated, "expression", (rater, _answers(ratings, "expression")), (TARGET, rated.targets))


def _pair(
    rated: RatedTrials,
    question: Question,
    first: _Answers,
    second: _Answers,
) -> Iterator[PairAgreement]:
    both = [key for key in first[1] if key in second[1]]
    if both:
        people = [rated.participants[key] for key in both]
        found = cohens_kappa([first[1][key] for key in both], [second[1][key] for key in both], people)
        yield PairAgreement(question, first[0], second[0], found)


def _answers(ratings: Mapping[_Key, Rating], question: Question) -> dict[_Key, str]:
    """Return the category of each trial; trials without one are left out."""
    if question == "usable":
        return {key: "usable" if rating.usable else "not usable" for key, rating in ratings.items()}
    return {key: rating.expression for key, rating in ratings.items() if rating.expression}

"""Compare the ratings of a session with its journal."""

from __future__ import annotations

from experiment.record.errors import RecordError
from experiment.record.history import History
from experiment.record.ratings.rating_file import Rating, raters_of, rating_path, read_ratings
from experiment.record.trial_pictures import pictures_sha256
from experiment.record.verification.findings import Verification

_CHECK = "ratings"


def verify_ratings(history: History, found: Verification) -> None:
    """Find ratings that were changed or do not fit to the session.

    Parameters
    ----------
    history : History
        The session.
    found : Verification
        Takes the differences.
    """
    for rater in raters_of(history.place):
        path = rating_path(history.place, rater)
        found.expected.add(path)
        try:
            read = read_ratings(history.place, rater)
        except RecordError as error:
            found.add(_CHECK, path, str(error).removeprefix(f"{path}: "))
            continue
        if read.is_changed:
            found.add(
                _CHECK, path, "it was changed after it was written, or is of another session; restore it from a copy"
            )
            continue
        for rating in read.ratings.values():
            if message := _fault(rating, history):
                found.add(_CHECK, path, message)


def _fault(rating: Rating, history: History) -> str:
    """Return what is wrong with a rating; empty if it fits."""
    name = f"trial {rating.trial}, attempt {rating.attempt}"
    trial = next((one for one in history.trials if (one.id, one.attempt) == (rating.trial, rating.attempt)), None)
    if trial is None:
        return f"{name} is not in the journal; restore the journal from a copy"
    if rating.frames and (shown := pictures_sha256(history, trial)) and shown != rating.frames:
        return f"{name} was rated with other pictures than those of the journal; restore the journal from a copy"
    return ""

"""Compare the computer's clock with the times of the sessions in a data set.

The order of a participant's answers to consents follows this clock. A session does not begin while it is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace, recorded_sessions

CLOCK_TOLERANCE_S = 60.0
"""The clocks of two computers may differ by this much."""


def clock_problem(place: SessionPlace, *, now_s: float) -> str:
    """Return which session is later than the computer's clock, and the remedy.

    Empty if none is.

    Parameters
    ----------
    place : SessionPlace
        The session that is about to begin or to be resumed.
    now_s : float
        The computer's clock, in seconds since 1970.
    """
    latest_s, label = max(_times(place), default=(now_s, ""))
    if latest_s <= now_s + CLOCK_TOLERANCE_S:
        return ""
    return (
        f"the computer's clock says {_shown(now_s)}, and {label} was recorded at {_shown(latest_s)}, which is later: "
        "set the clock"
    )


def _times(place: SessionPlace) -> Iterator[tuple[float, str]]:
    """Yield the times of the sessions of a data set.

    Of the same participant, also those of resumptions and answers to consents.
    """
    for other in recorded_sessions(place.dataset):
        try:
            yield float(json.loads(other.first_line)["data"]["wall_s"]), other.label
            if other.participant == place.participant:
                history = read_history(other)
                times = [line.setting.wall_s for line in history.resumed]
                yield from ((time_s, other.label) for time_s in times)
                yield from ((answer.given_s, other.label) for answer in history.clause_answers)
        except (ValueError, KeyError, TypeError, RecordError):
            continue  # everything that reads a damaged journal reports it


def _shown(time_s: float) -> str:
    return datetime.fromtimestamp(time_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.ratings.ratable_trials import ratable_trials
from experiment.record.ratings.rating_file import Rating, add_rating, rating_path
from tests.analysis.running import run
from tests.experiment.clocks import SetClock
from tests.experiment.record.helpers import record_all


def rate(place: SessionPlace, rater: str, *, unusable: int, expression: str) -> None:
    for number, trial in enumerate(ratable_trials([read_history(place)], rater="")):
        shown = tuple(frame.sha256 or "" for frame in trial.recorded.frames)
        usable = number >= unusable
        add_rating(place, rater, Rating(*trial.key, usable, "" if usable else "talks", expression, shown))


def test_ratings_prints_the_agreement_of_raters_and_with_the_targets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    for participant in ("01", "02"):
        record_all(data, tmp_path, SetClock(), participant=participant)
        place = SessionPlace(data, participant, None)
        rate(place, "AB", unusable=1, expression="anger")
        rate(place, "CD", unusable=2, expression="fear")

    text = run(capsys, "ratings", data).out
    assert "10 trials can be rated; rated: AB 10, CD 10" in text
    assert "AB and CD: 10 trials of 2 participants, agreement 80.0 %, kappa 0.55" in text
    assert "AB and target: 10 trials of 2 participants, agreement 100.0 %, kappa is not defined" in text

    path = rating_path(SessionPlace(data, "02", None), "CD")
    path.write_bytes(path.read_bytes().replace(b'"usable":true', b'"usable":false'))
    found = json.loads(run(capsys, "ratings", data, "--json").out)
    assert found["raters"] == {"AB": 10, "CD": 5}
    assert len(found["left_out"]) == 1
    first = found["agreements"][0]
    assert (first["question"], first["first"], first["second"], first["trials"]) == ("usable", "AB", "CD", 5)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from experiment.record.deletion import forget
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.ratings.ratable_trials import expressions_of, first_unrated, ratable_trials
from experiment.record.ratings.rating_file import (
    Rating,
    add_rating,
    check_rater,
    known_raters,
    rating_path,
    read_ratings,
    require_same_case,
)
from tests.experiment.clocks import SetClock
from tests.experiment.record.helpers import TRIALS, record_all, validate
from tests.experiment.record.verification.comparing import compare


@pytest.fixture
def place(tmp_path: Path) -> SessionPlace:
    record_all(tmp_path / "data", tmp_path, SetClock())
    return SessionPlace(tmp_path / "data", "01", None)


def rating_of(place: SessionPlace, trial: str = "t01", **changes: object) -> Rating:
    recorded = next(one for one in read_history(place).trials if one.id == trial)
    shown = tuple(frame.sha256 or "" for frame in sorted(recorded.frames, key=lambda one: one.captured_s))
    return replace(Rating(trial, 1, True, "", "anger", shown), **changes)  # type: ignore[arg-type]


def differences(place: SessionPlace) -> list[str]:
    found = compare(place.dataset)
    assert not any("ratings" in note for note in found.notes)
    return [one.message for one in found.differences if "ratings" in str(one.file)]


def test_the_last_rating_of_a_trial_counts_and_all_stay_in_the_file(place: SessionPlace) -> None:
    add_rating(place, "AB", rating_of(place))
    add_rating(place, "AB", rating_of(place, "t02", usable=False, reason="hand before the face"))
    add_rating(place, "AB", rating_of(place, usable=False, reason="talks"))

    found = read_ratings(place, "AB")

    assert [(key, one.usable, one.reason) for key, one in found.ratings.items()] == [
        (("t01", 1), False, "talks"),
        (("t02", 1), False, "hand before the face"),
    ]
    assert not found.is_changed
    assert len(rating_path(place, "AB").read_bytes().splitlines()) == 4
    assert known_raters([place]) == ["AB"]
    assert read_ratings(place, "CD").ratings == {}


def test_ratings_pass_verify_and_the_validator_and_go_with_the_participant(place: SessionPlace) -> None:
    add_rating(place, "AB", rating_of(place))

    assert differences(place) == []
    assert validate(place.dataset)[0] == []
    assert rating_path(place, "AB").stat().st_mode & 0o077 == 0
    forget(place.dataset, "01")
    assert not rating_path(place, "AB").exists()


def test_a_changed_rating_a_foreign_file_and_other_pictures_are_differences(place: SessionPlace) -> None:
    add_rating(place, "AB", rating_of(place))
    add_rating(place, "CD", rating_of(place, frames=("0" * 64,)))
    add_rating(place, "EF", replace(rating_of(place), trial="t09"))
    path = rating_path(place, "AB")
    path.write_bytes(path.read_bytes().replace(b'"usable":true', b'"usable":false'))

    assert read_ratings(place, "AB").is_changed
    assert len(differences(place)) == 3

    other = rating_path(place, "CD").read_bytes()
    path.write_bytes(other)
    assert read_ratings(place, "AB").is_changed
    with pytest.raises(RecordError, match="another session or rater"):
        add_rating(place, "AB", rating_of(place))
    assert path.read_bytes() == other


def test_a_line_torn_by_a_power_cut_is_written_again(place: SessionPlace) -> None:
    add_rating(place, "AB", rating_of(place))
    path = rating_path(place, "AB")
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines()[-1][:40])

    assert len(read_ratings(place, "AB").ratings) == 1
    add_rating(place, "AB", rating_of(place, "t02"))
    assert len(read_ratings(place, "AB").ratings) == 2
    assert path.read_bytes().startswith(whole)
    assert differences(place) == []


@pytest.mark.parametrize("name", ["", "A B", "Ä", "a" * 21, "../x", "journal1", "copy"])
def test_names_that_cannot_be_file_names_are_refused(name: str) -> None:
    with pytest.raises(RecordError, match="the rater is called"):
        check_rater(name)


def test_a_name_in_another_case_is_refused_and_a_long_reason_too(place: SessionPlace) -> None:
    assert check_rater(" AB ") == "AB"
    require_same_case("AB", ["AB", "CD"])
    with pytest.raises(RecordError, match="a rater is called AB"):
        require_same_case("ab", ["AB"])
    with pytest.raises(RecordError, match="300 characters"):
        add_rating(place, "AB", rating_of(place, reason="x" * 301))
    assert not rating_path(place, "AB").exists()


def test_each_rater_has_an_order_of_their_own_that_stays_when_the_data_set_is_moved(
    place: SessionPlace, tmp_path: Path
) -> None:
    history = read_history(place)
    first, second = ratable_trials([history], "AB"), ratable_trials([history], "CD")

    assert {one.recorded.id for one in first} == set(TRIALS)
    assert [one.recorded.id for one in first] != list(TRIALS)
    assert not {one.code for one in first} & {one.code for one in second}
    moved = tmp_path / "moved"
    place.dataset.rename(moved)
    again = ratable_trials([read_history(SessionPlace(moved, "01", None))], "AB")
    assert [one.code for one in again] == [one.code for one in first]
    assert first_unrated(first, {first[0].code, first[2].code}) == first[1]
    assert first_unrated(first, {one.code for one in first}) is None
    assert expressions_of([history]) == ["neutral", "anger"]


def test_aborted_trials_and_withheld_and_pilot_sessions_are_not_rated(place: SessionPlace) -> None:
    history = read_history(place)
    history.trials[0] = replace(history.trials[0], outcome="aborted")
    assert len(ratable_trials([history], "AB")) == len(TRIALS) - 1
    history.start = replace(history.start, use_consents=("use",))
    assert ratable_trials([history], "AB") == []
    history.start = replace(history.start, use_consents=(), pilot=True)
    assert ratable_trials([history], "AB") == []

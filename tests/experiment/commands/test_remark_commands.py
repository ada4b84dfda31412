"""`note` and `exclude` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.lock import SessionLock
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.running import run


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("remarks")
    for participant, session in (("01", "pre"), ("01", "post"), ("02", "pre")):
        helpers.record_all(top / "data", top, SetClock(50.0), participant=participant, session=session)
    return top / "data"


@pytest.fixture
def data(recorded: Path) -> Path:
    """The same data set; every test takes back what it excludes."""
    return recorded


def reason(data: Path, participant: str, session: str) -> str:
    exclusion = read_history(SessionPlace(data, participant, session)).exclusion
    return "" if exclusion is None else exclusion.reason


def test_a_note_is_a_line_with_its_source_and_time(data: Path) -> None:
    done = run("note", "--dataset", data, "--participant", "02", "--trial", "t03", "--why", "the lamp\nflickered")

    assert (done.status, done.out) == (0, "sub-02_ses-pre: note recorded for trial t03\n")
    (note,) = read_history(SessionPlace(data, "02", "pre")).notes
    assert (note.text, note.trial, note.source) == ("the lamp flickered", "t03", "terminal")
    assert note.utc.endswith("Z")


def test_a_trial_is_excluded_and_counts_again(data: Path) -> None:
    place = SessionPlace(data, "01", "post")
    which = ("--dataset", data, "--participant", "01", "--session", "post", "--trial", "t02")

    excluded = run("exclude", *which, "--why", "sneezed")
    line = read_history(place).exclusion_of("t02")
    taken_back = run("exclude", *which, "--undo")

    assert excluded.out.splitlines()[0] == "sub-01_ses-post, trial t02: excluded"
    assert line is not None
    assert line.reason == "sneezed"
    assert taken_back.out.splitlines()[0] == "sub-01_ses-post, trial t02: counts again"
    assert read_history(place).exclusions == {}


def test_a_session_is_excluded_alone_and_a_participant_with_all_sessions(data: Path) -> None:
    run("exclude", "--dataset", data, "--participant", "01", "--session", "pre", "--why", "wrong glasses")
    assert (reason(data, "01", "pre"), reason(data, "01", "post")) == ("wrong glasses", "")

    done = run("exclude", "--dataset", data, "--participant", "01", "--why", "moved away")

    assert done.out.splitlines()[:2] == ["sub-01_ses-post: excluded", "sub-01_ses-pre: excluded"]
    assert (reason(data, "01", "pre"), reason(data, "01", "post")) == ("moved away", "moved away")
    assert reason(data, "02", "pre") == ""
    run("exclude", "--dataset", data, "--participant", "01", "--undo")
    assert (reason(data, "01", "pre"), reason(data, "01", "post")) == ("wrong glasses", "")
    run("exclude", "--dataset", data, "--participant", "01", "--session", "pre", "--undo")
    assert reason(data, "01", "pre") == ""


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("note", "--participant", "01", "--why", "x"), 1, "the sessions post, pre; choose one with --session"),
        (("note", "--participant", "03", "--why", "x"), 1, "participant 03 has no recorded session"),
        (("note", "--participant", "01", "--session", "mid", "--why", "x"), 1, "01 has no session mid; recorded: the"),
        (("note", "--participant", "02", "--why", " "), 1, "the note is empty"),
        (("exclude", "--participant", "02"), 2, "needs its reason: add --why"),
        (("exclude", "--participant", "02", "--undo"), 1, "participant 02 is not excluded"),
        (("exclude", "--participant", "02", "--trial", "t9", "--why", "x"), 1, "has no trial t9"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    data: Path, arguments: tuple[str, ...], status: int, message: str
) -> None:
    before = {path: path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()}

    done = run(arguments[0], "--dataset", data, *arguments[1:])

    assert done.status == status
    assert message in done.err
    assert {path: path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file()} == before


def test_a_folder_without_data_set_is_refused(tmp_path: Path) -> None:
    done = run("note", "--dataset", tmp_path / "none", "--participant", "01", "--why", "x")

    assert done.status == 1
    assert "there is no data set at" in done.err
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("arguments", [(), ("--session", "pre"), ("--session", "pre", "--trial", "t01")])
def test_a_running_session_that_cannot_be_reached_is_not_touched(data: Path, arguments: tuple[str, ...]) -> None:
    place = SessionPlace(data, "02", "pre")
    before = place.journal.read_bytes()

    with SessionLock(place.lock):
        done = run("exclude", "--dataset", data, "--participant", "02", "--why", "x", *arguments)

    assert done.status == 1
    assert "does not run on this computer, or was started by another user" in done.err
    assert place.journal.read_bytes() == before

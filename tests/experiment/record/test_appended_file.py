"""Journals that other programs replace, delete or change while a session is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record import appended_file, bids
from experiment.record.appended_file import AppendedFile
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from experiment.screens.screen import Screen
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.record.helpers import TRIALS


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def recorder(tmp_path: Path, clock: SetClock) -> Iterator[Recorder]:
    """A session after its first trial; its thread ends with the test, also where the session was stopped."""
    recorder = Recorder.start(tmp_path / "data", helpers.header(tmp_path), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    yield recorder
    with suppress(RecordError):
        recorder.close(complete=False)


def replace_by_copy(journal: Path, *, lacking: int = 0) -> None:
    """What cloud services do: write a copy next to the file and rename it, possibly with the state of a while ago."""
    copy = journal.with_name("copy")
    copy.write_bytes(journal.read_bytes()[: -lacking or None])
    copy.replace(journal)


def trials_in(dataset: Path) -> list[str]:
    return [trial.id for trial in read_history(SessionPlace(dataset, "01", None)).trials]


@pytest.mark.parametrize("lacking", [0, 1, 3000])
def test_a_journal_replaced_by_a_copy_loses_no_trial(recorder: Recorder, clock: SetClock, lacking: int) -> None:
    journal = recorder.place.journal
    for trial_id in TRIALS[1:]:
        replace_by_copy(journal, lacking=lacking)
        helpers.record_trial(recorder, trial_id, clock)
        assert trials_in(recorder.place.dataset)[-1] == trial_id
    recorder.close(complete=True)

    history = read_history(recorder.place)
    assert [trial.id for trial in history.trials] == list(TRIALS)
    assert history.complete
    assert history.torn == ()
    assert history.replaced == len(TRIALS) - 1
    (session,) = read_sessions(recorder.place.dataset)
    assert any("another program replaced the journal 4 times" in warning for warning in session.warnings)
    assert helpers.validate(recorder.place.dataset)[0] == []


@pytest.mark.parametrize("lacking", [1, 3000])
def test_a_journal_emptied_and_filled_with_an_older_copy_loses_no_trial(
    recorder: Recorder, clock: SetClock, lacking: int
) -> None:
    """What `cp` does to a file that exists."""
    journal = recorder.place.journal
    for trial_id in TRIALS[1:]:
        journal.write_bytes(journal.read_bytes()[:-lacking])
        helpers.record_trial(recorder, trial_id, clock)
    recorder.close(complete=True)

    history = read_history(recorder.place)
    assert [trial.id for trial in history.trials] == list(TRIALS)
    assert history.complete
    assert history.replaced == len(TRIALS) - 1


def test_a_line_written_between_emptying_and_filling_a_journal_is_kept(recorder: Recorder, clock: SetClock) -> None:
    journal = recorder.place.journal
    before = journal.read_bytes()
    with journal.open("r+b") as copied:
        copied.truncate()
        recorder.camera_times([])
        recorder.flush()
        copied.write(before)
    helpers.record_trial(recorder, "t02", clock)
    recorder.close(complete=False)

    history = read_history(recorder.place)
    assert [trial.id for trial in history.trials] == ["t01", "t02"]
    assert (history.torn, history.replaced) == ((), 1)


def test_a_journal_longer_than_what_stays_in_memory_is_complete_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appended_file, "_REMEMBERED", 100)
    file = AppendedFile(tmp_path / "journal", is_new=True)
    lines = [f"line {number:03d}\n".encode() for number in range(100)]
    for line in lines:
        file.append(line)
    file.path.write_bytes(b"".join(lines[:95]))
    file.append(b"after\n")
    file.close()

    assert file.path.read_bytes() == b"".join(lines) + b"after\n"
    assert (file.replaced, file.put_back, file.moved_to) == (1, 45, None)


def test_a_journal_replaced_after_the_last_line_is_complete_again_when_the_session_ends(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = bids.derive_participants

    def replaced_in_the_meantime(*arguments: object) -> None:
        replace_by_copy(recorder.place.journal, lacking=50)
        derive(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(bids, "derive_participants", replaced_in_the_meantime)
    recorder.close(complete=True)

    assert read_history(recorder.place).complete


def test_a_deleted_journal_is_written_again(recorder: Recorder, clock: SetClock) -> None:
    recorder.place.journal.unlink()

    helpers.record_trial(recorder, "t02", clock)
    recorder.close(complete=False)

    assert trials_in(recorder.place.dataset) == ["t01", "t02"]
    assert recorder.place.journal.stat().st_mode & 0o777 == 0o600


def test_the_folder_renamed_and_copied_back_loses_nothing(recorder: Recorder, clock: SetClock) -> None:
    folder = recorder.place.source
    away = folder.with_name("moved")
    folder.rename(away)
    shutil.copytree(away, folder)
    shutil.rmtree(away)

    helpers.record_trial(recorder, "t02", clock)
    recorder.close(complete=False)

    assert trials_in(recorder.place.dataset) == ["t01", "t02"]


@pytest.mark.parametrize("how", ["other file", "other line", "appended"])
def test_a_changed_journal_stops_the_session_and_keeps_everything_recorded(
    recorder: Recorder, clock: SetClock, how: str
) -> None:
    journal = recorder.place.journal
    content = journal.read_bytes()
    if how == "appended":
        with journal.open("ab") as file:
            file.write(b"a line of another program\n")
    else:
        changed = content.replace(b'"angry-face"', b'"happy-face"') if how == "other line" else b"something else\n"
        journal.with_name("new").write_bytes(changed)
        journal.with_name("new").replace(journal)
    foreign = journal.read_bytes()

    with pytest.raises(RecordError, match=r"another program changed .*journal\.jsonl .* journal_kept\.jsonl"):
        helpers.record_trial(recorder, "t02", clock)
    with pytest.raises(RecordError, match="another program changed"):
        recorder.close(complete=False)

    assert journal.read_bytes() == foreign
    kept = journal.with_name("journal_kept.jsonl")
    assert kept.read_bytes().startswith(content)
    kept.replace(journal)
    assert trials_in(recorder.place.dataset) == ["t01", "t02"]
    resumed = helpers.resume(recorder.place.dataset, clock)
    for trial_id in TRIALS[2:]:
        helpers.record_trial(resumed, trial_id, clock)
    resumed.close(complete=True)
    assert trials_in(recorder.place.dataset) == list(TRIALS)


def test_a_trial_is_finished_before_a_changed_journal_stops_the_session(recorder: Recorder, clock: SetClock) -> None:
    journal = recorder.place.journal
    journal.write_bytes(b"something else\n")

    recorder.camera_times([])
    recorder.flush()
    with pytest.raises(RecordError, match="another program changed"):
        helpers.record_trial(recorder, "t02", clock)

    assert b'"id":"t02"' in journal.with_name("journal_kept.jsonl").read_bytes()
    assert list((recorder.place.frames / "002-t02").iterdir())


def test_a_running_session_whose_journal_is_renamed_and_copied_keeps_all_trials(tmp_path: Path) -> None:
    """Before the fault was repaired the session ended complete with the trials before the first copy only.

    A line may be written between the steps of the copy: then the file is found again more than once.
    """
    place = SessionPlace(tmp_path / "data", "01", None)
    copies = 0

    def copy_at_each_target(screen: Screen) -> None:
        nonlocal copies
        if screen.kind == "target":
            copies += 1
            away = place.journal.with_name("away")
            place.journal.rename(away)
            shutil.copyfile(away, place.journal)
            away.unlink()

    protocol = write_protocol(tmp_path / "protocol", trials=4)
    run_small_session(place, protocol, seed=2, setup=SmallSession(on_change=copy_at_each_target))

    history = read_history(place)
    assert copies == 4
    assert len(history.trials) == 4
    assert history.complete
    assert history.replaced >= 4

"""Nothing a session is made of changes without being reported: files of the plan, journal lines, frames."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.record import encryption
from experiment.record.errors import RecordError
from experiment.record.history import CHANGED_LINE, read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.sessions import read_sessions
from experiment.record.values import SessionHeader
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


@pytest.fixture
def clock() -> SetClock:
    """The clock of the session."""
    return SetClock()


@pytest.fixture
def header(tmp_path: Path) -> SessionHeader:
    """A plan with a conditions table and a picture on a page."""
    folder = tmp_path / "protocol"
    made = helpers.header(folder)
    (folder / "conditions.csv").write_text("target,gaze\nangry-face,direct\n")
    (folder / "page.png").write_bytes((folder / "anger.png").read_bytes())
    sources = (("table", folder / "conditions.csv"), ("picture", folder / "page.png"))
    return replace(made, protocol_file=folder / "protocol.yaml", sources=sources)


@pytest.fixture
def data(tmp_path: Path, clock: SetClock, header: SessionHeader) -> Path:
    """A session that was interrupted after its first trial."""
    recorder = Recorder.start(tmp_path / "data", header, clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    recorder.close(complete=False, reason="escape")
    return tmp_path / "data"


def edit_table(folder: Path) -> None:
    (folder / "conditions.csv").write_text("target,gaze\nangry-face,averted\n")


def edit_page(folder: Path) -> None:
    (folder / "page.png").write_bytes(b"another picture")


def edit_target(folder: Path) -> None:
    cv2.imwrite(str(folder / "anger.png"), np.full((8, 8, 3), 91, np.uint8))


def test_the_files_of_the_plan_are_in_the_first_line_with_their_hashes(data: Path, header: SessionHeader) -> None:
    table, page = read_history(SessionPlace(data, "01", None)).start.protocol.sources

    assert (table.kind, table.file, page.kind, page.file) == ("table", "conditions.csv", "picture", "page.png")
    assert table.text == "target,gaze\nangry-face,direct\n"
    assert page.text is None
    assert table.sha256 == hashlib.sha256(header.sources[0][1].read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (edit_table, r"conditions\.csv: the conditions table is not the one sub-01 began with; .* first line of the"),
        (edit_page, r"page\.png: the picture is not the one sub-01 began with; put the earlier file back"),
        (edit_target, r"anger\.png: this is not the picture of target angry-face that sub-01 began with; .*stimuli"),
    ],
)
def test_a_changed_file_of_the_plan_is_refused_when_the_session_is_resumed(
    data: Path, header: SessionHeader, clock: SetClock, change: Callable[[Path], None], message: str
) -> None:
    change(header.protocol_file.parent)
    before = (data / "sourcedata/sub-01/journal.jsonl").read_bytes()

    with pytest.raises(RecordError, match=message):
        Recorder.resume(data, header, clock=clock)

    assert (data / "sourcedata/sub-01/journal.jsonl").read_bytes() == before


def test_unchanged_files_are_no_obstacle(data: Path, header: SessionHeader, clock: SetClock) -> None:
    Recorder.resume(data, header, clock=clock).close(complete=False)


def test_a_session_with_a_changed_journal_line_is_not_resumed(
    data: Path, header: SessionHeader, clock: SetClock
) -> None:
    journal = data / "sourcedata/sub-01/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"gender":"female"', b'"gender":"male"'))

    with pytest.raises(RecordError, match=r"journal\.jsonl:\d+: this line \(answers\) was changed"):
        Recorder.resume(data, header, clock=clock)


def test_a_trial_whose_line_was_changed_is_not_used_and_the_record_warns(data: Path) -> None:
    journal = data / "sourcedata/sub-01/journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"valence":4', b'"valence":7'))

    (session,) = read_sessions(data)

    assert [trial.problem for trial in session.trials] == [CHANGED_LINE]
    assert any("(trial) was changed after the session wrote it" in warning for warning in session.warnings)


def test_every_frame_has_the_hash_of_its_file(data: Path) -> None:
    history = read_history(SessionPlace(data, "01", None))
    frames = list(history.frames())

    assert len(frames) == 9
    for frame in frames:
        assert frame.sha256 == hashlib.sha256((data / frame.file).read_bytes()).hexdigest()
        assert frame.clear_sha256 is None
    (session,) = read_sessions(data)
    assert len(session.hashes) == len(frames) + 1, "the frames and the target's picture"


def test_encrypted_frames_cannot_be_read_without_the_private_key(
    tmp_path: Path, header: SessionHeader, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    key = encryption.make_key_pair(tmp_path / "private.key", tmp_path / "public.key")
    data = tmp_path / "encrypted"
    recorder = Recorder.start(data, replace(header, encrypt_for=key.text), clock=clock)
    helpers.record_opening(recorder, clock)
    helpers.record_trial(recorder, "t01", clock)
    recorder.close(complete=False)
    recorder = Recorder.resume(data, header, clock=clock)
    helpers.record_trial(recorder, "t02", clock)
    recorder.close(complete=False)

    files = [path for path in (data / "sourcedata").rglob("*") if path.is_file() and path.name != "journal.jsonl"]
    assert len(files) == 5 + 4 + 4, "also the frames after the session was resumed"
    assert all(file.read_bytes().startswith(b"age-encryption.org/v1") for file in files)
    encryption.use_private_key(tmp_path / "private.key")
    for frame in read_history(SessionPlace(data, "01", None)).frames():
        file = data / frame.file
        assert file.name.endswith(".png.age")
        assert frame.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
        clear = encryption.read_decrypted(file)
        assert frame.clear_sha256 == hashlib.sha256(clear).hexdigest()
        assert clear.startswith(b"\x89PNG")
    assert helpers.validate(data)[0] == []

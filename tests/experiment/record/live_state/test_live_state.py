"""The published state of a session: its values, its folder, and who may read it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from analysis.paths import runtime_folder
from experiment.record.deletion import forget
from experiment.record.errors import RecordError
from experiment.record.live_state.control import Command, CommandError, new_command, send, send_and_wait
from experiment.record.live_state.folder import (
    STATE,
    make_private_folder,
    read_private,
    replace_unsynced,
    session_folder,
    sessions_folder,
)
from experiment.record.live_state.pictures import (
    CAMERA,
    camera_picture,
    pictures_are_wanted,
    request_pictures,
    screen_description,
)
from experiment.record.live_state.reading import KEPT_S, running_sessions, seen_session, seen_sessions
from experiment.record.live_state.values import (
    CameraReport,
    FaceReport,
    LiveEvent,
    LiveState,
    LiveWarning,
    Progress,
    StartStep,
)
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))
    return tmp_path / "runtime"


def state_of(dataset: Path, **changes: Any) -> LiveState:
    process = psutil.Process()
    state = LiveState(
        pid=process.pid,
        pid_began_utc_s=process.create_time(),
        dataset=str(dataset.resolve()),
        participant="07",
        session="post",
        protocol="/protocols/a.yaml",
        title="A study",
        language="en",
        began_utc_s=time.time(),
        updated_utc_s=time.time(),
        phase="running",
    )
    return replace(state, **changes)


def publish(state: LiveState) -> Path:
    folder = session_folder(Path(state.dataset), state.participant, state.session)
    make_private_folder(folder)
    replace_unsynced(folder / STATE, json.dumps(state.to_json()).encode())
    return folder


def test_a_state_survives_json(tmp_path: Path) -> None:
    state = state_of(
        tmp_path,
        steps=(StartStep("opening the camera", 3.5),),
        progress=Progress(block="mimicry", trial="t1", trial_number=3, trials=12, kind="trial", seconds_left=61.0),
        camera=CameraReport("running", 29.7, 30.0),
        face=FaceReport("not-found", "no face", 5.0),
        warnings=(LiveWarning("disk", "Free some space.", 4.0, {"free_gb": 0.4}),),
        events=(LiveEvent("note", "coughs", "t1", "console", 6.0),),
    )

    assert LiveState.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_keys_of_a_later_version_are_left_out_and_another_format_is_refused(tmp_path: Path) -> None:
    data = state_of(tmp_path).to_json()
    later = {**data, "mood": "good", "progress": {**data["progress"], "smell": 1}}

    assert LiveState.from_json(later) == LiveState.from_json(data)
    with pytest.raises(ValueError, match="format 2"):
        LiveState.from_json({**data, "format": 2})


def test_a_new_reader_finds_the_running_sessions_of_one_and_of_all_data_sets(tmp_path: Path) -> None:
    first, second = state_of(tmp_path / "a"), state_of(tmp_path / "b", participant="08", session=None)
    publish(first)
    publish(second)

    assert [one.state for one in running_sessions(tmp_path / "a")] == [first]
    assert {one.state.participant for one in running_sessions()} == {"07", "08"}
    found = seen_session(tmp_path / "b", "08", None)
    assert found is not None
    assert found.phase == "running"
    assert seen_session(tmp_path / "b", "08", "post") is None


@pytest.mark.parametrize("killed", [{"pid": 2**22 + 1}, {"pid_began_utc_s": 12.0}])
def test_a_session_whose_process_is_gone_is_interrupted_and_keeps_no_picture(
    tmp_path: Path, killed: dict[str, Any]
) -> None:
    folder = publish(state_of(tmp_path, **killed))
    (folder / CAMERA).write_bytes(b"jpeg")

    (seen,) = seen_sessions(tmp_path)

    assert (seen.phase, seen.is_running) == ("interrupted", False)
    assert running_sessions() == []
    assert not (folder / CAMERA).exists()


def test_an_ended_session_is_not_interrupted_and_an_old_one_is_forgotten(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path, phase="ended", reason="complete", pid=2**22 + 1))
    (seen,) = seen_sessions()
    assert (seen.phase, seen.state.reason) == ("ended", "complete")

    publish(replace(seen.state, updated_utc_s=time.time() - KEPT_S - 60))
    assert seen_sessions() == []
    assert not folder.exists()


def test_damaged_links_and_large_files_are_not_read(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path))
    whole = (folder / STATE).read_bytes()
    (folder / STATE).write_bytes(whole[:-20])
    assert seen_sessions() == []

    for content in (b"[]", b"7", whole.replace(b'"steps": []', b'"steps": [7]'), 9000 * b"["):
        (folder / STATE).write_bytes(content)
        assert seen_sessions() == []

    (tmp_path / "elsewhere.json").write_bytes(whole)
    (folder / STATE).unlink()
    (folder / STATE).symlink_to(tmp_path / "elsewhere.json")
    assert seen_sessions() == []

    assert read_private(tmp_path / "elsewhere.json", largest_bytes=10) is None
    assert read_private(tmp_path) is None


def test_only_the_owner_can_read_what_is_published(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path))
    assert {path.stat().st_mode & 0o777 for path in (folder, sessions_folder())} == {0o700}
    assert (folder / STATE).stat().st_mode & 0o777 == 0o600

    (tmp_path / "theirs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    with pytest.raises(RecordError, match="is a link"):
        make_private_folder(tmp_path / "link")
    for opened in (folder, sessions_folder(), sessions_folder().parent):
        opened.chmod(0o777)
        assert seen_sessions() == []
        opened.chmod(0o700)
    assert len(seen_sessions()) == 1


def test_the_runtime_folder_of_linux_is_not_on_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIMICRY_RUNTIME")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/somewhere/else")
    assert runtime_folder("sessions").parts[1] in ("run", "dev")


def test_pictures_are_wanted_for_two_seconds_after_a_request(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path))
    assert not pictures_are_wanted(folder)
    request_pictures(folder)
    assert pictures_are_wanted(folder)
    os.utime(folder / "watched", (time.time() - 3, time.time() - 3))
    assert not pictures_are_wanted(folder)
    request_pictures(folder)
    assert pictures_are_wanted(folder)

    (folder / CAMERA).write_bytes(b"jpeg")
    picture = camera_picture(folder)
    assert picture is not None
    assert picture.content == b"jpeg"
    assert screen_description(folder) is None
    request_pictures(tmp_path / "not there")


def test_what_a_deleted_participant_published_is_deleted(tmp_path: Path) -> None:
    clock = SetClock()
    for participant in ("07", "08"):
        helpers.record_all(tmp_path / "data", tmp_path, clock, participant=participant)
        publish(state_of(tmp_path / "data", participant=participant, session=None, phase="ended"))

    forget(tmp_path / "data", "07")

    assert [one.state.participant for one in seen_sessions()] == ["08"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "reboot"}, "there is no command 'reboot'"),
        ({"source": "stranger"}, "not from 'stranger'"),
        ({"id": "../../etc"}, "32 hexadecimal digits"),
        ({"text": ""}, "a note needs a text"),
        ({"text": "x" * 2001}, "write at most 2000"),
        ({"text": "\x1b[2J"}, "control characters"),
        ({"text": 7}, "must be texts"),
        ({"trial": "a\nb"}, "the trial of a command"),
        ({"sent_utc_s": "now"}, "must be a number"),
        ({"shell": "rm"}, "a command needs"),
    ],
)
def test_a_malformed_command_is_refused(changes: dict[str, Any], message: str) -> None:
    data = {**new_command("note", source="console", text="coughs").to_json(), **changes}

    with pytest.raises(CommandError, match=message):
        Command.from_json(data)


def test_a_command_survives_json_and_lies_in_a_file_of_its_owner(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path))
    command = new_command("exclude", source="terminal", text="looked away", trial="mimicry-3")

    send(folder, command)

    (file,) = (folder / "commands").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Command.from_json(json.loads(file.read_bytes())) == command
    malformed: list[Any] = [None, [], "note", {"kind": "note"}]
    for broken in malformed:
        with pytest.raises(CommandError, match="a command needs"):
            Command.from_json(broken)


def test_a_command_to_a_session_that_does_not_run_is_refused(tmp_path: Path) -> None:
    publish(state_of(tmp_path, phase="ended"))
    for participant in ("07", "09"):
        with pytest.raises(CommandError, match="does not run on this computer"):
            send_and_wait(tmp_path, participant, "post", new_command("pause", source="terminal"))


def test_a_session_that_does_not_answer_is_reported_and_gets_no_late_command(tmp_path: Path) -> None:
    folder = publish(state_of(tmp_path))
    with pytest.raises(CommandError, match="did not answer"):
        send_and_wait(tmp_path, "07", "post", new_command("pause", source="terminal"), patience_s=0.0)
    assert list((folder / "commands").iterdir()) == []

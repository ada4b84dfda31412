"""``verify``: silent about a data set as the program left it, one line for each difference otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from experiment.bench.small_session import run_small_session, write_protocol
from experiment.record import encryption
from experiment.record.history import read_history
from experiment.record.journal import JournalWriter
from experiment.record.journal_lines import PermissionLine
from experiment.record.layout import SessionPlace
from tests.analysis.running import run

JOURNAL = "sourcedata/sub-01/journal.jsonl"
EVENTS = "sub-01/beh/sub-01_task-smallsession_events.tsv"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated session of a protocol with a conditions table, recorded once."""
    top = tmp_path_factory.mktemp("verify")
    (top / "protocol").mkdir()
    (top / "protocol/conditions.csv").write_text("target,gaze\ndark,direct\nlight,averted\nlight,direct\n")
    protocol = write_protocol(
        top / "protocol",
        trials=4,
        changes=lambda text: text.replace("trials: [dark, light], repetitions: 2", "trials: {file: conditions.csv}"),
    )
    run_small_session(SessionPlace(top / "data", "01", None), protocol, seed=2)
    shutil.rmtree(top / "protocol")
    return top / "data"


@pytest.fixture
def data(recorded: Path, tmp_path: Path) -> Path:
    """A copy to damage; its protocol is nowhere any more."""
    return Path(shutil.copytree(recorded, tmp_path / "data"))


def edit(file: Path, before: str, after: str) -> None:
    """Replace a text in a file that has it."""
    content = file.read_bytes()
    assert before.encode() in content
    file.write_bytes(content.replace(before.encode(), after.encode(), 1))


def test_an_untouched_data_set_has_no_difference(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "verify", data)

    assert done.out == "1 session and 15 frames compared: no difference\n", "and no note: order and hashes were checked"
    assert done.status == 0


def key_frames(data: Path) -> list[Path]:
    return sorted(data.glob("sourcedata/sub-01/frames/*/key.png"))


def one_pixel(data: Path) -> None:
    picture = cv2.imread(str(key_frames(data)[0]))
    assert picture is not None
    picture[3, 3, 1] ^= 1
    cv2.imwrite(str(key_frames(data)[0]), picture)


def swapped(data: Path) -> None:
    first, second = key_frames(data)[:2]
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)


def one_word(data: Path) -> None:
    edit(data / JOURNAL, '"outcome":"response"', '"outcome":"timeout"')


def last_line(data: Path) -> None:
    edit(data / JOURNAL, '"event":"session-end"', '"event":"session-ends"')


def stimulus(data: Path) -> None:
    shutil.copyfile(data / "stimuli/light.png", data / "stimuli/dark.png")


def event(data: Path) -> None:
    edit(data / EVENTS, "\tdark\t", "\tlight\t")


def stranger(data: Path) -> None:
    shutil.copyfile(key_frames(data)[0], key_frames(data)[0].with_name("after-07.png"))
    key_frames(data)[0].with_name("after-07.png").chmod(0o600)


def lost(data: Path) -> None:
    key_frames(data)[1].unlink()


def leftover(data: Path) -> None:
    (data / "sourcedata/sub-01/notes.tmp").touch(mode=0o600)


def readable(data: Path) -> None:
    key_frames(data)[0].chmod(0o644)


def copied(data: Path) -> None:
    shutil.copytree(data / "sourcedata/sub-01", data / "sourcedata/sub-01 (Kopie)")


@pytest.mark.parametrize(
    ("damage", "lines"),
    [
        (one_pixel, [r"key.png: frames: the frame is not the one that was recorded (SHA-256)"]),
        (swapped, ["key.png: frames: the frame is not the one", "key.png: frames: the frame is not the one"]),
        (one_word, ["journal.jsonl: journal: line", "events.tsv: events: line"]),
        (last_line, ["journal.jsonl: journal: line"]),
        (stimulus, ["stimuli/dark.png: stimuli: this is not the picture of target dark that sub-01 was shown"]),
        (event, ["events.tsv: events: line 2: target is light, in the journal it is dark; compare both with a copy"]),
        (stranger, ["after-07.png: frames: the journal has no such frame"]),
        (lost, ["key.png: frames: the frame is missing"]),
        (leftover, ["notes.tmp: leftovers: "]),
        (readable, ["key.png: permissions: other users can open it (mode 644); set it to 600"]),
        (copied, ["sourcedata/sub-01 (Kopie): names: "]),
    ],
)
def test_every_difference_is_named_with_its_file(
    data: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None], lines: list[str]
) -> None:
    damage(data)

    done = run(capsys, "verify", data)

    assert done.status == 1
    for line in lines:
        assert line in done.out
    assert "Traceback" not in done.err


def test_the_order_is_compared_with_the_one_of_protocol_and_seed(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (data / JOURNAL).read_bytes().splitlines()
    (data / JOURNAL).unlink()
    writer = JournalWriter(data / JOURNAL, next_line=0)
    for line in lines:  # a journal that is sound in itself, of a session that the protocol does not give
        value = json.loads(line)
        if value["event"] == "trial":
            value["data"]["condition"] = {"gaze": "closed"}
        writer.append(value["event"], value["time_s"], value["data"])
    writer.close()

    done = run(capsys, "verify", data)

    assert done.status == 1
    assert "order: trial" in done.out
    assert "has not the target or condition of protocol and seed" in done.out


def test_a_frame_of_somebody_who_did_not_agree_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (data / JOURNAL).read_bytes().splitlines()
    (data / JOURNAL).unlink()
    writer = JournalWriter(data / JOURNAL, next_line=0)
    for line in lines:
        value = json.loads(line)
        if value["event"] == PermissionLine.EVENT:
            value["data"]["state"] = "refused"
        writer.append(value["event"], value["time_s"], value["data"])
    writer.close()

    done = run(capsys, "verify", data)

    assert done.status == 1
    assert done.out.count("consent: the participant did not agree to be filmed, and this frame was kept") == 15


def test_json_has_every_difference(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leftover(data)

    done = run(capsys, "verify", data, "--json")

    found = json.loads(done.out)
    assert [one["check"] for one in found["differences"]] == ["leftovers"]
    assert found["differences"][0]["file"] == "sourcedata/sub-01/notes.tmp"
    assert (found["sessions"], found["frames"], done.status) == (1, 15, 1)


def test_a_folder_without_a_session_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "verify", tmp_path)

    assert done.status == 1
    assert "no recorded session" in done.err


def test_encrypted_frames_are_compared_without_the_key_and_their_pictures_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    (tmp_path / "protocol").mkdir()
    encryption.make_key_pair(tmp_path / "lab.key", tmp_path / "protocol/lab.pub")
    protocol = write_protocol(
        tmp_path / "protocol",
        trials=2,
        changes=lambda text: text.replace("camera: {", "camera: {encrypt_for: lab.pub, "),
    )
    data = tmp_path / "data"
    run_small_session(SessionPlace(data, "01", None), protocol, seed=2)

    without = run(capsys, "verify", data)
    assert without.status == 0
    assert "11 frames are encrypted; only the encrypted files were compared" in without.out
    within = run(capsys, "verify", data, "--key", tmp_path / "lab.key")
    assert within.out == "1 session and 11 frames compared: no difference\n"

    encryption.make_key_pair(tmp_path / "other.key", tmp_path / "other.pub")
    wrong = run(capsys, "verify", data, "--key", tmp_path / "other.key")
    assert wrong.status == 1
    assert "was encrypted for another key than that of" in wrong.out
    frame = data / next(read_history(SessionPlace(data, "01", None)).frames()).file
    public = encryption.read_public_key(tmp_path / "protocol/lab.pub")
    frame.write_bytes(encryption.encrypt_bytes(b"another face", public))
    monkeypatch.setenv(encryption.KEY_VARIABLE, "")
    assert "the frame is not the one that was recorded" in run(capsys, "verify", data).out

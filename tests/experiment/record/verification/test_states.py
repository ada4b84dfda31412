"""Data sets that are as the program left them: old, interrupted, resumed, filmed, simulated, with results."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.record.files import digest, sha256_of
from experiment.record.layout import SessionPlace, begun_sessions
from experiment.record.verification import Verification, verify_folder, verify_session
from experiment.screens.screen import Screen
from tests.experiment.clocks import SetClock
from tests.experiment.lab.test_filming import filmed_plan
from tests.experiment.lab.test_filming import run as run_filmed
from tests.experiment.record import helpers
from tests.experiment.record.consent.test_at_start import plan_of, run_with
from tests.experiment.record.test_format1 import FIXTURE
from tests.experiment.record.verification.comparing import compare, differences, forge

JOURNAL = "sourcedata/sub-01/journal.jsonl"


def private(data: Path) -> Path:
    for path in (data, *data.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return data


def test_a_data_set_of_format_1_has_no_difference_and_says_what_cannot_be_verified(tmp_path: Path) -> None:
    found = compare(private(Path(shutil.copytree(FIXTURE / "data", tmp_path / "data"))))

    assert found.differences == []
    assert any("without hashes: 19 frames, 4 trials and 1 answer cannot be verified" in note for note in found.notes)
    assert any("sub-02: the session is not complete" in note for note in found.notes)
    older = [note for note in found.notes if "wrote _events.tsv, without hold_to_frame_ms" in note]
    assert [note.partition(": ")[0] for note in older] == ["sub-01, sub-02"], "one note for all sessions"


# -- interrupted sessions


@pytest.mark.parametrize("at", [("page", 1), ("fixation", 1), ("target", 3)])
def test_an_interrupted_session_has_notes_only_and_a_resumed_one_no_difference(
    tmp_path: Path, at: tuple[str, int]
) -> None:
    place = SessionPlace(tmp_path / "data", "01", None)
    protocol = write_protocol(tmp_path / "protocol", trials=4)
    end_at(place, protocol, *at)

    interrupted = compare(place.dataset)
    assert interrupted.differences == []
    assert any("no end: the session was interrupted, or the end was removed" in note for note in interrupted.notes)
    assert any("session.lock: a session is being recorded, or it ended" in note for note in interrupted.notes)

    run_small_session(place, protocol, seed=3)
    assert differences(place.dataset) == []


def end_at(place: SessionPlace, protocol: Path, kind: str, number: int) -> None:
    """Run a session in a process that ends with a screen, without closing anything."""
    child = os.fork()
    if child == 0:
        count = 0

        def on_change(screen: Screen) -> None:
            nonlocal count
            count += screen.kind == kind
            if count == number:
                os._exit(0)

        try:
            run_small_session(place, protocol, seed=2, setup=SmallSession(on_change=on_change))
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


def test_rows_that_are_missing_in_an_interrupted_session_are_seen(tmp_path: Path) -> None:
    place = SessionPlace(tmp_path / "data", "01", None)
    end_at(place, write_protocol(tmp_path / "protocol", trials=4), "target", 4)
    events = place.table("small-session", "events")
    lines = events.read_text().splitlines(keepends=True)

    events.write_text("".join(lines[:2]))

    assert any("it lacks the row of trial mimicry-003" in one for one in differences(place.dataset))


# -- participants


def test_answers_are_compared_with_the_journals_of_all_sessions(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for session in ("a", "b"):
        helpers.record_all(data, tmp_path, SetClock(1000.0), session=session)
    file = data / "participants.tsv"
    text = file.read_text()
    assert of_participants(data) == []

    file.write_text(text.replace("\t22\t", "\t23\t", 1))
    assert of_participants(data) == ["line 2: sub-01: age is 23, in the journal it is 22; compare both with a copy"]

    file.write_text("\n".join("\t".join(line.split("\t")[:-1]) for line in text.splitlines()) + "\n")
    assert of_participants(data) == [
        "line 2: sub-01: gender_ses-b is None, in the journal it is female; compare both with a copy"
    ]


def test_descriptions_of_answers_are_missing_only_after_an_interruption(tmp_path: Path) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, SetClock(1000.0))
    file = data / "participants.json"
    described = json.loads(file.read_text())
    assert described.pop("age")
    file.write_text(json.dumps(described))
    assert of_participants(data) == ["it does not describe age; compare both with a copy"]

    forge(data / JOURNAL, lambda value: None if value["event"] == "session-end" else value)
    assert of_participants(data) == []
    assert any("it does not describe age: the session was interrupted" in note for note in compare(data).notes)


def of_participants(data: Path) -> list[str]:
    return [one.message for one in compare(data).differences if one.check == "participants"]


def test_pictures_of_another_session_are_seen(tmp_path: Path) -> None:
    data = tmp_path / "data"
    helpers.record_all(data, tmp_path, SetClock(1000.0), session="a")
    assert not any(" has the same picture" in one.message for one in compare(data).differences)

    helpers.record_all(data, tmp_path, SetClock(1000.0), session="b")  # its camera gives the same pictures

    assert any(
        one.message.startswith("sub-01_ses-a has the same picture") and one.file.name == "neutral-01.png"
        for one in compare(data).differences
    )


def test_sessions_in_another_order_than_the_protocol_has_are_noted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for session in ("a", "b"):
        helpers.record_all(data, tmp_path, SetClock(1000.0), session=session)

    def notes(*order: str) -> list[str]:
        found = Verification(data, session_orders={"facial-mimicry": order})
        for place in begun_sessions(data):
            verify_session(place, found)
        verify_folder(data, found)
        return [note for note in found.notes if "began before" in note]

    assert notes("a", "b") == []
    assert notes("b", "a") == [
        "sub-01_ses-a began before sub-01_ses-b, which the protocol has first: the clock of the computer was set back, "
        "or the sessions were run in this order"
    ]


def test_a_permission_from_a_session_without_agreement_is_seen(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_small_session(SessionPlace(data, "01", None), write_protocol(tmp_path / "protocol", trials=2), seed=2)

    def earlier(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "recording-permission":
            value["data"] = {"state": "granted", "source": "sub-01_ses-a"}
        return value

    forge(data / JOURNAL, earlier)

    assert any(
        "it allows pictures because of sub-01_ses-a, and the data set has no such" in one for one in differences(data)
    )


def test_a_session_with_the_consent_of_an_earlier_one_has_no_difference(tmp_path: Path) -> None:
    for session in ("pre", "post"):
        run_with(plan_of(tmp_path, session), tmp_path)

    assert differences(tmp_path / "data") == []


def test_a_session_that_was_declined_has_no_difference(tmp_path: Path) -> None:
    run_with(plan_of(tmp_path, "pre"), tmp_path, part="n")

    found = compare(tmp_path / "data")
    assert found.differences == []
    assert any("the session is not complete" in note for note in found.notes)


# -- film


def of_film(place: SessionPlace) -> list[str]:
    found = Verification(place.dataset)
    verify_session(place, found)
    return [f"{one.check}: {one.message}" for one in found.differences]


def with_table(place: SessionPlace, text: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Write another table of the film and its hash into the journal."""
    table = place.film / "part-01_frames.tsv"
    table.write_text(text, encoding="utf-8")

    def change(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "film-end":
            value["data"]["table"]["sha256"] = sha256_of(table)
        return value

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda lines: lines[:-1], "film: it has "),
        (lambda lines: [*lines, lines[-1]], "film: it has "),
        (lambda lines: [line.replace(lines[3].split("\t")[4], "trial-99") for line in lines], "has no trial trial-99"),
        (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "is earlier than the one before it"),
    ],
)
def test_rows_of_a_film_are_compared_even_if_its_hash_is_right(
    tmp_path: Path, damage: Callable[[list[str]], list[str]], message: str
) -> None:
    place = run_filmed(filmed_plan(tmp_path), tmp_path / "data").place
    lines = (place.film / "part-01_frames.tsv").read_text().splitlines()

    forge(place.journal, with_table(place, "\n".join(damage(lines)) + "\n"))

    assert any(message in one for one in of_film(place)), of_film(place)


def test_a_film_without_permission_is_seen_by_the_times_of_its_rows(tmp_path: Path) -> None:
    place = run_filmed(filmed_plan(tmp_path), tmp_path / "data").place
    assert of_film(place) == []

    def refuse(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "recording-permission":
            value["data"]["state"] = "refused"
        return value

    forge(place.journal, refuse)

    found = of_film(place)
    assert any("was filmed after the participant refused to be filmed" in one for one in found)


# -- simulated sessions


@pytest.fixture
def simulated(tmp_path: Path) -> Path:
    """A session whose camera says that it is simulated, with true faces for its camera frames."""
    data = tmp_path / "data"
    run_small_session(SessionPlace(data, "01", None), write_protocol(tmp_path / "protocol", trials=2), seed=2)
    rows: list[str] = []

    def change(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "session-start":
            value["data"]["camera"]["truth"] = "truth.jsonl"
        if value["event"] == "camera-times":
            pairs = zip(value["data"]["index"], value["data"]["time_s"], strict=True)
            rows.extend(json.dumps({"index": index, "time_s": time_s, "units": {}}) for index, time_s in pairs)
        return value

    forge(data / JOURNAL, change)
    write_truth(data, rows)
    return data


def write_truth(data: Path, rows: list[str]) -> None:
    text = "".join(f"{row}\n" for row in rows)
    for name, content in (("truth.jsonl", text), ("truth.sha256", f"{digest(text.encode())}  truth.jsonl\n")):
        file = data / "sourcedata/sub-01" / name
        file.touch(mode=0o600)
        file.write_text(content)


def of_truth(data: Path) -> list[str]:
    return [one.message for one in compare(data).differences if one.check == "truth"]


def test_true_faces_are_compared_with_their_hash_and_the_camera_frames(simulated: Path) -> None:
    file = simulated / "sourcedata/sub-01/truth.jsonl"
    rows = file.read_text().splitlines()
    assert of_truth(simulated) == []

    file.write_text(file.read_text().replace('"units": {}', '"units": {"jawOpen": 1}', 1))
    assert of_truth(simulated) == ["it does not have the hash in truth.sha256; compare both with a copy"]

    write_truth(simulated, [*rows[:3], *rows[4:]])
    assert of_truth(simulated)[0].startswith("it lacks frame ")
    write_truth(simulated, [rows[0], rows[2], rows[1], *rows[3:]])
    assert "is not later than the one before it" in of_truth(simulated)[0]
    write_truth(simulated, [rows[0].replace('"time_s": 1', '"time_s": 2'), *rows[1:]])
    assert "line 1: frame" in of_truth(simulated)[0]
    file.unlink()
    assert of_truth(simulated)[0].startswith("the true faces of the simulated participant are missing")


# -- lists of hashes


def test_results_are_compared_with_the_list_of_their_hashes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_small_session(SessionPlace(data, "01", None), write_protocol(tmp_path / "protocol", trials=2), seed=2)
    folder = data / "derivatives/mimicry/tables"
    (folder / "parts").mkdir(parents=True)
    names = ("summary.md", "parts/group.csv", "../report.html")
    for name in names:
        (folder / name).write_text(name)
    (folder / "SHA256SUMS").write_text("".join(f"{sha256_of(folder / name)}  {name}\n" for name in names))
    private(data)
    assert differences(data) == []

    (folder / "summary.md").write_text("better numbers")
    (folder.parent / "report.html").write_text("better pictures")
    (folder / "parts/group.csv").unlink()
    (folder / "sub-01_scores.csv").touch(mode=0o600)

    shown = "derivatives/mimicry/tables"
    found = differences(data)
    assert (
        f"{shown}/parts/group.csv: sums: it is missing, SHA256SUMS has it; run the command that wrote it again" in found
    )
    assert any(f"{shown}/summary.md: sums: it was changed after it was written" in one for one in found)
    assert any(f"{shown}/sub-01_scores.csv: sums: SHA256SUMS does not have this file" in one for one in found)
    assert any(one.startswith("derivatives/mimicry/report.html: sums: it was changed") for one in found)
    assert len(found) == 4

"""What a person may change in a data set, and what the comparison says of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from experiment.bench.small_session import run_small_session, write_protocol
from experiment.record.layout import SessionPlace
from tests.experiment.record.verification.comparing import compare, differences, forge, set_back_to_format_1

JOURNAL = "sourcedata/sub-01/journal.jsonl"
BEH = "sub-01/beh/sub-01_task-smallsession"
EVENTS, SIDECAR = f"{BEH}_events.tsv", f"{BEH}_events.json"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants of a protocol with groups."""
    top = tmp_path_factory.mktemp("tampering")
    protocol = write_protocol(
        top / "protocol",
        trials=4,
        changes=lambda text: text + "groups: {training: [live, none]}\n",
    )
    for participant in ("01", "03"):
        run_small_session(SessionPlace(top / "data", participant, None), protocol, seed=2)
    return top / "data"


@pytest.fixture
def data(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "data"))


def test_an_untouched_data_set_has_neither_differences_nor_notes(data: Path) -> None:
    found = compare(data)

    assert (found.differences, found.notes, found.sessions) == ([], [], 2)


def rewrite(file: Path, change: Callable[[list[list[str]]], object]) -> None:
    """Change the cells of a table."""
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()]
    change(rows)
    file.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def remove_column(rows: list[list[str]]) -> None:
    at = rows[0].index("response_time")
    for row in rows:
        del row[at]


def double_column(rows: list[list[str]]) -> None:
    at = rows[0].index("response_time")
    for row in rows:
        row.append(row[at])


def extra_column(rows: list[list[str]]) -> None:
    for row in rows:
        row.append("remark")


def swap_columns(rows: list[list[str]]) -> None:
    for row in rows:
        row[0], row[1] = row[1], row[0]


def long_row(rows: list[list[str]]) -> None:
    rows[2].append("1")


def short_row(rows: list[list[str]]) -> None:
    rows[2].pop()


def double_row(rows: list[list[str]]) -> None:
    rows.append(list(rows[2]))


def added_row(rows: list[list[str]]) -> None:
    rows.append(["mimicry-009" if cell == "mimicry-002" else cell for cell in rows[2]])


def removed_row(rows: list[list[str]]) -> None:
    del rows[2]


def swap_rows(rows: list[list[str]]) -> None:
    rows[1], rows[2] = rows[2], rows[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (remove_column, "it lacks the columns response_time; compare both with a copy"),
        (double_column, "it has 2 columns response_time"),
        (extra_column, "it has a column remark, which the program does not write"),
        (swap_columns, "its columns are in another order, the first one is duration"),
        (long_row, "line 3: it has 23 cells, the first line 22"),
        (short_row, "line 3: it has 21 cells, the first line 22"),
        (double_row, "line 6: the row of trial mimicry-002 attempt 1 is there twice"),
        (added_row, "line 6: the journal has no trial mimicry-009 attempt 1: the row was added, or the end of the"),
        (removed_row, "it lacks the row of trial mimicry-002 attempt 1, which the journal has"),
        (swap_rows, "line 2: onset is"),
    ],
)
def test_a_table_is_compared_by_row_and_column(
    data: Path, change: Callable[[list[list[str]]], object], message: str
) -> None:
    count = len((data / EVENTS).read_text().splitlines()[0].split("\t"))
    rewrite(data / EVENTS, change)
    message = message.replace("23", str(count + 1)).replace("22", str(count)).replace("21", str(count - 1))

    found = differences(data)

    assert any(one.startswith(f"{EVENTS}: events: {message}") for one in found), found
    assert not any("rebuild" in one for one in found)


def test_a_table_saved_by_another_program_is_named(data: Path) -> None:
    (data / EVENTS).write_bytes((data / EVENTS).read_bytes().replace(b"\n", b"\r\n"))

    assert differences(data) == [
        f"{EVENTS}: events: the cells are those of the journal, the bytes are not: another program saved the file; "
        "compare both with a copy"
    ]


def edit_json(file: Path, **changes: object) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    for key, value in changes.items():
        content[key] = value
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sidecar_text(data: Path) -> None:
    edit_json(data / SIDECAR, onset={"Description": "Last flip.", "Units": "ms"})


def sidecar_display(data: Path) -> None:
    edit_json(data / SIDECAR, Display={"verdict": "perfect"})


def sidecar_key(data: Path) -> None:
    edit_json(data / SIDECAR, Remark="none")


def extra_table(data: Path) -> None:
    write(data / f"{BEH}_run-2_events.tsv", "onset\n")


def table_of_another_task(data: Path) -> None:
    write(data / "sub-01/beh/sub-01_task-other_events.tsv", "onset\n")


def lost_record(data: Path) -> None:
    shutil.rmtree(data / "sourcedata/sub-03")


def lost_session(data: Path) -> None:
    folder = data / "sub-01/ses-b/beh"
    for one in (folder.parent, folder):
        one.mkdir(mode=0o700)
    write(folder / "sub-01_ses-b_task-smallsession_events.tsv", "onset\n")


def no_description(data: Path) -> None:
    (data / "dataset_description.json").unlink()


def other_description(data: Path) -> None:
    edit_json(data / "dataset_description.json", DatasetType="derivative")


def other_program(data: Path) -> None:
    edit_json(data / "dataset_description.json", GeneratedBy=[{"Name": "By hand"}])


def group_swapped(data: Path) -> None:
    file = data / "participants.tsv"
    lines = file.read_text().splitlines()
    swapped = "none" if lines[1].endswith("live") else "live"
    file.write_text("\n".join([lines[0], f"sub-01\t{swapped}", *lines[2:]]) + "\n")


def participant_removed(data: Path) -> None:
    file = data / "participants.tsv"
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if "sub-03" not in line))


def no_participants(data: Path) -> None:
    (data / "participants.tsv").unlink()


def group_description(data: Path) -> None:
    edit_json(data / "participants.json", group_training={"Description": "Age."})


def stimulus_lost(data: Path) -> None:
    write(data / "stimuli/SHA256SUMS", (data / "stimuli/SHA256SUMS").read_text() + f"{'0' * 64}  gone.png\n")


def no_sums(data: Path) -> None:
    (data / "stimuli/SHA256SUMS").unlink()


def stale_result(data: Path) -> None:
    folder = data / "derivatives/mimicry/tables"
    for one in (folder.parent.parent, folder.parent, folder):
        one.mkdir(mode=0o700)
    write(folder / "sub-07_task-smallsession_scores.csv", "trial\n")


def true_faces(data: Path) -> None:
    write(data / "sourcedata/sub-01/truth.jsonl", "{}\n")


def empty_line(data: Path) -> None:
    (data / JOURNAL).write_bytes((data / JOURNAL).read_bytes().replace(b"\n", b"\n\n", 1))


def saved_on_windows(data: Path) -> None:
    (data / JOURNAL).write_bytes((data / JOURNAL).read_bytes().replace(b"\n", b"\r\n"))


def write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (sidecar_text, f'{SIDECAR}: events: onset is {{"Description": "Last flip.", "Units": "ms"}}, expected was'),
        (sidecar_display, f'{SIDECAR}: events: Display is {{"verdict": "perfect"}}, expected was'),
        (sidecar_key, f"{SIDECAR}: events: it has Remark, which the program does not write"),
        (extra_table, f"{BEH}_run-2_events.tsv: files: no session wrote this file"),
        (table_of_another_task, "sub-01/beh/sub-01_task-other_events.tsv: files: no session wrote this file"),
        (lost_record, "sub-03: files: sub-03 has no journal in sourcedata: it was removed, or"),
        (lost_session, "_ses-b_task-smallsession_events.tsv: files: the session of this table has no journal"),
        (no_description, "dataset_description.json: description: the description is missing"),
        (other_description, "dataset_description.json: description: DatasetType is 'derivative', the program wrote"),
        (other_program, "dataset_description.json: description: GeneratedBy does not name this program"),
        (group_swapped, "participants.tsv: participants: line 2: sub-01: group_training is "),
        (
            participant_removed,
            "participants.tsv: participants: it has no row of sub-03, whose journal is in sourcedata",
        ),
        (no_participants, "participants.tsv: participants: the list is missing"),
        (group_description, "participants.json: participants: the description of group_training is 'Age.'"),
        (stimulus_lost, "stimuli/gone.png: stimuli: the picture is missing, SHA256SUMS has it"),
        (no_sums, "stimuli/SHA256SUMS: stimuli: the list of hashes is missing"),
        (stale_result, "sub-07_task-smallsession_scores.csv: tables: sub-07 has no journal in sourcedata"),
        (true_faces, "sourcedata/sub-01/truth.jsonl: truth: the session was not simulated"),
        (empty_line, f"{JOURNAL}: journal: it has empty lines"),
        (saved_on_windows, f"{JOURNAL}: journal: another program saved it, with other line ends"),
    ],
)
def test_a_changed_file_is_named(data: Path, change: Callable[[Path], None], message: str) -> None:
    change(data)

    found = differences(data)

    assert any(message in one for one in found), found


def test_a_planned_participant_and_own_columns_are_no_difference(data: Path) -> None:
    file = data / "participants.tsv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([f"{lines[0]}\thanded", f"{lines[1]}\tleft", f"{lines[2]}\tright", "sub-09"]) + "\n")

    found = compare(data)

    assert found.differences == []
    assert found.notes == ["participants.tsv: sub-09 has no recorded session: planned, or the record was removed"]


# -- journals that are sound in themselves


def cut(after: str) -> Callable[[dict[str, Any]], dict[str, Any] | None]:
    """Remove everything after a trial."""
    state = {"passed": False}

    def change(value: dict[str, Any]) -> dict[str, Any] | None:
        if state["passed"]:
            return None
        state["passed"] = value["data"].get("id") == after
        return value

    return change


def test_the_removed_end_of_a_journal_is_seen_by_tables_and_frames(data: Path) -> None:
    forge(data / JOURNAL, cut("mimicry-003"))

    found = compare(data)
    text = "\n".join(differences(data))

    assert any("no end: the session was interrupted, or the end was removed" in note for note in found.notes)
    assert "its end was removed; restore it from a copy" in text
    assert "sub-01_task-smallsession_events.json says that the session is complete, the journal does not" in text
    assert "line 5: the journal has no trial mimicry-004 attempt 1: the row was added, or" in text
    assert "mimicry-004/key.png: frames: the journal has no such frame" in text
    assert "rebuild" not in text


def test_a_changed_value_in_a_journal_with_new_hashes_is_seen_by_the_tables(data: Path) -> None:
    def change(value: dict[str, Any]) -> dict[str, Any]:
        if value["data"].get("id") == "mimicry-002":
            value["data"]["late_flips"] = 99
        return value

    forge(data / JOURNAL, change)
    text = "\n".join(differences(data))

    assert "lines are not those of which sub-01_task-smallsession_events.json was made (SHA-256)" in text
    assert "line 3: late_flips is 0, in the journal it is 99; compare both with a copy" in text


@pytest.mark.parametrize("thoroughly", [False, True])
def test_a_journal_that_was_set_back_to_format_1_is_seen(data: Path, thoroughly: bool) -> None:
    set_back_to_format_1(data / JOURNAL, thoroughly=thoroughly)

    found = compare(data)
    text = "\n".join(differences(data))

    assert f"{JOURNAL}: journal: the first line says format 1" in text
    assert "the journal was set back to a format without hashes" in text
    if thoroughly:
        assert "19 frames, 4 trials and 1 answer cannot be verified" in "\n".join(found.notes)


def trials_with(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def apply(value: dict[str, Any]) -> dict[str, Any]:
        if value["data"].get("id") == "mimicry-002":
            change(value["data"])
        return value

    return apply


def of_another_session(trial: dict[str, Any]) -> None:
    trial["frames"][0]["file"] = trial["frames"][0]["file"].replace("sub-01", "sub-03")


def of_another_trial(trial: dict[str, Any]) -> None:
    trial["frames"][0]["file"] = (
        trial["frames"][0]["file"].replace("mimicry-002", "mimicry-001").replace("002-", "001-")
    )


def other_role(trial: dict[str, Any]) -> None:
    trial["frames"][0]["role"], trial["frames"][1]["role"] = "key", "after"


def other_time(trial: dict[str, Any]) -> None:
    trial["frames"][0]["time_s"] += 0.05


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (of_another_session, "is not in the folder of this session"),
        (of_another_trial, "is not in the folder of mimicry-002"),
        (other_role, "does not have the name of a frame key"),
        (other_time, "s, the list of camera frames has"),
    ],
)
def test_frames_in_the_journal_agree_with_their_names_and_times(
    data: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    forge(data / JOURNAL, trials_with(change))

    assert any(f"{JOURNAL}: frames: line" in one and message in one for one in differences(data))


@pytest.mark.parametrize(("later_s", "is_outside"), [(0.5, False), (1000.0, True)])
def test_frames_after_a_key_press_may_be_later_than_the_line_of_their_trial(
    data: Path, later_s: float, is_outside: bool
) -> None:
    def move(trial: dict[str, Any]) -> None:
        (*_, last) = [frame for frame in trial["frames"] if frame["role"] == "after"]
        last["time_s"] += later_s

    forge(data / JOURNAL, trials_with(move))

    assert any("is outside of this session" in one for one in differences(data)) == is_outside


def test_permission_without_agreement_and_after_a_refusal_is_seen(data: Path) -> None:
    def refuse(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "answers":
            value["data"]["answers"] = {"recording": "no"}
        return value

    forge(data / JOURNAL, refuse)
    assert any("allows pictures of the participant, line " in one for one in differences(data))

    def unasked(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "recording-permission":
            value["data"]["source"] = "another-form"
        return value

    forge(data / "sourcedata/sub-03/journal.jsonl", unasked)
    assert any("because of another-form, and the journal has no answer to it" in one for one in differences(data))


def test_frames_from_before_the_agreement_are_seen(data: Path) -> None:
    def later(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "calibration":
            for frame in value["data"]["frames"]:
                frame["time_s"] -= 30.0
        return value

    forge(data / JOURNAL, later)

    text = "\n".join(differences(data))
    assert text.count("neutral-01.png: consent: this frame was kept before the participant was asked for consent") == 1


def test_a_journal_without_permission_of_a_protocol_that_asks_is_seen(data: Path) -> None:
    def never_asked(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "recording-permission":
            value["data"]["state"] = "not-asked"
        return value

    forge(data / JOURNAL, never_asked)

    assert any("the protocol asks for consent to be filmed" in one for one in differences(data))


def test_clocks_that_go_backwards_are_seen(data: Path) -> None:
    def back(value: dict[str, Any]) -> dict[str, Any]:
        if value["data"].get("id") == "mimicry-003":
            value["time_s"] -= 5.0
        if value["event"] == "session-start":
            value["data"]["wall_s"] -= 86400.0
        return value

    forge(data / JOURNAL, back)

    found = [one for one in differences(data) if ": clock: " in one]
    assert "(trial) is " in found[0]
    assert "s earlier than the lines before it" in found[0]
    assert "line 1 (session-start) has two different times" in found[1]


def test_lines_after_the_end_and_missing_steps_are_seen(data: Path) -> None:
    def early_end(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "step":
            return {**value, "event": "session-end", "data": {"complete": True, "reason": ""}}
        return value

    forge(data / JOURNAL, early_end)

    text = "\n".join(differences(data))
    assert "comes after the end of the session" in text
    assert "the session is complete, and welcome is not in the journal" in text

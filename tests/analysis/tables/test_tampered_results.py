"""Edited, swapped or left-over files never change a number without a warning."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.face.measurement import Exclusion, Picture
from analysis.tables.measurement_rows import exclusion_rows
from analysis.tables.picture_landmarks import landmark_file_fault
from tests.analysis.running import Finished, run
from tests.analysis.tables.rehearsed import noise, record_session
from tests.experiment.record.verification.comparing import forge, set_back_to_format_1

TABLES = "derivatives/mimicry/tables"
BASE = "sub-01_task-facialmimicry"
Capture = pytest.CaptureFixture[str]


def tables(capsys: Capture, dataset: Path, *options: object) -> Finished:
    done = run(capsys, "tables", dataset, *(options or ("--metric", "units")))
    assert done.status == 0, done.err
    return done


def verify(capsys: Capture, dataset: Path) -> str:
    """The differences and notes about results; those about the small recorded session are left out."""
    lines = run(capsys, "verify", dataset).out.splitlines()
    return "\n".join(line for line in lines if line.startswith(("derivatives/", "note: ")) and "its order" not in line)


def scores(dataset: Path) -> dict[tuple[str, str], str]:
    with (dataset / TABLES / f"{BASE}_scores.csv").open(newline="") as file:
        return {(row["trial_id"], row["target"]): row["score"] for row in csv.DictReader(file)}


def landmarks_of(dataset: Path, trial: str) -> Path:
    """The file of the kept landmarks of the frame of a trial."""
    (frame,) = dataset.glob(f"sourcedata/sub-01/frames/*-{trial}/key.png")
    return dataset / f"derivatives/mimicry/sub-01/landmarks/{hashlib.sha256(frame.read_bytes()).hexdigest()}.json"


def with_content_hash(content: dict[str, Any]) -> str:
    """The text of a landmark file whose hash was computed again, as a forger would."""
    rest = {key: value for key, value in content.items() if key != "content_sha256"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
    return json.dumps({**rest, "content_sha256": digest}) + "\n"


def edited(file: Path) -> None:
    content = json.loads(file.read_text())
    content["landmarks"]["points_px"][48][1] += 40
    file.write_text(json.dumps(content) + "\n")


class TestKeptLandmarks:
    def test_edited_landmarks_are_not_used_and_written_again(self, scored: Path, capsys: Capture) -> None:
        before, file = scores(scored), landmarks_of(scored, "fear")
        content = file.read_bytes()
        edited(file)
        assert landmark_file_fault(file) == "it was changed after it was written"

        tables(capsys, scored)

        assert scores(scored) == before
        assert file.read_bytes() == content

    def test_landmarks_of_another_picture_are_not_used(self, scored: Path, capsys: Capture) -> None:
        before, fear, anger = (
            scores(scored),
            landmarks_of(scored, "fear"),
            landmarks_of(scored, "anger"),
        )
        shutil.copyfile(anger, fear)
        assert landmark_file_fault(fear) == "it has the landmarks of another picture"

        tables(capsys, scored)

        assert scores(scored) == before

    def test_verify_names_the_file_that_was_edited_or_copied(self, scored: Path, capsys: Capture) -> None:
        assert verify(capsys, scored) == ""
        edited(landmarks_of(scored, "fear"))
        shutil.copyfile(landmarks_of(scored, "happiness"), landmarks_of(scored, "anger"))

        found = verify(capsys, scored)

        assert f"{landmarks_of(scored, 'fear').name}: landmarks: it was changed after it was written" in found
        assert f"{landmarks_of(scored, 'anger').name}: landmarks: it has the landmarks of another picture" in found

    def test_landmarks_with_a_computed_hash_are_not_those_of_the_table(self, scored: Path, capsys: Capture) -> None:
        file = landmarks_of(scored, "fear")
        content = json.loads(file.read_text())
        content["landmarks"]["points_px"][48][1] += 40
        file.write_text(with_content_hash(content))
        assert landmark_file_fault(file) == ""

        found = verify(capsys, scored)

        assert f"sub-01/landmarks/{file.name} has other landmarks than when the table was made" in found

    def test_a_file_of_an_earlier_version_is_a_note_and_written_again(self, scored: Path, capsys: Capture) -> None:
        file = landmarks_of(scored, "fear")
        whole, content = file.read_bytes(), json.loads(file.read_text())
        del content["content_sha256"]
        file.write_text(json.dumps(content) + "\n")

        assert "note: 1 files of landmarks are of an earlier version" in verify(capsys, scored)
        tables(capsys, scored)

        assert file.read_bytes() == whole

    def test_two_backgrounds_of_one_picture_are_kept_apart(self, dataset: Path, capsys: Capture) -> None:
        record_session(dataset, participant="02", targets=("anger", "fear", "happiness"), background="black")
        tables(capsys, dataset)
        kept = sorted(file.name for file in (dataset / "derivatives/mimicry/stimuli/landmarks").iterdir())

        assert len(kept) == 2 * 4, "three targets and their neutral face, on white and on black"
        assert verify(capsys, dataset) == ""


class TestMergedDataSets:
    def test_a_session_is_not_scored_with_a_picture_it_never_showed(
        self, dataset: Path, tmp_path: Path, capsys: Capture
    ) -> None:
        other = tmp_path / "other"
        record_session(
            other,
            participant="02",
            targets=("anger", "fear", "happiness"),
            pictures=lambda name: noise(name.replace("fear", "another")),
        )
        shutil.copytree(other / "sourcedata/sub-02", dataset / "sourcedata/sub-02")
        shutil.copyfile(other / "stimuli/fear.png", dataset / "stimuli/fear.png")

        done = tables(capsys, dataset)

        assert "sub-01: excluded: target fear (changed-file)" in done.out
        assert "sub-02: excluded" not in done.out
        message = "stimuli/fear.png has another picture in sub-01 and in sub-02: one of them was overwritten"
        assert f"warning: {message}" in done.err
        assert message in (dataset / TABLES / "summary.md").read_text()

        shutil.copyfile(tmp_path / "data-pictures/fear.png", dataset / "stimuli/fear.png")
        assert "sub-02: excluded: target fear" in tables(capsys, dataset).out, "the same in the other direction"


class TestLists:
    def test_every_written_file_is_listed_with_its_hash(self, scored: Path, capsys: Capture) -> None:
        folder = scored / TABLES

        first, *others = (folder / "SHA256SUMS").read_text().splitlines()
        lines = [line.split("  ") for line in others]

        assert first == "# tables"
        assert [name for _, name in lines] == sorted(
            file.name for file in folder.iterdir() if file.name != "SHA256SUMS"
        )
        assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256 for sha256, name in lines)
        assert verify(capsys, scored) == ""

    def test_fewer_metrics_leave_no_older_table(self, dataset: Path, capsys: Capture) -> None:
        tables(capsys, dataset, "--metric", "units", "--metric", "points")
        tables(capsys, dataset, "--metric", "points")

        names = {file.name for file in (dataset / TABLES).iterdir()}

        assert not [name for name in names if "metric-units" in name]
        assert f"{BASE}_metric-points_table.json" in names
        assert verify(capsys, dataset) == ""

    def test_older_tables_without_a_list_are_deleted_too(self, dataset: Path, capsys: Capture) -> None:
        tables(capsys, dataset, "--metric", "units", "--metric", "points")
        (dataset / TABLES / "SHA256SUMS").unlink()
        tables(capsys, dataset, "--metric", "points")

        assert not list((dataset / TABLES).glob("*metric-units*"))

    def test_an_older_table_that_was_edited_is_kept_and_named(self, dataset: Path, capsys: Capture) -> None:
        tables(capsys, dataset, "--metric", "units", "--metric", "points")
        table = dataset / TABLES / f"{BASE}_metric-units_table.md"
        table.write_text("my notes")

        done = tables(capsys, dataset, "--metric", "points")

        assert table.read_text() == "my notes"
        assert f"warning: {table} is of an earlier run and was changed since; move it or delete it" in done.err

    def test_own_files_next_to_the_tables_are_never_deleted(
        self, dataset: Path, tmp_path: Path, capsys: Capture
    ) -> None:
        out = tmp_path / "paper"
        tables(capsys, dataset, "--metric", "units", "--out", out)
        (out / "sub-01_task-mine_metric-x_table.csv").write_text("mine")
        tables(capsys, dataset, "--metric", "points", "--out", out)

        assert (out / "sub-01_task-mine_metric-x_table.csv").is_file()
        assert not list(out.glob("*metric-units*"))


class TestWarnings:
    def test_what_cannot_be_verified_and_strays_are_under_tables_and_in_the_report(
        self, dataset: Path, capsys: Capture
    ) -> None:
        set_back_to_format_1(dataset / "sourcedata/sub-01/journal.jsonl")
        shutil.copytree(dataset / "sourcedata/sub-01", dataset / "sourcedata/sub-01 (1)")
        message = "the journal has format 1, without hashes of lines and frames: these numbers cannot be verified"

        done = tables(capsys, dataset)

        assert f"sub-01: Warning: {message}." in done.out
        summary = (dataset / TABLES / "summary.md").read_text()
        assert f"- Warning: {message}." in summary
        assert "- Warning: sourcedata/sub-01 (1) is not the name of a participant or session" in summary
        assert run(capsys, "report", dataset, "--metric", "units").status == 0
        assert message in (dataset / "derivatives/mimicry/report.html").read_text()
        assert message in run(capsys, "timing", dataset).err

    def test_two_protocols_are_in_summary_and_report(self, dataset: Path, capsys: Capture) -> None:
        record_session(dataset, participant="02", targets=("anger", "fear", "happiness"))

        def another(line: dict[str, Any]) -> dict[str, Any]:
            if line["event"] == "session-start":
                line["data"]["protocol"]["sha256"] = "ab" * 32
            return line

        forge(dataset / "sourcedata/sub-02/journal.jsonl", another)
        message = (
            "task facial-mimicry was recorded with 2 different protocols, so its sessions may not be comparable "
            "(5f5f5f5f5f5f: sub-01; abababababab: sub-02)"
        )

        assert f"warning: {message}" in tables(capsys, dataset).err
        assert message in (dataset / TABLES / "summary.md").read_text()
        done = run(capsys, "report", dataset, "--metric", "units")
        assert f"warning: {message}" in done.err
        assert f"<li>T{message[1:]}.</li>" in (dataset / "derivatives/mimicry/report.html").read_text()

    def test_a_report_is_listed_and_a_changed_one_is_named(self, scored: Path, capsys: Capture) -> None:
        run(capsys, "report", scored, "--metric", "units")
        tables(capsys, scored)  # keeps the report in the list
        report = scored / "derivatives/mimicry/report.html"
        assert verify(capsys, scored) == ""

        report.write_text(report.read_text() + "<!-- -->")

        assert "report.html: sums: it was changed after it was written" in verify(capsys, scored)

    def test_a_damaged_picture_is_named_without_the_path_of_this_computer(self, dataset: Path) -> None:
        picture = Picture(dataset / "stimuli/fear.png", "fear")
        exclusion = Exclusion("image", f"{picture.path}: the picture is damaged; get a fresh copy", picture)

        (row,) = exclusion_rows([exclusion], dataset)

        assert (row["message"], row["file"]) == ("the picture is damaged; get a fresh copy", "stimuli/fear.png")

    @pytest.mark.usefixtures("dataset")
    def test_a_trial_without_a_picture_does_not_shift_the_numbers_of_the_others(
        self, tmp_path: Path, capsys: Capture
    ) -> None:
        data = tmp_path / "repeated"
        record_session(data, targets=("anger", "fear"), trials=("anger", "fear", "anger", "anger"))
        (frame,) = data.glob("sourcedata/sub-01/frames/*-anger-2/key.png")
        frame.write_bytes(frame.read_bytes() + b"changed")
        tables(capsys, data)

        with (data / TABLES / f"{BASE}_measurements.csv").open(newline="") as file:
            takes = {row["id"]: row["take"] for row in csv.DictReader(file) if row["role"] == "trial"}

        assert takes == {"anger": "1", "fear": "1", "anger-3": "3"}


@pytest.mark.usefixtures("dataset")
@pytest.mark.filterwarnings("error")
def test_a_report_of_one_target_has_no_distance(tmp_path: Path, capsys: Capture) -> None:
    record_session(tmp_path / "one", targets=("anger",), trials=("anger",))

    assert run(capsys, "report", tmp_path / "one", "--metric", "units").status == 0

    page = (tmp_path / "one/derivatives/mimicry/report.html").read_text()
    assert re.search(r"d′<span[^>]*>[^<]*</span></th><td class=\"value\">not defined</td>", page)

"""Lists of results: a run deletes only what the same command wrote of the same data set."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.tables.output_sums import SUMS, add_sums, finish_outputs, owner_of


def write(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    files = [folder / name for name in names]
    for file in files:
        file.write_text(f"content of {file.name}")
    return files


def run(folder: Path, owner: str, *names: str) -> list[Path]:
    return finish_outputs(folder, write(folder, *names), owner=owner)


def names(folder: Path) -> Sequence[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != SUMS)


def test_a_run_deletes_what_its_earlier_run_wrote(tmp_path: Path) -> None:
    run(tmp_path / "out", "tables", "old.csv", "both.csv")
    run(tmp_path / "out", "tables", "both.csv", "new.csv")

    assert names(tmp_path / "out") == ["both.csv", "new.csv"]


def test_results_of_another_command_and_of_another_data_set_stay(tmp_path: Path) -> None:
    out = tmp_path / "paper"
    owners = [owner_of(command, tmp_path / data, out) for command in ("tables", "timing") for data in ("a", "b/a")]
    assert len(set(owners)) == 4

    for number, owner in enumerate(owners):
        run(out, owner, f"{number}.csv")

    assert names(out) == ["0.csv", "1.csv", "2.csv", "3.csv"]
    run(out, owners[0], "new.csv")
    assert names(out) == ["1.csv", "2.csv", "3.csv", "new.csv"]


def test_a_file_that_two_commands_write_is_of_the_last_one(tmp_path: Path) -> None:
    run(tmp_path, "tables", "one.csv")
    run(tmp_path, "timing", "one.csv")
    run(tmp_path, "tables", "two.csv")

    assert names(tmp_path) == ["one.csv", "two.csv"]


def test_files_and_lines_of_a_list_of_another_program_stay(tmp_path: Path) -> None:
    (image,) = write(tmp_path, "system.iso")
    line = f"{hashlib.sha256(image.read_bytes()).hexdigest()}  system.iso"
    (tmp_path / SUMS).write_text(f"{line}\nSHA256 (x) = 00\n")

    run(tmp_path, "tables", "one.csv")
    run(tmp_path, "tables", "two.csv")

    assert names(tmp_path) == ["system.iso", "two.csv"]
    assert (tmp_path / SUMS).read_text().splitlines()[:3] == [line, "SHA256 (x) = 00", "# tables"]


def test_results_in_the_data_set_keep_their_owner_when_it_is_moved(tmp_path: Path) -> None:
    assert owner_of("tables", tmp_path / "a", tmp_path / "a/derivatives/tables") == "tables"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    run(folder, "tables", "one.csv")
    add_sums(folder, write(tmp_path, "report.html"), owner="report")
    run(folder, "timing", "two.csv")

    done = subprocess.run(
        ["sha256sum", "--check", "--strict", SUMS], cwd=folder, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == ["../report.html: OK", "one.csv: OK", "two.csv: OK"]

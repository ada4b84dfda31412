from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.tables.output_files import prepare_file, prepare_folder
from experiment.record.errors import RecordError
from tests.analysis.running import run

NOWHERE = Path("/proc/nowhere")
"""A folder that cannot be made, even by root."""
on_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")


def test_a_folder_that_can_be_written_to_is_made_and_left_empty(tmp_path: Path) -> None:
    prepare_file(tmp_path / "a" / "b" / "report.html")

    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_is_refused_where_a_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=rf"^cannot write {tmp_path}: a folder lies where a file is needed; name a file$"
    ):
        prepare_file(tmp_path)


def test_a_file_is_refused_where_a_folder_is_needed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(RecordError, match=r"file: a file lies where a folder is needed; choose another folder$"):
        prepare_folder(tmp_path / "file")


@on_linux
@pytest.mark.parametrize("prepare", [prepare_file, prepare_folder])
def test_a_place_where_nothing_can_be_made_is_not_reported_as_gone(prepare: Callable[[Path], None]) -> None:
    with pytest.raises(RecordError, match=r"cannot write /proc.*: nothing can be made there; choose another folder$"):
        prepare(NOWHERE)


@pytest.mark.parametrize("command", ["tables", "training", "timing", "report"])
def test_a_wrong_out_is_reported_before_the_data_set_is_read(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    done = run(capsys, command, tmp_path / "nowhere", "--out", tmp_path / "file" / "out")

    assert done.status == 1
    assert "file lies where a folder is needed; choose another folder" in done.err
    assert done.err.count("\n") == 1


def test_unfinished_files_of_a_killed_run_are_deleted_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    left, written = tmp_path / ".a.csv.99999999.partial", tmp_path / f".b.csv.{os.getpid()}.partial"
    for file in (left, written):
        file.write_text("")

    prepare_folder(tmp_path)

    assert list(tmp_path.iterdir()) == [written]

"""Folders of a data set."""

from __future__ import annotations

import errno
import hashlib
import os
import tracemalloc
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from analysis.tables.output_files import writable
from experiment.record.files import make_folder, replace_file_by_parts, sha256_of


@pytest.fixture
def absent_drive(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A path of which nothing exists up to its root, as on a Windows drive that does not exist; checked 50 times."""
    answers = repeat(False, 50)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "is_dir", lambda _: next(answers))
        patched.setattr(Path, "exists", lambda _: next(answers))
        yield Path("/data/study")


def test_a_folder_on_a_drive_that_does_not_exist_is_refused(absent_drive: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such drive"):
        make_folder(absent_drive)


def test_the_root_of_a_drive_that_does_not_exist_is_checked_last(absent_drive: Path) -> None:
    assert writable(absent_drive) == os.access("/", os.W_OK)


def test_the_hash_of_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "film.mp4").open("wb") as file:
        file.write(b"first")
        file.truncate(30_000_000)

    tracemalloc.start()
    found = sha256_of(tmp_path / "film.mp4")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == hashlib.sha256(b"first" + bytes(30_000_000 - 5)).hexdigest()
    assert peak < 5_000_000


def test_a_file_that_is_written_by_parts_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    def damaged() -> Iterator[bytes]:
        yield b"new"
        raise OSError(errno.ENOSPC, "full")

    replace_file_by_parts(tmp_path / "x.csv", iter([b"a", b"b"]))
    with pytest.raises(OSError, match="full"):
        replace_file_by_parts(tmp_path / "x.csv", damaged())

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"x.csv": b"ab"}

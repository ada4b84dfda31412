"""Folders of a data set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pytest

from analysis.tables.output_files import writable
from experiment.record.files import make_folder


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

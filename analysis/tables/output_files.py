"""Writing derivatives the way the record is written: whole files or none, readable by their owner only."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from experiment.record.files import make_folder, record_errors, replace_file


def prepare_folder(folder: Path) -> None:
    """Make a folder that was asked for and try to write there, before hours of measuring; RecordError if it fails."""
    with record_errors("write", folder, new=True):
        make_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass


def prepare_file(path: Path) -> None:
    """The same for the folder of a file, which must not be the name of a folder itself."""
    with record_errors("write", path, new=True):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "a folder", str(path))
    prepare_folder(path.parent)


def put(path: Path, content: str | bytes) -> Path:
    """Put a UTF-8 text or bytes in the place of ``path``, making folders; RecordError if that cannot be done."""
    with record_errors("write", path):
        replace_file(path, content.encode("utf-8") if isinstance(content, str) else content)
    return path

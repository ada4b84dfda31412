"""Writing derivatives the way the record is written: whole files or none, readable by their owner only."""

from __future__ import annotations

from pathlib import Path

from experiment.record.files import record_errors, replace_file


def put(path: Path, content: str | bytes) -> Path:
    """Put a UTF-8 text or bytes in the place of ``path``, making folders; RecordError if that cannot be done."""
    with record_errors("write", path):
        replace_file(path, content.encode("utf-8") if isinstance(content, str) else content)
    return path

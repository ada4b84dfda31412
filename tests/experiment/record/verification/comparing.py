"""Compare a data set, and forge a journal that is sound in itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from experiment.record.journal import JournalWriter
from experiment.record.layout import begun_sessions
from experiment.record.verification import Verification, verify_folder, verify_session


def compare(data: Path) -> Verification:
    found = Verification(data)
    for place in begun_sessions(data):
        verify_session(place, found)
    verify_folder(data, found)
    return found


def differences(data: Path) -> list[str]:
    """Every difference as ``file: check: message``."""
    return [f"{one.file.relative_to(data).as_posix()}: {one.check}: {one.message}" for one in compare(data).differences]


def forge(journal: Path, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Write a journal again with new hashes; None removes a line and all after it."""
    values = [json.loads(line) for line in journal.read_bytes().splitlines()]
    journal.unlink()
    writer = JournalWriter(journal, next_line=0)
    for value in values:
        changed = change(value)
        if changed is None:
            break
        writer.append(changed["event"], changed["time_s"], changed["data"])
    writer.close()


def set_back_to_format_1(journal: Path, *, thoroughly: bool = False) -> None:
    """Remove all hashes from a journal, and all that format 1 does not have."""
    lines: list[str] = []
    for text in journal.read_bytes().splitlines():
        value = json.loads(text)
        del value["prev"], value["sha256"]
        if value["event"] == "session-start":
            value["data"]["format"] = 1
            if thoroughly:
                value["data"]["protocol"].pop("sources", None)
        if thoroughly:
            if value["event"] in ("recording-permission", "film-start", "film-end"):
                continue
            value["data"].pop("clauses", None)
            for frame in value["data"].get("frames", ()):
                if isinstance(frame, dict):
                    frame.pop("sha256", None)
            value["n"] = len(lines)
        lines.append(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    journal.write_text("\n".join(lines) + "\n", encoding="utf-8")

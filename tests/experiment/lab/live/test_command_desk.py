"""The session carries out commands also when one of their files disappears."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiment.lab.live.commands import CommandDesk
from experiment.record.live_state.control import COMMANDS, answer_of, new_command, send


def test_a_command_that_its_sender_takes_back_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender that has waited too long deletes its command, at any moment."""
    desk = CommandDesk(tmp_path, on_event=lambda _: None)
    taken_back, kept = (new_command("note", source="console", text=text) for text in ("one", "two"))
    send(tmp_path, taken_back)
    send(tmp_path, kept)
    listed = Path.glob

    def glob(folder: Path, pattern: str) -> Iterator[Path]:
        found = list(listed(folder, pattern))
        (tmp_path / COMMANDS / f"{taken_back.id}.json").unlink(missing_ok=True)
        return iter(found)

    monkeypatch.setattr(Path, "glob", glob)
    desk.work()

    assert answer_of(tmp_path, taken_back) is None
    answer = answer_of(tmp_path, kept)
    assert answer is not None
    assert answer.message.startswith("the session has not begun")

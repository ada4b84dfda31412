"""The keyboards of Psychtoolbox: what is opened is closed, also after a failure."""

from __future__ import annotations

from typing import Any

import pytest

from experiment.clock import ManualClock
from experiment.display import ptb_keyboard


def test_a_keyboard_that_fails_closes_those_opened_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    psychtoolbox = pytest.importorskip("psychtoolbox")
    hid = pytest.importorskip("psychtoolbox.hid")
    calls: list[tuple[str, int]] = []

    def psychhid(command: str, device: int, *_: object) -> None:
        calls.append((command, device))
        if (command, device) == ("KbQueueCreate", 8):
            raise RuntimeError("this keyboard cannot be opened")

    monkeypatch.setattr(psychtoolbox, "PsychHID", psychhid)
    monkeypatch.setattr(hid, "get_keyboard_indices", lambda: ([7, 8], [], []))
    window: Any = object()

    with pytest.raises(RuntimeError, match="this keyboard cannot be opened"):
        ptb_keyboard.PtbKeyboard(ManualClock(), window)

    assert calls == [
        ("KbQueueCreate", 7),
        ("KbQueueStart", 7),
        ("KbQueueCreate", 8),
        ("KbQueueStop", 7),
        ("KbQueueRelease", 7),
    ]

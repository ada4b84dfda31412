"""A calibration needs a face, or a lab assistant who continues without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from analysis.face.errors import FaceError
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.ports.face_check import FaceCheck
from experiment.protocol.language.texts import PROGRAM_LANGUAGES, SHORT_TEXTS
from experiment.screens.screen import Screen, Text
from tests.experiment.plans import EXPRESSIONS, make_plan
from tests.experiment.session.simulated_run import Run, run_script

FACE_AFTER = 60
"""Number of flips without a face in these tests."""


class ScriptedChecker:
    """Finds a fault in the first frames, then a face."""

    def __init__(self, fault: str | None, *, checks: int = FACE_AFTER, unavailable: str = "") -> None:
        self._found, self._left = fault, checks
        self.fault = unavailable
        self.submitted: list[tuple[str, int]] = []
        self.watched: list[bool] = []

    @property
    def newest(self) -> FaceCheck | None:
        if self.fault:
            return None
        self._left -= 1
        return FaceCheck(0.0, self._found if self._left >= 0 else None, ((0.5, 0.5),))

    def watch(self, latest: Callable[[], CameraFrame | None]) -> None:  # noqa: ARG002 (of the port)
        self.watched.append(True)

    def unwatch(self) -> None:
        self.watched.append(False)

    def submit(self, step: str, frames: Sequence[CameraFrame]) -> None:
        self.submitted.append((step, len(frames)))


def run_with(checker: ScriptedChecker, tmp_path: Path, script: Any = None) -> tuple[Run, list[Screen]]:
    keyboards: list[SimulatedKeyboard] = []
    shown: list[Screen] = []

    def watch(screen: Screen, flip: Flip) -> bool:
        shown.append(screen)
        return bool(script is not None and script(keyboards[0], screen, flip))

    return run_script(make_plan(tmp_path), tmp_path, watch, keyboards, checker=checker), shown


def texts_of(screens: list[Screen]) -> list[str]:
    return [element.text for screen in screens for element in screen.elements if isinstance(element, Text)]


@pytest.mark.parametrize(
    ("fault", "words"),
    [("no-face", "not visible"), ("several-faces", "More than one face"), ("turned", "look straight")],
)
def test_a_calibration_waits_for_a_face_and_says_what_is_wrong(fault: str, words: str, tmp_path: Path) -> None:
    checker = ScriptedChecker(fault)

    done, shown = run_with(checker, tmp_path)

    assert done.ending == "complete"
    waiting = [screen for screen in shown if any(words in text for text in texts_of([screen]))]
    assert waiting
    first_calibration = next(number for number, screen in enumerate(shown) if screen.kind == "calibration")
    assert shown.index(waiting[0]) < first_calibration
    assert checker.watched == [True, False]
    assert "continue-without-face" not in [name for name, _ in done.events]


def test_the_assistant_continues_without_a_face_and_the_journal_says_so(tmp_path: Path) -> None:
    def script(keys: SimulatedKeyboard, screen: Screen, flip: Flip) -> bool:
        if any("not visible" in text for text in texts_of([screen])):
            keys.press("f8", flip.time_s + 0.2)
            keys.press("f9", flip.time_s + 0.5)
            return True
        return False

    done, _ = run_with(ScriptedChecker("no-face", checks=100_000), tmp_path, script)

    assert done.ending == "complete"
    lines = [data for name, data in done.events if name == "continue-without-face"]
    assert [line["reason"] for line in lines] == ["no-face"]


def test_one_override_key_alone_does_not_continue(tmp_path: Path) -> None:
    checker = ScriptedChecker("no-face", checks=300)

    def script(keys: SimulatedKeyboard, screen: Screen, flip: Flip) -> bool:
        if any("not visible" in text for text in texts_of([screen])):
            keys.press("f8", flip.time_s + 0.1)
            return True
        return False

    done, _ = run_with(checker, tmp_path, script)

    assert "continue-without-face" not in [name for name, _ in done.events]


def test_where_faces_cannot_be_checked_the_key_is_enough_and_the_journal_says_so(tmp_path: Path) -> None:
    done, _ = run_with(ScriptedChecker(None, unavailable="dlib is missing"), tmp_path)

    assert done.ending == "complete"
    lines = [data for name, data in done.events if name == "continue-without-face"]
    assert [line["reason"] for line in lines] == ["not-checked"]


def test_every_kept_frame_is_handed_to_the_checks(tmp_path: Path) -> None:
    checker = ScriptedChecker(None)

    done, _ = run_with(checker, tmp_path)

    calibrated = [len(data["frames"]) for name, data in done.events if name == "calibration"]
    assert [count for step, count in checker.submitted][:1] == calibrated
    assert [count for step, count in checker.submitted][1:] == [1] * len(EXPRESSIONS)


def test_every_reason_of_the_measurement_has_a_text_in_every_language() -> None:
    def kinds(base: type[FaceError]) -> list[type[FaceError]]:
        return [kind for one in base.__subclasses__() for kind in (one, *kinds(one))]

    reasons = {kind.reason for kind in kinds(FaceError)} | {"dark", "bright"}

    for reason in reasons:
        assert set(SHORT_TEXTS[f"face-{reason}"]) == set(PROGRAM_LANGUAGES), reason

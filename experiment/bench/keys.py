"""Key presses at known times into a session in the real window.

None may be missed or stale.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from analysis.paths import PROJECT
from experiment.bench.result import Result, ResultPart
from experiment.bench.small_session import plan_of
from experiment.bench.window_session import WindowProtocol, missing_window
from experiment.camera.numbered import NumberedCamera, schedule
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.lab.session_options import OpenDevices, Options
from experiment.lab.session_setup import record_session
from experiment.ports.keyboard import Keyboard, KeyPress
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace

PART = ResultPart("key presses")
AFTERWARDS_S = 1.0
"""How long the keyboard is read after the last press."""


class PressingEnded(Exception):
    """All presses are made."""


class LoggingKeyboard:
    """Notes what was read and when; ends the session when the presser has ended.

    Parameters
    ----------
    keyboard
        Whose presses are read.
    command
        Starts the presser.
    """

    def __init__(self, keyboard: Keyboard, command: Sequence[str]) -> None:
        self._keyboard = keyboard
        self._command = command
        self._presser: subprocess.Popen[str] | None = None
        self._end_s = float("inf")
        self.log: list[tuple[KeyPress, float]] = []
        self.made: list[tuple[float, float, float]] = []
        """(time before, time after, seconds held) of each press."""

    def presses(self) -> Sequence[KeyPress]:
        """Return every press since the last call."""
        if self._presser is None:
            self._presser = subprocess.Popen(self._command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        presses = self._keyboard.presses()
        read_s = time.monotonic()
        self.log += [(press, read_s) for press in presses]
        if self._presser.poll() is not None and self._end_s == float("inf"):
            printed = self._presser.communicate()[0]
            if self._presser.returncode != 0:
                raise PressingEnded
            self.made = [tuple(map(float, line.split())) for line in printed.splitlines()]  # type: ignore[misc]
            self._end_s = read_s + AFTERWARDS_S
        if read_s > self._end_s:
            raise PressingEnded
        return presses

    def typed(self, *, since_s: float) -> str:
        """Return the characters typed from a time on."""
        return self._keyboard.typed(since_s=since_s)

    def clear(self) -> None:
        """Discard what was not read."""
        self._keyboard.clear()

    def close(self) -> None:
        """End the presser, which would press keys in the next window."""
        if self._presser is not None:
            with self._presser:
                self._presser.kill()


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Presses made and read, and the trials they answered."""

    stamped_by: str
    made: tuple[tuple[float, float, float], ...]
    log: tuple[tuple[KeyPress, float], ...]
    trials: tuple[TrialLine, ...]
    """Raw lines of the journal."""

    @property
    def read(self) -> list[tuple[KeyPress, float]]:
        """Presses of SPACE without repetitions."""
        return [(press, read_s) for press, read_s in self.log if press.key == "space" and not press.is_repeat]

    def wrong_responses(self) -> list[str]:
        """Return the trials whose response is not the first press after onset."""
        stamps = np.array([press.time_s for press, _ in self.read])
        wrong = []
        for trial in self.trials:
            after = stamps[stamps >= trial.onset_s - 1e-6]
            first = after[0] if len(after) else None
            if trial.outcome == "response" and (first is None or abs(first - trial.anchor_s) > 2e-6):
                wrong.append(f"{trial.id}: answered at {trial.anchor_s}, the first press was at {first}")
            if trial.outcome == "timeout" and first is not None and first < trial.offset_s:
                wrong.append(f"{trial.id}: timed out, though a key was pressed at {first}")
        return wrong


def press_into_session(folder: Path, *, presses: int, seed: int) -> Outcome:
    """Run a session in the real window while a process presses SPACE.

    Parameters
    ----------
    folder
        For protocol and data set.
    presses
        Number of key presses.
    seed
        Of presses and camera.
    """
    display = os.environ["DISPLAY"]
    protocol = WindowProtocol(
        max(1, presses // 6), camera_px=(640, 480), before=1, after=1, fixation=12, inter_trial=12, timeout_s=1
    )
    plan = plan_of(protocol.write(folder / "protocol"), "keys", seed=seed)
    clock = MonotonicClock()
    opened = open_display(plan.display, clock=clock, windowed=False)
    command = [sys.executable, "-m", "experiment.bench.presser", display, str(presses), str(seed)]
    keyboard = LoggingKeyboard(opened.keyboard, command)
    place = SessionPlace(folder / "data", "keys", None)
    shots = schedule(np.random.default_rng(seed), rate_hz=30.0, start_s=clock.now(), duration_s=7200.0)
    try:
        record_session(
            plan,
            place.dataset,
            Options(camera="numbered", pilot=True),
            devices=OpenDevices(clock, replace(opened, keyboard=keyboard), NumberedCamera(shots, clock=clock)),
        )
    except PressingEnded:
        pass
    finally:
        keyboard.close()
        opened.close()
    trials = read_lines(place.journal, TrialLine)
    return Outcome(opened.keys_stamped_by, tuple(keyboard.made), tuple(keyboard.log), tuple(trials))


def results(folder: Path, *, presses: int, seed: int = 3) -> Iterator[Result]:
    """Press keys and yield the results.

    Parameters
    ----------
    folder
        For protocol and data set.
    presses
        Number of key presses.
    seed
        Of presses and camera.
    """
    reason = missing_window()
    if reason:
        yield PART.skip("presses", reason)
        return
    yield from judge(press_into_session(folder, presses=presses, seed=seed), presses=presses)


def judge(outcome: Outcome, *, presses: int) -> Iterator[Result]:
    """Compare the presses with what was read and recorded."""
    read, made = outcome.read, outcome.made
    one_to_one = len(read) == len(made) == presses
    yield PART.require(
        "made, and read as new presses",
        f"{presses}, one for one",
        f"{len(made)} made, {len(read)} read",
        met=one_to_one,
        made=len(made),
        read=len(read),
    )
    repeats = sum(press.is_repeat for press, _ in outcome.log)
    yield PART.note(
        "repetitions of held keys, recognised",
        f"{repeats}, from {sum(held > 0.5 for _, _, held in made)} keys that were held for more than half a second",
        repeats=repeats,
    )
    wrong = outcome.wrong_responses()
    responses = sum(trial.outcome == "response" for trial in outcome.trials)
    early = sum(len(trial.details.get("before_onset_s", ())) for trial in outcome.trials)
    yield PART.require(
        "responses that are not the first press after the onset (stale, missed)",
        "0",
        f"{len(wrong)} of {responses} responses in {len(outcome.trials)} trials, {early} presses before an onset"
        + (f": {wrong[0]}" if wrong else ""),
        met=not wrong and responses > 0,
        wrong=len(wrong),
        responses=responses,
        trials=len(outcome.trials),
    )
    if not one_to_one:
        return
    errors_ms = 1000 * np.array([press.time_s - before for (press, _), (before, _, _) in zip(read, made, strict=True)])
    sent_ms = 1000 * np.array([after - before for before, after, _ in made])
    read_ms = 1000 * np.array([read_s - press.time_s for press, read_s in read])
    low, median, high = np.quantile(errors_ms, [0.025, 0.5, 0.975])
    yield PART.require(
        f"stamp minus time of the press (stamped by the {outcome.stamped_by})",
        "never before the press",
        f"median {median:.3f} ms, standard deviation {errors_ms.std():.3f}, 95 % within {low:.3f} to {high:.3f}, "
        f"all within {errors_ms.min():.3f} to {errors_ms.max():.3f}",
        met=errors_ms.min() > -0.1,
        median_ms=round(float(median), 4),
        sd_ms=round(float(errors_ms.std()), 4),
        smallest_ms=round(float(errors_ms.min()), 4),
        largest_ms=round(float(errors_ms.max()), 4),
    )
    yield PART.note(
        "duration of a press itself (bound of the accuracy)",
        f"median {np.median(sent_ms):.3f} ms, largest {sent_ms.max():.3f}",
        median_ms=round(float(np.median(sent_ms)), 4),
    )
    yield PART.note(
        "from stamp to the session",
        f"median {np.median(read_ms):.1f} ms, largest {read_ms.max():.1f}",
        median_ms=round(float(np.median(read_ms)), 3),
        largest_ms=round(float(read_ms.max()), 3),
    )

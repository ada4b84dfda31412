"""What the terminal shows of a session, and how it says how to continue."""

from __future__ import annotations

import io
import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.commands.session_output import SessionPrinter, shown_session
from experiment.record.errors import RecordError
from experiment.record.layout import SessionPlace
from experiment.record.live_state.values import LiveEvent, LiveState, LiveWarning, Progress, StartStep
from experiment.record.lock import Holder, SessionLock
from experiment.screens.screen import Screen

STATE = LiveState(
    pid=1,
    pid_began_utc_s=100.0,
    dataset="/data",
    participant="01",
    session=None,
    protocol="p.yaml",
    title="",
    language="en",
    began_utc_s=100.0,
    updated_utc_s=100.0,
    phase="starting",
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def own_runtime_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


def printed(states: list[LiveState], out: io.StringIO | None = None) -> str:
    out = io.StringIO() if out is None else out
    with SessionPrinter(out, began_s=100.0) as printer:
        for state in states:
            printer.show(state)
    return out.getvalue()


def trial(number: int, seconds_left: float | None = None, **changes: object) -> LiveState:
    progress = Progress(block="faces", trial_number=number, trials=6, seconds_left=seconds_left)
    return replace(STATE, phase="running", progress=progress, **changes)  # type: ignore[arg-type]


def test_each_step_of_the_start_is_a_line_with_the_time_since_the_command() -> None:
    first = replace(STATE, steps=(StartStep("opening the camera", 100.25),))
    second = replace(first, steps=(*first.steps, StartStep("measuring the display", 101.5)))

    assert printed([STATE, first, first, second]).splitlines() == [
        "  0.2 s  opening the camera",
        "  1.5 s  measuring the display",
    ]


def test_blocks_and_trials_are_lines_where_there_is_no_terminal() -> None:
    states = [trial(1, 170), trial(1, 165), trial(2, 59)]

    assert printed(states).splitlines() == [
        "block faces",
        "trial 1 of 6, about 3 min left",
        "trial 2 of 6, less than a minute left",
    ]


def test_a_terminal_has_one_line_for_the_present_trial() -> None:
    text = printed([trial(1), trial(2)], Terminal())

    first, second = "trial 1 of 6", "trial 2 of 6"
    clear = "\r" + " " * len(first) + "\r"
    assert text == f"block faces\n{first}{clear}{second}{clear}"


def test_warnings_pauses_and_remarks_are_said_once() -> None:
    warning = LiveWarning("no-face", "ask the participant to face the camera", 101.0, {})
    note = LiveEvent("note", "the lamp fell", "", "console", 101.0)
    excluded = LiveEvent("exclude", "sneezed", "faces-2", "terminal", 102.0)
    paused = trial(2, warnings=(warning,), events=(note,))
    states = [
        trial(1),
        trial(1, warnings=(warning,), events=(note,)),
        replace(paused, phase="paused"),
        trial(2, events=(note, excluded)),
        trial(2, warnings=(warning,), events=(note, excluded)),
        trial(2, events=(note, excluded), updated_utc_s=130.0),
        trial(2, warnings=(warning,), events=(note, excluded), updated_utc_s=200.0),
    ]

    assert printed(states).splitlines() == [
        "block faces",
        "trial 1 of 6",
        "warning: ask the participant to face the camera",
        "note (console): the lamp fell",
        "paused",
        "the session continues",
        "excluded trial faces-2 (terminal): sneezed",
        "trial 2 of 6",
        "warning: ask the participant to face the camera",
    ]


def test_a_terminal_that_does_not_take_text_stops_nothing() -> None:
    go_on = threading.Event()

    class Stopped(io.StringIO):
        def write(self, _text: str) -> int:
            go_on.wait(30)
            raise OSError

    with SessionPrinter(Stopped(), began_s=0.0) as printer:
        for number in range(1, 6):
            printer.show(trial(number))
        go_on.set()


class Crash(Exception):
    """A fault of the program."""


@pytest.fixture
def place(tmp_path: Path) -> SessionPlace:
    return SessionPlace(tmp_path / "my data", "01", None)


def interrupted_session(place: SessionPlace, protocol: Path, error: type[BaseException] | signal.Signals) -> None:
    """Run a session that is interrupted at its second target."""
    targets = iter(range(1, 100))

    def interrupt(screen: Screen) -> None:
        if screen.kind == "target" and next(targets) == 2:
            if isinstance(error, signal.Signals):
                os.kill(os.getpid(), error)
            else:
                raise error

    with shown_session(place.dataset, "01", None, began_s=0.0, protocol=protocol) as live:
        run_small_session(place, protocol, seed=2, setup=SmallSession(on_change=interrupt, live=live))


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    return write_protocol(tmp_path / "protocol", trials=4)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Crash, signal.SIGTERM])
def test_an_interruption_prints_the_command_that_continues(
    place: SessionPlace, protocol: Path, error: type[BaseException] | signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    raised = KeyboardInterrupt if isinstance(error, signal.Signals) else error

    with pytest.raises(raised):
        interrupted_session(place, protocol, error)

    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("everything recorded is kept; continue with: ")
    assert said.endswith(f"resume --dataset '{place.dataset}' --participant 01")


def test_before_anything_is_recorded_there_is_nothing_to_continue(
    place: SessionPlace, protocol: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt), shown_session(place.dataset, "01", None, began_s=0.0, protocol=protocol):
        raise KeyboardInterrupt

    assert capsys.readouterr().err.splitlines() == ["nothing was recorded"]


def test_a_session_that_runs_is_refused_before_a_device_is_opened_and_not_to_be_continued(
    place: SessionPlace, protocol: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = False

    with (
        SessionLock(place.lock),
        pytest.raises(RecordError, match="being recorded right now by process"),
        shown_session(place.dataset, "01", None, began_s=0.0, protocol=protocol),
    ):
        opened = True

    assert not opened
    assert "continue with" not in capsys.readouterr().err


def test_a_session_that_another_process_records_meanwhile_is_not_to_be_continued(
    place: SessionPlace, protocol: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The journal grows, but the other process writes it."""

    def fail_during_the_session_of_another_process() -> None:
        with shown_session(place.dataset, "01", None, began_s=0.0, protocol=protocol):
            with pytest.raises(Crash):
                run_small_session(place, protocol, seed=2, setup=SmallSession(on_change=crash_at_target))
            other = replace(Holder.current(), pid=os.getppid())
            place.lock.write_text(json.dumps({name: getattr(other, name) for name in ("host", "pid", "boot", "since")}))
            raise Crash

    with pytest.raises(Crash):
        fail_during_the_session_of_another_process()

    assert "continue with" not in capsys.readouterr().err


def crash_at_target(screen: Screen) -> None:
    if screen.kind == "target":
        raise Crash


def test_a_complete_session_has_nothing_to_continue(
    place: SessionPlace, protocol: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail_after_the_end() -> None:
        with shown_session(place.dataset, "01", None, began_s=0.0, protocol=protocol) as live:
            run_small_session(place, protocol, seed=2, setup=SmallSession(live=live))
            raise Crash

    with pytest.raises(Crash):
        fail_after_the_end()

    printed = capsys.readouterr()
    assert "continue with" not in printed.err
    assert printed.out.splitlines()[0].endswith(" s  beginning the record and reading pictures")

"""What the terminal shows of a session, and how to continue it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TextIO

import typer

if TYPE_CHECKING:
    from experiment.lab.live.publisher import LivePublisher
    from experiment.record.layout import SessionPlace
    from experiment.record.live_state.values import LiveEvent, LiveState

CLOSING_S = 1.0
QUIET_S = 60.0
"""A warning that comes and goes is printed again after this time without it."""
_EVENTS = {"note": "note", "exclude": "excluded", "include": "counts again"}


@contextmanager
def shown_session(
    dataset: Path, participant: str, session: str | None, *, began_s: float, protocol: Path | None = None
) -> Iterator[LivePublisher | None]:
    """Publish a session, and print its steps and its progress.

    If it is stopped, the command that continues it is printed.

    Parameters
    ----------
    dataset
        Folder of the data set, as the user wrote it.
    participant, session
        Labels; session is None for a session without label.
    began_s
        When the command began, seconds since 1970.
    protocol
        File of the protocol; None: that of the session, which is resumed.

    Raises
    ------
    RecordError
        If a label has other characters than letters and digits, or the session is being recorded.
    """
    from experiment.lab.live.publisher import publishing
    from experiment.lab.termination_signals import interrupt_on_termination
    from experiment.record.layout import recorded_protocol, session_place
    from experiment.record.lock import require_not_held

    place = session_place(dataset, participant, session)
    require_not_held(place.lock)
    file = protocol or recorded_protocol(place) or Path()
    with (
        interrupt_on_termination(),
        _resume_hint(dataset, place),
        SessionPrinter(sys.stdout, began_s=began_s) as printer,
        publishing(place, protocol=file, on_state=printer.show) as live,
    ):
        yield live


@contextmanager
def _resume_hint(dataset: Path, place: SessionPlace) -> Iterator[None]:
    """Print how to continue if an interruption or error leaves the session unfinished."""
    before = _size(place)
    try:
        yield
    except BaseException as error:
        is_changed = _size(place) != before
        if is_changed and not _runs_elsewhere(place) and _is_unfinished(place):
            from experiment.lab.resume_command import resume_command

            command = resume_command(dataset, place.participant, place.session)
            typer.echo(f"everything recorded is kept; continue with: {command}", err=True)
        elif isinstance(error, KeyboardInterrupt) and not is_changed:
            typer.echo("nothing was recorded", err=True)
        raise


def _runs_elsewhere(place: SessionPlace) -> bool:
    from experiment.record.lock import living_holder

    holder = living_holder(place.lock)
    return holder is not None and holder.pid != os.getpid()


def _size(place: SessionPlace) -> int:
    try:
        return place.journal.stat().st_size
    except OSError:
        return 0


def _is_unfinished(place: SessionPlace) -> bool:
    from experiment.record.errors import RecordError
    from experiment.record.skimmed_history import skim_history

    try:
        history = skim_history(place)
    except RecordError:
        return place.begun
    return not history.complete and history.declined is None


class SessionPrinter:
    """Prints the changes of a published state from a thread of its own.

    A terminal that is stopped (Ctrl-S) must not stop the session. In a terminal, the present trial is on one line that
    changes; elsewhere each trial has a line.

    Parameters
    ----------
    out
        Where to print.
    began_s
        When the command began, seconds since 1970.
    """

    def __init__(self, out: TextIO, *, began_s: float) -> None:
        self._out, self._is_terminal, self._began_s = out, out.isatty(), began_s
        self._states: SimpleQueue[LiveState | None] = SimpleQueue()
        self._steps = self._trial = 0
        self._block = self._phase = ""
        self._warned_s: dict[str, float] = {}
        self._events: tuple[LiveEvent, ...] = ()
        self._status = ""
        self._thread = threading.Thread(target=self._work, name="terminal", daemon=True)

    def __enter__(self) -> SessionPrinter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._states.put(None)
        self._thread.join(CLOSING_S)

    def show(self, state: LiveState) -> None:
        """Print what is new in a state; returns at once."""
        self._states.put(state)

    def _work(self) -> None:
        with suppress(OSError, ValueError):  # the terminal was closed
            while (state := self._states.get()) is not None:
                for line in self._new_lines(state):
                    self._print(line)
                self._print_trial(state)
            self._clear()

    def _new_lines(self, state: LiveState) -> Iterator[str]:
        """Yield what has changed since the state before."""
        for step in state.steps[self._steps :]:
            yield f"{max(0.0, step.began_utc_s - self._began_s):5.1f} s  {step.text}"
        self._steps = len(state.steps)
        progress = state.progress
        if progress.block and progress.block != self._block:
            self._block = progress.block
            yield f"block {progress.block}"
        if state.phase in ("paused", "camera-fault") and state.phase != self._phase:
            yield "paused" if state.phase == "paused" else "waiting for the camera"
        elif state.phase == "running" and self._phase in ("paused", "camera-fault"):
            yield "the session continues"
        self._phase = state.phase
        for warning in state.warnings:
            if state.updated_utc_s - self._warned_s.get(warning.code, 0.0) > QUIET_S:
                yield f"warning: {warning.action}"
            self._warned_s[warning.code] = state.updated_utc_s
        for event in state.events:
            if event not in self._events and event.kind in _EVENTS:
                trial = f" trial {event.trial}" if event.trial else ""
                text = f": {event.text}" if event.text else ""
                yield f"{_EVENTS[event.kind]}{trial} ({event.source}){text}"
        if state.events:
            self._events = state.events

    def _print_trial(self, state: LiveState) -> None:
        progress = state.progress
        if state.phase != "running" or not progress.trial_number:
            self._clear()
            return
        text = f"trial {progress.trial_number} of {progress.trials}"
        if progress.seconds_left is not None:
            text += f", {_time_left(progress.seconds_left)} left"
        if self._is_terminal:
            if text != self._status:
                self._clear()
                self._out.write(text)
                self._out.flush()
                self._status = text
        elif progress.trial_number != self._trial:
            self._print(text)
        self._trial = progress.trial_number

    def _print(self, line: str) -> None:
        self._clear()
        self._out.write(f"{line}\n")
        self._out.flush()

    def _clear(self) -> None:
        if self._status:
            self._out.write("\r" + " " * len(self._status) + "\r")
            self._out.flush()
            self._status = ""


def _time_left(seconds: float) -> str:
    return "less than a minute" if seconds < 60 else f"about {round(seconds / 60)} min"

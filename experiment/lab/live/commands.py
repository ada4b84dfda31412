"""Carry out the commands of the experimenter in a running session."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from experiment.protocol.plan import Trial
from experiment.record.errors import RecordError
from experiment.record.journal_lines import ExclusionLine, ExclusionUndoneLine, NoteLine
from experiment.record.live_state.control import (
    ANSWERS,
    COMMANDS,
    LARGEST_COMMAND_BYTES,
    OLDEST_S,
    Answer,
    Command,
    CommandError,
)
from experiment.record.live_state.folder import is_private, make_private_folder, read_private, replace_unsynced
from experiment.record.live_state.values import LiveEvent
from experiment.record.recorder import Recorder
from experiment.record.remarks import Remark, cleaned_text, utc_now
from experiment.session.experimenter import ExperimenterLink, Request

KEPT_ANSWER_S = 60.0
MOST_AT_ONCE = 20
"""Commands that are carried out in one turn; the others wait."""


class CommandDesk:
    """Reads commands from the folder of a session, carries them out, and answers.

    Parameters
    ----------
    folder
        Folder of the session.
    on_event
        Called with everything that was carried out.
    """

    def __init__(self, folder: Path, *, on_event: Callable[[LiveEvent], None]) -> None:
        self._commands, self._answers = folder / COMMANDS, folder / ANSWERS
        self._on_event = on_event
        self._session: tuple[ExperimenterLink, Recorder] | None = None
        for path in (self._commands, self._answers):
            make_private_folder(path)
            for file in path.iterdir():  # of an earlier process
                file.unlink(missing_ok=True)

    def open(self, link: ExperimenterLink, recorder: Recorder) -> None:
        """Carry out commands from now on."""
        self._session = link, recorder

    def close(self) -> None:
        """Refuse commands from now on."""
        self._session = None

    def work(self) -> None:
        """Carry out and answer the commands that have arrived."""
        if next(self._commands.iterdir(), None) is None or not is_private(self._commands):
            return
        files = sorted(self._commands.glob("*.json"), key=_sent_s)
        for file in files[:MOST_AT_ONCE]:
            content = read_private(file, largest_bytes=LARGEST_COMMAND_BYTES)
            file.unlink(missing_ok=True)
            if content is not None:
                self._answer(file.stem, content)
        if files:
            self._remove_old_answers()

    def _answer(self, name: str, content: bytes) -> None:
        try:
            command = Command.from_json(json.loads(content))
            if command.id != name:
                return
        except (ValueError, RecursionError, CommandError):
            return  # no sender of this program waits for its answer
        try:
            trial = self._carry_out(command)
            answer = Answer(command.id, accepted=True, trial=trial)
        except RecordError as error:
            answer = Answer(command.id, accepted=False, message=str(error))
        replace_unsynced(self._answers / f"{command.id}.json", json.dumps(asdict(answer)).encode())

    def _carry_out(self, command: Command) -> str:
        """Do what a command says; return the trial that it is about.

        Raises
        ------
        RecordError
            If that is not possible.
        """
        if abs(time.time() - command.sent_utc_s) > OLDEST_S:
            raise CommandError("the command is too old; send it again if it is still meant")
        if self._session is None:
            raise CommandError("the session has not begun, or ends just now; nothing was changed")
        link, recorder = self._session
        if command.kind in ("pause", "continue", "end"):
            refused = link.request(Request(command.kind, command.source))
            if refused:
                raise CommandError(refused)
            trial = ""
        else:
            line = _remark(command, link.trial)
            recorder.remark(line, running="" if link.trial is None else link.trial.id)
            trial = line.trial
        self._on_event(LiveEvent(command.kind, command.text, trial, command.source, round(time.time(), 3)))
        return trial

    def _remove_old_answers(self) -> None:
        for file in self._answers.glob("*.json"):
            if time.time() - file.lstat().st_mtime > KEPT_ANSWER_S:
                file.unlink(missing_ok=True)


def _sent_s(file: Path) -> float:
    """Return when a command was written; 0 if its sender has taken it back meanwhile."""
    try:
        return file.lstat().st_mtime
    except OSError:
        return 0.0


def _remark(command: Command, present: Trial | None) -> Remark:
    """Return the journal line of a note or an exclusion.

    Raises
    ------
    RecordError
        If the text is empty, or no trial has begun.
    """
    origin = {"source": command.source, "utc": utc_now()}
    if command.kind == "note":
        return NoteLine(cleaned_text(command.text, what="note"), command.trial, **origin)
    trial = command.trial
    if command.scope == "trial" and not trial:
        if present is None:
            raise CommandError("no trial has begun yet; exclude it when it runs, or name the session")
        trial = present.id
    if command.kind == "exclude":
        return ExclusionLine(cleaned_text(command.text, what="reason"), command.scope, trial, **origin)
    reason = cleaned_text(command.text, what="reason") if command.text.strip() else ""
    return ExclusionUndoneLine(reason, command.scope, trial, **origin)

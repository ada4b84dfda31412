"""Commands to a running session: one file each, and one answer each.

The sender writes ``commands/ID.json`` and waits for ``answers/ID.json``. The session checks the owner of the file, its
size and every value, carries the command out, records it in the journal, and answers. A refused command changes
nothing.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from experiment.record.errors import RecordError
from experiment.record.journal_lines import ExclusionScope
from experiment.record.live_state.folder import make_private_folder, read_private, replace_unsynced
from experiment.record.live_state.reading import seen_session
from experiment.record.remarks import LONGEST_TEXT

CommandKind = Literal["note", "exclude", "include", "pause", "continue", "end"]
"""``include`` takes an exclusion back. ``pause`` does the same as the pause key, ``end`` the same as ending at the
pause screen: the session can be resumed."""
Source = Literal["console", "terminal"]
COMMANDS = "commands"
ANSWERS = "answers"
LARGEST_COMMAND_BYTES = 16384
OLDEST_S = 60.0
"""A command that is older is refused: the experimenter no longer expects it to happen."""
ANSWER_POLL_S = 0.05
_ID = re.compile(r"[0-9a-f]{32}")
_TRIAL = re.compile(r"[^\x00-\x1f\x7f]{0,200}")


class CommandError(RecordError):
    """A command is malformed, or the session has refused it."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command to a running session."""

    kind: CommandKind
    source: Source
    id: str
    sent_utc_s: float
    text: str = ""
    """The note, or the reason of an exclusion."""
    trial: str = ""
    """Id of the trial of a note or an exclusion. Empty: a note has none, an exclusion of a trial means the trial that
    runs or ran last."""
    scope: ExclusionScope = "trial"
    """What is excluded or included; of other commands it has no meaning."""

    def to_json(self) -> dict[str, Any]:
        """Return the command as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Command:
        """Build a command from JSON values.

        Raises
        ------
        CommandError
            If a value is missing, unknown, or not allowed.
        """
        names = {one.name for one in fields(cls)}
        if (
            not isinstance(data, Mapping)
            or not set(data) <= names
            or not {"kind", "source", "id", "sent_utc_s"} <= set(data)
        ):
            raise CommandError("a command needs kind, source, id and sent_utc_s, and may have text, trial and scope")
        if not isinstance(data["sent_utc_s"], (int, float)) or isinstance(data["sent_utc_s"], bool):
            raise CommandError("the time of a command must be a number")
        if not all(isinstance(value, str) for key, value in data.items() if key != "sent_utc_s"):
            raise CommandError("kind, source, id, text, trial and scope of a command must be texts")
        command = cls(**data)
        command.check()
        return command

    def check(self) -> None:
        """Check the values.

        Raises
        ------
        CommandError
            If one is not allowed.
        """
        if self.kind not in get_args(CommandKind):
            raise CommandError(
                f"there is no command {self.kind!r}; the commands are: {', '.join(get_args(CommandKind))}"
            )
        if self.source not in get_args(Source):
            raise CommandError(f"a command comes from {' or '.join(get_args(Source))}, not from {self.source!r}")
        if not _ID.fullmatch(self.id):
            raise CommandError("the id of a command must have 32 hexadecimal digits")
        if len(self.text) > LONGEST_TEXT:
            raise CommandError(f"the text has {len(self.text)} characters; write at most {LONGEST_TEXT}")
        if not all(sign.isprintable() or sign in "\n\t" for sign in self.text):
            raise CommandError("the text has control characters; write plain text")
        if self.kind in ("note", "exclude") and not self.text.strip():
            raise CommandError("a note needs a text" if self.kind == "note" else "an exclusion needs a reason")
        if self.scope not in get_args(ExclusionScope):
            raise CommandError(f"what is excluded is {' or '.join(get_args(ExclusionScope))}, not {self.scope!r}")
        if self.trial and self.scope != "trial":
            raise CommandError(f"a trial is named, but the whole {self.scope} is meant; leave out one of them")
        if not _TRIAL.fullmatch(self.trial):
            raise CommandError("the trial of a command must be its id in the protocol's plan")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a session did with a command."""

    id: str
    accepted: bool
    """Whether the command was carried out; a note or an exclusion is then in the journal on the disk."""
    message: str = ""
    """Why it was refused."""
    trial: str = ""
    """The trial of an exclusion."""


def new_command(
    kind: CommandKind, *, source: Source, text: str = "", trial: str = "", scope: ExclusionScope = "trial"
) -> Command:
    """Return a command with a new id and the present time.

    Parameters
    ----------
    kind
        What the session must do.
    source
        Who sends it.
    text
        The note, or the reason of an exclusion.
    trial
        Id of the trial; empty as in `Command.trial`.
    scope
        What is excluded.

    Raises
    ------
    CommandError
        If a value is not allowed.
    """
    command = Command(kind, source, uuid.uuid4().hex, time.time(), text, trial, scope)
    command.check()
    return command


def send(folder: Path, command: Command) -> None:
    """Hand a command to the session; `answer_of` has its answer.

    Parameters
    ----------
    folder
        `reading.SeenSession.folder`.
    command
        From `new_command`.

    Raises
    ------
    CommandError
        If it cannot be written.
    """
    try:
        make_private_folder(folder / COMMANDS)
        replace_unsynced(folder / COMMANDS / f"{command.id}.json", json.dumps(command.to_json()).encode())
    except OSError as error:
        raise CommandError(f"the session cannot be reached through {folder}: {error.strerror}") from error


def answer_of(folder: Path, command: Command) -> Answer | None:
    """Return the answer to a command; None before there is one.

    Parameters
    ----------
    folder
        `reading.SeenSession.folder`.
    command
        The command that was sent.
    """
    content = read_private(folder / ANSWERS / f"{command.id}.json")
    if content is None:
        return None
    try:
        data = json.loads(content)
        return Answer(str(data["id"]), bool(data["accepted"]), str(data["message"]), str(data["trial"]))
    except (ValueError, KeyError, TypeError):
        return None


def send_and_wait(
    dataset: Path,
    participant: str,
    session: str | None,
    command: Command,
    *,
    patience_s: float = 5.0,
) -> Answer:
    """Hand a command to the running session of a participant, and wait for its answer.

    Parameters
    ----------
    dataset
        Folder of the data set.
    participant
        Label of the participant.
    session
        Label of the session; None without one.
    command
        From `new_command`.
    patience_s
        How long to wait.

    Raises
    ------
    CommandError
        If the session does not run, refuses the command, or does not answer.
    """
    seen = seen_session(dataset, participant, session)
    if seen is None or not seen.is_running:
        raise CommandError("the session does not run on this computer, or was started by another user")
    send(seen.folder, command)
    give_up_s = time.monotonic() + patience_s
    while (answer := answer_of(seen.folder, command)) is None:
        if time.monotonic() > give_up_s:
            (seen.folder / COMMANDS / f"{command.id}.json").unlink(missing_ok=True)
            raise CommandError("the session did not answer; look at its screen, then try again")
        time.sleep(ANSWER_POLL_S)
    if not answer.accepted:
        raise CommandError(answer.message)
    return answer

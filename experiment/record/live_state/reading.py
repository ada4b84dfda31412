"""Find the sessions that run, or ran, on this computer."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from experiment.record.live_state.folder import STATE, is_private, read_private, session_folder, sessions_folder
from experiment.record.live_state.pictures import remove_pictures
from experiment.record.live_state.values import LiveState, Phase

KEPT_S = 24 * 3600.0
"""How long the state of a session that has ended, or was killed, is kept."""


@dataclass(frozen=True, slots=True)
class SeenSession:
    """A published session, as a reader finds it."""

    folder: Path
    state: LiveState
    is_alive: bool
    """Whether its process runs."""

    @property
    def phase(self) -> Phase | Literal["interrupted"]:
        """The phase; ``interrupted`` if the process was killed during the session."""
        return self.state.phase if self.is_alive or self.state.phase == "ended" else "interrupted"

    @property
    def is_running(self) -> bool:
        """Whether the session runs now: it starts, runs, or is paused."""
        return self.is_alive and self.state.phase != "ended"


def seen_sessions(dataset: Path | None = None) -> list[SeenSession]:
    """Return all published sessions of this user, also those that ended lately.

    Pictures of killed sessions and old states are deleted.

    Parameters
    ----------
    dataset : Path, optional
        Only sessions of this data set; default: of all data sets.
    """
    wanted = None if dataset is None else str(dataset.resolve())
    found = [one for folder in _folders() if (one := _read(folder)) is not None]
    return sorted((one for one in found if wanted in (None, one.state.dataset)), key=lambda one: one.state.began_utc_s)


def running_sessions(dataset: Path | None = None) -> list[SeenSession]:
    """Return the sessions of this user that run now.

    Parameters
    ----------
    dataset : Path, optional
        Only sessions of this data set; default: of all data sets.
    """
    return [one for one in seen_sessions(dataset) if one.is_running]


def seen_session(dataset: Path, participant: str, session: str | None) -> SeenSession | None:
    """Return one published session; None if it is not published.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    participant : str
        Label of the participant.
    session : str or None
        Label of the session; None without one.
    """
    return _read(session_folder(dataset, participant, session))


def forget_published(dataset: Path, participant: str) -> None:
    """Delete what sessions of a participant have published.

    Parameters
    ----------
    dataset : Path
        Folder of the data set.
    participant : str
        Label of the participant.
    """
    for seen in seen_sessions(dataset):
        if seen.state.participant == participant and not seen.is_running:
            shutil.rmtree(seen.folder, ignore_errors=True)


def is_process(pid: int, began_utc_s: float) -> bool:
    """Return whether a process still runs.

    One that was killed and whose parent has not noticed yet does not.

    Parameters
    ----------
    pid : int
        Its number.
    began_utc_s : float
        When it began, as `psutil.Process.create_time`.
    """
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - began_utc_s) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _folders() -> Iterator[Path]:
    top = sessions_folder()
    if not top.is_dir() or not (is_private(top.parent) and is_private(top)):
        return
    yield from sorted(path for path in top.iterdir() if path.is_dir() and is_private(path))


def _read(folder: Path) -> SeenSession | None:
    content = read_private(folder / STATE)
    if content is None:
        return None
    try:
        state = LiveState.from_json(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    seen = SeenSession(folder, state, is_process(state.pid, state.pid_began_utc_s))
    if not seen.is_running:
        remove_pictures(folder)
        if time.time() - state.updated_utc_s > KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)
            return None
    return seen

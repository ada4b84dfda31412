"""Start a session as a process; one at a time on a computer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from analysis.paths import runtime_folder
from experiment.console.processes.jobs import FOLDER, Job, Jobs
from experiment.errors import SessionError
from experiment.file_lock import try_lock
from experiment.record.files import PRIVATE_FILE
from experiment.record.layout import SessionPlace
from experiment.record.live_state.folder import make_runtime_folder
from experiment.record.live_state.reading import running_sessions

LOCK = "session.lock"
_PREFIX = "session-"


def start_session(jobs: Jobs, place: SessionPlace, command: Sequence[str]) -> Job:
    """Start ``run`` or ``resume`` as a process.

    The process holds a lock until it ends, so that two consoles cannot start two sessions at the same moment. The
    operating system releases the lock, also after a crash.

    Parameters
    ----------
    jobs
        The processes of this console.
    place
        The session.
    command
        From `programs.laboratory_command`.

    Raises
    ------
    SessionError
        If a session runs on this computer, or this console runs something that would disturb it.
    """
    if running := running_sessions():
        state = running[0].state
        session = f", session {state.session}" if state.session else ""
        raise SessionError(f"a session runs on this computer: participant {state.participant}{session}; end it first")
    if any(job.is_running and not job.key.startswith(_PREFIX) for job in jobs.all()):
        raise SessionError(
            "this console runs the machine check or makes results, which would disturb the session; "
            "wait until that has ended, or stop it (results: on the page Review)"
        )
    handle = os.open(
        make_runtime_folder(FOLDER) / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE
    )
    try:
        if not try_lock(handle):
            raise SessionError("another session starts on this computer; wait until it has started or ended")
        return jobs.start(session_key(place), command, pass_handles=(handle,))
    finally:
        os.close(handle)


def is_session_here() -> bool:
    """Return whether a session of this user runs here, or is about to."""
    if running_sessions():
        return True
    try:
        handle = os.open(runtime_folder(FOLDER) / LOCK, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except OSError:  # no console has started a session yet
        return False
    try:
        return not try_lock(handle)
    finally:
        os.close(handle)


def session_key(place: SessionPlace) -> str:
    """Return the key of the process of a session."""
    text = f"{place.dataset}\n{place.label}"
    return _PREFIX + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

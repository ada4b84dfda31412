"""Small pictures of a session: requested by a reader, written only meanwhile.

A reader calls `request_pictures` at least once a second. The session publishes pictures for `WANTED_S` after each call.
The participant's screen is published as a description, and the reader draws it (`experiment.screens.published_screen`).
The camera is published as a JPEG.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from experiment.record.files import PRIVATE_FILE
from experiment.record.live_state.folder import read_private

WATCHED = "watched"
SCREEN = "screen.json"
CAMERA = "camera.jpg"
WANTED_S = 2.0
"""How long pictures are published after a request."""


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """The content of the file of a published picture."""

    content: bytes
    """JSON of the screen, or a JPEG of at most 320 pixels width."""
    written_utc_s: float


def request_pictures(folder: Path) -> None:
    """Ask a session for pictures during the next `WANTED_S`.

    Call again while they are looked at.

    Parameters
    ----------
    folder : Path
        `reading.SeenSession.folder`.
    """
    try:
        handle = os.open(folder / WATCHED, os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    except OSError:  # the session has ended meanwhile
        return
    try:
        os.utime(folder / WATCHED)
    finally:
        os.close(handle)


def pictures_are_wanted(folder: Path) -> bool:
    """Return whether a reader has asked for pictures lately."""
    try:
        return abs(time.time() - (folder / WATCHED).lstat().st_mtime) < WANTED_S
    except OSError:
        return False


def camera_picture(folder: Path) -> SmallPicture | None:
    """Return the newest small camera picture; None if none is published now."""
    return _read(folder / CAMERA)


def screen_description(folder: Path) -> SmallPicture | None:
    """Return the newest description of the participant's screen.

    None if none is published now. `experiment.screens.published_screen.draw_published` draws it.
    """
    return _read(folder / SCREEN)


def remove_pictures(folder: Path) -> None:
    """Delete the pictures of a session."""
    for name in (SCREEN, CAMERA, f".{SCREEN}.partial", f".{CAMERA}.partial"):
        (folder / name).unlink(missing_ok=True)


def _read(file: Path) -> SmallPicture | None:
    content = read_private(file)
    if content is None:
        return None
    try:
        return SmallPicture(content, file.lstat().st_mtime)
    except OSError:
        return None

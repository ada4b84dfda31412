"""The pictures of one trial: kept frames, or frames of the film.

Nothing of them is written to the disk.

Encrypted pictures are decrypted in memory if the private key was named (`experiment.record.encryption`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from experiment.ports.camera import Image
from experiment.record.encryption import has_private_key, is_encrypted, read_decrypted
from experiment.record.errors import RecordError
from experiment.record.files import record_errors
from experiment.record.film.reading import FilmPart, FilmRow, frames_at, read_table, table_paths
from experiment.record.history import History, RecordedTrial
from experiment.record.sessions import withheld_problem

NO_RECORDING = "no-recording"
"""The session has neither camera frames nor a film."""
ENCRYPTED = "encrypted"
"""The pictures are encrypted, and no private key was named."""
MOST_FILM_PICTURES = 40
"""Frames of a film that stand for a trial, evenly spaced."""
_MARGIN_S = 0.2
"""Frames so much before the fixation and after the offset belong to a trial."""
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 85)


@dataclass(frozen=True, slots=True)
class TrialPicture:
    """One picture of a trial."""

    file: Path
    """The frame, or the video."""
    role: str
    """``before``, ``key``, ``after`` or ``film``."""
    captured_s: float
    """On the clock of the session, which starts again with `resume`."""
    table: Path | None = None
    """Table of the film, for a frame of it."""
    index: int | None = None
    """Index of the film's row."""


def pictures_of(history: History, trial: RecordedTrial) -> tuple[TrialPicture, ...]:
    """Return the pictures of a trial in the order of time.

    These are frames of the film where no frame was kept. There are none if the participant has not allowed their use.

    Parameters
    ----------
    history : History
        The session.
    trial : RecordedTrial
        One of its trials.
    """
    if withheld_problem(history):
        return ()
    if trial.frames:
        frames = sorted(trial.frames, key=lambda frame: frame.captured_s)
        dataset = history.place.dataset
        return tuple(TrialPicture(dataset / one.file, one.role, one.captured_s) for one in frames)
    return film_pictures_of(history, trial)


def film_pictures_of(history: History, trial: RecordedTrial) -> tuple[TrialPicture, ...]:
    """Return evenly spaced frames of a trial from the film of the participant.

    Empty if there are none, or if the participant has not allowed their use.

    Parameters
    ----------
    history : History
        The session.
    trial : RecordedTrial
        One of its trials.
    """
    if withheld_problem(history):
        return ()
    folder = history.place.film
    for table in table_paths(folder):
        rows = _rows_of(_known_table(table, table.stat().st_mtime_ns), history, trial)
        if rows:
            positions = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_FILM_PICTURES)).round().astype(int))
            chosen = [rows[position] for position in positions]
            return tuple(TrialPicture(folder / row.file, "film", row.time_s or 0.0, table, row.index) for row in chosen)
    return ()


def pictures_sha256(history: History, trial: RecordedTrial) -> tuple[str, ...]:
    """Return the recorded SHA-256 of each file with pictures of a trial.

    Parameters
    ----------
    history : History
        The session.
    trial : RecordedTrial
        One of its trials.
    """
    known = {history.place.dataset / frame.file: frame.sha256 for frame in trial.frames}
    known |= {history.place.dataset / one.file: one.sha256 for part in history.film for one in part.files}
    found = (known.get(picture.file) for picture in pictures_of(history, trial))
    return tuple(dict.fromkeys(sha256 for sha256 in found if sha256 is not None))


def why_closed(history: History) -> str:
    """Return the word for why no picture of a session can be shown.

    It is a key of `experiment.record.session_record.NO_FRAME_MESSAGES`, `NO_RECORDING`, `ENCRYPTED`, or empty.
    """
    problem = withheld_problem(history)
    if problem:
        return problem
    files = [history.place.dataset / frame.file for frame in history.frames()]
    files += [history.place.dataset / one.file for part in history.film for one in part.files]
    if not files:
        return NO_RECORDING
    if any(map(is_encrypted, files)) and not has_private_key():
        return ENCRYPTED
    return ""


def read_picture(picture: TrialPicture, *, widest_px: int) -> bytes:
    """Return a picture as JPEG, without anything else of its file.

    Parameters
    ----------
    picture : TrialPicture
        The picture.
    widest_px : int
        A wider picture is reduced to this width.

    Raises
    ------
    RecordError
        If it is missing, damaged, or encrypted for another key.
    """
    with record_errors("read", picture.file):
        image = _film_frame(picture) if picture.table is not None else _frame(picture.file)
    height, width = image.shape[:2]
    if width > widest_px:
        size = (widest_px, max(1, round(height * widest_px / width)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    done, content = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _JPEG)
    if not done:
        raise RecordError(f"{picture.file} cannot be shown; restore the file from a copy")
    return content.tobytes()


def _frame(file: Path) -> Image:
    content = np.frombuffer(read_decrypted(file), np.uint8)
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if image is None:
        raise RecordError(f"{file} is not a picture; restore the file from a copy")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _film_frame(picture: TrialPicture) -> Image:
    assert picture.table is not None
    part = _known_table(picture.table, picture.table.stat().st_mtime_ns)
    rows = [row for row in part.rows if row.index == picture.index]
    for _, image in frames_at(part, rows):
        return image
    raise RecordError(f"{picture.file} does not have frame {picture.index}; restore the file from a copy")


@lru_cache(maxsize=4)
def _known_table(table: Path, _changed_ns: int) -> FilmPart:
    return read_table(table)


def _rows_of(part: FilmPart, history: History, trial: RecordedTrial) -> list[FilmRow]:
    """Return the frames of an attempt at a trial.

    Earlier attempts have the same name and another time.
    """
    earlier = [one for one in history.segments if one.clock_s + one.shift_s <= trial.onset_s]
    shift_s = earlier[-1].shift_s if earlier else 0.0
    begins_s = (trial.onset_s if trial.fixation_s is None else trial.fixation_s) - shift_s - _MARGIN_S
    ends_s = trial.offset_s - shift_s + _MARGIN_S
    return [
        row
        for row in part.rows
        if row.trial_id == trial.id and not row.is_lost and begins_s <= (row.time_s or 0.0) <= ends_s
    ]

"""The process that encodes the film."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

import psutil

from experiment.ports.camera import Image
from experiment.record.encryption import PublicKey
from experiment.record.errors import RecordError
from experiment.record.film.completion import settle
from experiment.record.film.frame_queue import FrameNote, FrameQueue
from experiment.record.film.part import Finished, Part

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class EncoderTask:
    """What the process needs to begin."""

    folder: Path
    inside: Path
    """The data set, which must exist."""
    first_part: int
    rate_hz: float
    key: PublicKey | None = None
    niceness: int = 0
    """Niceness of the process: 0 for the priority of the session, a higher number for a lower one."""


def run_encoder(task: EncoderTask, queue: FrameQueue, ending: Event, messages: Connection) -> None:
    """Encode frames until the session ends, or its process is gone.

    Sends ``("ready", None)``, ``("failed", message)`` or at the end ``("finished", parts)``.

    Parameters
    ----------
    task
        Where to write.
    queue
        Brings the frames.
    ending
        Set when no more frames come.
    messages
        To the session.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # sent to the whole group; the session says when the film ends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    _set_priority(task.niceness)
    _send(messages, "ready", None)
    writer = _Writer(task)
    parent = multiprocessing.parent_process()
    try:
        while True:
            is_last = ending.is_set() or (parent is not None and not parent.is_alive())
            entry = queue.take(0.0 if is_last else _POLL_S)
            if entry is not None:
                note, image = entry
                writer.add(note, image)
                if image is not None:
                    queue.release()
            elif is_last:
                break
        _send(messages, "finished", writer.close())
    except Exception as error:
        is_expected = isinstance(error, RecordError)
        message = str(error) if is_expected else f"the film stopped by a fault of the program: {error!r}"
        _send(messages, "failed", message)
        writer.abandon()
        sys.exit(1)


class _Writer:
    """Writes parts; a new one begins when the camera changes the size of its pictures."""

    def __init__(self, task: EncoderTask) -> None:
        self._task = task
        self._part: Part | None = None
        self._number = task.first_part - 1
        self._finished: list[Finished] = []

    def add(self, note: FrameNote, image: Image | None) -> None:
        if self._part is not None and image is not None and not self._part.fits((image.shape[1], image.shape[0])):
            self._finished.append(self._part.close())
            self._part = None
        if self._part is None:
            self._number += 1
            task = self._task
            self._part = Part(task.folder, self._number, rate_hz=task.rate_hz, inside=task.inside, key=task.key)
        if image is None:
            self._part.lose(note)
        else:
            self._part.add(note, image)

    def close(self) -> tuple[Finished, ...]:
        if self._part is not None:
            part, self._part = self._part, None
            self._finished.append(part.close())
        return settle(self._task.folder, self._task.first_part, self._finished)

    def abandon(self) -> None:
        if self._part is not None:
            with suppress(OSError):
                self._part.abandon()


def _set_priority(niceness: int) -> None:
    with suppress(psutil.Error, OSError):
        if niceness:
            psutil.Process().nice(getattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS", niceness))


def _send(messages: Connection, kind: str, value: object) -> None:
    with suppress(OSError):  # the session is gone
        messages.send((kind, value))

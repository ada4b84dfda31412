"""Film the participant: every camera frame of some trials or of the session.

::

    camera's thread ── offer ──► FrameQueue ──► encoding process ──► part-01.mp4, part-01_frames.tsv
    drawing thread ── film_trial, check ──►     (shared memory)

Neither thread waits for the encoder. A frame that finds the queue full is a row of the table with its reason. The
camera's thread first adds every frame to a list on the disk (`received`), so that an interruption loses no row.
"""

from __future__ import annotations

import atexit
import multiprocessing
import re
import time
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.record.encryption import PublicKey
from experiment.record.errors import RecordError
from experiment.record.film.encoder import EncoderTask, run_encoder
from experiment.record.film.frame_queue import FrameNote, FrameQueue, gap_note, note_of
from experiment.record.film.part import Finished
from experiment.record.film.received import ReceivedFrames

QUEUE_S = 2.0
"""Frames of this time may wait for the encoder."""
MARGIN_S = 0.1
"""Filmed before the fixation and after the blank, so that a frame lies on each side of them."""
_START_PATIENCE_S = 180.0
_END_PATIENCE_S = 120.0
"""Time to encode what waits, and to hash an hour of film on a slow disk."""
_MOST_GAP = 10_000
"""More frames than this between two are another numbering, not frames that the camera lost."""


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """What a film needs to know."""

    folder: Path
    dataset: Path
    first_part: int
    rate_hz: float
    size_px: tuple[int, int]
    """Of the largest picture."""
    whole_session: bool = False
    """Whether to film between the trials too."""
    key: PublicKey | None = None
    niceness: int = 0
    """Niceness of the encoding process: 0 for the priority of the session, a higher number for a lower one."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is filmed from a time on."""

    time_s: float
    is_on: bool
    trial: str = ""


class Film:
    """Films a session; the encoding process is ready when it is made.

    Parameters
    ----------
    settings : FilmSettings
        Where to write, and what comes.
    clock : Clock
        Clock of the session.

    Raises
    ------
    RecordError
        If the process does not start.
    """

    def __init__(self, settings: FilmSettings, *, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        context = multiprocessing.get_context("spawn")
        width, height = settings.size_px
        self._queue = FrameQueue(context, slot_bytes=3 * width * height, slots=round(QUEUE_S * settings.rate_hz) + 2)
        self._ending = context.Event()
        self._messages, theirs = context.Pipe(duplex=False)
        task = EncoderTask(
            settings.folder,
            settings.dataset,
            settings.first_part,
            settings.rate_hz,
            settings.key,
            settings.niceness,
        )
        self._process: Any = context.Process(
            target=run_encoder, args=(task, self._queue, self._ending, theirs), name="film"
        )
        self._failure: str | None = None
        self._heard: set[str] = set()
        """Kinds of messages that the process has sent."""
        self._parts: tuple[Finished, ...] | None = None
        self._closed = False
        # Camera thread only.
        self._previous: CameraFrame | None = None
        self._filmed: CameraFrame | None = None
        self._held: deque[tuple[CameraFrame, float | None]] = deque(maxlen=round(2 * MARGIN_S * settings.rate_hz) + 1)
        # Replaced as a whole by the drawing thread, read by the camera's.
        self._marks: tuple[_Mark, ...] = (_Mark(float("-inf"), settings.whole_session),)
        self._process.start()
        self._received = ReceivedFrames(
            settings.folder, settings.first_part, inside=settings.dataset, encoder=self._process.pid or 0
        )
        atexit.register(self._ending.set)  # a process that waits for the encoder at its exit must not wait for ever
        theirs.close()
        self._await("ready", _START_PATIENCE_S)

    # -- the camera's thread

    def offer(self, frame: CameraFrame) -> None:
        """Take a frame, if it belongs to the film."""
        half_s = None if self._previous is None else abs(frame.captured_s - self._previous.captured_s) / 2
        self._previous = frame
        marks = self._marks
        position = bisect_right(marks, frame.captured_s, key=_time)
        mark = marks[max(0, position - 1)]
        if not mark.is_on:
            self._filmed = None
            self._held.append((frame, half_s))
            return
        while self._held:
            held, held_half_s = self._held.popleft()
            if held.captured_s >= mark.time_s - MARGIN_S:
                self._put(held, held_half_s, mark.trial)
        self._put(frame, half_s, mark.trial)

    def _put(self, frame: CameraFrame, half_s: float | None, trial: str) -> None:
        gap: list[FrameNote] = []
        if self._filmed is not None and 1 < frame.index - self._filmed.index <= _MOST_GAP:
            gap = [gap_note(index, trial) for index in range(self._filmed.index + 1, frame.index)]
        note = note_of(frame, half_interval_s=half_s, trial=trial)
        try:
            self._received.add([*gap, note])
        except RecordError as error:
            self._failure = self._failure or str(error)
        self._filmed = frame
        for lost in gap:
            self._queue.put(lost, None)
        self._queue.put(note, frame.image)

    # -- the drawing thread

    def film_trial(self, trial_id: str | None) -> None:
        """Film from now on for a trial; None ends the film of a trial a little later.

        With the whole session filmed, None begins the time between trials.
        """
        now_s = self._clock.now()
        if trial_id is not None:
            mark = _Mark(now_s, is_on=True, trial=trial_id)
        elif self._settings.whole_session:
            mark = _Mark(now_s, is_on=True)
        else:
            mark = _Mark(now_s + MARGIN_S, is_on=False)
        # Frames arrive some time after they were captured: they are judged by the mark of their own time.
        earlier = [one for one in self._marks if one.time_s < now_s]
        self._marks = (*earlier[-4:], mark)

    def check(self) -> None:
        """Raise what went wrong with the film.

        Raises
        ------
        RecordError
            If the disk failed or the process ended.
        """
        self._receive()
        if self._failure is None and self._parts is None and not self._process.is_alive():
            self._receive()
            self._failure = self._failure or (
                f"the process that writes the film ended (exit status {self._process.exitcode}); "
                "the film up to now is kept"
            )
        if self._failure is not None:
            raise RecordError(self._failure)

    def close(self) -> tuple[Finished, ...]:
        """Write what waits, end the process and return the parts.

        A second call returns the same.

        Raises
        ------
        RecordError
            If the film could not be completed.
        """
        if not self._closed:
            self._closed = True
            self._received.close()  # Windows cannot delete an open file, and the encoding process deletes this one
            self._ending.set()
            atexit.unregister(self._ending.set)
            try:
                self._await("finished", _END_PATIENCE_S)
            finally:
                self._process.join(timeout=5.0)
                if self._process.is_alive():
                    self._process.kill()
        return self._parts or ()

    @property
    def waiting(self) -> int:
        """Number of frames that wait for the encoder."""
        return self._queue.waiting

    @property
    def process_id(self) -> int | None:
        """Of the encoding process."""
        pid: int | None = self._process.pid
        return pid

    def _await(self, kind: str, patience_s: float) -> None:
        """Wait for a message, in real time."""
        give_up_s = time.monotonic() + patience_s
        while time.monotonic() < give_up_s:
            self._receive(timeout_s=0.05)
            self.check()  # reads messages too
            if kind in self._heard:
                return
        self._process.kill()
        raise RecordError(f"the process that writes the film does not answer within {patience_s:.0f} s")

    def _receive(self, timeout_s: float = 0.0) -> None:
        """Read the messages of the process."""
        try:
            while self._messages.poll(timeout_s):
                kind, value = self._messages.recv()
                self._heard.add(kind)
                if kind == "failed":
                    self._failure = str(value)
                elif kind == "finished":
                    self._parts = value
                timeout_s = 0.0
        except (EOFError, OSError):
            pass


def _time(mark: _Mark) -> float:
    return mark.time_s


def next_part(folder: Path) -> int:
    """Return the number of the part after those in a folder."""
    names = [re.match(r"part-(\d+)", path.name) for path in folder.glob("part-*")]
    return max((int(name[1]) for name in names if name), default=0) + 1

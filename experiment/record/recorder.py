"""Records one session: what is handed over is on the disk soon after, in order, whatever happens then.

The session calls from its drawing loop and never waits for the disk: a thread of its own encodes pictures, appends to
the journal, fsyncs, and keeps the tables up to date. `Recorder.flush` is the barrier at the end of a trial. If writing
fails, the next call says so; what was written before stays.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from experiment.ports.camera import CameraFrame, FrameTime
from experiment.ports.clock import Clock
from experiment.record import bids, provenance
from experiment.record.errors import RecordError
from experiment.record.files import make_folder, record_errors
from experiment.record.frames import NamedFrame, named_frames, remove_partial, store_frames
from experiment.record.history import CAMERA_TIMES, FORMAT, History, read_history
from experiment.record.journal import JournalWriter
from experiment.record.layout import SessionPlace, check_label, file_name
from experiment.record.lock import SessionLock
from experiment.record.stimuli import check_stimuli, store_stimuli
from experiment.record.values import PendingCapture, SessionHeader, TrialResult

_LONGEST_QUEUE = 256
"""Lines that may wait for the disk; a session that is so far ahead waits instead."""
_MOST_CAPTURES = 3
"""Key presses whose frames may wait for the disk: 21 pictures of 1280x720 take 58 MB. The next one waits."""


class Recorder:
    """Writes one session; made by `start` or `resume`. Every method may be called from the drawing loop.

    Attributes
    ----------
    place : SessionPlace
        Where the session lies.
    finished : tuple of str
        Steps that were done before `resume`; empty after `start`.
    """

    def __init__(self, place: SessionPlace, lock: SessionLock, history: History, *, clock: Clock) -> None:
        self.place = place
        self.finished = tuple(history.finished)
        self._clock = clock
        self._lock = lock
        self._history = history
        self._journal = JournalWriter(place.journal, next_line=history.lines)
        self._jobs: queue.Queue[Callable[[], None] | threading.Event | None] = queue.Queue(_LONGEST_QUEUE)
        self._captures = threading.Semaphore(_MOST_CAPTURES)
        self._failure: RecordError | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, args=(not _is_real_time(),), name="recorder", daemon=True)
        self._thread.start()

    # -- opening

    @classmethod
    def start(cls, dataset: Path, header: SessionHeader, *, clock: Clock) -> Recorder:
        """Begin a session that does not exist yet.

        Raises
        ------
        RecordError
            If this participant was recorded already under this session label, somebody is recording it right now, or
            the folder cannot be written.
        """
        place = session_place(dataset, header.participant, header.session)
        _refuse_lookalike(place)
        with record_errors("write", dataset, new=not dataset.exists()):
            make_folder(dataset)
        if place.begun:
            raise _exists(place)
        lock = SessionLock(place.lock, inside=place.dataset)
        try:
            if place.begun:
                raise _exists(place)
            with record_errors("write", place.frames):
                make_folder(place.frames, inside=place.dataset)
            bids.describe_dataset(place.dataset, title=header.title)
            stimuli = store_stimuli(header.stimuli, place.dataset)
            data = {
                "format": FORMAT,
                "participant": place.participant,
                "session": place.session,
                "task": header.task,
                "title": header.title,
                "seed": header.seed,
                "language": header.language,
                "pilot": header.pilot,
                "groups": header.groups,
                "options": header.options,
                "steps": header.steps,
                "stimuli": [asdict(stimulus) for stimulus in stimuli],
                "protocol": {
                    "file": header.protocol_file.absolute().as_posix(),
                    "text": header.protocol_text,
                    "sha256": header.protocol_sha256,
                    "base_texts": header.base_texts,
                },
                **_circumstances(header.display, header.camera, clock),
            }
            recorder = cls(place, lock, History(place), clock=clock)
        except BaseException:
            lock.release()
            raise
        recorder._open("session-start", data)
        return recorder

    @classmethod
    def resume(
        cls,
        dataset: Path,
        participant: str,
        session: str | None,
        *,
        steps: Sequence[str],
        protocol_sha256: str,
        clock: Clock,
        display: Mapping[str, Any] | None = None,
        camera: Mapping[str, Any] | None = None,
    ) -> Recorder:
        """Go on with a session that was interrupted.

        Parameters
        ----------
        steps, protocol_sha256
            Of the plan that is about to be followed: they must be those the session began with.

        Raises
        ------
        RecordError
            If there is no such session, it is complete, being recorded, or would go on differently than it began:
            another protocol, another order, other target pictures.
        """
        place = session_place(dataset, participant, session)
        history = unfinished(place)
        require_same_plan(history, steps=steps, protocol_sha256=protocol_sha256)
        check_stimuli(history.stimuli, place.dataset)
        lock = SessionLock(place.lock, inside=place.dataset)
        try:
            history = read_history(place)
            recorder = cls(place, lock, history, clock=clock)
        except BaseException:
            lock.release()
            raise
        data = {
            **_circumstances(display or {}, camera or {}, clock),
            "torn_lines": [asdict(torn) for torn in history.torn],
            "removed_partial_captures": remove_partial(place.frames),
            "left_open_by": asdict(lock.broken) if lock.broken else None,
        }
        recorder._open("session-resume", data)
        return recorder

    # -- what happened

    def trial(self, result: TrialResult, capture: PendingCapture | None = None) -> None:
        """A trial is over. Its line is written when the frames of its key press are on the disk."""
        time_s = self._clock.now()
        self._submit_frames(lambda: self._write_trial(result, capture, time_s))

    def calibration(self, step: str, *, block: str, frames: Sequence[CameraFrame]) -> None:
        """Frames of the participant's neutral face; the step is done."""
        time_s, kept = self._clock.now(), tuple(frames)
        self._submit_frames(lambda: self._write_calibration(step, block, kept, time_s))

    def answers(
        self,
        step: str,
        answers: Mapping[str, str | int | bool],
        *,
        demographic: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """A form was filled in or consent was given; the step is done.

        Answers named in ``demographic`` go to ``participants.tsv``, the others stay with the responses. Consent is
        recorded with one answer a clause.
        """
        data = {
            "step": step,
            "answers": {question: _word(answer) for question, answer in answers.items()},
            "demographic": list(demographic),
            "labels": dict(labels or {}),
        }
        self.event("answers", data)

    def step(self, step: str, **details: Any) -> None:
        """A page or a break is over; it is not shown again after `resume`."""
        self.event("step", {"step": step, **details})

    def event(self, event: str, data: Mapping[str, Any] | None = None, *, time_s: float | None = None) -> None:
        """Anything else: ``pause``, ``camera-state``, ``camera-times``, ``display``, ``note``."""
        at_s, kept = self._clock.now() if time_s is None else time_s, dict(data or {})
        self._submit(lambda: self._append(event, at_s, kept))

    def camera_times(self, times: Sequence[FrameTime]) -> None:
        """When the camera took its latest frames; may be called from the camera's own thread.

        If recording has failed, that is told to the session at its next call, not to the camera.
        """
        columns = {
            "index": [time.index for time in times],
            "time_s": [round(time.time_s, 6) for time in times],
            "arrival_s": [round(time.arrival_s, 6) for time in times],
        }
        with suppress(RecordError):
            self.event(CAMERA_TIMES, columns)

    # -- barriers

    def flush(self) -> None:
        """Return when everything handed over so far is on the disk.

        Raises
        ------
        RecordError
            If something could not be written.
        """
        done = threading.Event()
        self._submit(done)
        while not done.wait(0.1):
            self._complain()
        self._complain()

    @property
    def pending(self) -> bool:
        """Whether something is still on its way to the disk. A session may keep drawing until it is not."""
        self._complain()
        return self._jobs.unfinished_tasks > 0

    def close(self, *, complete: bool, reason: str = "") -> None:
        """End the session, finish the tables, give up the lock. Calling it again does nothing.

        Raises
        ------
        RecordError
            If something could not be written; the lock is given up all the same.
        """
        if self._closed:
            return
        try:
            self.event("session-end", {"complete": complete, "reason": reason})
            self._submit(self._derive)
            self.flush()
        finally:
            self._end()

    # -- the thread that writes

    def _open(self, event: str, data: Mapping[str, Any]) -> None:
        try:
            self.event(event, data, time_s=data["clock_s"])
            self._submit(self._derive)
            self.flush()
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._closed = True
        self._jobs.put(None)
        self._thread.join()
        self._journal.close()
        self._lock.release()

    def _submit(self, job: Callable[[], None] | threading.Event) -> None:
        self._complain()
        if self._closed:
            raise RecordError(f"{self.place.label} is closed; nothing more can be recorded")
        self._jobs.put(job)

    def _submit_frames(self, job: Callable[[], None]) -> None:
        while not self._captures.acquire(timeout=0.1):
            self._complain()

        def write() -> None:
            try:
                job()
            finally:
                self._captures.release()

        self._submit(write)

    def _complain(self) -> None:
        if self._failure is not None:
            raise RecordError(str(self._failure)) from self._failure

    def _work(self, gives_way: bool) -> None:
        if gives_way:
            _give_way()
        while True:
            job = self._jobs.get()
            if isinstance(job, threading.Event):  # a flush: everything before it is done, itself included
                self._jobs.task_done()
                job.set()
                continue
            try:
                if job is None:
                    return
                if self._failure is None:
                    job()
            except RecordError as error:
                self._failure = error
            except Exception as error:  # a fault of the program must reach the session, not end in a silent thread
                self._failure = RecordError(f"recording stopped by a fault of the program: {error!r}")
                self._failure.__cause__ = error
            finally:
                self._jobs.task_done()

    def _derive(self) -> None:
        bids.derive_session(self._history)
        bids.derive_participants(self.place.dataset, [self._history])

    def _append(self, event: str, time_s: float, data: Mapping[str, Any]) -> None:
        # The line as the journal has it, or tables made anew from it would differ in the last digit.
        self._history.add(self._journal.append(event, time_s, data))

    def _write_trial(self, result: TrialResult, pending: PendingCapture | None, time_s: float) -> None:
        capture = pending.result() if pending is not None else None
        data: dict[str, Any] = {
            {"anchor_s": "key_time_s"}.get(field.name, field.name): getattr(result, field.name)
            for field in fields(result)
        }
        data["flip_times_s"] = [round(time, 6) for time in result.flip_times_s]
        data.update(frames=[], key_to_frame_ms=None, half_interval_ms=None)
        if capture is not None:
            name = f"{result.index + 1:03d}-{file_name(result.id)}"
            if capture.frame is not None:
                stored = store_frames(
                    named_frames(capture), folder=self.place.frames / name, dataset=self.place.dataset
                )
                data["frames"] = [frame.as_dict() for frame in stored]
            data["key_to_frame_ms"] = _ms(capture.key_to_frame_s)
            data["half_interval_ms"] = _ms(capture.half_interval_s)
            data["problem"] = result.problem or capture.fault
        self._append("trial", time_s, data)
        bids.derive_session(self._history)

    def _write_calibration(self, step: str, block: str, frames: tuple[CameraFrame, ...], time_s: float) -> None:
        named: list[NamedFrame] = [(f"neutral-{i:02d}.png", "calibration", frame) for i, frame in enumerate(frames, 1)]
        stored = store_frames(named, folder=self.place.frames / file_name(step), dataset=self.place.dataset)
        data = {"step": step, "block": block, "frames": [frame.as_dict() for frame in stored]}
        self._append("calibration", time_s, data)


def unfinished(place: SessionPlace) -> History:
    """Return what happened in a session that can be gone on with.

    Raises
    ------
    RecordError
        If there is no such session, or it is complete.
    """
    if not place.begun:
        raise RecordError(f"there is no session of {place.label} in {place.dataset} to resume; begin it with `run`")
    history = read_history(place)
    if history.complete:
        raise RecordError(
            f"{place.label} is complete, there is nothing to resume; use --session LABEL for another session"
        )
    return history


def require_same_plan(history: History, *, steps: Sequence[str], protocol_sha256: str) -> None:
    """Refuse to go on with a session by another protocol or in another order than it began with.

    Raises
    ------
    RecordError
        Saying which of the two it is, and what helps.
    """
    label, protocol = history.place.label, history.start["protocol"]
    if protocol_sha256 != protocol["sha256"]:
        raise RecordError(
            f"the protocol is not the one {label} began with ({protocol['file']}); restore it, its text is in the "
            "first line of the journal"
        )
    if list(steps) != list(history.start["steps"]):
        raise RecordError(
            f"the order of {label} cannot be made again by this version of the program; use the version in the first "
            "line of the journal"
        )


def session_place(dataset: Path, participant: str, session: str | None) -> SessionPlace:
    """Return where a session lies; RecordError if its labels are none."""
    return SessionPlace(
        dataset.absolute(),
        check_label(participant, what="participant"),
        check_label(session, what="session") if session is not None else None,
    )


def _refuse_lookalike(place: SessionPlace) -> None:
    """``a1`` and ``A1`` are one folder on Windows and macOS, and one person in most minds."""
    source = place.dataset / "sourcedata"
    for folder in source.glob("sub-*") if source.is_dir() else ():
        other = folder.name.removeprefix("sub-")
        if other != place.participant and other.lower() == place.participant.lower():
            raise RecordError(
                f"participant {place.participant} differs from {other} only in upper and lower case; choose one"
            )


def _exists(place: SessionPlace) -> RecordError:
    history = read_history(place)
    if history.complete:
        return RecordError(
            f"{place.label} is already recorded in {place.dataset}; if this is another person choose another id, if it "
            "is another session of the same person give it a label with --session"
        )
    return RecordError(
        f"{place.label} was begun in {place.dataset} and not finished; go on with it by `run_experiment.py resume`, or "
        "choose another id or a label with --session"
    )


def _circumstances(display: Mapping[str, Any], camera: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    clock_s, wall_s = clock.now(), time.time()
    return {
        "clock_s": clock_s,
        "wall_s": wall_s,
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_s)),
        "display": dict(display),
        "camera": dict(camera),
        "versions": provenance.versions(),
        "commit": provenance.commit(),
        "machine": provenance.machine(),
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 3)


def _word(answer: str | int | bool) -> str | int:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else answer


def _is_real_time() -> bool:
    """Whether the thread that calls this, the one that draws, goes before all others anyway."""
    if sys.platform != "linux":
        return False
    try:
        return os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
    except OSError:  # some systems refuse the question
        return False


def _give_way() -> None:
    """Let the thread that draws go first where the system schedules threads one by one.

    On two busy cores, of a thousand flips 24 were more than 2 ms off with this and 47 without, 12 in a loop that only
    draws; a process of its own for encoding and writing, of the lowest class, was no better than this: 29. Where the
    thread that draws is of the real-time class, this would only harm: put aside while it holds Python's lock, a thread
    of low priority kept that one waiting for 13 ms.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)

"""Record one session: values are on the disk soon, in order.

The session calls from its drawing loop and never waits for the disk: `WriterThread` encodes pictures, appends to the
journal, fsyncs and updates the tables. `Recorder.flush` is the barrier at the end of a trial. If writing fails, the
next call raises; what was written before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from experiment.ports.camera import CameraFrame, FrameTime
from experiment.ports.clock import Clock
from experiment.record import bids
from experiment.record.checks.preconditions import require_not_begun, require_other_case, require_same_plan, unfinished
from experiment.record.checks.sources import require_same_sources, require_unchanged_journal, source_files
from experiment.record.encryption import PublicKey
from experiment.record.errors import RecordError
from experiment.record.files import make_folder, record_errors, remove_partial_files
from experiment.record.frames import NamedFrame, named_frames, remove_partial, store_frames
from experiment.record.history import History, read_history
from experiment.record.journal import JournalWriter
from experiment.record.journal_lines import (
    FORMAT,
    AnswersLine,
    CalibrationLine,
    CameraTimesLine,
    ClauseFacts,
    ClauseLine,
    ExclusionLine,
    ExclusionUndoneLine,
    FaceCheckLine,
    FrameCounts,
    JournalLine,
    JournalReplacedLine,
    LiveLine,
    ProtocolText,
    SessionEnd,
    SessionResume,
    SessionStart,
    StepLine,
    TrialAnswerLine,
    TrialLine,
)
from experiment.record.layout import SessionPlace, file_name, session_place
from experiment.record.lock import SessionLock
from experiment.record.participant_facts import with_other_sessions
from experiment.record.participants_file import check_participants_files
from experiment.record.provenance import setting
from experiment.record.remarks import Remark, require_remark
from experiment.record.stimuli import check_stimuli, store_stimuli
from experiment.record.values import PendingCapture, SessionHeader, TrialResult
from experiment.record.writer_thread import WriterThread

_DURING_TRIALS = (CameraTimesLine, LiveLine)
"""Lines that are written during a trial. The trial is finished and kept before the session stops."""
_IN_THE_TABLE = (FaceCheckLine, TrialAnswerLine, ExclusionLine, ExclusionUndoneLine)
"""Lines that change the events table."""


class Recorder:
    """Writes one session; made by `start` or `resume`.

    Every method may be called from the drawing loop.

    Parameters
    ----------
    place : SessionPlace
        Where the session lies.
    lock : SessionLock
        Held lock of the session; released by `close`.
    history : History
        What happened so far.
    clock : Clock
        Clock of the session.
    encrypt_for : str, optional
        Public key for which all frames are encrypted.

    Attributes
    ----------
    finished : tuple of str
        Steps that were done before `resume`; empty after `start`.
    on_kept : callable, optional
        Called from the thread that writes, with the id of a trial or calibration and its frames when they are on the
        disk: of a trial, the frame of the key press.
    """

    def __init__(
        self,
        place: SessionPlace,
        lock: SessionLock,
        history: History,
        *,
        clock: Clock,
        encrypt_for: str | None = None,
    ) -> None:
        self.place = place
        self.finished = tuple(history.finished)
        self._clock = clock
        self._key = None if encrypt_for is None else PublicKey(encrypt_for)
        self._lock = lock
        self._history = history
        self._journal = JournalWriter(place.journal, next_line=history.lines)
        self._writer = WriterThread()
        self._closed = False
        self.on_kept: Callable[[str, Sequence[CameraFrame]], None] | None = None

    # -- opening

    @classmethod
    def start(cls, dataset: Path, header: SessionHeader, *, clock: Clock) -> Recorder:
        """Begin a session that does not exist yet.

        Parameters
        ----------
        dataset : Path
            Folder of the data set; made if it does not exist.
        header : SessionHeader
            What is known before the first flip.
        clock : Clock
            Clock of the session.

        Raises
        ------
        RecordError
            If this session exists, is being recorded, or the folder cannot be written.
        """
        place = session_place(dataset, header.participant, header.session)
        require_other_case(place)
        check_participants_files(place.dataset)
        with record_errors("write", dataset, new=not dataset.exists()):
            make_folder(dataset)
        require_not_begun(place)
        lock = SessionLock(place.lock, inside=place.dataset)
        try:
            require_not_begun(place)
            with record_errors("write", place.frames):
                make_folder(place.frames, inside=place.dataset)
            bids.describe_dataset(place.dataset, title=header.title)
            line = SessionStart(
                format=FORMAT,
                participant=place.participant,
                session=place.session,
                task=header.task,
                title=header.title,
                seed=header.seed,
                language=header.language,
                pilot=header.pilot,
                groups=header.groups,
                options=header.options,
                steps=header.steps,
                stimuli=store_stimuli(header.stimuli, place.dataset),
                protocol=ProtocolText(
                    header.protocol_file.absolute().as_posix(),
                    header.protocol_text,
                    header.protocol_sha256,
                    header.base_texts,
                    source_files(header),
                ),
                setting=setting(header.display, header.camera, clock),
                encrypt_for=header.encrypt_for,
                partner=header.partner,
                use_consents=header.use_consents,
                composites=header.composites or None,
                assignment=header.assignment,
                live_metric=header.live_metric,
            )
            recorder = cls(place, lock, History(place), clock=clock, encrypt_for=header.encrypt_for)
        except BaseException:
            lock.release()
            raise
        recorder._open(line)
        return recorder

    @classmethod
    def resume(cls, dataset: Path, header: SessionHeader, *, clock: Clock) -> Recorder:
        """Continue a session that was interrupted.

        Parameters
        ----------
        dataset : Path
            Folder of the data set.
        header : SessionHeader
            Steps and protocol must be those the session began with; display and camera may differ.
        clock : Clock
            Clock of the session.

        Raises
        ------
        RecordError
            If the session does not exist, is complete, is being recorded, or protocol, order or target pictures differ.
        """
        place = session_place(dataset, header.participant, header.session)
        history = unfinished(place)
        require_unchanged_journal(history)
        require_same_sources(history, header)
        check_participants_files(place.dataset)
        require_same_plan(history, steps=header.steps, protocol_sha256=header.protocol_sha256)
        check_stimuli(history.stimuli, place.dataset)
        lock = SessionLock(place.lock, inside=place.dataset)
        try:
            history = read_history(place)
            recorder = cls(place, lock, history, clock=clock, encrypt_for=history.start.encrypt_for)
        except BaseException:
            lock.release()
            raise
        for folder in (place.dataset, place.dataset / "stimuli", place.behaviour):
            remove_partial_files(folder)
        recorder._open(
            SessionResume(
                setting=setting(header.display, header.camera, clock),
                torn_lines=history.torn,
                removed_partial_captures=remove_partial(place.frames),
                left_open_by=lock.broken,
                accept=tuple(header.options.get("accept", ())),
            )
        )
        return recorder

    # -- what happened

    def trial(self, result: TrialResult, capture: PendingCapture | None = None) -> None:
        """Record a trial.

        Its line is written when the frames of its key press are on the disk.
        """
        time_s = self._clock.now()
        self._require_open()
        self._writer.submit_capture(lambda: self._write_trial(result, capture, time_s))

    def unanswered(self, trial: str, questions: Collection[str]) -> list[str]:
        """Return the questions after a finished trial that have no answer yet.

        Ask when nothing is `pending`.

        Parameters
        ----------
        trial : str
            Id of the trial.
        questions : collection of str
            Ids of its questions, in order.
        """
        return self._history.unanswered(trial, questions)

    def calibration(self, step: str, *, block: str, frames: Sequence[CameraFrame]) -> None:
        """Record frames of the participant's neutral face; the step is done.

        Parameters
        ----------
        step, block : str
            Ids of the step and its block.
        frames : sequence of CameraFrame
            In order of time.
        """
        time_s, kept = self._clock.now(), tuple(frames)
        self._require_open()
        self._writer.submit_capture(lambda: self._write_calibration(step, block, kept, time_s))

    def answers(
        self,
        step: str,
        answers: Mapping[str, str | int | bool],
        *,
        demographic: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Record a form that was filled in, or consent; the step is done.

        Parameters
        ----------
        step : str
            Id of the step.
        answers : mapping
            Answer by question; for consent, by clause.
        demographic : sequence of str
            Questions whose answers belong into ``participants.tsv``.
        labels : mapping, optional
            Words of the questions.
        """
        words = {question: _word(answer) for question, answer in answers.items()}
        self.write(AnswersLine(step, words, tuple(demographic), dict(labels or {})))

    def clause(self, step: str, *, agreed: bool, facts: ClauseFacts) -> None:
        """Record the answer to one clause of a consent that is not complete yet.

        Parameters
        ----------
        step : str
            Id of the consent.
        agreed : bool
            The answer.
        facts : ClauseFacts
            What was asked.
        """
        self.write(ClauseLine(step, agreed, facts))
        self._writer.submit(lambda: bids.derive_session(self._history))

    def consent(self, step: str, answers: Mapping[str, bool], clauses: Sequence[ClauseFacts]) -> None:
        """Record a consent whose required clauses were all agreed to.

        Parameters
        ----------
        step : str
            Id of the step; it is done.
        answers : mapping
            Whether the participant agreed, by clause.
        clauses : sequence of ClauseFacts
            What was asked.
        """
        words = {clause: _word(agreed) for clause, agreed in answers.items()}
        self.write(AnswersLine(step, words, (), {}, tuple(clauses)))

    @property
    def use_refused(self) -> bool:
        """Whether the participant refused the use of the recording."""
        return self._history.use_refused

    @property
    def use_deleted(self) -> bool:
        """Whether the recording was deleted after that."""
        return self._history.use_deleted

    def step(self, step: str, frames: FrameCounts | None = None, *, sound: Mapping[str, Any] | None = None) -> None:
        """Record that a page or a break is over; it is not shown again after `resume`.

        Parameters
        ----------
        step : str
            Its id.
        frames : FrameCounts, optional
            Its flips.
        sound : mapping, optional
            The record of its sound.
        """
        self.write(StepLine(step, frames, sound))

    def camera_times(self, times: Sequence[FrameTime]) -> None:
        """Record the times of the latest camera frames.

        May be called from the camera's own thread.

        If recording has failed, the session's next call raises, not this one.
        """
        with suppress(RecordError):
            self.write(
                CameraTimesLine(
                    index=tuple(time.index for time in times),
                    captured_s=tuple(round(time.captured_s, 6) for time in times),
                    arrival_s=tuple(round(time.arrival_s, 6) for time in times),
                )
            )

    def write(self, line: JournalLine, *, time_s: float | None = None) -> None:
        """Record anything else; ``time_s`` is its time if that is not now."""
        at_s = self._clock.now() if time_s is None else time_s
        self._require_open()
        self._writer.submit(lambda: self._write_line(line, at_s))

    def remark(self, line: Remark, *, running: str = "") -> None:
        """Record a note or an exclusion; return when it is on the disk.

        Not for the drawing loop.

        Parameters
        ----------
        line : NoteLine, ExclusionLine or ExclusionUndoneLine
            What is recorded.
        running : str
            Id of the trial that runs now; empty if none does.

        Raises
        ------
        RecordError
            If the line does not fit the session, or the disk fails.
        """
        time_s, refused = self._clock.now(), list[RecordError]()

        def write() -> None:
            try:
                require_remark(self._history, line, running=running)
            except RecordError as error:
                refused.append(error)
            else:
                self._write_line(line, time_s)

        self._require_open()
        self._writer.submit(write)
        self._writer.flush()
        if refused:
            raise refused[0]

    # -- barriers

    def flush(self) -> None:
        """Return when everything handed over so far is on the disk.

        Raises
        ------
        RecordError
            If something could not be written.
        """
        self._require_open()
        self._writer.flush()

    @property
    def pending(self) -> bool:
        """Whether something is not on the disk yet. The session may draw until then."""
        self._writer.check()
        return self._writer.is_busy

    @property
    def keeps_data(self) -> bool:
        """Whether anything of the participant is recorded. Ask when nothing is `pending`."""
        return bool(self._history.kept)

    def close(self, *, complete: bool, reason: str = "") -> None:
        """End the session, finish the tables, release the lock.

        A second call does nothing.

        Raises
        ------
        RecordError
            If something could not be written; the lock is released all the same.
        """
        if self._closed:
            return
        try:
            self.write(SessionEnd(complete, reason))
            self._writer.submit(self._derive)
            self._writer.flush()
        finally:
            self._end()

    def _open(self, line: SessionStart | SessionResume) -> None:
        try:
            self.write(line, time_s=line.setting.clock_s)
            self._writer.submit(self._derive)
            self._writer.flush()
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        self._closed = True
        self._writer.stop()
        self._journal.close()
        self._lock.release()

    def _require_open(self) -> None:
        self._writer.check()
        if self._closed:
            raise RecordError(f"{self.place.label} is closed; nothing more can be recorded")

    # -- in the thread that writes

    def _derive(self) -> None:
        bids.derive_session(self._history)
        bids.derive_participants(self.place.dataset, with_other_sessions(self._history, self.place.dataset))

    def _write_line(self, line: JournalLine, time_s: float) -> None:
        self._append(line, time_s)
        if isinstance(line, _IN_THE_TABLE):
            bids.derive_session(self._history)

    def _append(self, line: JournalLine, time_s: float) -> None:
        replaced = self._journal.replaced
        entry = self._journal.append(line.EVENT, time_s, line.to_json())
        # The time as it was written, or tables rebuilt from the journal would differ in the last digit.
        self._history.add(line, entry.time_s)
        self._history.last_sha256 = self._journal.last_sha256
        if self._journal.replaced > replaced:
            self._append(JournalReplacedLine(self._journal.put_back), time_s)
        if self._journal.moved_to is not None and not isinstance(line, _DURING_TRIALS):
            raise RecordError(
                f"another program changed {self.place.journal} while the session was recorded, so the session stopped; "
                f"everything recorded is in {self._journal.moved_to.name} in the same folder: rename that file to "
                "journal.jsonl, take the data set out of folders that are synchronised, then `resume` the session"
            )

    def _write_trial(self, result: TrialResult, pending: PendingCapture | None, time_s: float) -> None:
        values: dict[str, Any] = {one.name: getattr(result, one.name) for one in fields(TrialResult)}
        values["flip_times_s"] = tuple(round(flip_s, 6) for flip_s in result.flip_times_s)
        if pending is not None:
            capture = pending.result()
            if capture.frame is not None:
                folder = self.place.frames / f"{result.index + 1:03d}-{file_name(result.id)}"
                values["frames"] = store_frames(
                    named_frames(capture), folder=folder, dataset=self.place.dataset, key=self._key
                )
            values["anchor_to_frame_ms"] = _ms(capture.anchor_to_frame_s)
            values["half_interval_ms"] = _ms(capture.half_interval_s)
            values["problem"] = result.problem or capture.fault
        self._append(TrialLine(**values), time_s)
        if pending is not None and capture.frame is not None and result.outcome == "response":
            self._pass_on(result.id, (capture.frame,))
        bids.derive_session(self._history)

    def _write_calibration(self, step: str, block: str, frames: tuple[CameraFrame, ...], time_s: float) -> None:
        named: list[NamedFrame] = [(f"neutral-{i:02d}.png", "calibration", frame) for i, frame in enumerate(frames, 1)]
        stored = store_frames(
            named, folder=self.place.frames / file_name(step), dataset=self.place.dataset, key=self._key
        )
        self._append(CalibrationLine(step, block, stored), time_s)
        self._pass_on(step, frames)

    def _pass_on(self, step: str, frames: tuple[CameraFrame, ...]) -> None:
        if self.on_kept is not None:
            self.on_kept(step, frames)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 3)


def _word(answer: str | int | bool) -> str | int:  # noqa: FBT001 (an answer, not a switch)
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else answer

"""Record the checks of faces; warn the lab assistant about missing faces."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from experiment.lab.face_checks import FaceChecks
from experiment.ports.clock import Clock
from experiment.ports.face_check import FaceCheck
from experiment.record.errors import RecordError
from experiment.record.face_summary import face_summary, faces_line
from experiment.record.journal_lines import FaceCheckLine
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder

WARN_AFTER = 3
"""Trials in a row without a measurable face after which the terminal warns."""


class FaceLog:
    """Writes the checks into the journal and warns about missing faces."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._in_a_row = 0

    def add(self, step: str, checks: Sequence[FaceCheck]) -> None:
        """Record the checks of a step; called from the thread of the checks."""
        faults = [check.fault for check in checks if check.fault is not None]
        line = FaceCheckLine(step, len(checks), len(checks) - len(faults), tuple(dict.fromkeys(faults)))
        with suppress(RecordError):  # the session's next call raises it
            self._recorder.write(line)
        self._in_a_row = 0 if line.measurable else self._in_a_row + 1
        if self._in_a_row >= WARN_AFTER:
            print(
                f"warning: no measurable face in the last {self._in_a_row} trials ({', '.join(line.reasons)}); pause "
                "the session and check the place of the camera and the light",
                file=sys.stderr,
            )


@contextmanager
def checked_faces(recorder: Recorder, *, clock: Clock) -> Iterator[FaceChecks]:
    """Check the kept frames of a session.

    At the end of the session, record how many trials can be measured.

    Parameters
    ----------
    recorder : Recorder
        Open until the checks have ended.
    clock : Clock
        Clock of the session.
    """
    checks = FaceChecks(clock, FaceLog(recorder).add)
    recorder.on_kept = checks.submit
    try:
        yield checks
    finally:
        with suppress(RecordError):
            recorder.flush()
        checks.close()
        with suppress(RecordError):
            recorder.flush()
            recorder.write(faces_line(recorder.place, fault=checks.fault))


def face_sentences(place: SessionPlace, checks: FaceChecks) -> tuple[str, ...]:
    """Return what the terminal prints about the faces of a session."""
    if checks.fault:
        return (f"faces: not checked ({checks.fault})",)
    return tuple(face_summary(place).sentences())

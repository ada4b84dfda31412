"""The viewing trials of a simulated participant in one session."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from analysis.face.arrays import FloatArray
from experiment.protocol.plan import SessionPlan, Trial
from experiment.simulation.face_schedule import FaceSequence
from experiment.simulation.target_units import TargetCourse
from experiment.simulation.watching.probe_answers import ProbeAnswer, probe_answer
from experiment.simulation.watching.viewer import Viewer, ViewingFace

TAIL_S = 0.5
"""Time after the blank for which the face of a trial goes on moving."""


class Watching:
    """Makes the faces of viewing trials, each once.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    viewer : Viewer
        The person.
    targets : mapping
        The movement of every target by its name.
    """

    def __init__(self, plan: SessionPlan, viewer: Viewer, targets: Mapping[str, TargetCourse]) -> None:
        self._viewer, self._targets = viewer, targets
        self._refresh_hz = plan.display.refresh_rate_hz
        self._session = f"{plan.task}/{plan.session or ''}"
        self._faces: dict[str, ViewingFace] = {}

    def face(self, trial: Trial) -> ViewingFace:
        """Return the face in a trial."""
        if trial.id not in self._faces:
            number = self._number(trial)
            before = self._frames(trial.fixation_frames)
            name = f"viewing-{trial.id}"
            self._faces[trial.id] = self._viewer.watch(name, number, self._target(trial), before=before)
        return self._faces[trial.id]

    def probe_answer(self, trial: Trial) -> ProbeAnswer:
        """Return the presses of the probe's key in a trial."""
        seconds = (trial.target_frames or 0) / self._refresh_hz
        return probe_answer(self._viewer.person.seed, self._number(trial), target_s=seconds)

    def sequences(self, trials: Sequence[Trial]) -> list[FaceSequence]:
        """Return the face sequences of trials, in order."""
        faces = [self.face(trial) for trial in trials]
        return [sequence for face in faces for sequence in (face.before, face.during)]

    def shortest_s(self, trial: Trial) -> float:
        """Return the planned duration of a trial, without its ratings."""
        return sum(_display_frames(trial)) / self._refresh_hz

    def _number(self, trial: Trial) -> int:
        """Return the number that seeds everything random in a trial."""
        return zlib.crc32(f"{self._session}/{trial.id}".encode())

    def _target(self, trial: Trial) -> FloatArray:
        """Return the (T, E) units of the target from its onset to the end of the trial."""
        _, shown, after = (self._frames(frames) for frames in _display_frames(trial))
        tail = after + round(TAIL_S * self._viewer.rate_hz)
        at_s = np.arange(shown) / self._viewer.rate_hz
        return np.vstack([self._targets[trial.target.name].at(at_s), np.zeros((tail, len(self._viewer.units)))])

    def _frames(self, display_frames: int) -> int:
        """Return the camera frames of a number of display frames."""
        return round(display_frames / self._refresh_hz * self._viewer.rate_hz)


def _display_frames(trial: Trial) -> tuple[int, int, int]:
    """Return the display frames of fixation, target and blank."""
    return trial.fixation_frames, trial.target_frames or trial.timeout_frames or 0, trial.inter_trial_frames

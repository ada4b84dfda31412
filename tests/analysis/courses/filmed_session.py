"""A small filmed data set, written by the real recorder and the real writer of films."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from analysis.face.arrays import ImageArray
from analysis.face.images import read_image
from analysis.face.models.registry import load_model
from analysis.paths import PROTOCOLS
from experiment.ports.camera import CameraFrame, Capture
from experiment.protocol.plan import TrialKind
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.part import Part
from experiment.record.journal_lines import FilmEndLine, FilmStartLine, StoredFile
from experiment.record.layout import FILM_FOLDERS, FilmedPerson
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus, TrialOutcome, TrialResult
from tests.analysis.tables.rehearsed import live_line
from tests.experiment.clocks import SetClock

TARGETS = PROTOCOLS / "targets"
RATE_HZ = 30.0
BEFORE = 15
"""Frames of the baseline."""
UNITS = len(load_model().bases["units"].names)


def face(name: str) -> ImageArray:
    return np.ascontiguousarray(read_image(TARGETS / f"{name}.png")[::2, ::2])


def header(participant: str = "01", session: str | None = None) -> SessionHeader:
    neutral = TARGETS / "neutral.png"
    return SessionHeader(
        participant=participant,
        session=session,
        task="watching",
        title="Watching",
        seed=7,
        language="en",
        steps=("baseline", "smile-1", "smile-2"),
        stimuli=(Stimulus("smile", "happiness", TARGETS / "happiness.png", neutral),),
        protocol_file=TARGETS.parent / "protocol.yaml",
        protocol_text="protocol: 1\n",
        protocol_sha256="5f" * 32,
        display={"verdict": "locked", "refresh_rate_hz": 60.0, "background": "black"},
        camera={"spec": "0"},
    )


class FilmedSession:
    """Records trials with a film.

    Parameters
    ----------
    dataset : Path
        The data set.
    calibration : int
        Number of neutral frames.
    resumed_s : float, optional
        Continue the session, with this time on its clock.
    partner : str, optional
        Id of a second person, who is filmed with the same pictures.
    """

    def __init__(
        self,
        dataset: Path,
        *,
        calibration: int = 3,
        participant: str = "01",
        resumed_s: float | None = None,
        partner: str | None = None,
    ) -> None:
        self.clock = SetClock(100.0 if resumed_s is None else resumed_s)
        number = 1 if resumed_s is None else 2
        made = Recorder.start if resumed_s is None else Recorder.resume
        self.recorder = made(dataset, replace(header(participant), partner=partner), clock=self.clock)
        if calibration:
            shown = face("neutral")
            frames = [CameraFrame(k, self.clock.now() + k / RATE_HZ, "driver", shown) for k in range(calibration)]
            self.recorder.calibration("baseline", block="baseline", frames=frames)
        people: tuple[FilmedPerson, ...] = ("participant",) if partner is None else ("participant", "partner")
        self.dataset = dataset
        self.parts: dict[FilmedPerson, Part] = {}
        for person in people:
            self.recorder.write(FilmStartLine(number, whole_session=False, encrypted=False, encoder={}, person=person))
            folder = dataset / "sourcedata" / f"sub-{participant}" / FILM_FOLDERS[person]
            self.parts[person] = Part(folder, number, rate_hz=RATE_HZ, inside=dataset)
        self.folder = dataset / "sourcedata" / f"sub-{participant}"
        self.index = 10

    def trial(self, trial_id: str, pictures: Sequence[ImageArray | None], *, outcome: TrialOutcome = "viewed") -> float:
        """Record a trial; None is a frame that the camera lost. Return the time of its onset."""
        begins_s = self.clock.now()
        onset_s = begins_s + BEFORE / RATE_HZ
        for number, picture in enumerate(pictures):
            time_s = begins_s + number / RATE_HZ
            for part in self.parts.values():
                if picture is None:
                    part.lose(FrameNote(self.index, None, "driver", None, trial_id, "camera"))
                else:
                    part.add(FrameNote(self.index, time_s, "driver", 0.5 / RATE_HZ, trial_id), picture)
            self.index += 1
        offset_s = begins_s + (len(pictures) - 3) / RATE_HZ
        self.clock.sleep_until(begins_s + len(pictures) / RATE_HZ)
        self.recorder.trial(
            TrialResult(
                id=trial_id,
                block="watching",
                kind="viewing",
                index=0,
                target="smile",
                expression="happiness",
                outcome=outcome,
                fixation_s=begins_s,
                onset_s=onset_s,
                offset_s=offset_s,
                flip_times_s=(onset_s,),
                condition={"group": "a"},
                baseline_s=begins_s,
                filmed=True,
            )
        )
        self.clock.sleep_until(self.clock.now() + 1.0)
        return onset_s

    def pressed(
        self,
        trial_id: str,
        pictures: Sequence[ImageArray],
        *,
        after: int = 2,
        kind: TrialKind = "experiment",
        measured: Sequence[float | None] = (),
        details: Mapping[str, Any] | None = None,
    ) -> float:
        """Record a trial without film, with pictures around its key press. Return the time of its onset.

        The last ``after`` of them follow the picture of the key press. ``measured`` are live similarities, from 0.1 s
        after the onset, ten a second.
        """
        onset_s = self.clock.now() + 0.5
        anchor_s = onset_s + 1.0
        frames = [
            CameraFrame(self.index + k, anchor_s + (k - len(pictures) + 1 + after) / RATE_HZ, "driver", picture)
            for k, picture in enumerate(pictures)
        ]
        self.index += len(pictures)
        at = len(pictures) - 1 - after
        kept: Future[Capture] = Future()
        before, later = tuple(frames[:at]), tuple(frames[at + 1 :])
        kept.set_result(Capture(anchor_s, frames[at], before=before, after=later, half_interval_s=0.5 / RATE_HZ))
        if measured:
            line = live_line(measured, from_s=onset_s + 0.1)
            units = tuple([0.25] * UNITS if value is not None else [] for value in measured)
            self.recorder.write(replace(line, units=units), time_s=onset_s + 1.0)
        self.clock.sleep_until(anchor_s + 0.5)
        self.recorder.trial(
            TrialResult(
                id=trial_id,
                block="imitating",
                kind=kind,
                index=1,
                target="smile",
                expression="happiness",
                outcome="response",
                fixation_s=onset_s - 0.5,
                onset_s=onset_s,
                offset_s=anchor_s,
                key="space",
                anchor_s=anchor_s,
                flip_times_s=(onset_s,),
                condition={"group": "a"},
                details=details or {},
            ),
            kept,
        )
        self.clock.sleep_until(self.clock.now() + 1.0)
        return onset_s

    def close(self, *, complete: bool = True) -> None:
        for person, part in self.parts.items():
            made = part.close()
            top = (self.folder / FILM_FOLDERS[person]).relative_to(self.dataset).as_posix()
            table, *files = (
                StoredFile(f"{top}/{name}", sha256) for name, sha256 in ((made.table, made.table_sha256), *made.files)
            )
            self.recorder.write(FilmEndLine(made.number, True, made.frames, made.lost, table, tuple(files), person))
        self.recorder.flush()
        self.recorder.close(complete=complete)

"""Drawn people who follow a drawn face that moves, by a known time, and the films of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.sensor import SensorNoise
from analysis.face.synthetic.drawn_course import minimum_jerk
from analysis.face.synthetic.people import draw_identity
from analysis.face.synthetic.scenes import draw_laboratory_scene
from experiment.bench.numbered_clips import write_clip
from experiment.record.camera_offset import CameraOffset
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.part import Part
from experiment.record.journal_lines import FilmEndLine, FilmStartLine, StoredFile
from experiment.record.layout import FILM_FOLDERS, FilmedPerson
from experiment.record.recorder import Recorder
from experiment.record.values import Stimulus, TrialResult
from tests.analysis.courses.filmed_session import header
from tests.experiment.clocks import SetClock

RATE_HZ = 30
SIZE_PX = (400, 300)
BASELINE, SHOWN, AFTER = 21, 72, 24
"""Frames of a trial before, during and after the target."""
DELAY, RISE, HOLD = 9, 15, 12
"""Frames of the target: at rest, rise and fall each, and at the apex."""
FRAMES = BASELINE + SHOWN + AFTER


class DrawnPerson:
    """Pictures of one person at each step of a movement.

    Parameters
    ----------
    seed : int
        Selects the person and the room.
    """

    def __init__(self, seed: int, renderer: FaceRenderer, *, noise: float | None = None) -> None:
        rng = np.random.default_rng(seed)
        self._renderer, model = renderer, renderer.model
        self._rest = model.neutral(draw_identity(len(model.identity), rng))
        scene = draw_laboratory_scene(rng, size_px=SIZE_PX)
        sensor = scene.sensor if noise is None else replace(scene.sensor, noise=noise)
        self._scene = replace(scene, sensor=replace(sensor, noise=0.0))
        self._noise = SensorNoise(sensor, *SIZE_PX, seed=seed)
        self._drawn: dict[bytes, ImageArray] = {}

    def picture(self, units: FloatArray, number: int = 0) -> ImageArray:
        """Return the picture of some strengths; the number selects the noise."""
        key = units.tobytes()
        if key not in self._drawn:
            vertices = self._rest + self._renderer.model.displacement(units)
            self._drawn[key] = self._renderer.render(vertices, self._scene)
        return self._noise.add(self._drawn[key], number)

    def film(
        self, apex: FloatArray | None, *, lag: int, first: int = -BASELINE, frames: int = FRAMES
    ) -> list[ImageArray]:
        """Return the frames of a trial: the course of the target, some frames later; None: at rest."""
        shares = (0.0 if apex is None else course(first + number - lag) for number in range(frames))
        full = np.zeros(len(self._renderer.model.bases["units"].names)) if apex is None else apex
        return [self.picture(share * full, number) for number, share in enumerate(shares)]


def course(frame: int) -> float:
    """Return the share of the apex in a frame of the target."""
    since = frame - DELAY
    return minimum_jerk(since / RISE) - minimum_jerk((since - RISE - HOLD) / RISE)


def units_of(strengths: Mapping[str, float], model: FaceModel | None = None) -> FloatArray:
    """Return (E,) strengths; a name without side is both sides."""
    names = (model or load_model()).bases["units"].names
    found = {name: value for key, value in strengths.items() for name in (key, f"{key}Left", f"{key}Right")}
    return np.array([found.get(name, 0.0) for name in names])


@dataclass(frozen=True)
class FilmedTrial:
    """A trial: its target, and the frames of participant and partner."""

    target: str
    participant: Sequence[ImageArray]
    partner: Sequence[ImageArray]


def target_clip(folder: Path, name: str, person: DrawnPerson, apex: FloatArray) -> Stimulus:
    """Write the film of a target with its picture at rest and at the apex."""
    folder.mkdir(parents=True, exist_ok=True)
    clip = write_clip(
        folder / f"{name}.mp4", person.film(apex, lag=0, first=0, frames=SHOWN), rate=RATE_HZ, options={"crf": "12"}
    )
    for ending, units in (("", apex), ("-rest", np.zeros(len(apex)))):
        Image.fromarray(person.picture(units)).save(folder / f"{name}{ending}.png")
    return Stimulus(name, name, folder / f"{name}.png", folder / f"{name}-rest.png", motion=clip)


def record_couple(
    dataset: Path, stimuli: Sequence[Stimulus], trials: Sequence[FilmedTrial], *, late_s: Mapping[FilmedPerson, float]
) -> None:
    """Record a session with two cameras, whose times are late by their known offsets."""
    ids = [f"{one.target}-{number}" for number, one in enumerate(trials, start=1)]
    clock = SetClock(100.0)
    start = replace(header("01"), stimuli=tuple(stimuli), steps=tuple(ids), partner="01p")
    recorder = Recorder.start(dataset, start, clock=clock)
    source = dataset / "sourcedata" / "sub-01"
    parts = {person: Part(source / FILM_FOLDERS[person], 1, rate_hz=RATE_HZ, inside=dataset) for person in late_s}
    for person, offset_s in late_s.items():
        offset = CameraOffset(
            person, offset_s, offset_s - 0.002, offset_s + 0.002, SIZE_PX, RATE_HZ, "driver", "2026-01-01T00:00:00Z", 40
        )
        recorder.write(FilmStartLine(1, False, False, {}, person=person, camera_offset=offset.to_json()))
    for number, (trial_id, one) in enumerate(zip(ids, trials, strict=True)):
        begins_s = clock.now()
        onset_s = begins_s + BASELINE / RATE_HZ
        for person, pictures in (("participant", one.participant), ("partner", one.partner)):
            for k, picture in enumerate(pictures):
                time_s = begins_s + k / RATE_HZ + late_s[person]
                parts[person].add(FrameNote(1000 * number + k, time_s, "driver", 0.5 / RATE_HZ, trial_id), picture)
        flips = tuple(onset_s + k / RATE_HZ for k in range(SHOWN))
        clock.sleep_until(begins_s + FRAMES / RATE_HZ)
        recorder.trial(
            TrialResult(
                id=trial_id,
                block="watching",
                kind="viewing",
                index=number,
                target=one.target,
                expression=one.target,
                outcome="viewed",
                fixation_s=begins_s,
                onset_s=onset_s,
                offset_s=onset_s + SHOWN / RATE_HZ,
                flip_times_s=flips,
                details={"motion": {"frames": list(range(SHOWN)), "flips": list(range(SHOWN))}},
                baseline_s=begins_s,
                filmed=True,
            )
        )
        clock.sleep_until(clock.now() + 1.0)
    for person, part in parts.items():
        recorder.write(_end(part, dataset, source / FILM_FOLDERS[person], person))
    recorder.flush()
    recorder.close(complete=True)


def _end(part: Part, dataset: Path, folder: Path, person: FilmedPerson) -> FilmEndLine:
    made, top = part.close(), folder.relative_to(dataset).as_posix()
    files = tuple(_stored(top, [(made.table, made.table_sha256), *made.files]))
    return FilmEndLine(1, True, made.frames, made.lost, files[0], files[1:], person=person)


def _stored(top: str, files: Sequence[tuple[str, str]]) -> Iterator[StoredFile]:
    for name, sha256 in files:
        yield StoredFile(f"{top}/{name}", sha256)

"""Record the sessions of the study as a real session does.

The clock does not wait, so a session takes as long as its pictures. Drawing is the slowest part: participants share
drawn persons. Those who share one make the same movements in front of each target, in their own order of trials and
with their own noise of the camera. Latency and strength of each reaction are known
(`experiment.simulation.watching.mimicry`).
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.terminal import progress
from experiment.bench.course_study.study_protocol import StudySize, participants, plan_of, write_protocol
from experiment.clock import VirtualClock
from experiment.errors import ExperimentError
from experiment.lab.rendered_targets import render_drawn
from experiment.lab.session_header import header_of
from experiment.lab.session_options import SIMULATED, Options
from experiment.ports.camera import CameraFrame, Image
from experiment.protocol.plan import Calibration, SessionPlan, Trial
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.part import Part
from experiment.record.journal_lines import FilmEndLine, FilmStartLine, StoredFile
from experiment.record.layout import session_place
from experiment.record.recorder import Recorder
from experiment.record.values import TrialResult
from experiment.simulation.drawing.pictures import PictureRenderer, PrerenderedPictures
from experiment.simulation.face_schedule import FaceSequence, SequenceFrame
from experiment.simulation.movement import neutral_sequence
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.simulated_camera import noise_number, sensor_noise
from experiment.simulation.target_units import target_course, target_units
from experiment.simulation.visitor import load_face_model, person_seed
from experiment.simulation.watching.trial_faces import Watching
from experiment.simulation.watching.viewer import Viewer, ViewingFace

PAUSE_S = 1.0
"""Time between two trials, which is not filmed."""
TRUTH = "known_reactions.csv"
TRUTH_COLUMNS = ("participant", "target", "reacts", "latency_s", "strength")
_NOISE_STEP = 100_003
"""Between the noise numbers of two participants."""


@dataclass(frozen=True, slots=True, eq=False)
class Watcher:
    """A drawn person with all pictures of the study."""

    person: SimulatedPerson
    pictures: PrerenderedPictures
    neutral: FaceSequence
    faces: dict[str, ViewingFace]
    """By name of the target."""

    @property
    def sequences(self) -> list[FaceSequence]:
        """All sequences whose pictures are needed."""
        return [self.neutral, *(part for face in self.faces.values() for part in (face.before, face.during))]


def record_study(folder: Path, size: StudySize) -> Path:
    """Record all sessions into ``folder/data``; return the data set.

    Sessions of an earlier, interrupted run are kept.

    Parameters
    ----------
    folder
        Gets the protocol, the data set and the table of the known reactions.
    size
        Amounts of the study.

    Raises
    ------
    ExperimentError
        If the folder has a study of another size.
    """
    protocol, dataset = write_protocol(folder, size), folder / "data"
    if (folder / TRUTH).exists():  # written last
        _require_same(folder / TRUTH, size)
        return dataset
    plans = {name: plan_of(protocol, name, render=render_drawn) for name in participants(size)}
    model = load_face_model()
    truth = []
    with closing(PictureRenderer(model.name)) as renderer:
        steps = progress(
            _sessions(plans, dataset, model, renderer, drawn=size.drawn), total=len(plans), title="filming"
        )
        for participant, watcher in steps:
            truth += list(_truth(participant, watcher))
    with (folder / TRUTH).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([TRUTH_COLUMNS, *sorted(truth)])
    return dataset


def _require_same(truth: Path, size: StudySize) -> None:
    """Refuse a study of an earlier run with other people or targets.

    Raises
    ------
    ExperimentError
        If it has another size.
    """
    with truth.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    people, clips = ({row[name] for row in rows} for name in ("participant", "target"))
    if (len(people), len(clips)) != (size.people, size.clips):
        raise ExperimentError(
            f"{truth.parent} has a study of {len(people)} people and {len(clips)} targets, not of {size.people} and "
            f"{size.clips}; name another folder"
        )


def _sessions(
    plans: dict[str, SessionPlan], dataset: Path, model: FaceModel, renderer: PictureRenderer, *, drawn: int
) -> Iterator[tuple[str, Watcher]]:
    """Record the sessions by drawn person; the next one is drawn meanwhile."""
    names = list(plans)
    groups = [names[first::drawn] for first in range(min(drawn, len(names)))]
    first_plan = plans[names[0]]
    coming = _watcher(0, first_plan, model, renderer)
    for number, group in enumerate(groups):
        watcher = coming
        if number + 1 < len(groups):
            coming = _watcher(number + 1, first_plan, model, renderer)
        while sum(watcher.pictures.missing(watcher.sequences)):
            time.sleep(0.1)
        for participant in group:
            if not session_place(dataset, participant, None).journal.exists():
                _record(plans[participant], dataset, watcher, noise=_NOISE_STEP * (1 + names.index(participant)))
            yield participant, watcher
        watcher.pictures.close()


def _watcher(number: int, plan: SessionPlan, model: FaceModel, renderer: PictureRenderer) -> Watcher:
    """Return a drawn person, whose pictures are requested."""
    person = draw_simulated_person(person_seed(plan.seed, f"drawn-{number}"), model)
    viewer = Viewer(person, model.bases["units"].names, plan.camera.rate_hz)
    targets = {one.name: target_course(one, model, apex=target_units(one, model)) for one in plan.targets}
    watching = Watching(plan, viewer, targets)
    faces = {trial.target.name: watching.face(trial) for trial in _trials(plan)}
    watcher = Watcher(person, PrerenderedPictures(person, renderer), neutral_sequence(person, model), faces)
    for sequence in watcher.sequences:
        watcher.pictures.request(sequence)
    return watcher


def _trials(plan: SessionPlan) -> list[Trial]:
    return [step for step in plan.steps if isinstance(step, Trial)]


def _truth(participant: str, watcher: Watcher) -> Iterator[tuple[str, ...]]:
    for target, face in watcher.faces.items():
        reaction = face.reaction
        strength = float(reaction.factors.mean()) if reaction.reacts else 0.0
        yield participant, target, str(int(reaction.reacts)), f"{reaction.latency_s:.4f}", f"{strength:.4f}"


class _Camera:
    """Makes the frames of one participant."""

    def __init__(self, watcher: Watcher, rate_hz: float, *, noise: int) -> None:
        self._watcher, self._sensor, self._shift = watcher, sensor_noise(watcher.person), noise
        self.rate_hz, self.index = rate_hz, 0

    def picture(self, sequence: FaceSequence, frame: int) -> Image:
        """Return the next picture."""
        moment = SequenceFrame(sequence, frame)
        clean = self._watcher.pictures.drawn(sequence, moment.number)
        assert clean is not None
        self.index += 1
        return self._sensor.add(clean, noise_number(moment) + self._shift)


def _record(plan: SessionPlan, dataset: Path, watcher: Watcher, *, noise: int) -> None:
    """Record one session."""
    clock, camera = VirtualClock(), _Camera(watcher, plan.camera.rate_hz, noise=noise)
    rate_hz = plan.display.refresh_rate_hz
    display = {"verdict": "locked", "refresh_rate_hz": rate_hz, "background": plan.display.background}
    facts = {"spec": SIMULATED, "kind": "simulated", "size_px": list(plan.camera.size_px), "rate_hz": camera.rate_hz}
    header = header_of(plan, Options(camera=SIMULATED), display=display, camera=facts)
    recorder = Recorder.start(dataset, header, clock=clock)
    film = session_place(dataset, plan.participant, plan.session).film
    recorder.write(FilmStartLine(1, whole_session=False, encrypted=False, encoder={}))
    part = Part(film, 1, rate_hz=camera.rate_hz, inside=dataset)
    for step in plan.steps:
        if isinstance(step, Calibration):
            _calibrate(step, recorder, camera, watcher, clock)
        elif isinstance(step, Trial):
            _film_trial(step, watcher.faces[step.target.name], part, camera, clock)
            recorder.trial(result_of(step, clock.now(), rate_hz))
            clock.sleep_until(clock.now() + _duration_s(step, rate_hz) + PAUSE_S)
    made, top = part.close(), film.relative_to(dataset.absolute()).as_posix()
    table, *files = (
        StoredFile(f"{top}/{name}", sha256) for name, sha256 in ((made.table, made.table_sha256), *made.files)
    )
    recorder.write(
        FilmEndLine(made.number, closed=True, frames=made.frames, lost=made.lost, table=table, files=tuple(files))
    )
    recorder.flush()
    recorder.close(complete=True)


def _calibrate(step: Calibration, recorder: Recorder, camera: _Camera, watcher: Watcher, clock: VirtualClock) -> None:
    frames = []
    for number in range(step.frames):
        time_s, index = clock.now() + number / camera.rate_hz, camera.index
        frames.append(CameraFrame(index, time_s, "driver", camera.picture(watcher.neutral, number)))
    recorder.calibration(step.id, block=step.block, frames=frames)
    clock.sleep_until(clock.now() + PAUSE_S)


def _film_trial(trial: Trial, face: ViewingFace, part: Part, camera: _Camera, clock: VirtualClock) -> None:
    """Film one trial, from the fixation to the end of the blank."""
    before = [(face.before, frame) for frame in range(len(face.before.order))]
    after = [(face.during, frame) for frame in range(len(face.during.order))]
    shown = [*before, *after][: round(_duration_s(trial, 60.0) * camera.rate_hz)]
    for number, (sequence, frame) in enumerate(shown):
        time_s, index = clock.now() + number / camera.rate_hz, camera.index
        picture = camera.picture(sequence, frame)
        part.add(FrameNote(index, time_s, "driver", 0.5 / camera.rate_hz, trial.id), picture)


def _duration_s(trial: Trial, rate_hz: float) -> float:
    return sum(_refreshes(trial)) / rate_hz


def _refreshes(trial: Trial) -> tuple[int, int, int]:
    """Return the refreshes of fixation, target and blank."""
    return trial.fixation_frames, trial.target_frames or 0, trial.inter_trial_frames


def result_of(trial: Trial, begins_s: float, rate_hz: float) -> TrialResult:
    """Return what a session on a perfect display records.

    Parameters
    ----------
    trial
        The trial.
    begins_s
        Time of its first flip.
    rate_hz
        Rate of the display.
    """
    fixation, target, blank = _refreshes(trial)
    flips = tuple(begins_s + refresh / rate_hz for refresh in range(fixation + target + blank))
    movement = trial.target.movement
    assert movement is not None
    starts = [start for start in movement.starts() if start < target]
    motion = {
        "frames": list(range(len(starts))),
        "flips": [fixation + start for start in starts],
        "late": [],
        "skipped": [],
    }
    return TrialResult(
        id=trial.id,
        block=trial.block,
        kind=trial.kind,
        index=trial.index,
        target=trial.target.name,
        expression=trial.target.expression,
        outcome="viewed",
        fixation_s=begins_s,
        onset_s=flips[fixation],
        offset_s=flips[fixation + target],
        condition=trial.condition,
        flip_times_s=flips,
        details={"motion": motion},
        baseline_s=flips[fixation - trial.baseline_frames],
        filmed=True,
    )

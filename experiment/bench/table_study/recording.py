"""Record many sessions of the published study without a window.

The recorder of a session writes them, on a clock that does not wait, with the frames that a session keeps at its key
presses and none around them. Drawing is slow, so participants share a few drawn persons: those who share one have the
same pictures. Equal pictures are one file with several names on the disk. Measurements are kept for each session, so
the program does not profit from either.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from analysis.face.arrays import ImageArray
from analysis.face.models.registry import load_model
from analysis.paths import PROTOCOLS
from analysis.terminal import progress
from experiment.clock import VirtualClock
from experiment.errors import ExperimentError
from experiment.lab.rendered_targets import render_drawn
from experiment.lab.session_header import header_of
from experiment.lab.session_options import SIMULATED, Options
from experiment.ports.camera import CameraFrame, Capture
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Calibration, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.record.files import sha256_of
from experiment.record.layout import session_place
from experiment.record.recorder import Recorder
from experiment.record.values import TrialResult
from experiment.simulation.drawing.states import camera_renderer, state_drawer
from experiment.simulation.keyframes import key_frames
from experiment.simulation.person import draw_simulated_person
from experiment.simulation.study.measuring import emotion_targets
from experiment.simulation.visitor import person_seed

PROTOCOL = PROTOCOLS / "facial_mimicry.yaml"
_RATE_HZ = 30.0
_TARGET_S, _PAUSE_S = 2.0, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPictures:
    """The pictures of one drawn person."""

    neutral: tuple[ImageArray, ...]
    by_expression: Mapping[str, ImageArray]


def record_table_study(dataset: Path, *, people: int, drawn: int) -> None:
    """Record sessions until the data set has the number of participants.

    Sessions of an earlier run are kept.

    Parameters
    ----------
    dataset
        The data set.
    people
        Number of participants.
    drawn
        Number of drawn persons.

    Raises
    ------
    ExperimentError
        If the data set has more participants.
    """
    names = [f"{number:04d}" for number in range(1, people + 1)]
    found = {place.name.removeprefix("sub-") for place in (dataset / "sourcedata").glob("sub-*")}
    if more := found - set(names):
        raise ExperimentError(f"{dataset} has {len(more)} more participants than {people}; name another folder")
    groups = [names[first::drawn] for first in range(min(drawn, people))]
    for _ in progress(_sessions(dataset, groups), total=people, title="recording"):
        pass


def _sessions(dataset: Path, groups: list[list[str]]) -> Iterator[str]:
    protocol, files = load_protocol(PROTOCOL), dict[str, Path]()
    for number, group in enumerate(groups):
        missing = [name for name in group if not session_place(dataset, name, None).journal.exists()]
        if not missing:
            continue
        pictures = _pictures(number)
        for name in missing:
            _record(design(protocol, participant=name, render=render_drawn), dataset, pictures)
            _share(session_place(dataset, name, None).source / "frames", files)
            yield name


def _pictures(number: int) -> DrawnPictures:
    model = load_model()
    person = draw_simulated_person(person_seed(0, f"drawn-{number}"), model)
    draw = state_drawer(person, camera_renderer(model.name))
    frames = list(key_frames(person, emotion_targets(model), model, draw=draw))
    return DrawnPictures(
        tuple(frame.image for frame in frames if frame.target == "neutral"),
        {frame.target: frame.image for frame in frames if frame.target != "neutral"},
    )


def _record(plan: SessionPlan, dataset: Path, pictures: DrawnPictures) -> None:
    """Record one session."""
    clock = VirtualClock()
    display = {"verdict": "locked", "refresh_rate_hz": 60.0, "background": plan.display.background}
    facts = {"spec": SIMULATED, "kind": "simulated", "size_px": [640, 480], "rate_hz": _RATE_HZ}
    header = header_of(plan, Options(camera=SIMULATED), display=display, camera=facts)
    recorder = Recorder.start(dataset, header, clock=clock)
    for step in plan.steps:
        if isinstance(step, Calibration):
            frames = [
                CameraFrame(index, clock.now() + index / _RATE_HZ, "driver", image)
                for index, image in enumerate(pictures.neutral[: step.frames])
            ]
            recorder.calibration(step.id, block=step.block, frames=frames)
        elif isinstance(step, Trial):
            result = _result(step, clock.now())
            recorder.trial(result, _captured(result, pictures.by_expression[step.target.expression]))
        clock.sleep_until(clock.now() + _TARGET_S + _PAUSE_S)
    recorder.flush()
    recorder.close(complete=True)


def _result(trial: Trial, begins_s: float) -> TrialResult:
    onset_s = begins_s + trial.fixation_frames / 60.0
    return TrialResult(
        id=trial.id,
        block=trial.block,
        kind=trial.kind,
        index=trial.index,
        target=trial.target.name,
        expression=trial.target.expression,
        outcome="response",
        fixation_s=begins_s,
        onset_s=onset_s,
        offset_s=onset_s + _TARGET_S,
        key="space",
        anchor_s=onset_s + _TARGET_S - 0.05,
        condition=trial.condition,
        flip_times_s=(begins_s, onset_s),
    )


def _captured(result: TrialResult, image: ImageArray) -> Future[Capture]:
    assert result.anchor_s is not None
    done: Future[Capture] = Future()
    frame = CameraFrame(round(result.anchor_s * _RATE_HZ), result.anchor_s + 0.004, "driver", image)
    done.set_result(Capture(result.anchor_s, frame, half_interval_s=0.5 / _RATE_HZ))
    return done


def _share(frames: Path, files: dict[str, Path]) -> None:
    """Replace files by names of an equal file, where the disk can do that."""
    for file in frames.rglob("*.png"):
        first = files.setdefault(sha256_of(file), file)
        if first == file:
            continue
        with suppress(OSError):
            name = file.with_suffix(".link")
            os.link(first, name)
            name.replace(file)

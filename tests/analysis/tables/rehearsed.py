"""A recorded data set whose faces are known: the real recorder writes it, a perfect detector "finds" the landmarks.

The pictures are noise; what their faces are is given by their place in the data set (`Faces`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from analysis.face.fitting.camera import Pose, rotation_from_angles
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.measurement import DetectedFace, Detection, Exclusion, Picture
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from experiment.ports.camera import CameraFrame, Capture
from experiment.record.journal_lines import LiveLine
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus, TrialResult
from tests.experiment.clocks import SetClock

Image = NDArray[np.uint8]


@dataclass
class Faces:
    """What every picture of the data set shows."""

    model: FaceModel
    noise_px: float = 0.0
    neighbour_px: float = 0.0
    """Further noise of the frames around a key press; all frames of a trial are otherwise equal."""
    refused: dict[str, str] = field(default_factory=dict)
    """Trial or target to the reason why its face "cannot be found"."""
    detected: list[Path] = field(default_factory=list)

    def detect(self, picture: Picture) -> Detection:
        """Replace `analysis.face.measurement.detect_face`."""
        self.detected.append(picture.path)
        place = picture.path.parts
        if "stimuli" in place:
            person, shown = "target", picture.path.stem
        else:
            sub = next(part for part in place if part.startswith("sub-"))
            person, shown = sub, "neutral" if picture.path.name.startswith("neutral") else place[-2].split("-", 1)[1]
        if shown in self.refused:
            return Exclusion(self.refused[shown], f"{shown} was refused for a test", picture)
        found = self.landmarks(person, shown)
        if picture.path.name.startswith(("before", "after")):
            noise = np.random.default_rng(sum(map(ord, "/".join(place[-2:])))).normal(size=(68, 2))
            found = replace(found, points_px=found.points_px + self.neighbour_px * noise)
        return DetectedFace(picture, found)

    def landmarks(self, person: str, shown: str) -> Landmarks:
        rng = np.random.default_rng(sum(map(ord, person + shown)))
        identity = np.random.default_rng(sum(map(ord, person))).normal(size=len(self.model.identity)) * 0.7
        vertices = self.model.neutral(identity)
        emotion = shown.split("-")[0]
        if emotion in EMOTIONS:
            shape = self.model.bases["emotions"].shapes[self.model.bases["emotions"].names.index(emotion)]
            vertices = vertices + rng.uniform(0.6, 0.9) * shape
        rotation = rotation_from_angles(yaw_deg=rng.uniform(-8, 8), pitch_deg=rng.uniform(-5, 5))
        pose = Pose(rotation, np.array([0.0, 0.0, -550.0]), 704.0, (320.0, 240.0))
        points = pose.project(vertices[self.model.landmark_vertices]) + rng.normal(size=(68, 2)) * self.noise_px
        return Landmarks(points, (640, 480), score=1.0, blur=0.3)


def noise(name: str) -> Image:
    return np.random.default_rng(sum(map(ord, name))).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def record_session(
    dataset: Path,
    *,
    participant: str = "01",
    session: str | None = None,
    targets: Sequence[str] = EMOTIONS,
    trials: Sequence[str] | None = None,
    outcomes: Mapping[str, str] | None = None,
    calibration: int = 5,
    target_neutral: bool = True,
    pictures: Callable[[str], Image] = noise,
    pilot: bool = False,
    complete: bool = True,
    trained: Mapping[str, Sequence[float | None]] | None = None,
    groups: Mapping[str, str] | None = None,
    hold: Mapping[str, object] | None = None,
    background: str | None = None,
    conditions: Mapping[str, Mapping[str, str]] | None = None,
    units: Mapping[str, Mapping[str, float]] | None = None,
    neighbours: int = 0,
) -> None:
    """Record one session with the real recorder.

    ``trials`` are the targets in the order they are shown; the id of a trial is its target and, from the second time
    on, a number: ``anger``, ``anger-2``. One practice trial comes first. ``trained`` names the training trials with the
    similarities that were measured live, ten a second; None where there was no face. ``hold`` is what they asked for.
    ``units`` are the strengths of targets of single movements. ``neighbours`` is the number of frames before and after
    each key press, 30 a second.
    """
    clock = SetClock()
    source = dataset.parent / f"{dataset.name}-pictures"
    source.mkdir(exist_ok=True)
    for name in (*targets, "neutral"):
        cv2.imwrite(str(source / f"{name}.png"), pictures(f"target-{name}")[:, :, ::-1])
    neutral = source / "neutral.png" if target_neutral else None
    ids = list(_ids(trials if trials is not None else targets))
    recorder = Recorder.start(
        dataset,
        SessionHeader(
            participant=participant,
            session=session,
            task="facial-mimicry",
            title="Facial mimicry",
            seed=7,
            language="en",
            steps=("baseline", "warm-up", *(trial_id for trial_id, _ in ids)),
            stimuli=tuple(
                Stimulus(name, name, source / f"{name}.png", neutral=neutral, units=(units or {}).get(name, {}))
                for name in targets
            ),
            protocol_file=source / "protocol.yaml",
            protocol_text="protocol: 1\n",
            protocol_sha256="5f" * 32,
            display={"verdict": "locked", "refresh_rate_hz": 60.01}
            | ({"background": background} if background else {}),
            camera={"spec": "0"},
            pilot=pilot,
            groups=groups or {},
        ),
        clock=clock,
    )
    if calibration:
        frames = [CameraFrame(k, k / 30, "driver", pictures(f"{participant}-neutral-{k}")) for k in range(calibration)]
        recorder.calibration("baseline", block="baseline", frames=frames)
    for index, (trial_id, target) in enumerate([("warm-up", targets[0]), *ids]):
        outcome = (outcomes or {}).get(trial_id, "response")
        onset_s = clock.now()
        live = (trained or {}).get(trial_id)
        kind = "practice" if trial_id == "warm-up" else "experiment" if live is None else "training"
        if live:
            recorder.write(live_line(live, from_s=onset_s))
        result = TrialResult(
            id=trial_id,
            block="mimicry",
            kind=kind,  # type: ignore[arg-type]
            index=index,
            target=target,
            expression=target,
            outcome=outcome,  # type: ignore[arg-type]
            fixation_s=onset_s - 0.5,
            onset_s=onset_s,
            offset_s=onset_s + 2.25,
            key="space" if outcome == "response" else None,
            anchor_s=onset_s + 2.0 + 0.1 * index if outcome == "response" else None,
            flip_times_s=(onset_s,),
            condition={"emotion": target, **(conditions or {}).get(trial_id, {})},
            ratings={"effort": index},
            details={"similarity": live[-1], "locked_by": "hold", "hold": hold} if live else {},
        )
        shown = [pictures(f"{participant}-{trial_id}{k or ''}") for k in range(-neighbours, neighbours + 1)]
        recorder.trial(result, _captured(result, shown))
        clock.sleep_until(clock.now() + 4)
    recorder.close(complete=complete)


def live_line(similarities: Sequence[float | None], *, from_s: float) -> LiveLine:
    """Live measurements, ten a second, each on the display 40 ms after its frame was taken."""
    count = len(similarities)
    return LiveLine(
        frame=tuple(range(count)),
        captured_s=tuple(round(from_s + 0.1 * index, 6) for index in range(count)),
        offered_ms=(1.0,) * count,
        started_ms=(2.0,) * count,
        finished_ms=(15.0,) * count,
        shown_ms=(40.0,) * count,
        fault=tuple("no-face" if value is None else None for value in similarities),
        similarity=tuple(similarities),
        intensity=tuple(None if value is None else 0.5 for value in similarities),
        emotions=([0.0] * 6,) * count,
        units=([],) * count,
        hint=("mouthSmile +0.40",) * count,
    )


def _ids(trials: Sequence[str]) -> list[tuple[str, str]]:
    counts: dict[str, int] = {}
    ids = []
    for target in trials:
        counts[target] = counts.get(target, 0) + 1
        ids.append((target if counts[target] == 1 else f"{target}-{counts[target]}", target))
    return ids


def _captured(result: TrialResult, images: Sequence[Image]) -> Future[Capture] | None:
    if result.anchor_s is None:
        return None
    done: Future[Capture] = Future()
    middle = len(images) // 2
    frames = [
        CameraFrame(result.index + k, result.anchor_s + 0.005 + (k - middle) / 30, "driver", image)
        for k, image in enumerate(images)
    ]
    before, after = tuple(frames[:middle]), tuple(frames[middle + 1 :])
    done.set_result(Capture(result.anchor_s, frames[middle], before=before, after=after, half_interval_s=1 / 60))
    return done

"""A small session to record, and the official validator to judge what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from experiment.ports.camera import CameraFrame, Capture
from experiment.ports.clock import Clock
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus, TrialResult

TRIALS = ("t01", "t02", "t03", "t04", "t05")
STEPS = ("welcome", "consent", "about-you", "baseline", *TRIALS)
SHA256 = "5f" * 32


def header(folder: Path, *, participant: str = "01", session: str | None = None) -> SessionHeader:
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "anger.png"
    if not picture.exists():
        cv2.imwrite(str(picture), np.full((8, 8, 3), 90, np.uint8))
    stimulus = Stimulus("angry-face", "anger", picture, neutral=picture, blend={"anger": 1.0})
    return replace(same_plan(), participant=participant, session=session, stimuli=(stimulus,))


def same_plan() -> SessionHeader:
    """What `resume` needs of the session of `header`."""
    return SessionHeader(
        participant="01",
        session=None,
        task="facial-mimicry",
        title="Facial mimicry",
        seed=7,
        language="en",
        steps=STEPS,
        stimuli=(),
        protocol_file=Path("protocol.yaml"),
        protocol_text="protocol: 1\n",
        protocol_sha256=SHA256,
        display={"verdict": "locked", "size_px": [1440, 900], "refresh_rate_hz": 60.01},
        camera={"spec": "0"},
    )


def picture(number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A picture of its own for every number."""
    return np.random.default_rng(number).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def frames(first: int, count: int, *, start_s: float) -> list[CameraFrame]:
    return [CameraFrame(i, start_s + (i - first) / 30, "driver", picture(i)) for i in range(first, first + count)]


def captured(anchor_s: float, *, first: int = 100) -> Future[Capture]:
    """Two frames before, the one 5 ms after the key press, one after it."""
    taken = frames(first, 4, start_s=anchor_s + 0.005 - 2 / 30)
    done: Future[Capture] = Future()
    done.set_result(Capture(anchor_s, taken[2], tuple(taken[:2]), tuple(taken[3:]), half_interval_s=1 / 60))
    return done


def trial(
    trial_id: str, *, onset_s: float, outcome: Literal["response", "timeout", "aborted"] = "response"
) -> TrialResult:
    index = TRIALS.index(trial_id)
    answered = outcome == "response"
    result = TrialResult(
        id=trial_id,
        block="mimicry",
        kind="experiment",
        index=index,
        target="angry-face",
        expression="anger",
        outcome=outcome,
        fixation_s=onset_s - 0.5,
        onset_s=onset_s,
        offset_s=onset_s + 2.25,
        key="space" if answered else None,
        anchor_s=onset_s + 2.0 if answered else None,
        flip_times_s=(onset_s, onset_s + 1 / 60),
    )
    more = {"condition": {"gaze": "direct"}, "ratings": {"valence": 4}, "details": {"similarity": 0.75}}
    return replace(result, **more) if answered else result  # type: ignore[arg-type]


def record_trial(recorder: Recorder, trial_id: str, clock: Clock) -> None:
    result = trial(trial_id, onset_s=clock.now())
    assert result.anchor_s is not None
    recorder.trial(result, captured(result.anchor_s, first=100 * (1 + result.index)))
    recorder.flush()
    clock.sleep_until(clock.now() + 3)


def record_opening(recorder: Recorder, clock: Clock) -> None:
    """Everything before the first trial."""
    for step in STEPS[: -len(TRIALS)]:
        record_step(recorder, step, clock)
    recorder.flush()


def record_step(recorder: Recorder, step: str, clock: Clock) -> None:
    match step:
        case "consent":
            recorder.answers("consent", {"audio-video": True, "share": False})
        case "about-you":
            recorder.answers(
                "about-you",
                {"age": 22, "gender": "female", "mood": "fine\tthanks"},
                demographic=("age", "gender"),
                labels={"age": "How old are you?"},
            )
        case "baseline":
            recorder.calibration("baseline", block="baseline", frames=frames(0, 5, start_s=clock.now()))
        case _:
            recorder.step(step)


def record_all(dataset: Path, folder: Path, clock: Clock, **names: str | None) -> None:
    recorder = Recorder.start(dataset, header(folder, **names), clock=clock)  # type: ignore[arg-type]
    record_opening(recorder, clock)
    for trial_id in TRIALS:
        record_trial(recorder, trial_id, clock)
    recorder.close(complete=True)


def resume(dataset: Path, clock: Clock, **changes: Any) -> Recorder:
    return Recorder.resume(dataset, replace(same_plan(), **changes), clock=clock)


def table(path: Path) -> list[dict[str, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]


def validate(dataset: Path) -> tuple[list[str], list[str]]:
    """Errors and warnings of the official BIDS validator."""
    program = Path(sys.executable).with_name("bids-validator-deno")
    result = subprocess.run(
        [str(program), str(dataset), "--format", "json"], capture_output=True, text=True, check=False
    )
    issues: list[Mapping[str, Any]] = json.loads(result.stdout)["issues"]["issues"]
    reported: dict[str, list[str]] = {"error": [], "warning": []}
    for issue in issues:
        text = f"{issue['code']} {issue.get('subCode', '')} {issue.get('location', '')}"
        reported.setdefault(issue["severity"], []).append(text)
    return reported["error"], reported["warning"]

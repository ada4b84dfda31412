"""Small plans for tests: built by hand, so that they do not depend on protocol files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from experiment.protocol.language.texts import program_texts
from experiment.protocol.plan import (
    Calibration,
    CameraSettings,
    DisplaySettings,
    Page,
    SessionPlan,
    Step,
    Target,
    Trial,
)

EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")


def make_targets(folder: Path, names: tuple[str, ...] = EXPRESSIONS) -> tuple[Target, ...]:
    """Write one plain picture per target and return the targets."""
    folder.mkdir(parents=True, exist_ok=True)
    targets = []
    for index, name in enumerate(names):
        file = folder / f"{name}.png"
        pixels = np.full((120, 100, 3), (40 * index + 30, 200 - 30 * index, 90), dtype=np.uint8)
        pixels[30:40, 20:80] = 255
        Image.fromarray(pixels).save(file)
        targets.append(Target(name, file, name))
    return tuple(targets)


def make_trial(target: Target, index: int, **changes: object) -> Trial:
    """One trial with short times: 6 frames of fixation, at most 120 of target, 6 in between."""
    values: dict[str, object] = {
        "id": f"trial-{index:02d}",
        "block": "mimicry",
        "kind": "experiment",
        "index": index,
        "target": target,
        "fixation_frames": 6,
        "target_frames": None,
        "timeout_frames": 120,
        "inter_trial_frames": 6,
    }
    return Trial(**(values | changes))  # type: ignore[arg-type]


def make_plan(folder: Path, steps: tuple[Step, ...] | None = None, **changes: object) -> SessionPlan:
    """A page, a calibration of 3 frames, and one trial per expression, unless ``steps`` are given."""
    targets = make_targets(folder / "targets")
    text = "protocol: 1\n"
    protocol = folder / "protocol.yaml"
    protocol.write_text(text)
    if steps is None:
        trials = tuple(make_trial(target, index) for index, target in enumerate(targets))
        steps = (
            Page("welcome", "welcome", "Welcome", "Please imitate each face.\nPress SPACE at your best."),
            Calibration("baseline", "baseline", "Please look at the camera with a calm face.", None, 3),
            *trials,
        )
    values: dict[str, object] = {
        "task": "mimicrytest",
        "title": "Mimicry test",
        "participant": "01",
        "session": None,
        "seed": 1,
        "language": "en",
        "display": DisplaySettings((1440, 900), 60.0, 50.0, False, "black"),
        "camera": CameraSettings((640, 480), 30.0, 3, 2),
        "pause_key": "escape",
        "steps": steps,
        "targets": targets,
        "protocol_file": protocol,
        "protocol_text": text,
        "protocol_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    values |= changes
    values.setdefault("texts", program_texts(str(values["language"]), {}))
    return SessionPlan(**values)  # type: ignore[arg-type]

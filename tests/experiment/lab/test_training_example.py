"""The example of a training screen in the preview."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from analysis.face.models.drawn_face import DrawnFace
from experiment.clock import ManualClock
from experiment.feedback.live_measurer import FaceMeasurerFactory
from experiment.feedback.measurement_log import MeasurementLog
from experiment.lab.session_options import Options
from experiment.lab.session_setup import start_training
from experiment.lab.training_example import TrainingExamples
from experiment.preview import distinct_screens
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.screens.screen import LiveImage, Text
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import draw_pictures

TARGETS = PROJECT / "protocols" / "targets"
TEXT = (
    "protocol: 1\nname: study\ntargets:\n"
    "  happiness: {image: targets/happiness.png, neutral: targets/neutral.png}\n"
    "blocks: [{name: live, kind: training, trials: [happiness], feedback: {units: true}}]\n"
)


def planned(folder: Path) -> tuple[SessionPlan, Trial]:
    (folder / "study.yaml").write_text(TEXT, encoding="utf-8")
    plan = design(load_protocol(folder / "study.yaml"), participant="01")
    (trial,) = [step for step in plan.steps if isinstance(step, Trial)]
    return plan, trial


def test_the_example_has_mirror_difference_number_and_bars(tmp_path: Path) -> None:
    shutil.copytree(TARGETS, tmp_path / "targets")
    plan, trial = planned(tmp_path)

    files = [TARGETS / "neutral.png", TARGETS / "happiness.png"]
    screen = TrainingExamples(lambda _: files).screen(plan, trial)

    assert screen is not None
    images = [element for element in screen.elements if isinstance(element, LiveImage)]
    assert len(images) == 3, "the mirror, the coloured face and its scale"
    texts = [element.text for element in screen.elements if isinstance(element, Text)]
    assert "happiness" in texts
    assert any("mouth corner" in text for text in texts), "bars of single movements"
    assert int("".join(text for text in texts if text.isdigit())) >= 98, "the face is the target's"


def test_live_measurement_has_the_metric_of_the_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the key of the protocol to the measuring process and to the journal."""
    shutil.copytree(TARGETS, tmp_path / "targets")
    (tmp_path / "study.yaml").write_text(TEXT + "live_metric: units\n", encoding="utf-8")
    plan = design(load_protocol(tmp_path / "study.yaml"), participant="01")
    clock, made = ManualClock(), []

    class Process:
        def __init__(self, factory: FaceMeasurerFactory, **_: object) -> None:
            made.append(factory)

    monkeypatch.setattr("experiment.feedback.worker_process.MeasuringProcess", Process)
    assert start_training(plan, Options(), clock=clock) is not None
    assert made[0].metric == "units"
    assert MeasurementLog(plan.live_metric).metric == "units"
    assert planned(tmp_path)[0].live_metric == "combined"


def test_a_target_without_a_face_has_the_plain_example(tmp_path: Path) -> None:
    draw_pictures(tmp_path / "targets")
    plan, trial = planned(tmp_path)
    asked: list[DrawnFace] = []

    def render(faces: Sequence[DrawnFace]) -> list[Path]:
        asked.extend(faces)
        return [TARGETS / "neutral.png"] * len(faces)

    examples = TrainingExamples(render)

    assert examples.screen(plan, trial) is None
    assert asked == [DrawnFace(), DrawnFace({"happiness": 0.4, "fear": 0.8})]
    shown = distinct_screens([plan], training=examples.screen)
    assert [item.screen.kind for item in shown].count("feedback") == 1

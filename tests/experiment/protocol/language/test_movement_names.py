"""Movements as written in a protocol become units of the face model."""

from __future__ import annotations

from pathlib import Path

from experiment.protocol.load import check_bytes
from experiment.protocol.planner import design

STUDY = """
protocol: 1
name: study
targets:
  one: {units: {AU12: {left: 0.8, right: 0.2}, inner brow raiser: 1, jawOpen: 0.5}, expression: one}
  two: {units: {AU2: 0.6, mouthSmileLeft: 1}, expression: two, course: {onset: 24 frames}}
composites: {smirk: {AU12: {left: 1, right: -1}, brow lowerer: 2, mouthFrownLeft: 1}}
blocks:
  - {name: main, kind: experiment, trials: [one, two]}
"""


def test_targets_and_composites_have_the_names_of_the_model(tmp_path: Path) -> None:
    protocol = check_bytes(STUDY.encode(), tmp_path / "study.yaml").protocol
    assert protocol is not None
    plan = design(protocol, participant="01", render=lambda faces: [Path(str(i)) for i in range(len(faces))])
    one, two = plan.targets
    assert one.units == {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.2, "browInnerUp": 1, "jawOpen": 0.5}
    assert two.movement is not None
    assert two.units == two.movement.apex == {"browOuterUpLeft": 0.6, "browOuterUpRight": 0.6, "mouthSmileLeft": 1}
    assert plan.composites == {
        "smirk": {"mouthSmileLeft": 1, "mouthSmileRight": -1, "browDown": 2, "mouthFrownLeft": 1}
    }

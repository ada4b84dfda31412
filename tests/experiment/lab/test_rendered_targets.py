"""Targets given as blends get pictures: drawn once, kept, and shown in every trial."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiment.errors import ProtocolError
from experiment.lab.rendered_targets import with_pictures
from experiment.protocol.load import Protocol
from experiment.protocol.plan import SessionPlan, Trial
from experiment.protocol.planner import design
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import draw_pictures

Load = Callable[..., Protocol]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> SessionPlan:
    """One picture and one blend."""
    from experiment.protocol.load import load_protocol

    folder = tmp_path_factory.mktemp("study")
    draw_pictures(folder / "targets")
    (folder / "study.yaml").write_text(
        "protocol: 1\nname: study\ntargets:\n  anger: {image: targets/anger.png}\n"
        "  mixed: {blend: {happiness: 0.9, surprise: 0.4}}\n"
        "blocks:\n  - {name: main, kind: experiment, trials: [anger, mixed]}\n",
        encoding="utf-8",
    )
    return design(load_protocol(folder / "study.yaml"), participant="01")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.mark.slow
def test_every_blend_gets_a_picture_and_the_same_face_at_rest(plan: SessionPlan, kept: Path) -> None:
    drawn = with_pictures(plan, kept)

    anger, mixed = drawn.targets
    assert anger == plan.targets[0]
    assert [step.target for step in drawn.steps if isinstance(step, Trial)] == [anger, mixed]
    assert mixed.neutral is not None
    with Image.open(mixed.image) as picture, Image.open(mixed.neutral) as neutral:
        assert picture.size == neutral.size == (720, 900)
        difference = np.abs(np.asarray(picture, dtype=int) - np.asarray(neutral, dtype=int)).max(axis=2)
    assert difference[:100].max() < 30  # the wall behind the head stays
    assert difference[500:760, 200:520].max() > 60  # the mouth moves


@pytest.mark.slow
def test_the_neutral_picture_is_the_one_that_ships(plan: SessionPlan, kept: Path) -> None:
    mixed = with_pictures(plan, kept).targets[1]

    assert mixed.neutral is not None
    with Image.open(mixed.neutral) as drawn, Image.open(PROJECT / "protocols" / "targets" / "neutral.png") as shipped:
        difference = np.abs(np.asarray(drawn, dtype=int) - np.asarray(shipped.convert("RGB"), dtype=int))
    assert np.percentile(difference, 99) <= 2


@pytest.mark.slow
def test_pictures_are_drawn_once(plan: SessionPlan, kept: Path) -> None:
    first = with_pictures(plan, kept)
    stamps = {file: file.stat().st_mtime_ns for file in kept.iterdir()}

    assert with_pictures(plan, kept) == first
    assert {file: file.stat().st_mtime_ns for file in kept.iterdir()} == stamps
    assert len(stamps) == 2


def test_a_plan_without_blends_stays_as_it_is(plan: SessionPlan, tmp_path: Path) -> None:
    without = replace(plan, targets=plan.targets[:1], steps=plan.steps[:1])

    assert with_pictures(without, tmp_path / "nowhere") is without
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(plan: SessionPlan, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ProtocolError, match="drawn targets cannot be kept there"):
        with_pictures(plan, tmp_path / "file" / "kept")

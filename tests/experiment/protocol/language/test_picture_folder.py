"""``pictures: FOLDER``: one line says where all pictures of a protocol are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiment.protocol.load import check_protocol, load_protocol
from experiment.protocol.plan import Calibration
from experiment.protocol.planner import design
from tests.conftest import PROJECT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "protocols", tmp_path / "protocols")
    (tmp_path / "protocols" / "targets").rename(tmp_path / "protocols" / "our-faces")
    return tmp_path / "protocols"


def test_one_line_changes_all_pictures_of_the_published_study(folder: Path) -> None:
    protocol = folder / "facial_mimicry.yaml"
    text = protocol.read_text("utf-8")
    assert text.count("targets\n") == 1
    protocol.write_text(text.replace("pictures: targets\n", "pictures: our-faces\n"), "utf-8")

    plan = design(load_protocol(protocol), participant="01")

    assert {target.image.parent for target in plan.targets} == {(folder / "our-faces").resolve()}
    assert {target.neutral for target in plan.targets} == {(folder / "our-faces" / "neutral.png").resolve()}
    (calibration,) = (step for step in plan.steps if isinstance(step, Calibration))
    assert calibration.picture == (folder / "our-faces" / "neutral.png").resolve()


def test_a_protocol_that_extends_the_study_can_have_its_own_folder(folder: Path, tmp_path: Path) -> None:
    own = folder / "lab"
    own.mkdir()
    (folder / "our-faces").rename(own / "faces")
    (own / "facial_mimicry.yaml").write_text((folder / "facial_mimicry.yaml").read_text("utf-8"), "utf-8")
    child = own / "ours.yaml"
    child.write_text("protocol: 1\nname: ours\nextends: facial_mimicry.yaml\npictures: faces\n", "utf-8")

    plan = design(load_protocol(child), participant="01")

    assert {target.image.parent for target in plan.targets} == {(own / "faces").resolve()}


def test_a_missing_folder_is_one_problem_at_its_place(folder: Path) -> None:
    (problem,) = check_protocol(folder / "facial_mimicry.yaml").problems

    assert problem.message.startswith("`pictures` names the folder `targets`, but protocols/ does not contain it")
    assert problem.line_text.startswith("pictures: targets")

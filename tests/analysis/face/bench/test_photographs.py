from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from analysis.face.bench.photographs import SAME_PLACE, measure_photographs, summary
from analysis.face.errors import ImageError
from analysis.face.models.registry import load_model
from tests.conftest import shared_path


@pytest.mark.slow
def test_all_photographs_are_detected_and_agree_with_points_placed_by_hand() -> None:
    figures = measure_photographs(shared_path("faces/london"), load_model())
    assert figures.pictures == 204
    assert figures.excluded == ()
    assert len(figures.alone) == 204
    assert len(figures.calibrated_smiles) == 102
    assert np.median(figures.calibrated_smiles) < 0.015
    assert np.median(figures.alone) < 0.027
    assert set(figures.agreement) == set(SAME_PLACE)
    assert max(figures.agreement.values()) < 0.06
    for place in ("eye corners", "nose base", "mouth corners", "edges of the lips"):
        assert figures.agreement[place] < 0.035


@pytest.fixture
def some(tmp_path: Path) -> Path:
    for name in ("001_neutral.jpg", "001_smiling.jpg", "001_neutral.csv", "002_neutral.jpg", "002_smiling.jpg"):
        shutil.copy(shared_path(f"faces/london/{name}"), tmp_path)
    shutil.copy(shared_path("faces/london/002_neutral.csv"), tmp_path)
    return tmp_path


def test_a_picture_without_a_face_is_listed_with_its_reason(some: Path) -> None:
    shutil.copy(shared_path("faces/london/001_neutral.csv"), some / "003_neutral.csv")
    from PIL import Image

    Image.new("RGB", (300, 300), "white").save(some / "002_smiling.jpg")
    plain = summary(measure_photographs(some, load_model()))
    assert plain["pictures"] == 4
    assert plain["excluded"] == [{"picture": "002_smiling.jpg", "reason": "no-face"}]


def test_points_of_another_template_are_refused_by_file(some: Path) -> None:
    (some / "001_neutral.csv").write_text("x_px,y_px\n1,2\n3,4\n")
    with pytest.raises(ImageError, match=r"001_neutral\.csv: expected 189 lines"):
        measure_photographs(some, load_model())


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no pictures called NNN_neutral\.jpg"):
        measure_photographs(tmp_path, load_model())

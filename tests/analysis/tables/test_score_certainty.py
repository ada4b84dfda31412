"""The uncertainty of each cell of a table of pictures."""

from __future__ import annotations

import dataclasses

import pytest

from analysis.face.measurement import MeasuredFace, Picture
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from analysis.face.similarity.uncertainty import score_uncertainty
from analysis.tables.score_certainty import MeanInterval, table_uncertainties
from analysis.tables.similarity_table import similarity_table
from tests.analysis.face.similarity.measured import measured

MODEL = load_model()
UNITS = metric("units")
SHOWN = {"smile": "mouthSmile", "frown": "browDown"}


def face(shown: str, strength: float = 0.8) -> MeasuredFace:
    made = measured(MODEL, {f"{SHOWN[shown]}{side}": strength for side in ("Left", "Right")})
    return dataclasses.replace(made, picture=Picture(made.picture.path, shown))


def test_each_cell_has_the_uncertainty_of_its_score() -> None:
    targets, mimics = [face("smile"), face("frown")], [face("frown", 0.9), face("smile", 0.6)]
    table = similarity_table(targets, mimics, UNITS, model=MODEL)

    found = table_uncertainties(targets, mimics, table, metric=UNITS, model=MODEL)

    score = UNITS.score(targets[1], mimics[1], MODEL)  # target frown, mimic smile, the first column
    assert found[1][0] == score_uncertainty(score, targets[1], mimics[1], metric="units", model=MODEL)
    assert [len(row) for row in found] == [2, 2]


def test_a_mean_over_pictures_of_the_target_has_the_mean_ends_and_no_likelihood_ratio() -> None:
    targets, mimic = [face("smile"), face("smile", 0.4)], face("smile", 0.6)
    table = similarity_table(targets, [mimic], UNITS, model=MODEL)

    ((found,),) = table_uncertainties(targets, [mimic], table, metric=UNITS, model=MODEL)

    parts = [
        score_uncertainty(UNITS.score(one, mimic, MODEL), one, mimic, metric="units", model=MODEL) for one in targets
    ]
    assert isinstance(found, MeanInterval)
    assert found.low == pytest.approx(sum(one.low for one in parts if one) / 2)
    assert found.high == pytest.approx(sum(one.high for one in parts if one) / 2)


def test_cells_below_the_noise_floor_and_metrics_that_were_not_learned_have_none() -> None:
    targets, mimics = [face("smile")], [face("smile", 0.01), face("smile")]
    table = similarity_table(targets, mimics, UNITS, model=MODEL)
    eos = dataclasses.replace(UNITS, name="eos")

    weak, strong = table_uncertainties(targets, mimics, table, metric=UNITS, model=MODEL)[0]

    assert weak is None
    assert strong is not None
    assert table_uncertainties(targets, mimics, table, metric=eos, model=MODEL) == ((None, None),)

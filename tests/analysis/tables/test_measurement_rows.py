"""Measurements of a session have the units that the landmarks show."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.face.models.movements import HARDLY_SEEN
from analysis.face.models.registry import load_model
from analysis.face.models.units import UNITS
from analysis.tables.column_descriptions import describe_column
from analysis.tables.table_files import write_session
from tests.analysis.tables.test_noise_floor import record, scored


def test_units_that_are_hardly_seen_are_written_on_request_only(tmp_path: Path) -> None:
    made = scored(record(tmp_path))
    units = []
    for all_units in (False, True):
        files = write_session(
            made, tmp_path / "out", dataset=tmp_path / "data", model=load_model(), all_units=all_units
        )
        table = pd.read_csv(next(file for file in files if file.name.endswith("_measurements.csv")))
        strengths, scores = (
            {name.removeprefix(prefix) for name in table.columns if name.startswith(prefix)}
            for prefix in ("intensity_", "score_")
        )
        assert strengths == scores
        units.append(strengths)

    assert units == [set(UNITS) - HARDLY_SEEN, set(UNITS)]


def test_the_description_of_a_strength_has_its_validity() -> None:
    described = describe_column("intensity_browInnerUp").description

    assert "FACS AU1" in described
    assert "Validity on drawn people: seen well, r 0." in described
    assert "Validity" not in describe_column("score_browInnerUp").description

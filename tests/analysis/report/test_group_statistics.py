"""The figure of all cells is drawn without a complaint, also without a table."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.report.group_statistics import cells_figure
from analysis.tables.similarity_table import SimilarityTable


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tables", [0, 1, 2])
def test_the_figure_has_a_line_for_each_session(tables: int) -> None:
    one = SimilarityTable(("anger",), ("anger",), np.array([[0.9]]))

    figure = cells_figure([f"sub-0{k}" for k in range(tables)], [one] * tables, "units")

    assert len(figure.axes[0].get_yticks()) == tables
    assert figure.axes[0].get_ylim() == (max(tables, 1) - 0.5, -0.5)

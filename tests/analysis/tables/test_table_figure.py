from __future__ import annotations

import io
from typing import Literal

import numpy as np
from PIL import Image

from analysis.tables.table_figure import draw_table, figure_bytes
from tests.analysis.tables.test_table_text import FULL as TABLE


def drawn(kind: Literal["png", "svg"], *, caption: str = "c", dpi: int = 200) -> bytes:
    return figure_bytes(draw_table(TABLE, title="Participant 01", caption=caption), kind, dpi=dpi)


def test_matching_cells_and_only_they_are_grey() -> None:
    image = np.asarray(Image.open(io.BytesIO(drawn("png", dpi=100))).convert("RGB"))
    grey = (image == 0xD0).all(axis=2)
    cell = 0.95 * 100 * 0.34 * 100
    assert 1.6 * cell < grey.sum() < 2 * cell, "two cells, less the numbers printed on them"


def test_the_svg_has_the_numbers_and_the_caption_and_is_the_same_twice() -> None:
    first, second = (drawn("svg", caption="whole face") for _ in range(2))
    assert first == second
    assert b"<!-- 0.980 -->" in first
    assert b"<!-- whole face -->" in first
    assert first.startswith(b"<?xml")


def test_the_png_is_the_same_twice() -> None:
    assert drawn("png") == drawn("png")

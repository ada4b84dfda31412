"""A cut-out face shows nothing beyond the edges of its picture."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.cut_out import cut_out, face_box


@pytest.mark.parametrize("width", [300, 200, 120])
def test_the_box_of_a_large_face_is_made_smaller_until_it_fits(width: int) -> None:
    points_px = np.array([[60.0, 40.0], [90.0, 230.0]])  # the box would be 399 pixels high
    left, upper, right, lower = face_box(points_px, (width, 260), aspect=0.8)

    assert left >= 0
    assert upper >= 0
    assert right <= width + 1e-9
    assert lower <= 260 + 1e-9
    assert (right - left) / (lower - upper) == pytest.approx(0.8)
    white = np.full((260, width, 3), 255, dtype=np.uint8)
    assert np.asarray(cut_out(white, (left, upper, right, lower), (48, 60))).min() == 255

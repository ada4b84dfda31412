"""Reading the trees of the landmark predictor."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.errors import AnalysisError
from analysis.face.landmarks.predictor_weights import read_weights

LEAVES = np.array([[0.5, -0.25, 3.0, 0.0], [1.0, -8.0, 0.125, 16777215.0]], dtype=np.float32)


def packed(*numbers: int) -> bytes:
    """Return integers as dlib packs them: length and sign, then the bytes, lowest first."""
    parts = []
    for number in numbers:
        size = max(1, (abs(number).bit_length() + 7) // 8)
        parts.append(bytes([size | (0x80 if number < 0 else 0)]) + abs(number).to_bytes(size, "little"))
    return b"".join(parts)


def packed_floats(*values: float) -> bytes:
    pairs = [math.frexp(value) for value in values]
    return b"".join(packed(int(mantissa * 2**24), exponent - 24) for mantissa, exponent in pairs)


def small_file() -> bytes:
    """Two landmarks, one stage of one tree with one split that compares pixel 2 with pixel 1."""
    leaves = b"".join(packed(-4, -1) + packed_floats(*leaf) for leaf in LEAVES.tolist())
    return b"".join(
        (
            packed(1, -4, -1) + packed_floats(0.0, 0.25, 1.0, 0.75),
            packed(1, 1, 1, 2, 1) + packed_floats(-12.5) + packed(2) + leaves,
            packed(1, 3, 0, 1, 300),
            packed(1, 3) + packed_floats(0.125, -0.125, 0.25, 0.0, 0.0, 0.5),
        )
    )


def test_packed_numbers_are_read_back(tmp_path: Path) -> None:
    file = tmp_path / "small.dat"
    file.write_bytes(small_file())

    found = read_weights(file)

    assert_array_equal(found.mean_shape, [[0.0, 0.25], [1.0, 0.75]])
    assert (found.first.tolist(), found.second.tolist(), found.thresholds.tolist()) == ([[[2]]], [[[1]]], [[[-12.5]]])
    assert_array_equal(found.leaves, LEAVES[None])
    assert found.anchors.tolist() == [[0, 1, 300]]
    assert_array_equal(found.offsets, np.array([[[0.125, -0.125], [0.25, 0.0], [0.0, 0.5]]], dtype=np.float32))


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file[:-1],
        lambda file: file[:40],
        lambda file: b"\x02" + file,
        lambda _: b"not weights",
        lambda _: b"",
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, damage: object) -> None:
    file = tmp_path / "damaged.dat"
    file.write_bytes(damage(small_file()))  # type: ignore[operator]
    with pytest.raises(AnalysisError, match=r"damaged\.dat is not a file of landmark weights .*; install its package"):
        read_weights(file)

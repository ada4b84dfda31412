"""Files that ship with the program are read, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.errors import AnalysisError
from analysis.face.fitting.learned_arrays import learned_sha256, read_learned

SHAPES = {"rest": (40, 30), "noise": (2,)}


@pytest.fixture
def whole(tmp_path: Path, rng: np.random.Generator) -> Path:
    file = tmp_path / "learned.npz"
    np.savez_compressed(file, rest=rng.normal(size=SHAPES["rest"]), noise=rng.normal(size=SHAPES["noise"]))
    return file


def test_saved_arrays_are_read_in_double_precision(tmp_path: Path) -> None:
    file = tmp_path / "learned.npz"
    np.savez_compressed(file, rest=np.ones((40, 30), np.float32), noise=np.array([0.5, 2.0], np.float32))

    found = read_learned(file, SHAPES)

    assert_array_equal(found["noise"], [0.5, 2.0])
    assert {array.dtype for array in found.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.99])
def test_a_file_cut_short_is_refused_in_one_sentence(whole: Path, kept: float) -> None:
    content = whole.read_bytes()
    whole.write_bytes(content[: int(kept * len(content))])

    with pytest.raises(
        AnalysisError, match=r"part of the program is missing or damaged: .*learned\.npz .*install the program again"
    ):
        read_learned(whole, SHAPES)


def test_a_file_with_overwritten_bytes_is_refused_in_one_sentence(whole: Path) -> None:
    content = bytearray(whole.read_bytes())
    content[300:340] = bytes(40)
    whole.write_bytes(content)

    with pytest.raises(AnalysisError, match="missing or damaged"):
        read_learned(whole, SHAPES)


def test_a_file_that_is_missing_or_lacks_an_array_is_refused(whole: Path) -> None:
    with pytest.raises(AnalysisError, match="missing or damaged"):
        read_learned(whole.with_name("gone.npz"), SHAPES)
    with pytest.raises(AnalysisError, match="missing or damaged"):
        read_learned(whole, {**SHAPES, "face": (2,)})


def test_arrays_of_another_shape_come_from_another_version(whole: Path) -> None:
    with pytest.raises(AnalysisError, match="comes from another version"):
        read_learned(whole, {**SHAPES, "noise": (3,)})


def test_each_file_has_its_hash(whole: Path) -> None:
    before = learned_sha256(whole.parent)
    whole.write_bytes(whole.read_bytes() + b"1")

    assert before.keys() == {"learned.npz"} == learned_sha256(whole.parent).keys()
    assert before != learned_sha256(whole.parent)

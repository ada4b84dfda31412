from __future__ import annotations

import io
import os
import pickle
import sys
import types
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from analysis.face.errors import FaceModelError
from analysis.face.models.readers.plain_pickle import load_plain, load_plain_bytes


def plain(content: Any, protocol: int = 2) -> Any:
    return load_plain_bytes(pickle.dumps(content, protocol=protocol), source="model.pkl")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_of_every_protocol_come_back(protocol: int) -> None:
    arrays = {
        "f4": np.arange(6, dtype="f4").reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "scalar": np.float64(2.5),
        "list": [1, 2.0, "text", None, True],
    }

    back = plain(OrderedDict(arrays), protocol)

    assert_array_equal(back["f4"], arrays["f4"])
    assert back["f4"].dtype == np.float32
    assert_array_equal(back["fortran"], arrays["fortran"])
    assert back["scalar"] == 2.5
    assert back["list"] == arrays["list"]


@pytest.mark.parametrize("layout", ["csc", "csr"])
def test_sparse_matrices_come_dense(layout: str) -> None:
    dense = np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 3.0]])
    matrix = {"csc": sparse.csc_matrix, "csr": sparse.csr_matrix}[layout](dense)
    assert_array_equal(plain({"J": matrix})["J"], dense)


def test_a_chumpy_array_is_taken_as_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("chumpy.ch")

    class Ch:
        def __init__(self) -> None:
            self.x = np.arange(3.0)
            self._status = "new"

    Ch.__module__, Ch.__qualname__ = "chumpy.ch", "Ch"
    module.Ch = Ch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
    monkeypatch.setitem(sys.modules, "chumpy.ch", module)
    data = pickle.dumps({"v_template": Ch()}, protocol=2)
    monkeypatch.undo()

    assert_array_equal(load_plain_bytes(data, source="model.pkl")["v_template"], [0.0, 1.0, 2.0])
    assert "chumpy" not in sys.modules


class Runs:
    """A pickle of this calls ``callable(*arguments)`` in a reader that is not careful."""

    def __init__(self, callable_: Any, *arguments: Any) -> None:
        self.call = (callable_, arguments)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call


def test_a_pickle_that_runs_a_command_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"v_template": np.zeros(3), "x": Runs(os.system, f"touch {mark}")}))

    with pytest.raises(FaceModelError, match=r"model\.pkl would run \w+\.system"):
        load_plain(path)

    assert not mark.exists()
    pickle.loads(path.read_bytes())
    assert mark.exists(), "the attack itself does not work, so the test shows nothing"


@pytest.mark.parametrize(
    "attack",
    [
        Runs(eval, "1"),
        Runs(getattr, "text", "upper"),
        Runs(np.load, "/etc/passwd", None, True),
        Runs(np.frombuffer, b"12345678"),
        Runs(io.open, "/etc/passwd"),
    ],
    ids=["eval", "getattr", "np.load", "frombuffer", "open"],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_every_other_function_is_refused(attack: Runs, protocol: int) -> None:
    with pytest.raises(FaceModelError, match="would run"):
        plain([attack], protocol)


def test_a_name_with_dots_does_not_reach_through_a_known_one() -> None:
    data = b"\x80\x04\x8c\x05numpy\x94\x8c\x11ndarray.__class__\x94\x93\x94."
    with pytest.raises(FaceModelError, match="would run"):
        load_plain_bytes(data, source="model.pkl")


def test_changes_of_the_stand_ins_end_with_the_file() -> None:
    # BUILD with a slot state on the class itself: setattr(csc_matrix, "by_columns", "gone")
    hostile = b"\x80\x02cscipy.sparse.csc\ncsc_matrix\nN}U\x0aby_columnsU\x04gones\x86b."
    with pytest.raises(FaceModelError):
        load_plain_bytes(hostile, source="model.pkl")
    assert_array_equal(plain({"J": sparse.csc_matrix(np.eye(2))})["J"], np.eye(2))


def test_an_array_of_objects_and_unknown_values_are_refused() -> None:
    with pytest.raises(FaceModelError, match="array of objects"):
        plain({"x": np.array([{}, {}], dtype=object)})
    with pytest.raises(FaceModelError, match=r"model\.pkl"):
        plain({"x": {1, 2}})


def test_truncated_and_damaged_pickles_are_one_sentence() -> None:
    whole = pickle.dumps({"a": np.arange(100.0), "J": sparse.csc_matrix(np.eye(4))}, protocol=2)
    rng = np.random.default_rng(0)
    for length in range(0, len(whole), 7):
        with pytest.raises(FaceModelError):
            load_plain_bytes(whole[:length], source="model.pkl")
    survivors = 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] = rng.integers(256)
        try:
            load_plain_bytes(bytes(damaged), source="model.pkl")
            survivors += 1
        except FaceModelError:
            pass
    assert survivors < 300


def test_a_dictionary_in_an_npy_file_is_read(tmp_path: Path) -> None:
    np.save(tmp_path / "embedding.npy", np.array({"faces": np.arange(3)}, dtype=object), allow_pickle=True)
    assert_array_equal(load_plain(tmp_path / "embedding.npy")["faces"], [0, 1, 2])


def test_an_npy_file_of_one_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.arange(3))
    with pytest.raises(FaceModelError, match="one unnamed array"):
        load_plain(tmp_path / "array.npy")
    (tmp_path / "array.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(FaceModelError, match=r"not an \.npy file"):
        load_plain(tmp_path / "array.npy")

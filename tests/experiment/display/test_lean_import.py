"""Imports without unused parts: hidden, postponed and replaced modules, and nothing left behind."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from experiment.display import psychopy_import
from experiment.display.lean_import import hidden_modules, postponed_modules, replaced_modules

NAMES = ("heavy_tables", "light_window", "heavy_sums", "heavy_sums.curves")


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A window that needs nothing of ``heavy_tables``, and curves of ``heavy_sums`` only when they are used."""
    (tmp_path / "heavy_tables.py").write_text("NAME = 'tables'\n")
    (tmp_path / "heavy_sums").mkdir()
    (tmp_path / "heavy_sums/__init__.py").write_text("")
    (tmp_path / "heavy_sums/curves.py").write_text("import sys\nsys.curves_loaded = True\nPI = 3\n")
    (tmp_path / "light_window.py").write_text(
        "try:\n    import heavy_tables\n    HAS_TABLES = True\nexcept ImportError:\n    HAS_TABLES = False\n"
        "from heavy_sums import curves\n"
        "def pi():\n    return curves.PI\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in NAMES:
        sys.modules.pop(name, None)
    vars(sys).pop("curves_loaded", None)


def test_a_hidden_module_is_missing_inside_and_there_afterwards() -> None:
    with hidden_modules(["heavy_tables"]):
        window = importlib.import_module("light_window")

    assert not window.HAS_TABLES
    assert importlib.import_module("heavy_tables").NAME == "tables"


def test_a_module_that_is_loaded_already_is_not_hidden() -> None:
    loaded = importlib.import_module("heavy_tables")

    with hidden_modules(["heavy_tables"]):
        window = importlib.import_module("light_window")

    assert window.HAS_TABLES
    assert sys.modules["heavy_tables"] is loaded


def test_a_postponed_module_is_loaded_when_it_is_used() -> None:
    finders = list(sys.meta_path)
    with postponed_modules(["heavy_sums.curves"]):
        window = importlib.import_module("light_window")

    assert not hasattr(sys, "curves_loaded")
    assert window.pi() == 3
    assert hasattr(sys, "curves_loaded")
    assert sys.meta_path == finders


def test_a_replaced_module_is_the_real_one_afterwards() -> None:
    with replaced_modules({"heavy_tables": {"NAME": "none"}}):
        assert importlib.import_module("heavy_tables").NAME == "none"

    assert importlib.import_module("heavy_tables").NAME == "tables"


def test_psychopy_is_imported_as_a_whole_if_it_needs_a_part_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version may need what is left out here."""
    visual, tried = ModuleType("visual"), list[bool]()

    def import_visual() -> ModuleType:
        tried.append(sys.modules.get("heavy_tables", "there") is None)
        if len(tried) == 1:
            sys.modules["psychopy.half_imported"] = ModuleType("half")
            raise ImportError("pandas")
        assert "psychopy.half_imported" not in sys.modules
        return visual

    monkeypatch.setattr(psychopy_import, "_visual", import_visual)
    monkeypatch.setattr(psychopy_import, "_HIDDEN", ("heavy_tables",))

    assert psychopy_import._import_visual() is visual
    assert tried == [True, False]

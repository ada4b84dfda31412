from __future__ import annotations

import sys
from pathlib import Path

import pytest

from analysis.paths import cache_folder


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the variable belongs to Linux desktops")
def test_the_cache_follows_the_users_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_folder("blends") == tmp_path / "mimicry-lab" / "blends"
    assert not cache_folder("blends").exists(), "only the writer makes the folder"


def test_each_kind_of_file_has_a_folder_of_its_own() -> None:
    assert cache_folder("blends") != cache_folder("psychopy")
    assert cache_folder("blends").parent == cache_folder("psychopy").parent

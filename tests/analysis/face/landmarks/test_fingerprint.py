from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from analysis.face.landmarks.fingerprint import detection_fingerprint


@pytest.fixture(autouse=True)
def fresh() -> None:
    detection_fingerprint.cache_clear()


def test_the_fingerprint_is_stable_and_changes_with_the_settings() -> None:
    first = detection_fingerprint(3)
    detection_fingerprint.cache_clear()

    assert detection_fingerprint(3) == first
    assert detection_fingerprint(4) != first


def test_the_fingerprint_changes_with_the_version_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    first = detection_fingerprint(3)
    detection_fingerprint.cache_clear()
    monkeypatch.setattr(importlib.metadata, "version", lambda _: "another")

    assert detection_fingerprint(3) != first


@pytest.mark.parametrize(
    ("module", "used"),
    [("detector.py", True), ("quality.py", True), ("mirror.py", True), ("images.py", True), ("tracker.py", False)],
)
def test_the_fingerprint_changes_with_the_code_that_detects(
    module: str, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = detection_fingerprint(3)
    detection_fingerprint.cache_clear()
    original = Path.read_text

    def changed(file: Path, encoding: str | None = None) -> str:
        return original(file, encoding) + ("# changed\n" if file.name == module else "")

    monkeypatch.setattr(Path, "read_text", changed)
    assert (detection_fingerprint(3) != first) == used

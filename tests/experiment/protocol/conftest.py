"""A folder with pictures, in which tests write protocols."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from experiment.protocol.load import Protocol, load_protocol

PICTURES = ("neutral", "practice-smile", "anger", "disgust", "fear", "happiness", "sadness", "surprise")
SIX = PICTURES[2:]


def draw_pictures(folder: Path) -> None:
    """Small stand-ins for the faces: readable, each of another colour."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(PICTURES):
        Image.new("RGB", (60, 500), (30 * index, 100, 90)).save(folder / f"{name}.png")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``targets/``; nothing else may be written into it."""
    folder = tmp_path_factory.mktemp("study")
    draw_pictures(folder / "targets")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the test's own with ``targets/``."""
    draw_pictures(tmp_path / "targets")
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Callable[..., Protocol]:
    """Load a protocol from its text; the six target faces come with it."""

    def load_text(blocks: str, *, more: str = "") -> Protocol:
        file = folder / "study.yaml"
        file.write_text(study(blocks, more=more), encoding="utf-8")
        return load_protocol(file)

    return load_text


def study(blocks: str, *, more: str = "") -> str:
    """A protocol with the six targets, some more lines, and blocks."""
    targets = "".join(f"  {name}: {{image: targets/{name}.png, neutral: targets/neutral.png}}\n" for name in SIX)
    return f"protocol: 1\nname: study\n{more}targets:\n{targets}blocks:\n{blocks}"

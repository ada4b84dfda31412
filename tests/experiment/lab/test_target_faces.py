"""Pictures of targets without a face are found before the study."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from experiment.lab import target_faces
from experiment.lab.target_faces import find_faceless_targets
from experiment.protocol.load import Protocol, load_protocol
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import draw_pictures

TEXT = (
    "protocol: 1\nname: study\ntargets:\n"
    "  anger: {image: targets/anger.png, neutral: targets/neutral.png}\n"
    "  fear: {image: targets/fear.png, neutral: targets/neutral.png}\n"
    "blocks: [{name: main, kind: experiment, trials: [anger, fear]}]\n"
)


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    """Return a protocol with one real face, a real neutral face, and a picture without a face."""
    draw_pictures(tmp_path / "targets")
    for name in ("anger", "neutral"):
        shutil.copy(PROJECT / "protocols" / "targets" / f"{name}.png", tmp_path / "targets")
    (tmp_path / "study.yaml").write_text(TEXT, encoding="utf-8")
    return load_protocol(tmp_path / "study.yaml")


def test_a_picture_without_a_face_is_a_warning_at_its_place(protocol: Protocol, tmp_path: Path) -> None:
    (problem,) = find_faceless_targets(protocol, tmp_path / "cache")

    assert (problem.place.line, problem.place.column, problem.severity) == (5, 17, "warning")
    assert problem.message == (
        "`fear.png` of target `fear`: no face is found in this picture, so imitations of it cannot be measured"
    )
    assert "fear.png" in problem.line_text


def test_a_picture_is_searched_once_and_again_after_a_change(
    protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(find_faceless_targets(protocol, tmp_path / "cache"))
    searched: list[Path] = []

    def search(picture: Path, background: str) -> str:
        searched.append(picture)
        return ""

    monkeypatch.setattr(target_faces, "_search", search)

    assert list(find_faceless_targets(protocol, tmp_path / "cache")) == found
    assert searched == []
    shutil.copy(tmp_path / "targets" / "anger.png", tmp_path / "targets" / "fear.png")
    (tmp_path / "targets" / "disgust.png").replace(tmp_path / "targets" / "anger.png")
    assert list(find_faceless_targets(protocol, tmp_path / "cache")) == []
    assert [file.name for file in searched] == ["anger.png"]

"""The commands of the tutorial, and the first ones of the page on moving faces."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import PROJECT

TUTORIAL = PROJECT / "docs" / "tutorial.md"
MOVING_FACES = PROJECT / "docs" / "moving-faces.md"
_FENCE = re.compile(
    r"(?:<!-- (?P<what>file|change): (?P<file>\S+) -->\n)?```(?P<kind>\w+)\n(?P<body>.*?)```", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A fenced block of a page."""

    kind: str
    body: str
    what: str | None
    file: str | None


def pieces(page: Path) -> list[Piece]:
    text = page.read_text(encoding="utf-8")
    return [Piece(m["kind"], m["body"], m["what"], m["file"]) for m in _FENCE.finditer(text)]


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """A folder with the shipped protocols only."""
    shutil.copytree(PROJECT / "protocols", tmp_path / "protocols")
    return tmp_path


def follow(
    bench: Path, page: Path = TUTORIAL, *, leave_out: Sequence[str] = (), display: str | None = None
) -> list[str]:
    """Run the commands of a page, compare their output, and return them.

    Commands that contain a word of ``leave_out`` are not run, because they take long.
    """
    ran, output = [], ""
    for piece in pieces(page):
        if piece.kind == "yaml":
            apply(piece, bench)
        elif piece.kind == "sh":
            output = ""
            for command in piece.body.strip().splitlines():
                if any(word in command for word in leave_out):
                    continue
                output += shell(command, bench, display)
                ran.append(command)
        elif piece.kind == "text":
            assert matches(output, piece.body), f"the page shows\n{piece.body}\nbut the output is\n{output}"
    return ran


def apply(piece: Piece, bench: Path) -> None:
    assert piece.file is not None, "name the file above the block"
    path = bench / piece.file
    if piece.what == "file":
        path.write_text(piece.body, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:-1], piece.body.rstrip()]) + "\n", encoding="utf-8")


def shell(command: str, bench: Path, display: str | None) -> str:
    typed = re.sub(r"^mimicry ", f"{sys.executable} -m mimicry_lab ", command)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "XDG_CACHE_HOME": str(bench / "cache")}
    if display is not None:
        environment["DISPLAY"] = display
    result = subprocess.run(typed, shell=True, cwd=bench, env=environment, capture_output=True, text=True, check=False)
    allowed = (0, 1) if "validate" in command else (0,)
    assert result.returncode in allowed, f"{command}\n{result.stdout}{result.stderr}"
    assert "Traceback" not in result.stderr
    return result.stdout


def matches(output: str, expected: str) -> bool:
    """Whether the output is as expected; ``...`` stands for any text."""
    pattern = ".*".join(re.escape(part) for part in expected.strip().split("..."))
    return re.fullmatch(pattern, output.strip(), re.DOTALL) is not None


def test_the_quick_commands_of_the_tutorial_print_what_it_shows(bench: Path) -> None:
    ran = follow(bench, leave_out=("--out", "simulate", "tables"))

    assert sum("validate" in command for command in ran) == 5


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.timeout(900)  # two whole sessions in real time
def test_all_commands_of_the_tutorial_print_what_it_shows(bench: Path, virtual_display: str) -> None:
    follow(bench, display=virtual_display)

    with Image.open(bench / "studies" / "smiles" / "preview-de" / "contact_sheet.png") as sheet:
        assert sheet.width > 1000
    tables = list((bench / "data" / "smiles-rehearsal" / "derivatives").rglob("*_table.csv"))
    assert len(tables) >= 2


def test_the_study_of_moving_faces_has_no_problems(bench: Path) -> None:
    ran = follow(
        bench, MOVING_FACES, leave_out=("preview", "simulate", "timing", "verify", "tables", "courses", "forget")
    )

    assert sum("validate" in command for command in ran) == 1


def test_dots_in_the_expected_output_stand_for_any_text() -> None:
    assert matches("a\nb\nc\n", "a\n...\nc")
    assert not matches("a\nb\nd\n", "a\n...\nc")

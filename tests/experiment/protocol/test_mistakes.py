"""Mistakes of researchers: each gives one message, at its place, in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiment.protocol.load import check_protocol
from tests.experiment.protocol.conftest import draw_pictures

FOLDER = Path(__file__).parent / "mistakes"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Changes of a correct protocol, and the message that they give."""

    title: str
    edits: tuple[tuple[str, str], ...]
    place: str
    """``LINE``, or ``FILE:LINE`` in another file."""
    message: str


def mistakes() -> list[Mistake]:
    text = (FOLDER / "mistakes.txt").read_text(encoding="utf-8").replace("<nbsp>", "\u00a0")
    return [_mistake(part) for part in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]]


def _mistake(part: str) -> Mistake:
    title, *lines = part.splitlines()
    edits: list[tuple[list[str], list[str]]] = []
    for line in lines:
        if line.startswith("-|") and (not edits or edits[-1][1]):
            edits.append(([], []))
        if line.startswith(("-|", "+|")):
            edits[-1][line[0] == "+"].append(line[2:])
    (expected,) = [line for line in lines if line.startswith("> ")]
    place, _, message = expected.removeprefix("> ").partition(": ")
    return Mistake(title, tuple(("\n".join(old), "\n".join(new)) for old, new in edits), place, message)


MISTAKES = mistakes()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the protocols name; the protocol itself is to be written."""
    folder = tmp_path_factory.mktemp("study") / "lab"
    draw_pictures(folder / "targets")
    (folder / "conditions.xlsx").write_bytes(b"PK\x03\x04 workbook")
    (folder / "conditions.docx").write_bytes(b"PK\x03\x04 document")
    (folder / "faces.csv").write_text("face,gaze\nanger,direct\n", encoding="utf-8")
    (folder / "wrong_groups.csv").write_text("participant,feedback\n01,live\n02,sham\n", encoding="utf-8")
    return folder / "study.yaml"


def changed(text: str, mistake: Mistake) -> str:
    for old, new in mistake.edits:
        assert old in text
        text = text.replace(old if new else f"{old}\n", new, 1)
    return text


def test_the_protocol_without_mistakes_has_no_problems(study: Path) -> None:
    study.write_bytes((FOLDER / "study.yaml").read_bytes())

    assert check_protocol(study).problems == ()


def test_there_are_a_hundred_different_mistakes() -> None:
    assert len({mistake.edits for mistake in MISTAKES}) >= 100
    assert len({mistake.title for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.title)
def test_a_mistake_gives_one_message_at_its_place(mistake: Mistake, study: Path) -> None:
    text = changed((FOLDER / "study.yaml").read_text(encoding="utf-8"), mistake)
    study.write_text(text, encoding="utf-8")

    (problem,) = check_protocol(study).problems

    file = problem.place.file.name
    place = f"{problem.place.line}" if file == study.name else f"{file}:{problem.place.line}"
    kind = "warning: " if problem.severity == "warning" else ""
    assert (place, f"{kind}{problem.message}") == (mistake.place, mistake.message)

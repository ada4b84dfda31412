"""Documents name files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import PROJECT

DOCUMENTS = sorted(
    [
        *PROJECT.glob("*.md"),
        *(PROJECT / "docs").rglob("*.md"),
        *(PROJECT / "protocols").rglob("*.md"),
        PROJECT / "data" / "README.md",
    ]
)
PATH = re.compile(r"`((?:\.ci|analysis|data|docs|experiment|mimicry_lab|protocols|scripts|tests)/[\w./-]*)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")
MADE_BY_USERS = ("data/demo", "data/my-", "data/rehearsal")


def missing_files(text: str, folder: Path) -> list[str]:
    """Return the paths and links of a document that lead nowhere; links start at its folder."""
    paths = [path for path in PATH.findall(text) if not path.startswith(MADE_BY_USERS)]
    links = [one or other for one, other in LINK.findall(text)]
    return [path for path in paths if not (PROJECT / path).exists()] + [
        link for link in links if not (folder / link).exists()
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(PROJECT)))
def test_a_document_names_files_that_exist(document: Path) -> None:
    assert missing_files(document.read_text(encoding="utf-8"), document.parent) == []


def test_missing_files_are_found() -> None:
    text = "`analysis/nothing.py`, `analysis/cli.py`, [a page](nothing.md), [README](README.md#top), `data/my-study/`"

    assert missing_files(text, PROJECT) == ["analysis/nothing.py", "nothing.md"]

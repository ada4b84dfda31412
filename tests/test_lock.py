"""requirements.lock: complete, hashed, and without the address of any package index."""

from __future__ import annotations

import re
import sys

import pytest

from tests.conftest import PROJECT

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.findall(
    r"^([a-z0-9._-]+)==[^ ]+ (?:; [^\\]+)?\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", LOCK, re.MULTILINE
)


def test_every_package_is_pinned_with_its_hashes_and_nothing_else_is_there() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]

    assert len(PINNED) > 100
    assert len(lines) == sum(1 + hashes.count("\n") for _, hashes in PINNED)


def test_no_address_is_named() -> None:
    assert "://" not in LOCK
    assert "index" not in re.sub(r"^ndindex==.*", "", LOCK, flags=re.MULTILINE)


def test_everything_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    asked = [*project["project"]["dependencies"], *extras, *project["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0].lower().replace("_", "-").replace(".", "-") for line in asked}  # type: ignore[index]

    assert names - {name.replace(".", "-") for name, _ in PINNED} == set()

"""The order of test files, and which of them share a test process (pytest-xdist)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from xdist.scheduler import LoadScopeScheduling

_PROJECT = Path(__file__).resolve().parent.parent
Kind = Literal["display", "slow", "quick"]
ORDER: tuple[Kind, ...] = ("display", "slow", "quick")
"""Long files first: one that begins last would run alone at the end."""


@cache
def kind_of(file: str) -> Kind:
    """Return the kind of a test file: its longest test decides.

    Parameters
    ----------
    file : str
        Path relative to the project, as in the node ID of a test.
    """
    text = (_PROJECT / file).read_text(encoding="utf-8")
    if "pytest.mark.display" in text:
        return "display"
    return "slow" if "pytest.mark.slow" in text else "quick"


def rank(node_id: str) -> int:
    """Return the place of a test's file in the order of kinds."""
    return ORDER.index(kind_of(file_of(node_id)))


def group_of(node_id: str) -> str:
    """Return the group of a test. A group runs in one process.

    All windows are one group, because a real window beside another one misses flips. Each other file is a group, so
    that what its tests share is made once.
    """
    file = file_of(node_id)
    return "display" if kind_of(file) == "display" else file


def file_of(node_id: str) -> str:
    return node_id.partition("::")[0]


class GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no type hints
    """Give each free test process the next group, in the order of the collected tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

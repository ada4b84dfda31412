"""Problems of a protocol file: a message, its place, and how both are printed.

Lines and columns count from 1, as in editors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from experiment.errors import ProtocolError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file."""

    file: Path
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """An error or a warning."""

    place: Place
    message: str
    severity: Severity = "error"
    line_text: str = ""
    """The text of the line."""

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.place.file}:{self.place.line}:{self.place.column}: {kind}{self.message}"

    def shown(self) -> str:
        """Return the problem with the text of its line and a mark at the column."""
        if not self.line_text.strip():
            return str(self)
        text = self.line_text.replace("\t", " ")
        start = max(0, self.place.column - 70)
        return f"{self}\n    {text[start : start + 110]}\n    {' ' * (self.place.column - 1 - start)}^"


class ProtocolProblemsError(ProtocolError):
    """A protocol file has errors; ``problems`` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        listing = "\n".join(problem.shown() for problem in self.problems)
        super().__init__(f"the protocol has {count}:\n{listing}")


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a hint at a similar known word, else the list of known words."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f"; did you mean `{folded[near[0]]}`?"
    if not known:
        return ""
    shown = list(known)[:20]
    return "; possible: " + ", ".join(shown) + (", ..." if len(known) > len(shown) else "")


def similar_word(word: str, known: Sequence[str]) -> str:
    """Return a hint at a similar known word, else nothing."""
    hint = did_you_mean(word, known)
    return hint if hint.startswith("; did") else ""


def similar_file(path: Path, endings: tuple[str, ...], *, root: Path | None = None) -> str:
    """Return a hint for a file that does not exist: a similar name in its folder.

    Parameters
    ----------
    path
        The file.
    endings
        Endings of the names that are considered.
    root
        The folder from which the hint names the file; its own folder if left out.
    """
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in endings)[:500]
    except OSError:
        return f"; the folder `{path.parent.name}` does not exist either"
    folder = "" if root is None or path.parent == root else path.parent.relative_to(root).as_posix() + "/"
    return similar_word(folder + path.name, [folder + name for name in names])

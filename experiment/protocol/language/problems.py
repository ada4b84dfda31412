"""What can be wrong with a protocol file: a sentence and its place, and how the two are printed.

Lines and columns count from 1, as editors show them.
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
    """Where something stands."""

    file: Path
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right (an error) or to think about (a warning)."""

    place: Place
    message: str
    severity: Severity = "error"
    line_text: str = ""
    """The offending line as it is in the file."""

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.place.file}:{self.place.line}:{self.place.column}: {kind}{self.message}"

    def shown(self) -> str:
        """The problem, the line it is in, and an arrow to the column."""
        if not self.line_text.strip():
            return str(self)
        text = self.line_text.replace("\t", " ")
        start = max(0, self.place.column - 70)
        return f"{self}\n    {text[start : start + 110]}\n    {' ' * (self.place.column - 1 - start)}^"


class ProtocolProblemsError(ProtocolError):
    """A protocol file is wrong; ``problems`` holds every error found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        listing = "\n".join(problem.shown() for problem in self.problems)
        super().__init__(f"the protocol has {count}:\n{listing}")


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``"; did you mean `fixation`?"`` if something known is near, else the list of what is known."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    if near:
        return f"; did you mean `{folded[near[0]]}`?"
    if not known:
        return ""
    shown = list(known)[:20]
    return "; possible: " + ", ".join(shown) + (", ..." if len(known) > len(shown) else "")

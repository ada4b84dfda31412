"""Words that the writing rules avoid, in docstrings, comments, messages and documents."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import PROJECT
from tests.source_files import documents, place, python_files

AVOIDED = re.compile(
    r"\b(tells?|told|reckon(s|ed|ing)?|whoever|whatever|somebody|anybody|nobody|of\s+whom|in\s+vain|besides?|anew"
    r"|to\s+be\s+had|as\s+it\s+is|(?<!there )is\s+no\s+(?!longer\b|more\b)\w+)\b",
    re.IGNORECASE,
)
EXCEPTIONS: dict[str, dict[str, str]] = {}
"""By file: phrases that may contain an avoided word, each with its reason. Keep this list short."""


def avoided_words(text: str) -> list[str]:
    return [word for _, word in places_of_avoided_words(text)]


def places_of_avoided_words(text: str) -> Iterator[tuple[int, str]]:
    """Yield each word and its line, counted from 0."""
    for match in AVOIDED.finditer(text):
        yield text.count("\n", 0, match.start()), " ".join(match[0].split())


def texts_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of everything in a file that a person reads."""
    source = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    else:
        yield 1, re.sub(r"<[^>]*>", "", source) if file.suffix == ".html" else source


def findings(files: list[Path]) -> list[str]:
    found = []
    for file in files:
        allowed = EXCEPTIONS.get(str(file.relative_to(PROJECT)), {})
        for line, text in texts_of(file):
            for phrase in allowed:
                text = text.replace(phrase, "")
            found += [f"{place(file, line + after)}: {word}" for after, word in places_of_avoided_words(text)]
    return found


def test_the_program_avoids_the_words() -> None:
    found = findings(python_files())
    assert found == [], f"{len(found)} words to avoid"


def test_documents_protocols_and_scripts_avoid_the_words() -> None:
    found = findings(documents())
    assert found == [], f"{len(found)} words to avoid"


def test_every_exception_is_needed() -> None:
    for name, phrases in EXCEPTIONS.items():
        texts = "\n".join(text for _, text in texts_of(PROJECT / name))
        for phrase, reason in phrases.items():
            assert phrase in texts, f"{name} no longer has {phrase!r}"
            assert avoided_words(phrase), f"{phrase!r} has no word to avoid"
            assert reason


def test_the_words_are_found_and_their_neighbours_are_not() -> None:
    assert avoided_words("Whoever told you, it is no picture beside a drawing made anew.") == [
        "Whoever",
        "told",
        "is no picture",
        "beside",
        "anew",
    ]
    assert list(places_of_avoided_words("one\ntwo is\nno three")) == [(1, "is no three")]
    assert avoided_words("There is no such file; it is no longer needed. A retold tale, a new one.") == []

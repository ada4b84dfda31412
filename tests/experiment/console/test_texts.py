"""All texts exist in all languages, are used, and have the same places."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import experiment.console
from experiment.console.texts import LANGUAGES, catalogue, preferred_language, text

CONSOLE = Path(experiment.console.__file__).parent
LITERAL = re.compile(r"[\"']([a-z]+\.[A-Za-z_ -]+)[\"']")
BEGINNING = re.compile(r"[a-z]+\.[a-z]+_")
BUILT = re.compile(r"[\"']([a-z]+\.[a-z_]*)[\"'] ~|~ [\"'](\.[a-z_]+)[\"']")
"""``"begin.rule_" ~ rule`` and ``name ~ ".title"`` in templates."""


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def used_keys() -> tuple[set[str], set[str]]:
    """Return keys that are written out, and beginnings and ends of keys that are put together."""
    whole: set[str] = set()
    parts: set[str] = set()
    for file in CONSOLE.rglob("*.html"):
        source = file.read_text(encoding="utf-8")
        whole |= set(LITERAL.findall(source))
        parts |= {part for pair in BUILT.findall(source) for part in pair if part}
    for file in CONSOLE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
                if BEGINNING.fullmatch(node.value):
                    parts.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts.add(str(node.values[0].value))
    return whole, parts


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_text_exists_in_all_languages_with_the_same_places(key: str) -> None:
    texts = catalogue()[key]

    assert set(texts) == set(LANGUAGES)
    assert all(sentence.strip() for sentence in texts.values())
    assert {frozenset(places(sentence)) for sentence in texts.values()} == {frozenset(places(texts["en"]))}


def test_every_text_is_used() -> None:
    whole, parts = used_keys()
    beginnings = tuple(part for part in parts if part == "word." or re.match(r"[a-z]+\.[a-z]", part))
    endings = tuple(part for part in parts if part.startswith("."))

    unused = [
        key for key in catalogue() if key not in whole and not key.startswith(beginnings) and not key.endswith(endings)
    ]

    assert unused == []


def test_every_key_of_a_template_exists() -> None:
    calls = re.compile(r"\bt\(\s*[\"']([^\"']+)[\"']\s*[,)]")
    missing = {
        (file.name, key)
        for file in CONSOLE.rglob("*.html")
        for key in calls.findall(file.read_text(encoding="utf-8"))
        if key not in catalogue()
    }
    assert missing == set()


def test_every_step_of_the_start_of_a_session_has_a_text() -> None:
    program = CONSOLE.parent
    steps = {
        step
        for file in (*program.rglob("lab/*.py"), *program.rglob("commands/*.py"), *program.rglob("simulation/*.py"))
        for step in re.findall(r'report_step\((?:live|devices\.live), "([^"]+)"\)', file.read_text(encoding="utf-8"))
    }
    texts = {texts["en"] for key, texts in catalogue().items() if key.startswith("monitor.step_")}

    assert len(steps) > 5
    assert steps == texts


def test_no_text_of_a_template_is_outside_of_the_catalogue() -> None:
    """Words between tags that are not made by the catalogue."""
    found = {}
    for file in CONSOLE.rglob("*.html"):
        source = re.sub(
            r"\{#.*?#\}|<script.*?</script>|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>",
            " ",
            file.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        words = set(re.findall(r"[A-Za-z]{3,}", source)) - {"Mimicry", "Lab"}
        if words:
            found[file.name] = words
    assert found == {}


def test_texts_are_filled_in() -> None:
    assert text("camera.near", "de", pixels="52") == "Abstand: gut, 52 Pixel zwischen den Augen"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ja", "ja"), ("de-CH,de;q=0.9,en;q=0.8", "de"), ("fr,ja;q=0.5", "ja"), ("fr", "en"), ("", "en"), ("*", "en")],
)
def test_the_language_of_the_browser_is_used(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language

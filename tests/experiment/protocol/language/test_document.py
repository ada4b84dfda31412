"""Values of a protocol file are what a researcher means by them, or are refused at their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.protocol.language.document import Document, parse_document
from experiment.protocol.language.tree import Items, Scalar, Section

FILE = Path("study.yaml")


def parsed(text: str) -> Document:
    return parse_document(text.encode(), FILE)


def values(text: str) -> list[object]:
    tree = parsed(f"a: [{text}]\n").tree
    assert isinstance(tree, Section)
    items = tree.entries["a"]
    assert isinstance(items, Items)
    return [item.value for item in items.items if isinstance(item, Scalar)]


@pytest.mark.parametrize(
    "text",
    ["010", "08", "00", "-010", "1_0", "1_000", "0o10", "0x1F", "0b11", "1:30", "190:20:30", "2024-01-01", "1,5"],
)
def test_labels_that_other_programs_read_as_numbers_are_text(text: str) -> None:
    tree = parsed(f"a: {text}\n").tree
    assert isinstance(tree, Section)
    value = tree.entries["a"]
    assert isinstance(value, Scalar)
    assert value.value == text


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "y", "n", "Yes", "NO"])
def test_yes_and_no_are_text_and_not_truth_values(text: str) -> None:
    assert values(text) == [text]


@pytest.mark.parametrize(
    ("text", "number"),
    [("10", 10), ("+5", 5), ("-3", -3), ("1.10", 1.1), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("0", 0)],
)
def test_numbers_are_numbers_and_keep_how_they_are_written(text: str, number: float) -> None:
    tree = parsed(f"a: {text}\n").tree
    assert isinstance(tree, Section)
    value = tree.entries["a"]
    assert isinstance(value, Scalar)
    assert (value.value, value.written) == (number, text)


def test_two_levels_that_are_written_differently_stay_different() -> None:
    assert values("010, '10', \"1.10\", '1.1', 1_0") == ["010", "10", "1.10", "1.1", "1_0"]


@pytest.mark.parametrize("directive", ["%YAML 1.1", "%YAML 1.0", "%YAML 2.0", "%TAG ! tag:x,2000:", "%FOO"])
@pytest.mark.parametrize("before", ["", "# a comment\n\n"])
def test_a_directive_is_refused_at_its_line(directive: str, before: str) -> None:
    document = parsed(f"{before}{directive}\n---\nrequired: yes\n")

    assert document.tree is None
    (problem,) = document.problems
    assert f"remove this line: `{directive}`" in problem.message
    assert problem.place.line == before.count("\n") + 1


def test_the_directive_of_the_language_itself_changes_nothing() -> None:
    document = parsed("%YAML 1.2\n---\na: yes\n")

    assert document.problems == ()
    assert document.tree is not None
    assert document.tree.entries["a"].value == "yes"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    ["\ufeffa: x\nb: 2\n", "a: x\r\nb: 2\r\n", "a: x\rb: 2\r", "a: x   \nb: 2  \n", "---\na: x\nb: 2\n..."],
)
def test_byte_order_mark_line_ends_and_trailing_spaces_do_not_matter(text: str) -> None:
    document = parsed(text)

    assert document.problems == ()
    assert document.tree is not None
    assert [part.value for part in document.tree.entries.values() if isinstance(part, Scalar)] == ["x", 2]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\t1\n", 1, "there is a tab here; write a space"),
        ("a:\n\tb: 1\n", 2, "begins with a tab"),
        ("a: 1\na: 2\n", 2, "`a` is here twice"),
        ("d: &d {a: 1}\ne: {<<: *d, b: 2}\n", 2, "`<<` is not supported"),
        ("a: &x [*x]\n", 1, "contains itself"),
        ("a: !!binary aGk=\n", 1, "has no meaning in a protocol"),
        ("---\na: 1\n---\nb: 2\n", 3, "the protocol ends before this line"),
    ],
)
def test_what_has_no_single_meaning_is_refused_at_its_line(text: str, line: int, words: str) -> None:
    problems = parsed(text).problems

    assert [problem.place.line for problem in problems] == [line]
    assert words in problems[0].message

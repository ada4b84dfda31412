"""A YAML file as a tree in which every part has a place in the file.

A tree has the parser's nodes, not only its values: equal keys, empty sections and anchors that contain themselves are
visible. Text is `PlacedText`, which has the file it is written in. So a picture's path is relative to the protocol that
names it, also if another protocol extends that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.protocol.language.problems import Place

Path_ = tuple[str | int, ...]
"""Steps from the top of the file to a part of it: ``("blocks", 2, "trials")``."""


class PlacedText(str):
    """Text with the file it is written in."""

    __slots__ = ("file",)
    file: Path

    def __new__(cls, text: str, file: Path) -> PlacedText:
        """Return the text with its file."""
        placed = super().__new__(cls, text)
        placed.file = file
        return placed


@dataclass(slots=True)
class Scalar:
    """A single value."""

    place: Place
    value: str | int | float | bool | None
    written: str = ""
    """The value as written in the file: `010`, `1.10`, `NULL`."""
    comment: str = ""
    """The comment that follows a value without quotes in its line, from the `#` on."""


@dataclass(slots=True)
class Items:
    """A list."""

    place: Place
    items: list[Tree] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """Keys with their values."""

    place: Place
    entries: dict[str, Tree] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    in_braces: bool = False
    """Whether it is written as `{key: value}`."""


Tree = Scalar | Items | Section


def plain(tree: Tree) -> Any:
    """Return the tree as plain values, with text as `PlacedText`."""
    if isinstance(tree, Section):
        return {PlacedText(key, tree.keys[key].file): plain(value) for key, value in tree.entries.items()}
    if isinstance(tree, Items):
        return [plain(item) for item in tree.items]
    return PlacedText(tree.value, tree.place.file) if isinstance(tree.value, str) else tree.value


def copied(tree: Tree) -> Tree:
    """Return a copy whose parts can be removed without changing the original."""
    if isinstance(tree, Section):
        entries = {key: copied(value) for key, value in tree.entries.items()}
        return Section(tree.place, entries, dict(tree.keys), tree.in_braces)
    if isinstance(tree, Items):
        return Items(tree.place, [copied(item) for item in tree.items])
    return tree


def locate(tree: Tree, path: Path_, *, key: bool = False) -> Place:
    """Return the place of a part; a missing part has the place of its section.

    Parameters
    ----------
    tree
        The tree.
    path
        Steps to the part. Steps that the tree does not have are ignored.
    key
        Return the place of the last key instead of its value.
    """
    place = tree.place
    for step, child, child_place in _walk(tree, path):
        place = child_place if key and step == path[-1] else child.place
        if isinstance(child, Scalar) and child.value is None:
            place = child_place  # an empty section has no value to point at
    return place


def find(tree: Tree, path: Path_) -> Tree:
    """Return the deepest part on a path that the tree has."""
    for _, child, _ in _walk(tree, path):
        tree = child
    return tree


def present_path(tree: Tree, path: Path_) -> Path_:
    """Return the steps of a path that the tree has."""
    return tuple(step for step, _, _ in _walk(tree, path))


def empty_parts(tree: Tree, path: Path_ = ()) -> Iterator[Path_]:
    """Yield the paths of all parts without a value."""
    if isinstance(tree, Scalar):
        if tree.value is None:
            yield path
        return
    children: Iterable[tuple[str | int, Tree]]
    children = tree.entries.items() if isinstance(tree, Section) else enumerate(tree.items)
    for step, child in children:
        yield from empty_parts(child, (*path, step))


def _walk(tree: Tree, path: Path_) -> Iterator[tuple[str | int, Tree, Place]]:
    """Yield the existing steps of a path, with part and place of the key."""
    for step in path:
        if isinstance(tree, Section) and isinstance(step, str) and step in tree.entries:
            place = tree.keys[step]
            tree = tree.entries[step]
        elif isinstance(tree, Items) and isinstance(step, int) and 0 <= step < len(tree.items):
            tree = tree.items[step]
            place = tree.place
        else:
            continue
        yield step, tree, place

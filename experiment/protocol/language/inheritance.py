"""Protocols that extend another one: ``extends: other.yaml`` and what differs.

Sections are merged key by key; lists and single values are replaced. ``blocks`` as a list replaces all blocks; as a
section, ``{NAME: changes}``, it changes blocks of the other protocol by name. ``without`` leaves parts out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from experiment.protocol.language import stimulus_files
from experiment.protocol.language.document import Document, line_at, read_document
from experiment.protocol.language.problems import Place, Problem, did_you_mean
from experiment.protocol.language.tree import Items, Scalar, Section, Tree

MOST_BASES = 8


@dataclass(slots=True)
class Assembled:
    """A protocol, and the protocols that it extends."""

    documents: list[Document] = field(default_factory=list)
    """The most basic first, the file itself last."""
    tree: Section | None = None
    problems: list[Problem] = field(default_factory=list)

    def line_at(self, place: Place) -> str:
        """Return the text of the line at a place."""
        return line_at({document.file: document.text.splitlines() for document in self.documents}, place)

    def refuse(self, place: Place, message: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(place, message, line_text=self.line_at(place)))


def assemble(document: Document) -> Assembled:
    """Return a document merged with the protocols that it extends."""
    return _assemble(document, seen=(document.file.resolve(),))


def _assemble(document: Document, seen: tuple[Path, ...]) -> Assembled:
    result = Assembled([document], document.tree, list(document.problems))
    tree = document.tree
    if tree is None or "extends" not in tree.entries:
        if tree is not None and "without" in tree.entries:
            result.refuse(tree.keys["without"], "`without` needs `extends`, the protocol to leave parts out of")
        return result
    base = _base_document(result, tree.entries["extends"], tree.keys["extends"], seen)
    if base is None:
        result.tree = None
        return result
    assembled = _assemble(base, (*seen, base.file.resolve()))
    result.documents = [*assembled.documents, document]
    result.problems = [*assembled.problems, *result.problems]
    if assembled.tree is None:
        result.tree = None
        return result
    without = tree.entries.get("without")
    _leave_out(result, assembled.tree, without)
    result.tree = _merged_top(result, assembled.tree, tree)
    return result


def _base_document(result: Assembled, extends: Tree, key: Place, seen: tuple[Path, ...]) -> Document | None:
    if not isinstance(extends, Scalar) or not isinstance(extends.value, str):
        result.refuse(key, "`extends` must be the path of another protocol file, such as facial_mimicry.yaml")
        return None
    folder = extends.place.file.parent
    try:
        file = _base_path(extends.value, folder)
    except ValueError as error:
        text = str(error)
        result.refuse(extends.place, f"`extends`: {text}" if text.startswith("`") else f"`extends` {text}")
        return None
    if file.resolve() in seen:
        result.refuse(
            extends.place, "these protocols extend each other in a circle; one of them must not extend another"
        )
        return None
    if len(seen) > MOST_BASES:
        result.refuse(extends.place, f"more than {MOST_BASES} protocols extend one another; write the keys out instead")
        return None
    return read_document(file)


def _base_path(written: str, folder: Path) -> Path:
    """Return the path of the extended protocol, which may be in another folder, unlike a picture."""
    parents = 0
    rest = written
    while rest.startswith("../"):
        rest, parents = rest[3:], parents + 1
    for _ in range(parents):
        folder = folder.resolve().parent
    return stimulus_files.resolve(rest, folder)


def _leave_out(result: Assembled, base: Section, without: Tree | None) -> None:
    if without is None:
        return
    if not isinstance(without, Items):
        result.refuse(without.place, "`without` must be a list, such as [blocks.practice, targets.fear]")
        return
    for item in without.items:
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or "." not in item.value:
            result.refuse(item.place, "write each part to leave out as SECTION.NAME, such as blocks.practice")
            continue
        section, _, name = item.value.partition(".")
        part = base.entries.get(section)
        if isinstance(part, Section) and name in part.entries:
            del part.entries[name], part.keys[name]
        elif isinstance(part, Items) and name in _block_names(part):
            part.items = [block for block in part.items if _block_name(block) != name]
        else:
            known = list(part.entries) if isinstance(part, Section) else []
            known = _block_names(part) if isinstance(part, Items) else known
            known = known if part is not None else []
            hint = did_you_mean(name, known) if part is not None else did_you_mean(section, list(base.entries))
            result.refuse(item.place, f"the extended protocol has no `{item.value}`{hint}")


def _merged_top(result: Assembled, base: Section, own: Section) -> Section:
    merged = Section(own.place, dict(base.entries), dict(base.keys))
    for key, value in own.entries.items():
        if key in ("extends", "without"):
            continue
        known = merged.entries.get(key)
        if key == "blocks" and isinstance(value, Section):
            if isinstance(known, Items):
                merged.entries[key] = _changed_blocks(result, known, value)
            merged.keys[key] = own.keys[key]
            continue
        merged.entries[key] = _merged(known, value) if known is not None else value
        merged.keys[key] = own.keys[key]
    return merged


def _changed_blocks(result: Assembled, blocks: Items, changes: Section) -> Items:
    names = _block_names(blocks)
    items = list(blocks.items)
    for name, change in changes.entries.items():
        if name not in names:
            hint = did_you_mean(name, names)
            result.refuse(changes.keys[name], f"the extended protocol has no block `{name}`{hint}")
        elif not isinstance(change, Section):
            result.refuse(changes.keys[name], f"write the changes of block `{name}` as keys and values below it")
        else:
            where = names.index(name)
            items[where] = _merged(items[where], change)
    return Items(changes.place, items)


def _merged(base: Tree, own: Tree) -> Tree:
    if not (isinstance(base, Section) and isinstance(own, Section)):
        return own
    merged = Section(own.place, dict(base.entries), dict(base.keys))
    for key, value in own.entries.items():
        merged.entries[key] = _merged(base.entries[key], value) if key in base.entries else value
        merged.keys[key] = own.keys[key]
    return merged


def _block_name(block: Tree) -> str:
    name = block.entries.get("name") if isinstance(block, Section) else None
    return str(name.value) if isinstance(name, Scalar) else ""


def _block_names(blocks: Items) -> list[str]:
    return [_block_name(block) for block in blocks.items]

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
    tables: dict[Path, str] = field(default_factory=dict)
    """The text of each table that describes targets."""

    def line_at(self, place: Place) -> str:
        """Return the text of the line at a place."""
        texts = {document.file: document.text for document in self.documents} | self.tables
        return line_at({file: text.splitlines() for file, text in texts.items()}, place)

    def refuse(self, place: Place, message: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(place, message, line_text=self.line_at(place)))


def assemble(document: Document) -> Assembled:
    """Return a document merged with the protocols that it extends."""
    return _assemble(document, seen=(document.file.resolve(),))


def _assemble(document: Document, seen: tuple[Path, ...]) -> Assembled:
    result = Assembled([document], document.tree, list(document.problems))
    tree = document.tree
    if tree is None:
        return result
    extends, without = tree.entries.get("extends"), tree.entries.get("without")
    if extends is None:
        if without is not None:
            result.refuse(tree.keys["without"], "`without` needs `extends`, the protocol to leave parts out of")
        return result
    result.tree = None
    file = _base_file(result, extends, tree.keys["extends"], seen=seen)
    if file is None:
        return result
    base = _assemble(read_document(file), (*seen, file.resolve()))
    result.documents = [*base.documents, document]
    result.problems = [*base.problems, *result.problems]
    if base.tree is not None:
        if without is not None:
            _leave_out(result, base.tree, without)
        result.tree = _merged_protocols(result, base.tree, tree)
    return result


def _base_file(result: Assembled, extends: Tree, key: Place, *, seen: tuple[Path, ...]) -> Path | None:
    """Return the file of the extended protocol, or None after a problem."""
    if not isinstance(extends, Scalar) or not isinstance(extends.value, str):
        result.refuse(key, "`extends` must be the path of another protocol file, such as facial_mimicry.yaml")
        return None
    written, folder = extends.value, extends.place.file.parent
    while written.startswith("../"):  # unlike a picture, the protocol may be in another folder
        written, folder = written[3:], folder.resolve().parent
    try:
        file = stimulus_files.resolve(written, folder)
    except ValueError as error:
        text = str(error)
        result.refuse(extends.place, f"`extends`: {text}" if text.startswith("`") else f"`extends` {text}")
        return None
    if file.resolve() in seen:
        message = "these protocols extend each other in a circle; one of them must not extend another"
    elif len(seen) > MOST_BASES:
        message = f"more than {MOST_BASES} protocols extend one another; write the keys out instead"
    else:
        return file
    result.refuse(extends.place, message)
    return None


def _leave_out(result: Assembled, base: Section, without: Tree) -> None:
    """Remove the parts from the extended protocol."""
    if not isinstance(without, Items):
        result.refuse(without.place, "`without` must be a list, such as [blocks.practice, targets.fear]")
        return
    for item in without.items:
        if not isinstance(item, Scalar) or not isinstance(item.value, str) or "." not in item.value:
            result.refuse(item.place, "write each part to leave out as SECTION.NAME, such as blocks.practice")
            continue
        section, _, name = item.value.partition(".")
        part = base.entries.get(section)
        if part is None or name not in _names(part):
            hint = did_you_mean(section, list(base.entries)) if part is None else did_you_mean(name, _names(part))
            result.refuse(item.place, f"the extended protocol has no `{item.value}`{hint}")
        elif isinstance(part, Section):
            del part.entries[name], part.keys[name]
        elif isinstance(part, Items):
            part.items = [block for block in part.items if _block_name(block) != name]


def _merged_protocols(result: Assembled, base: Section, own: Section) -> Section:
    entries = {key: value for key, value in own.entries.items() if key not in ("extends", "without")}
    known, changes = base.entries.get("blocks"), entries.get("blocks")
    if isinstance(changes, Section):
        del entries["blocks"]
        if isinstance(known, Items):
            entries["blocks"] = _changed_blocks(result, known, changes)
    return _merged_sections(base, Section(own.place, entries, own.keys, own.in_braces))


def _changed_blocks(result: Assembled, blocks: Items, changes: Section) -> Items:
    names = _names(blocks)
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
    return _merged_sections(base, own) if isinstance(base, Section) and isinstance(own, Section) else own


def _merged_sections(base: Section, own: Section) -> Section:
    merged = Section(own.place, dict(base.entries), dict(base.keys), own.in_braces)
    for key, value in own.entries.items():
        merged.entries[key] = _merged(base.entries[key], value) if key in base.entries else value
        merged.keys[key] = own.keys[key]
    return merged


def _names(part: Tree) -> list[str]:
    """Return the names of the parts of a section, or of the blocks of a list."""
    if isinstance(part, Section):
        return list(part.entries)
    return [_block_name(block) for block in part.items] if isinstance(part, Items) else []


def _block_name(block: Tree) -> str:
    name = block.entries.get("name") if isinstance(block, Section) else None
    return str(name.value) if isinstance(name, Scalar) else ""

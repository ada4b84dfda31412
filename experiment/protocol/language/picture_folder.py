"""The key ``pictures: FOLDER``: the folder of all pictures, clips and sounds.

A laboratory uses its own faces by changing one path. If a protocol extends another one, the folder is relative to the
protocol that names it.
"""

from __future__ import annotations

from experiment.protocol.language.problems import Place, did_you_mean
from experiment.protocol.language.tree import Items, Scalar, Section, Tree

KEY = "pictures"
_PICTURES = ("image", "neutral", "picture", "clip", "sound")


def place_pictures(tree: Section) -> None:
    """Put the folder before every picture under ``targets`` and ``blocks``.

    This changes the tree.
    """
    folder = tree.entries.get(KEY)
    if not isinstance(folder, Scalar) or not isinstance(folder.value, str) or not folder.value.strip():
        return
    for part in ("targets", "blocks"):
        if part in tree.entries:
            _place(tree.entries[part], folder)


def missing_folder(tree: Section) -> tuple[Place, str] | None:
    """Return place and message if there is no such folder.

    Without it, all pictures are missing: one message is enough.
    """
    folder = tree.entries.get(KEY)
    if not isinstance(folder, Scalar) or not isinstance(folder.value, str) or not folder.value.strip():
        return None
    try:
        beside = folder.place.file.resolve().parent
        if (beside / folder.value).is_dir():
            return None
        others = [path.name for path in beside.iterdir() if path.is_dir()]
    except (OSError, ValueError):  # no name of a folder: each picture has a message of its own
        return None
    hint = did_you_mean(folder.value, others)
    return folder.place, f"`{KEY}` names the folder `{folder.value}`, but {beside.name}/ does not contain it{hint}"


def _place(part: Tree, folder: Scalar) -> None:
    if isinstance(part, Items):
        for item in part.items:
            _place(item, folder)
    elif isinstance(part, Section):
        for key, value in part.entries.items():
            if key == "sound" and isinstance(value, Section):  # a file for each language
                value.entries.update({language: _placed(file, folder) for language, file in value.entries.items()})
            elif key in _PICTURES:
                part.entries[key] = _placed(value, folder)
                if part.entries[key] is value:
                    _place(value, folder)
            else:
                _place(value, folder)


def _placed(value: Tree, folder: Scalar) -> Tree:
    """Return the name of a file with the folder before it; other values as they are."""
    if not isinstance(value, Scalar) or not isinstance(value.value, str):
        return value
    # a path is relative to the file it is written in
    place = value.place if value.place.file == folder.place.file else folder.place
    return Scalar(place, f"{str(folder.value).rstrip('/')}/{value.value}")

"""Files kept in the user's cache, with the hash of their content.

A file that was changed, or replaced by another one, is made again, so that a session shows the targets of its protocol.
"""

from __future__ import annotations

import os
from pathlib import Path

from analysis.face.arrays import ImageArray
from experiment.record.files import sha256_of


def is_kept(file: Path) -> bool:
    """Return whether a file is there as it was made."""
    try:
        return _list(file).read_text("utf-8") == _line(file)
    except (OSError, ValueError):
        return False


def keep(file: Path) -> None:
    """Write the hash of a new file next to it, as ``sha256sum -c`` reads it."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    unfinished.write_text(_line(file), encoding="utf-8")
    unfinished.replace(_list(file))


def keep_picture(file: Path, pixels: ImageArray) -> None:
    """Write a new picture as PNG, and its hash.

    An interruption leaves no partial picture.

    Parameters
    ----------
    file
        The picture.
    pixels
        (H, W, 3) RGB pixels.
    """
    from PIL import Image

    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    Image.fromarray(pixels).save(unfinished, format="PNG")
    unfinished.replace(file)
    keep(file)


def _list(file: Path) -> Path:
    return file.with_name(f"{file.name}.sha256")


def _line(file: Path) -> str:
    return f"{sha256_of(file)}  {file.name}\n"

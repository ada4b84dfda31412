"""Files that a page may read: none outside of the data set, none through links."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException


def file_inside(folder: Path, *parts: str) -> Path:
    """Return an existing file of a folder.

    Parameters
    ----------
    folder
        The data set, or a folder in it.
    parts
        Names from the address of the request, one for each level.

    Raises
    ------
    HTTPException
        404 if the file does not exist, is outside of the folder, or is reached through a symbolic link.
    """
    root = folder.resolve()
    if not parts or not all(_is_name(part) for part in parts):
        raise HTTPException(404)
    path = root.joinpath(*parts)
    try:
        is_there = path.resolve(strict=True) == path and path.is_file()
    except (OSError, RuntimeError, ValueError):
        is_there = False
    if not is_there:
        raise HTTPException(404)
    return path


def _is_name(part: str) -> bool:
    return part.isprintable() and part not in ("", ".", "..") and "/" not in part and "\\" not in part

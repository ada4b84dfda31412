"""The picture and table files a protocol names: inside its folder, there, and readable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def resolve(written: str, folder: Path) -> Path:
    """The absolute path of a file as a protocol in ``folder`` writes it.

    Raises
    ------
    ValueError
        If the path is not written the portable way, leaves the folder, or leads to no file; the text says which.
    """
    if not written.strip():
        raise ValueError("is empty; write the path of a file")
    if "\x00" in written:
        raise ValueError("holds a character no file name can have")
    if "\\" in written:
        portable = re.sub(r"^[A-Za-z]:", "", written).replace("\\", "/").lstrip("/")
        raise ValueError(f"is written the Windows way; use `/`, relative to the protocol's folder: `{portable}`")
    if re.match(r"[A-Za-z]:", written) or written.startswith(("/", "~")):
        raise ValueError(
            f"`{written}` is a path of this computer only; copy the file into the protocol's folder, name it from there"
        )
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", written):
        raise ValueError("is an internet address; copy the file into the protocol's folder")
    try:
        root = folder.resolve()
        path = (root / written).resolve()
        inside = path.is_relative_to(root)
        there, is_folder = path.is_file(), path.is_dir()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"`{written[:60]}` cannot be a file name ({type(error).__name__})") from None
    if not inside:
        raise ValueError(
            f"`{written}` leaves the protocol's folder; copy the file into {root.name}/ and name it from there"
        )
    if is_folder:
        raise ValueError(f"`{written}` is a folder; name the file in it")
    if not there:
        raise ValueError(f"names `{written}`, but there is no such file in {root.name or root}/{_similar(path)}")
    return path


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height of a readable picture, pixels.

    Raises
    ------
    ValueError
        If the file is no picture, or a damaged one.
    """
    import warnings

    from PIL import Image, UnidentifiedImageError

    if path.suffix.lower() not in PICTURE_ENDINGS:
        raise ValueError(f"`{path.name}` is no picture; use a file that ends in {', '.join(PICTURE_ENDINGS)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                size: tuple[int, int] = picture.size
                if picture.format == "PNG":
                    picture.verify()  # checks every checksum without unpacking the pixels
                else:
                    picture.draft("L", (64, 64))
                    picture.load()
    except UnidentifiedImageError:
        raise ValueError(f"`{path.name}` is no picture that can be read; export it again as PNG") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValueError(f"`{path.name}` is far too large; scale it to the size of the display") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise ValueError(f"`{path.name}` is damaged ({str(error)[:60]}); export it again") from None
    return size


def _similar(path: Path) -> str:
    from experiment.protocol.language.problems import did_you_mean

    try:
        entries: Sequence[str] = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())[:500]
    except OSError:
        return f": the folder `{path.parent.name}` is not there either"
    names = [name for name in entries if Path(name).suffix.lower() in (*PICTURE_ENDINGS, ".csv", ".yaml", ".yml")]
    near = did_you_mean(path.name, names)
    return near if near.startswith("; did") else ""

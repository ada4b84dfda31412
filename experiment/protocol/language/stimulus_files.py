"""The pictures and tables that a protocol names.

Inside its folder, existing and readable.
"""

from __future__ import annotations

import re
from pathlib import Path

from experiment.protocol.language.clip_files import CLIP_ENDINGS
from experiment.protocol.language.problems import similar_file
from experiment.protocol.language.sound_files import SOUND_ENDINGS

PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def resolve(written: str, folder: Path) -> Path:
    """Return the absolute path of a file that a protocol in ``folder`` names.

    Raises
    ------
    ValueError
        If the path is not portable, leaves the folder, or does not lead to a file.
    """
    if not written.strip():
        raise ValueError("is empty; write the path of a file")
    if re.search(r"[\x00-\x1f]", written):
        raise ValueError("contains a backslash in double quotes, which means another character; write `/` instead")
    if "\\" in written:
        portable = re.sub(r"^[A-Za-z]:", "", written).replace("\\", "/").lstrip("/")
        raise ValueError(f"is a Windows path; use `/`, relative to the protocol's folder: `{portable}`")
    if re.match(r"[A-Za-z]:", written) or written.startswith(("/", "~")):
        raise ValueError(
            f"`{written}` only exists on this computer; copy the file into the protocol's folder and name it from there"
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
        hint = similar_file(path, (*PICTURE_ENDINGS, *CLIP_ENDINGS, *SOUND_ENDINGS, ".csv", ".yaml", ".yml"), root=root)
        raise ValueError(f"names `{written}`, but {root.name or root}/ does not contain it{hint}")
    return path


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of an upright picture in pixels.

    Raises
    ------
    ValueError
        If the file is not a picture or is damaged.
    """
    import warnings

    from PIL import Image

    from analysis.face.errors import ImageError
    from analysis.face.picture_files import DAMAGED, read_size

    if path.suffix.lower() in CLIP_ENDINGS:
        raise ValueError(
            f"`{path.name}` is a clip, not a picture; a clip is a target with the key `clip` instead of `image`"
        )
    if path.suffix.lower() not in PICTURE_ENDINGS:
        raise ValueError(f"`{path.name}` is not a picture; use a file that ends in {', '.join(PICTURE_ENDINGS)}")
    try:
        size = read_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if path.suffix.lower() in (".tif", ".tiff"):
                from analysis.face.images import read_image  # its own decoder may be needed

                read_image(path)
            else:
                with Image.open(path) as picture:
                    if picture.format == "PNG":
                        picture.verify()  # checks every checksum without unpacking the pixels
                    else:
                        picture.draft("L", (64, 64))
                        picture.load()
    except ImageError as error:
        if "not a picture" in str(error):
            raise ValueError(f"`{path.name}` is not a readable picture; export it again as PNG") from None
        if "megapixels" in str(error):
            raise ValueError(f"`{path.name}` is too large; scale it to the size of the display") from None
        raise ValueError(f"`{path.name}` is damaged; export it again") from None
    except DAMAGED as error:
        raise ValueError(f"`{path.name}` is damaged ({str(error)[:60]}); export it again") from None
    return size

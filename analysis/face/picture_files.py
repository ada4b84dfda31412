"""Open picture files with Pillow: size, orientation, errors that name the file.

Kept apart from `analysis.face.images`, whose imports (OpenCV, NumPy) `validate` does not need.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from analysis.face.errors import ImageError
from experiment.record.encryption import is_encrypted, read_decrypted

DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""Errors of Pillow's decoders for truncated or damaged files."""

_SIDEWAYS = 5
"""EXIF orientations from this value on swap width and height."""
ORIENTATION = int(ExifTags.Base.Orientation)
_WIDTH, _HEIGHT = 256, 257
"""TIFF tags."""
TIFF = (b"II*\0", b"MM\0*")


def read_size(path: Path | str) -> tuple[int, int]:
    """Return width and height of an upright picture, px; seldom decode its pixels.

    Raises
    ------
    ImageError
        As `read_image`; damage of the pixels is not noticed.
    """
    path = Path(path)
    with image_errors(path):
        try:
            with Image.open(picture_source(path)) as picture:
                if isinstance(picture, TiffImagePlugin.TiffImageFile):
                    return upright(picture).size  # some versions of Pillow turn these while they are read
                width, height = picture.size
                return (height, width) if orientation(picture) >= _SIDEWAYS else (width, height)
        except UnidentifiedImageError:
            data = picture_content(path)
            if not data.startswith(TIFF):
                raise
            tags = tiff_tags(data)  # of a kind that only OpenCV decodes
            width, height = int(tags[_WIDTH]), int(tags[_HEIGHT])
            return (height, width) if int(tags.get(ORIENTATION, 1)) >= _SIDEWAYS else (width, height)


def tiff_tags(data: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    """Return the tags of the first picture in a TIFF file."""
    tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
    with io.BytesIO(data) as stream:
        stream.seek(tags.next)
        tags.load(stream)
    return tags


@contextmanager
def image_errors(path: Path) -> Iterator[None]:
    """Turn every error of a decoder into an `ImageError` that names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF data loses the orientation, not the picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except FileNotFoundError:
        raise ImageError(f"{path}: the file does not exist") from None
    except IsADirectoryError:
        raise ImageError(f"{path}: this is a folder, not a picture; name a file in it") from None
    except PermissionError:
        raise ImageError(f"{path}: this file must not be read; change its permissions") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{path}: the picture is larger than 89 megapixels; save a smaller copy") from None
    except UnidentifiedImageError:
        raise ImageError(f"{path}: this is not a picture that can be read; save it as PNG or JPEG") from None
    except DAMAGED as error:
        detail = str(error).partition("\n")[0]
        raise ImageError(f"{path}: the picture is damaged or cut short ({detail}); get a fresh copy") from None


def picture_source(path: Path) -> Path | io.BytesIO:
    """Return what Pillow opens: a path, or a decrypted frame in memory.

    Raises
    ------
    EncryptionError
        If the private key is missing or wrong.
    """
    return io.BytesIO(read_decrypted(path)) if is_encrypted(path) else path


def picture_content(path: Path) -> bytes:
    """Return the bytes of a picture file, decrypted."""
    return read_decrypted(path) if is_encrypted(path) else path.read_bytes()


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 where the EXIF data is damaged.

    Parameters
    ----------
    picture : Image
        An open picture.
    """
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except DAMAGED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright(picture: Image.Image) -> Image.Image:
    """Rotate a picture by its EXIF orientation, unless the EXIF data is damaged.

    Parameters
    ----------
    picture : Image
        An open picture.
    """
    try:
        return ImageOps.exif_transpose(picture)
    except DAMAGED:
        return picture

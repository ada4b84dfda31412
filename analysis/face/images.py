"""Read picture files as RGB arrays, and convert arrays of pixels."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError
from experiment.record.encryption import is_encrypted, read_decrypted

_DAMAGED = (
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


def read_image(path: Path | str) -> ImageArray:
    """Read a picture file as an upright (H, W, 3) RGB array.

    Rotate it by its EXIF orientation, put transparent pictures on white, and convert grey, palette, CMYK and 16-bit
    pictures to 8-bit RGB. Read the first picture of an animation.

    Raises
    ------
    ImageError
        If the file does not exist, is not a picture, is damaged, has floating-point pixels, or exceeds 89 megapixels
        (a decompression bomb, or a scan that should be made smaller).
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF data loses the orientation, not the picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(picture_source(path)) as picture:
                picture.load()
                return _to_rgb(_upright(picture), path)
    except FileNotFoundError:
        raise ImageError(f"{path}: the file does not exist") from None
    except IsADirectoryError:
        raise ImageError(f"{path}: this is a folder, not a picture; name a file in it") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{path}: the picture is larger than 89 megapixels; save a smaller copy") from None
    except UnidentifiedImageError:
        raise ImageError(f"{path}: this is not a picture that can be read; save it as PNG or JPEG") from None
    except _DAMAGED as error:
        raise ImageError(f"{path}: the picture is damaged or cut short ({error}); get a fresh copy") from None


def picture_source(path: Path) -> Path | io.BytesIO:
    """Return what Pillow opens: a path, or a decrypted frame in memory.

    Raises
    ------
    EncryptionError
        If the private key is missing or wrong.
    """
    return io.BytesIO(read_decrypted(path)) if is_encrypted(path) else path


def as_rgb(pixels: NDArray[np.generic]) -> ImageArray:
    """Convert pixels of a camera or another program to (H, W, 3) RGB uint8.

    Parameters
    ----------
    pixels : array
        Grey (H, W) or (H, W, 1), RGB or RGBA (alpha is dropped), 8 or 16 bit.

    Raises
    ------
    ImageError
        If the array has another form, or is empty.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    fits = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] in (3, 4))
    if not fits or pixels.size == 0 or pixels.dtype not in (np.uint8, np.uint16):
        raise ImageError(
            "a picture must be an (H, W), (H, W, 3) or (H, W, 4) array of 8 or 16 bit, "
            f"not {pixels.dtype} {pixels.shape}"
        )
    eight_bit = _to_eight_bit(pixels)
    if eight_bit.ndim == 2:
        return np.repeat(eight_bit[:, :, None], 3, axis=2)
    return np.ascontiguousarray(eight_bit[:, :, :3])


def as_grey(image: ImageArray) -> ImageArray:
    """Return the luma of an RGB picture, or a grey picture unchanged.

    Parameters
    ----------
    image : (H, W), (H, W, 3) or (H, W, 4) uint8 array
        A fourth channel is ignored.

    Returns
    -------
    (H, W) uint8 array
        Contiguous.

    Raises
    ------
    ImageError
        If the array is not an 8-bit picture.
    """
    fits = image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))
    if not fits or image.dtype != np.uint8 or image.size == 0:
        raise ImageError(f"a picture must be an 8-bit (H, W) or (H, W, 3) array, not {image.dtype} {image.shape}")
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image[:, :, :3]), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _upright(picture: Image.Image) -> Image.Image:
    """Rotate a picture by its EXIF orientation, unless the EXIF data is damaged."""
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGED:
        return picture


def _to_rgb(picture: Image.Image, path: Path) -> ImageArray:
    if picture.mode == "F":
        raise ImageError(f"{path}: pictures with floating-point pixels cannot be read; save it as PNG")
    if picture.mode.startswith("I"):
        return as_rgb(np.asarray(picture).clip(0, 65535).astype(np.uint16))
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return np.asarray(Image.alpha_composite(white, layer).convert("RGB"))
    return np.asarray(picture.convert("RGB"))


def _to_eight_bit(pixels: NDArray[np.generic]) -> ImageArray:
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    # Scientific cameras store 10 or 12 bits in 16; read as 16 they would be black.
    bits = max(int(pixels.max()).bit_length(), 8)
    return (pixels.astype(np.uint16) >> (bits - 8)).astype(np.uint8)

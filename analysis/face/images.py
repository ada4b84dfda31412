"""From any picture file to an RGB array, or one sentence that says why not."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError

_DAMAGED = (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, struct.error)
"""What Pillow's decoders raise on truncated or damaged files."""


def read_image(path: Path | str) -> ImageArray:
    """Read a picture as an (H, W, 3) RGB array, upright.

    Turns the picture as its EXIF orientation says; puts transparent pictures on white; brings grey, palette, CMYK and
    16-bit pictures to 8-bit RGB. Of an animation, the first picture is read.

    Raises
    ------
    ImageError
        If there is no such file, it is no picture, is cut short, has floating-point pixels, or is beyond
        89 megapixels (a decompression bomb, or a scan to be made smaller).
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged EXIF data, which costs the orientation and not the picture
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                picture.load()
                return _to_rgb(_upright(picture), path)
    except FileNotFoundError:
        raise ImageError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise ImageError(f"{path}: this is a folder, not a picture; name a file in it") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ImageError(f"{path}: the picture is larger than 89 megapixels; save a smaller copy") from None
    except UnidentifiedImageError:
        raise ImageError(f"{path}: this is no picture that can be read; save it as PNG or JPEG") from None
    except _DAMAGED as error:
        raise ImageError(f"{path}: the picture is damaged or cut short ({error}); get a fresh copy") from None


def as_rgb(pixels: NDArray[np.generic]) -> ImageArray:
    """Bring an array of a camera or another program to (H, W, 3) RGB uint8.

    Accepts grey (H, W) or (H, W, 1), RGB and RGBA (alpha is dropped), 8 or 16 bit.

    Raises
    ------
    ImageError
        If the array is none of these, or empty.
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
    """(H, W) luma of an RGB picture; a grey one as it is."""
    if image.ndim == 2:
        return np.ascontiguousarray(image)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image[:, :, :3]), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except _DAMAGED:
        return picture  # EXIF data too damaged to say which way is up


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

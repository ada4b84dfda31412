"""Read picture files as RGB arrays, and convert arrays of pixels.

The only reader of picture files: what a screen shows and what is measured are the same pixels.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, TiffImagePlugin, UnidentifiedImageError

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError
from analysis.face.picture_files import (
    ORIENTATION,
    TIFF,
    image_errors,
    orientation,
    picture_content,
    picture_source,
    tiff_tags,
    upright,
)

Pixels: TypeAlias = NDArray[np.generic]

PAPER = "white"
"""Colour behind transparent pixels where no display is known."""

_DEPTHS = (8, 10, 12, 16, 24, 31, 32)
"""Bits a sample may have. Scientific cameras store 10 or 12 bits in 16; read as 16 they would be black."""
_UNIT_RANGE, _BYTE_RANGE = 2.0, 280.0
"""Largest floating-point pixel of a picture in 0..1 and of one in 0..255: interpolation overshoots both a little."""
_COLOUR_MODES = ("RGB", "RGBA", "LA")
_ALPHA_MODES = ("LA", "PA", "RGBA", "RGBa", "La")
_WHITE_IS_ZERO, _UNSIGNED = 0, 1


def read_image(path: Path | str, *, background: str = PAPER) -> ImageArray:
    """Read a picture file as an upright (H, W, 3) RGB array.

    Rotate it by its EXIF orientation, put transparent pictures on a background, convert embedded colour profiles to
    sRGB, and convert grey, palette, CMYK, Lab, 1-bit, 16-bit, 32-bit and floating-point pictures to 8-bit RGB. Read
    the first picture of an animation.

    The range of deep pixels follows from the largest: 8, 10, 12, 16, 24, 31 or 32 bits for integers; 0..1, 0..255 or
    one of these for floating-point numbers. Negative numbers are black.

    Parameters
    ----------
    path : path
        The file.
    background : str
        Colour behind transparent pixels, as Pillow names colours: that of the display, where there is one.

    Raises
    ------
    ImageError
        If the file does not exist, is not a picture, is damaged, has pixels that are not numbers, or exceeds 89
        megapixels (a decompression bomb, or a scan that should be made smaller).
    """
    path = Path(path)
    with image_errors(path):
        try:
            with Image.open(picture_source(path)) as picture:
                sample = _sample_format(picture)
                picture.load()
                if picture.mode == "F" or picture.mode.startswith("I"):
                    return _to_rgb(upright(_deep_grey(picture)), background)
                if ";16" in sample and picture.mode in _COLOUR_MODES:
                    return _to_rgb(upright(_deep_colour(picture, path)), background)
                return _to_rgb(upright(picture), background)
        except UnidentifiedImageError:
            layer = _other_tiff(path)
            if layer is None:
                raise
            return _to_rgb(layer, background)


def as_rgb(pixels: Pixels) -> ImageArray:
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


def _sample_format(picture: ImageFile.ImageFile) -> str:
    """Return Pillow's name of the pixels as stored, such as ``RGB;16B``."""
    parameters = picture.tile[0][3] if picture.tile else ""
    return str(parameters if isinstance(parameters, str) else parameters[0] if parameters else "")


def _deep_colour(picture: Image.Image, path: Path) -> Image.Image:
    """Return a 16-bit colour picture in 8 bits, by its range.

    Pillow keeps only the upper byte, which is 0 in a picture of 8 bits stored in 16.
    """
    pixels = _decode(picture_content(path))
    if pixels is None or pixels.dtype != np.uint16 or pixels.shape[:2] != (picture.height, picture.width):
        return picture
    layer = _layer(pixels)
    if "transparency" in picture.info and layer.mode == "RGB":
        layer.putalpha(picture.convert("RGBA").getchannel("A"))
    return _with_facts_of(picture, layer)


def _deep_grey(picture: ImageFile.ImageFile) -> Image.Image:
    """Return a deep grey picture in 8 bits; in some PNGs one value is transparent."""
    pixels, transparent = np.asarray(picture), picture.info.get("transparency")
    tags = picture.tag_v2 if isinstance(picture, TiffImagePlugin.TiffImageFile) else {}
    if pixels.dtype == np.int32 and tags.get(TiffImagePlugin.SAMPLEFORMAT, (0,))[0] == _UNSIGNED:
        pixels = pixels.view(np.uint32)
    grey = _to_eight_bit(pixels)
    grey = 255 - grey if tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO else grey
    layer = Image.fromarray(grey)
    if isinstance(transparent, int):
        layer = layer.convert("RGB")
        layer.putalpha(Image.fromarray(np.where(pixels == transparent, 0, 255).astype(np.uint8)))
    return _with_facts_of(picture, layer)


def _with_facts_of(picture: Image.Image, layer: Image.Image) -> Image.Image:
    """Return the layer with the orientation and the colour profile of a picture."""
    if "icc_profile" in picture.info:
        layer.info["icc_profile"] = picture.info["icc_profile"]
    if (turn := orientation(picture)) != 1:
        layer.getexif()[ORIENTATION] = turn
    return layer


def _other_tiff(path: Path) -> Image.Image | None:
    """Return, upright, a TIFF of a kind that only OpenCV reads; None if it is none.

    These are floating-point colour and 64 bits.
    """
    data = picture_content(path)
    if not data.startswith(TIFF):
        return None
    pixels = _decode(data)
    if pixels is None or pixels.size == 0:
        return None
    layer = _layer(pixels)
    tags = tiff_tags(data)
    layer.getexif()[ORIENTATION] = int(tags.get(ORIENTATION, 1))
    return upright(layer)


def _decode(data: bytes) -> Pixels | None:
    """Decode a picture with OpenCV; None if it cannot."""
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(str(error)) from None


def _layer(pixels: Pixels) -> Image.Image:
    """Return OpenCV's pixels, of any depth, as an 8-bit picture."""
    if pixels.ndim == 2:
        return Image.fromarray(_to_eight_bit(pixels))
    colour = _to_eight_bit(pixels[:, :, :3])[:, :, ::-1]
    layer = Image.fromarray(np.ascontiguousarray(colour))
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3].astype(np.float64)
        whole = 65535.0 if pixels.dtype == np.uint16 else max(float(alpha.max()), 1.0)
        layer.putalpha(Image.fromarray(np.asarray(alpha * (255.0 / whole), dtype=np.uint8)))
    return layer


def _to_rgb(picture: Image.Image, background: str) -> ImageArray:
    if picture.mode in _ALPHA_MODES or "transparency" in picture.info:
        profile = picture.info.get("icc_profile")
        picture = picture.convert("RGBA")
        picture.info["icc_profile"] = profile
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    colour = _as_srgb(picture.convert("RGB") if picture.mode in ("RGBA", "P") else picture)
    if alpha is None:
        return np.asarray(colour)
    colour.putalpha(alpha)
    behind = Image.new("RGBA", colour.size, background)
    return np.asarray(Image.alpha_composite(behind, colour).convert("RGB"))


def _as_srgb(picture: Image.Image) -> Image.Image:
    """Return a picture as sRGB, by its colour profile if it has a usable one."""
    embedded = picture.info.get("icc_profile")
    profile = _profile(embedded) if isinstance(embedded, bytes) else None
    if picture.mode == "LAB" and profile is None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    if profile is not None and picture.mode in ("RGB", "L", "CMYK", "LAB"):
        try:
            converted = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None  # the profile belongs to another kind of picture
        if converted is not None:
            return converted
    return picture.convert("RGB")


def _profile(embedded: bytes) -> ImageCms.ImageCmsProfile | None:
    """Return an embedded colour profile; None if it is damaged, or describes sRGB."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(embedded))
        is_srgb = "srgb" in ImageCms.getProfileDescription(profile).lower()
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if is_srgb else profile


def _to_eight_bit(pixels: Pixels) -> ImageArray:
    """Return pixels in 8 bits, by the range that the largest of them suggests."""
    if pixels.dtype == np.uint8:
        return np.asarray(pixels, dtype=np.uint8)
    if not np.issubdtype(pixels.dtype, np.floating):
        whole = np.asarray(pixels.astype(np.int64).clip(0))
        return np.asarray(whole >> (_depth(int(whole.max())) - 8), dtype=np.uint8)
    if not np.isfinite(pixels).all():
        raise ValueError("some pixels are not numbers")
    largest = float(pixels.max())
    if largest <= _UNIT_RANGE:
        scale = 255.0
    else:
        scale = 1.0 if largest <= _BYTE_RANGE else 255.0 / (2.0 ** _depth(int(largest)) - 1.0)
    return np.asarray((pixels.astype(np.float64) * scale).round().clip(0.0, 255.0), dtype=np.uint8)


def _depth(largest: int) -> int:
    return next((bits for bits in _DEPTHS if largest < 1 << bits), _DEPTHS[-1])

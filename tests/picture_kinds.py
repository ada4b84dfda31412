"""One picture, stored in every way a laboratory may have it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms

from analysis.face.arrays import ImageArray

BACKGROUND = "#204060"
"""A background that is neither black nor white, and differs in its three channels."""


def write_kinds(folder: Path, picture: ImageArray) -> dict[str, Path]:
    """Store a picture as every kind whose pixels are the same after reading, as far as the kind can hold them.

    Parameters
    ----------
    folder : Path
        Where the files go.
    picture : (H, W, 3) uint8 array
        RGB; its brightest value is 255.

    Returns
    -------
    dict
        The file of every kind. Those whose name begins with ``grey`` show the red channel only.
    """
    grey, wide, blue_first = picture[:, :, 0], picture.astype(np.uint16) * 257, picture[:, :, ::-1]
    opaque = np.full((*grey.shape, 1), 65535, np.uint16)
    with_opencv: dict[str, np.ndarray] = {
        "rgb-16.png": wide[:, :, ::-1],
        "rgb-16.tiff": wide[:, :, ::-1],
        "rgba-16.png": np.concatenate([wide[:, :, ::-1], opaque], axis=2),
        "rgb-12-in-16.png": (wide >> 4)[:, :, ::-1],
        "rgb-float-unit.tiff": blue_first.astype(np.float32) / 255,
        "rgb-float-byte.tiff": blue_first.astype(np.float32),
        "rgb-double.tiff": blue_first.astype(np.float64) / 255,
        "grey-16.png": wide[:, :, 0],
        "grey-16.tiff": wide[:, :, 0],
        "grey-12-in-16.png": wide[:, :, 0] >> 4,
        "grey-10-in-16.tiff": wide[:, :, 0] >> 6,
        "grey-float-unit.tiff": grey.astype(np.float32) / 255,
        "grey-float-byte.tiff": grey.astype(np.float32),
        "grey-float-16.tiff": wide[:, :, 0].astype(np.float32),
        "grey-int-32.tiff": grey.astype(np.int32) << 23,
    }
    for name, pixels in with_opencv.items():
        assert cv2.imwrite(str(folder / name), pixels), name
    colour, single = Image.fromarray(picture), Image.fromarray(grey)
    exif = Image.Exif()
    exif[0x0112] = 6  # stored on its side
    colour.save(folder / "rgb-8.png")
    colour.save(folder / "rgb-8.bmp")
    colour.transpose(Image.Transpose.ROTATE_90).save(folder / "rgb-turned.png", exif=exif)
    colour.transpose(Image.Transpose.ROTATE_90).save(folder / "rgb-turned.tiff", exif=exif)
    single.save(folder / "grey-8.png")
    single.convert("RGB").quantize(256).save(folder / "grey-palette.png")
    single.save(folder / "grey-white-is-zero.tiff", tiffinfo={262: 0})  # Pillow inverts the 8-bit pixels it writes
    Image.fromarray(65535 - wide[:, :, 0]).save(folder / "grey-white-is-zero-16.tiff", tiffinfo={262: 0})
    return {file.name: file for file in sorted(folder.iterdir())}


def write_transparent(folder: Path, picture: ImageArray) -> dict[str, Path]:
    """Store a picture whose left half is transparent, with bright colours hidden there, in every way.

    Parameters
    ----------
    folder : Path
        Where the files go.
    picture : (H, W, 3) uint8 array
        Grey: its three channels are equal, from 0 to 254.

    Returns
    -------
    dict
        The file of every kind.
    """
    half = picture.shape[1] // 2
    hidden = picture.copy()
    hidden[:, :half] = 255
    alpha = np.full(picture.shape[:2], 255, np.uint8)
    alpha[:, :half] = 0
    layer = Image.fromarray(np.dstack([hidden, alpha]))
    layer.save(folder / "rgba.png")
    layer.save(folder / "rgba.tiff")
    layer.convert("LA").save(folder / "la.png")
    wide = np.dstack([hidden, alpha]).astype(np.uint16) * 257
    assert cv2.imwrite(str(folder / "rgba-16.png"), wide)
    Image.fromarray(hidden[:, :, 0]).save(folder / "one-value.png", transparency=255)
    Image.fromarray(hidden[:, :, 0].astype(np.uint16) * 257).save(folder / "one-value-16.png", transparency=65535)
    Image.fromarray(hidden).save(folder / "one-colour.png", transparency=(255, 255, 255))
    palette = Image.fromarray(hidden[:, :, 0]).convert("P")
    palette.putpalette([value for value in range(256) for _ in range(3)])
    palette.save(folder / "palette.png", transparency=255)
    return {file.name: file for file in sorted(folder.iterdir())}


def swapped_profile() -> bytes:
    """Return a colour profile whose red is the blue of sRGB and the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"@@@@").replace(b"bXYZ", b"rXYZ").replace(b"@@@@", b"bXYZ")
    profile = profile.replace(b"s\0R\0G\0B", b"s\0w\0a\0p").replace(b"\0s\0R\0G\0B", b"\0s\0w\0a\0p")
    profile = profile.replace(b"sRGB", b"swap")
    ImageCms.ImageCmsProfile(io.BytesIO(bytes(profile)))
    return bytes(profile)

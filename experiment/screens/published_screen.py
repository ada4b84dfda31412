"""A screen as JSON for another process, which draws it small.

Texts, shapes and picture files are described. Pixels that change (clips, the mirror image) are small JPEG pictures.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from experiment.errors import DisplayError
from experiment.screens.raster import Pixels, raster
from experiment.screens.screen import (
    Cross,
    Dot,
    Element,
    LiveImage,
    MovingFrame,
    Picture,
    Rectangle,
    Screen,
    Text,
)

SmallJpeg = Callable[[Pixels], bytes]
"""Returns a small JPEG of (H, W, 3) or (H, W, 4) pixels."""
_DESCRIBED: dict[str, type[Element]] = {"text": Text, "cross": Cross, "rectangle": Rectangle, "dot": Dot}
JPEG_QUALITY = 80


def screen_json(screen: Screen, size_px: tuple[int, int], *, small_jpeg: SmallJpeg, pixels: bool = True) -> bytes:
    """Return the description of a screen.

    Parameters
    ----------
    screen
        The screen.
    size_px
        Width and height of the display.
    small_jpeg
        Makes pictures of pixels that change.
    pixels
        False leaves out live pictures, because the participant may not be shown.
    """
    elements = [
        _to_json(element, small_jpeg) for element in screen.elements if pixels or not isinstance(element, LiveImage)
    ]
    data = {"kind": screen.kind, "background": screen.background, "size_px": list(size_px), "elements": elements}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def draw_published(content: bytes, *, width_px: int) -> bytes:
    """Draw a described screen and return it as a JPEG.

    Parameters
    ----------
    content
        From `screen_json`.
    width_px
        Width of the picture.

    Raises
    ------
    DisplayError
        If the description is damaged, or a picture file cannot be read.
    """
    try:
        data = json.loads(content)
        width, height = (int(one) for one in data["size_px"])
        screen = Screen(data["kind"], tuple(_from_json(one) for one in data["elements"]), data["background"])
        size_px = width_px, max(1, round(width_px * height / width))
        drawn = PillowImage.fromarray(raster(screen, size_px))
    except (KeyError, TypeError, ValueError, OSError, ZeroDivisionError) as error:
        raise DisplayError(f"the published screen cannot be drawn: {error}") from error
    file = io.BytesIO()
    drawn.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _to_json(element: Element, small_jpeg: SmallJpeg) -> Mapping[str, Any]:
    if isinstance(element, Picture):
        return {"is": "picture", "file": str(element.file.absolute()), "at": element.at, "height": element.height}
    if isinstance(element, (MovingFrame, LiveImage)):
        mirrored = isinstance(element, LiveImage) and element.mirrored
        pixels = element.image if isinstance(element, LiveImage) else element.picture.frames[element.index]
        return {
            "is": "pixels",
            "jpeg": base64.b64encode(small_jpeg(pixels)).decode("ascii"),
            "at": element.at,
            "height": element.height,
            "mirrored": mirrored,
        }
    kind = next(name for name, of in _DESCRIBED.items() if isinstance(element, of))
    return {"is": kind, **asdict(element)}


def _from_json(data: Mapping[str, Any]) -> Element:
    kind, values = data["is"], {key: value for key, value in data.items() if key != "is"}
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    if kind == "picture":
        return Picture(Path(values["file"]), values["at"], values["height"])
    if kind == "pixels":
        with PillowImage.open(io.BytesIO(base64.b64decode(values["jpeg"]))) as picture:
            image = np.asarray(picture.convert("RGB"))
        return LiveImage(image, values["at"], values["height"], values["mirrored"])
    return _DESCRIBED[kind](**values)

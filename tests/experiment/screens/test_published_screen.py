"""A screen that another process draws looks the same as here."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from experiment.errors import DisplayError
from experiment.lab.live.small_pictures import WIDTH_PX, small_jpeg
from experiment.screens.moving_picture import MovingPicture
from experiment.screens.published_screen import draw_published, screen_json
from experiment.screens.raster import raster
from experiment.screens.screen import Cross, Dot, LiveImage, MovingFrame, Picture, Rectangle, Screen, Text

SIZE_PX = (1440, 900)


def drawn(content: bytes, width_px: int = 320) -> NDArray[np.uint8]:
    return np.asarray(PillowImage.open(io.BytesIO(draw_published(content, width_px=width_px))).convert("RGB"))


def halves(left: int, right: int, size: tuple[int, int] = (90, 120)) -> NDArray[np.uint8]:
    image = np.full((*size, 3), left, np.uint8)
    image[:, size[1] // 2 :] = right
    return image


def test_every_kind_of_element_is_drawn_as_the_session_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "target.png"
    PillowImage.fromarray(halves(20, 220)).save(file)
    frames = [halves(10, 10), halves(200, 60)]
    screen = Screen(
        "target",
        (
            Text("Imitate the face", (0.0, 0.4), 0.06),
            Picture(file, (-0.5, 0.0), 0.4),
            MovingFrame(MovingPicture(frames, [0.0, 0.1], 0.2), 1, (0.0, 0.0), 0.3),
            LiveImage(halves(0, 255), (0.5, 0.0), 0.4, mirrored=True),
            Cross((0.0, -0.3), 0.1),
            Rectangle((0.3, -0.3), (0.2, 0.1), "red", "white"),
            Dot((-0.3, -0.3), 0.08, "blue"),
        ),
        background="gray",
    )

    found = drawn(screen_json(screen, SIZE_PX, small_jpeg=small_jpeg))

    expected = raster(screen, (320, 200)).astype(int)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() < 4.0  # the noise of JPEG
    live = found[60:140, 235:285].astype(int).mean(axis=(0, 2))
    assert live[5] > 200 > 50 > live[-5]


def test_the_mirror_image_is_left_out_where_the_participant_may_not_be_shown() -> None:
    screen = Screen("feedback", (LiveImage(halves(255, 255)), Cross()))

    content = screen_json(screen, SIZE_PX, small_jpeg=small_jpeg, pixels=False)

    assert [one["is"] for one in json.loads(content)["elements"]] == ["cross"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"kind":"page","background":"black","size_px":[0,0],"elements":[]}', b'{"size_px":[9,9]}'],
)
def test_a_damaged_description_is_refused(content: bytes) -> None:
    with pytest.raises(DisplayError, match="cannot be drawn"):
        draw_published(content, width_px=320)


def test_small_pictures_are_small_and_keep_their_colours() -> None:
    image = np.zeros((720, 1280, 4), np.uint8)
    image[..., 0], image[..., 3] = 250, 255
    image[:, 640:, 3] = 0

    picture = PillowImage.open(io.BytesIO(small_jpeg(image)))

    assert picture.size == (WIDTH_PX, 180)
    pixels = np.asarray(picture.convert("RGB"))
    assert pixels[90, 80, 0] > 240
    assert pixels[90, 240].max() < 10

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.images import read_image
from experiment.errors import DisplayError
from experiment.screens.raster import LINE_SPACING, _balanced, _wrap, picture, picture_aspect, raster, typeset
from experiment.screens.screen import Cross, LiveImage, Picture, Rectangle, Screen, Text
from tests.picture_kinds import BACKGROUND, write_kinds, write_transparent

SIZE = (400, 200)


def test_a_rectangle_covers_the_pixels_of_its_place() -> None:
    drawn = raster(Screen("blank", (Rectangle((0.5, 0.25), (0.5, 0.25), "red"),)), SIZE)

    ys, xs = np.nonzero(drawn[..., 0] == 255)
    # centre (200 + 0.5 * 200, 100 - 0.25 * 200), 100 px wide, 50 px high
    assert (xs.min(), xs.max(), ys.min(), ys.max()) == (250, 349, 25, 74)


def test_a_cross_is_symmetric_about_its_centre() -> None:
    drawn = raster(Screen("fixation", (Cross(),)), SIZE)[..., 0]

    assert drawn.any()
    assert (drawn == drawn[::-1]).all()
    assert (drawn == drawn[:, ::-1]).all()


def test_a_screen_has_its_background_colour() -> None:
    assert (raster(Screen("blank", (), "#102030"), SIZE) == (16, 32, 48)).all()


def test_a_picture_keeps_its_proportions(tmp_path: Path) -> None:
    Image.fromarray(np.full((50, 100, 3), 200, np.uint8)).save(tmp_path / "wide.png")

    drawn = raster(Screen("target", (Picture(tmp_path / "wide.png", (0, 0), 0.5),)), SIZE)

    ys, xs = np.nonzero(drawn[..., 0])
    assert [int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1] == [200, 100]


def test_a_picture_with_a_rotation_in_its_exif_data_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.new("RGB", (80, 40)).save(tmp_path / "turned.jpg", exif=exif)

    assert picture(tmp_path / "turned.jpg", 80).shape == (80, 40, 3)
    assert picture_aspect(tmp_path / "turned.jpg") == 0.5


def test_a_file_that_is_not_a_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("no picture")

    with pytest.raises(DisplayError, match=r"x\.png: this is not a picture"):
        raster(Screen("target", (Picture(tmp_path / "x.png"),)), SIZE)


@pytest.mark.parametrize("name", ["none.png", "x.png", "cut.png", "bomb.png"])
def test_a_picture_that_cannot_be_read_is_a_display_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("no picture")
    Image.new("RGB", (300, 300)).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:60])
    bomb = (tmp_path / "whole.png").read_bytes()
    header = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(bomb[:12] + header + struct.pack(">I", zlib.crc32(header)) + bomb[33:])

    with pytest.raises(DisplayError, match=name):
        picture(tmp_path / name, 100)
    if name != "cut.png":  # its size is still there
        with pytest.raises(DisplayError, match=name):
            picture_aspect(tmp_path / name)


def test_a_picture_of_any_kind_has_the_pixels_that_are_measured(tmp_path: Path) -> None:
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, axis=1)
    (tmp_path / "kinds").mkdir()
    (tmp_path / "transparent").mkdir()
    files = write_kinds(tmp_path / "kinds", np.dstack([shades, shades[::-1], shades[:, ::-1]]))
    files |= write_transparent(tmp_path / "transparent", np.dstack([shades.clip(0, 254)] * 3))

    for name, file in files.items():
        drawn = raster(Screen("target", (Picture(file, (0, 0), 16 / 200),), BACKGROUND), SIZE)
        assert (drawn[92:108, 184:216] == read_image(file, background=BACKGROUND)).all(), name


def test_a_mirrored_live_image_is_turned_left_to_right() -> None:
    image = np.zeros((10, 20, 3), np.uint8)
    image[:, :10] = 255

    drawn = raster(Screen("feedback", (LiveImage(image, height=0.5, mirrored=True),)), SIZE)[100, :, 0]

    assert drawn[190] == 0
    assert drawn[210] == 255


def test_lines_are_broken_at_spaces_and_never_inside_words() -> None:
    assert _wrap("one two three four", len, 9) == ["one two", "three", "four"]


def test_japanese_is_broken_between_characters_but_no_line_starts_with_a_full_stop() -> None:
    lines = _wrap("これはとても長い文です。", len, 11)

    assert "".join(lines) == "これはとても長い文です。"
    assert all(not line.startswith("。") for line in lines)


def test_the_last_line_has_more_than_one_word_if_lines_can_have_equal_length() -> None:
    assert _wrap("one two three four five", len, 18) == ["one two three four", "five"]
    assert _balanced("one two three four five", len, 18) == ["one two three", "four five"]


def test_a_word_that_is_too_long_for_its_line_changes_nothing_else() -> None:
    assert _balanced("a incomprehensibilities b", len, 10) == ["a", "incomprehensibilities", "b"]


def test_empty_lines_are_kept() -> None:
    set_in_type = typeset(Text("one\n\ntwo", height=0.1), 200)[..., 3]

    line = round(0.1 * 200 * LINE_SPACING)
    assert [bool(set_in_type[top : top + line].any()) for top in (0, line, 2 * line)] == [True, False, True]


def test_a_wrapped_paragraph_is_within_its_width() -> None:
    text = Text("many words " * 30, height=0.05, wrap_width=0.8)

    set_in_type = typeset(text, 200)

    assert set_in_type.shape[1] <= 0.8 * 200 + 4
    assert set_in_type[..., 3].any()

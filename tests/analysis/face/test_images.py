from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, ImageCms

from analysis.face.arrays import ImageArray
from analysis.face.errors import ImageError
from analysis.face.images import as_grey, as_rgb, read_image
from analysis.face.picture_files import read_size
from tests.picture_kinds import BACKGROUND, swapped_profile, write_kinds, write_transparent


@pytest.fixture
def picture(rng: np.random.Generator) -> ImageArray:
    return rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)


def test_a_png_is_read_as_it_was_written(picture: ImageArray, tmp_path: Path) -> None:
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_a_photograph_taken_sideways_is_turned_upright(picture: ImageArray, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    assert_array_equal(read_image(tmp_path / "a.png"), np.rot90(picture, -1))


def test_an_invalid_exif_orientation_leaves_the_picture_unchanged(picture: ImageArray, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 99
    Image.fromarray(picture).save(tmp_path / "a.png", exif=exif)
    assert_array_equal(read_image(tmp_path / "a.png"), picture)


@pytest.mark.parametrize(
    ("kind", "modes"),
    [
        ("png", ("L", "1", "P", "LA", "RGBA")),
        ("jpg", ("L", "CMYK", "YCbCr")),
        ("tiff", ("L", "1", "P", "LA", "RGBA", "CMYK")),
        ("gif", ("L", "1", "P", "RGBA")),
        ("bmp", ("L", "1", "P", "RGBA")),
        ("webp", ("L", "RGBA")),
    ],
)
def test_every_colour_mode_gives_rgb(kind: str, modes: tuple[str, ...], picture: ImageArray, tmp_path: Path) -> None:
    for mode in modes:
        path = tmp_path / f"{mode}.{kind}"
        Image.fromarray(picture).convert(mode).save(path)
        image = read_image(path)
        assert image.shape == (30, 40, 3)
        assert image.dtype == np.uint8


def test_cmyk_keeps_its_colours(tmp_path: Path) -> None:
    """Full cyan ink on white paper, nothing else."""
    Image.new("CMYK", (8, 8), (255, 0, 0, 0)).save(tmp_path / "a.jpg", quality=100)
    red, green, blue = read_image(tmp_path / "a.jpg")[4, 4].astype(int)
    assert red < 10
    assert green > 245
    assert blue > 245


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    Image.new("RGBA", (4, 4), (200, 0, 0, 0)).save(tmp_path / "a.png")
    assert_array_equal(read_image(tmp_path / "a.png"), 255)


@pytest.mark.parametrize(("bits", "brightest"), [(10, 1023), (12, 4095), (16, 65535)])
def test_sixteen_bit_pictures_use_the_whole_range(bits: int, brightest: int, tmp_path: Path) -> None:
    ramp = np.linspace(0, brightest, 256).astype(np.uint16)[None, :].repeat(4, axis=0)
    for kind in ("png", "tiff"):
        path = tmp_path / f"a.{kind}"
        assert cv2.imwrite(str(path), ramp)
        grey = read_image(path)[0, :, 0]
        assert grey[0] == 0
        assert grey[-1] == 255
        assert np.all(np.diff(grey.astype(int)) >= 0)


def test_sixteen_bit_colour_is_read(tmp_path: Path) -> None:
    colour = np.zeros((4, 4, 3), dtype=np.uint16)
    colour[:, :, 0] = 65535  # blue, as OpenCV writes
    assert cv2.imwrite(str(tmp_path / "a.png"), colour)
    assert_array_equal(read_image(tmp_path / "a.png")[0, 0], (0, 0, 255))


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), "red").save(tmp_path / "a.png")
    assert_array_equal(read_image(tmp_path / "a.png"), [[[255, 0, 0]]])


@pytest.mark.parametrize("kind", ["png", "jpg", "tiff", "webp", "gif"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_picture_cut_short_is_refused_by_name(kind: str, kept: float, picture: ImageArray, tmp_path: Path) -> None:
    path = tmp_path / f"cut.{kind}"
    Image.fromarray(picture).resize((300, 300)).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    with pytest.raises(ImageError, match=rf"cut\.{kind}"):
        read_image(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"%PDF-1.7", bytes(5000)]
)
def test_a_file_that_is_not_a_picture_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "fake.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"fake\.png"):
        read_image(tmp_path / "fake.png")


@pytest.mark.parametrize("kind", ["png", "jpg", "tiff", "gif", "bmp"])
def test_random_damage_gives_a_picture_or_an_error_and_nothing_else(
    kind: str, picture: ImageArray, tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / f"a.{kind}"
    Image.fromarray(picture).save(path)
    whole = bytearray(path.read_bytes())
    outcomes: set[object] = set()
    for _ in range(80):
        damaged = whole.copy()
        for place in rng.integers(0, len(damaged), 8):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            outcomes.add(read_image(path).ndim)
        except ImageError as error:
            outcomes.add(type(error))
    assert outcomes <= {3, ImageError}


def test_a_missing_file_and_a_folder_have_different_messages(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="the file does not exist"):
        read_image(tmp_path / "none.png")
    with pytest.raises(ImageError, match="folder"):
        read_image(tmp_path)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    """A PNG of a few bytes that claims to be 30,000 pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(ImageError, match="89 megapixels"):
        read_image(tmp_path / "bomb.png")


@pytest.fixture
def ramp(rng: np.random.Generator) -> ImageArray:
    """A picture with all values from black to white, different in its three channels."""
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16).repeat(2, axis=1)
    return np.dstack([shades, shades[::-1], shades[:, ::-1]])


def test_every_depth_of_a_picture_is_read_as_its_eight_bit_original(ramp: ImageArray, tmp_path: Path) -> None:
    files = write_kinds(tmp_path, ramp)

    for name, file in files.items():
        expected = ramp[:, :, :1].repeat(3, axis=2) if name.startswith("grey") else ramp
        tolerance = 1 if "palette" in name else 0
        difference = np.abs(read_image(file).astype(int) - expected)
        assert difference.max() <= tolerance, name
        assert read_size(file) == (32, 16), name


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "a.png")
    assert_array_equal(read_image(tmp_path / "a.png")[0, :, 0], (255, 0))


def test_transparent_pixels_show_the_background_and_never_their_hidden_colour(tmp_path: Path) -> None:
    shades = np.arange(0, 255, dtype=np.uint8)[:, None].repeat(8, axis=1)
    picture = np.repeat(shades[:, :, None], 3, axis=2)

    for name, file in write_transparent(tmp_path, picture).items():
        image = read_image(file, background=BACKGROUND)
        assert_array_equal(image[:, :4], np.broadcast_to((0x20, 0x40, 0x60), (255, 4, 3)), err_msg=name)
        assert_array_equal(image[:, 4:], picture[:, 4:], err_msg=name)


def test_half_transparent_pixels_are_mixed_with_the_background(tmp_path: Path) -> None:
    Image.new("RGBA", (1, 1), (255, 0, 0, 128)).save(tmp_path / "a.png")
    assert_array_equal(read_image(tmp_path / "a.png", background="black"), [[[128, 0, 0]]])


def test_an_embedded_colour_profile_is_applied(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), (200, 0, 0)).save(tmp_path / "a.png", icc_profile=swapped_profile())
    red, _, blue = read_image(tmp_path / "a.png")[0, 0].astype(int)
    assert blue > 150 > 50 > red


@pytest.mark.parametrize("profile", [b"damaged", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()])
def test_a_damaged_profile_and_that_of_srgb_change_no_pixel(
    profile: bytes, picture: ImageArray, tmp_path: Path
) -> None:
    Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=profile)
    assert_array_equal(read_image(tmp_path / "a.png"), picture)


def test_lab_is_converted(tmp_path: Path) -> None:
    Image.new("LAB", (2, 2), (255, 128, 128)).save(tmp_path / "a.tiff")  # full lightness, neutral
    assert read_image(tmp_path / "a.tiff").min() >= 250


def test_pixels_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), np.nan, dtype=np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(ImageError, match=r"a\.tiff.*not numbers"):
        read_image(tmp_path / "a.tiff")


def test_arrays_of_cameras_become_rgb() -> None:
    grey = np.array([[0, 255]], dtype=np.uint8)
    for pixels in (grey, grey[:, :, None], np.repeat(grey[:, :, None], 4, axis=2), grey.astype(np.uint16) * 257):
        assert_array_equal(as_rgb(pixels), np.repeat(grey[:, :, None], 3, axis=2))


@pytest.mark.parametrize(
    "pixels", [np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4)), np.zeros(4, np.uint8)]
)
def test_arrays_that_are_not_pictures_are_refused(pixels: ImageArray) -> None:
    with pytest.raises(ImageError, match="a picture must be"):
        as_rgb(pixels)


def test_grey_weighs_green_most() -> None:
    red, green, blue = (as_grey(np.full((1, 1, 3), np.eye(3, dtype=np.uint8)[i] * 255))[0, 0] for i in range(3))
    assert blue < red < green

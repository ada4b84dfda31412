"""Fonts of texts, and right-to-left lines with and without the shaping library."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageDraw, features

from experiment.errors import DisplayError
from experiment.screens import fonts
from experiment.screens.fonts import font_files
from experiment.screens.text_shaping import Lettering, is_right_to_left

ARABIC = "اضغط على مفتاح SPACE"


@pytest.fixture
def unshaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows and macOS, and on a Linux without FriBidi."""
    monkeypatch.setattr(features, "check", lambda feature: feature != "raqm")


@pytest.fixture
def block_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only font of the system: hiragana and nothing else, every letter a full block."""
    characters = {code: f"k{code}" for code in range(0x3041, 0x3097)}
    pen = TTGlyphPen(None)
    for corner, move in (
        ((0, 0), pen.moveTo),
        ((0, 1000), pen.lineTo),
        ((1000, 1000), pen.lineTo),
        ((1000, 0), pen.lineTo),
    ):
        move(corner)
    pen.closePath()
    block, names = pen.glyph(), [".notdef", *characters.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(characters)
    builder.setupGlyf(dict.fromkeys(names, block))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "Blocks", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "blocks.ttf")
    monkeypatch.setattr(fonts, "_installed", lambda: (tmp_path / "blocks.ttf",))
    fonts._files_for.cache_clear()
    return tmp_path / "blocks.ttf"


@pytest.fixture(autouse=True)
def forgetful() -> Any:
    yield
    fonts._files_for.cache_clear()


def drawn(text: str, size_px: int = 20, *, setting: Lettering | None = None) -> np.ndarray[Any, np.dtype[np.uint8]]:
    canvas = Image.new("L", (400, 2 * size_px))
    (setting or Lettering.of(text, size_px, text=text)).draw(ImageDraw.Draw(canvas), text, (0, size_px), colour="white")
    return np.asarray(canvas)


def test_text_of_two_scripts_has_two_fonts_if_no_font_has_both(block_font: Path) -> None:
    files = font_files("SPACE を")

    assert files[-1] == block_font
    assert [file.name for file in files] == ["DejaVuSans.ttf", "blocks.ttf"]


def test_each_letter_comes_from_the_font_that_has_it(block_font: Path) -> None:
    setting = Lettering.of("Iを", 20, text="Iを")
    ink = drawn("Iを")

    latin = setting.length("I")
    assert setting.length("Iを") == pytest.approx(latin + 20)
    columns = (ink > 128).sum(axis=0)
    assert columns[int(latin) + 2 : int(latin) + 18].min() == 20  # the block is as high as it is wide
    assert 0 < columns[: int(latin)].max() < 20


def test_a_text_within_one_font_has_no_second_font(block_font: Path) -> None:
    assert [file.name for file in font_files("SPACE")] == ["DejaVuSans.ttf"]
    assert font_files("あ い") == (block_font,)


def test_a_character_no_font_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_installed", tuple)

    with pytest.raises(DisplayError, match="no installed font has the characters '𒀀'"):
        font_files("x 𒀀")


def test_a_text_reads_in_the_direction_of_most_of_its_letters() -> None:
    assert is_right_to_left("10 مرحبا ESC")
    assert is_right_to_left("Y: نعم      N: لا")
    assert not is_right_to_left("Press the key شين to continue")
    assert not is_right_to_left("1 / 2")


def test_a_right_to_left_line_begins_at_the_right(unshaped: None) -> None:
    whole = drawn("שלום abc")

    # Latin letters, logically last, are the leftmost ones
    latin = drawn("abc", setting=Lettering.of("שלום abc", 20, text="שלום abc"))
    width = int(Lettering.of("abc", 20, text="abc").length("abc"))
    assert (whole[:, :width] == latin[:, :width]).all()


def test_arabic_letters_are_joined_without_the_shaping_library(unshaped: None) -> None:
    setting = Lettering.of(ARABIC, 40, text=ARABIC)

    assert not setting.shaped
    joined, apart = setting.length("على"), sum(setting.length(letter) for letter in "على")
    assert joined < 0.95 * apart


@pytest.mark.skipif(not features.check("raqm"), reason="needs FriBidi (scripts/setup installs it)")
def test_with_and_without_the_shaping_library_arabic_looks_nearly_the_same(request: pytest.FixtureRequest) -> None:
    shaped = drawn(ARABIC)
    request.getfixturevalue("unshaped")
    by_hand = drawn(ARABIC)

    share_left_of = [np.cumsum(ink.sum(axis=0, dtype=float)) / ink.sum(dtype=float) for ink in (shaped, by_hand)]
    assert np.abs(share_left_of[0] - share_left_of[1]).max() < 0.06


def test_a_script_that_needs_shaping_is_refused_without_it(unshaped: None) -> None:
    with pytest.raises(DisplayError, match="install the library FriBidi"):
        Lettering.of("नमस्ते", 20, text="नमस्ते")


def test_a_font_of_pictures_in_one_size_is_not_chosen(block_font: Path, tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    with TTFont(block_font) as font:
        del font["glyf"]
        font.save(tmp_path / "pictures.ttf")

    assert fonts._characters(tmp_path / "pictures.ttf") == frozenset()
    assert fonts.has(block_font, "あ")

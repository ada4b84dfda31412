"""Which font draws a text: the first one installed that has all of its characters."""

from __future__ import annotations

import sys
import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont

from experiment.errors import DisplayError

_PREFERRED = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "NotoSansJP-Regular.ttf",
    "YuGothM.ttc",
    "meiryo.ttc",
    "msgothic.ttc",
    "malgun.ttf",
    "msyh.ttc",
    "ヒラギノ角ゴシック W3.ttc",
    "AppleSDGothicNeo.ttc",
    "Arial Unicode.ttf",
    "ipaexg.ttf",
    "ipag.ttf",
    "TakaoPGothic.ttf",
    "wqy-zenhei.ttc",
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
)
"""Tried in this order after DejaVu Sans, before every other font of the system."""


def is_right_to_left(text: str) -> bool:
    """Tell whether the first strong character of a text belongs to a right-to-left script."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False


def font_for(text: str, size_px: int) -> ImageFont.FreeTypeFont:
    """Return a font that has every character of ``text``.

    Raises
    ------
    DisplayError
        If no installed font has them; names one that is missing.
    """
    wanted = frozenset(ord(character) for character in text if not character.isspace() and character.isprintable())
    return _load(str(_file_for(wanted)), size_px)


@lru_cache(maxsize=256)
def _file_for(wanted: frozenset[int]) -> Path:
    first = _dejavu()
    if wanted <= _characters(first):
        return first
    installed = _installed()
    ranked = sorted(
        installed, key=lambda file: _PREFERRED.index(file.name) if file.name in _PREFERRED else len(_PREFERRED)
    )
    for file in ranked:
        if wanted <= _characters(file):
            return file
    missing = "".join(chr(code) for code in sorted(wanted - _characters(first))[:5])
    raise DisplayError(
        f"no installed font has the characters {missing!r}; install one that has them "
        "(on Debian: fonts-noto-cjk or fonts-noto-core)"
    )


@lru_cache(maxsize=64)
def _load(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(file, size_px)


def _dejavu() -> Path:
    """Return DejaVu Sans, which comes with matplotlib: Latin, Greek, Cyrillic, Hebrew, Arabic."""
    found = find_spec("matplotlib")
    assert found is not None, "matplotlib is a dependency"
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations))) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    home = Path.home()
    folders = {
        "win32": [Path("C:/Windows/Fonts"), home / "AppData/Local/Microsoft/Windows/Fonts"],
        "darwin": [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"],
    }.get(sys.platform, [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts"])
    kinds = {".ttf", ".ttc", ".otf"}
    return tuple(
        sorted(file for folder in folders if folder.is_dir() for file in folder.rglob("*") if file.suffix in kinds)
    )


@lru_cache(maxsize=64)
def _characters(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError):
        return frozenset()

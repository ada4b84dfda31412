"""Choose the fonts of a text.

The first that has all characters, else several together.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

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
    "ipagp.ttf",
    "ipaexg.ttf",
    "TakaoPGothic.ttf",
    "wqy-zenhei.ttc",
    "NotoSans-Regular.ttf",
    "segoeui.ttf",
    "arial.ttf",
)
"""Order of search after DejaVu Sans and before all other fonts of the system."""


def font_files(text: str) -> tuple[Path, ...]:
    """Return the fonts of a text.

    One that has all of its characters, else as few as possible.

    Every character is drawn with the first font that has it. A Japanese text with the name of a key in Latin letters
    may need two fonts.

    Raises
    ------
    DisplayError
        If no installed font has a character; the message names the missing ones.
    """
    return _files_for(frozenset(code for code in map(ord, text) if is_drawn(chr(code))))


def is_drawn(character: str) -> bool:
    """Return whether a character is visible, so that a font must have it."""
    return character.isprintable() and not character.isspace()


def has(file: Path, character: str) -> bool:
    """Return whether a font has a character."""
    return ord(character) in _characters(file)


@lru_cache(maxsize=256)
def _files_for(wanted: frozenset[int]) -> tuple[Path, ...]:
    first = _dejavu()
    if wanted <= _characters(first):
        return (first,)
    ranked = sorted(
        _installed(), key=lambda file: _PREFERRED.index(file.name) if file.name in _PREFERRED else len(_PREFERRED)
    )
    found = {first: wanted & _characters(first)}
    for file in ranked:
        found[file] = wanted & _characters(file)
        if found[file] == wanted:
            return (file,)
    chosen: list[Path] = []
    missing = wanted
    while missing:
        best = max(found, key=lambda file: len(missing & found[file]))
        if not missing & found[best]:
            named = "".join(chr(code) for code in sorted(missing)[:5])
            raise DisplayError(
                f"no installed font has the characters {named!r}; install a font that has them "
                "(on Debian: fonts-noto-core, fonts-noto-cjk for Chinese, Japanese and Korean)"
            )
        chosen.append(best)
        missing -= found[best]
    return tuple(chosen)


def _dejavu() -> Path:
    """Return the file of DejaVu Sans in matplotlib.

    Latin, Greek, Cyrillic, Hebrew, Arabic.
    """
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
            has_outlines = any(table in font for table in ("glyf", "CFF ", "CFF2"))  # others draw at one size only
            return frozenset(font.getBestCmap() or ()) if has_outlines else frozenset()
    except (TTLibError, OSError):
        return frozenset()

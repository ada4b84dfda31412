"""All texts of the console in three languages, one file a page or shared part."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "ja": "日本語", "de": "Deutsch"}
"""By language tag: the name of the language in that language."""
DEFAULT_LANGUAGE = "en"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return all texts, by key and language.

    A key is ``FILE.NAME``: the file ``study.json`` has ``study.title``.
    """
    return {
        f"{file.stem}.{name}": texts
        for file in sorted(Path(__file__).parent.glob("*.json"))
        for name, texts in json.loads(file.read_text(encoding="utf-8")).items()
    }


def text(key: str, language: str, **values: object) -> str:
    """Return a text of the catalogue.

    Parameters
    ----------
    key
        For example ``study.title``.
    language
        One of `LANGUAGES`.
    **values
        For the places in braces.

    Raises
    ------
    KeyError
        If the catalogue does not have the key.
    """
    return catalogue()[key][language].format_map(values)


def known_text(english: str, prefix: str, language: str) -> str:
    """Return the translation of a sentence that the program prints, if it has one.

    Parameters
    ----------
    english
        The sentence.
    prefix
        Beginning of its key, for example ``monitor.step_``; the words of the sentence follow.
    language
        One of `LANGUAGES`.
    """
    key = prefix + english.replace(" ", "_")
    return text(key, language) if key in catalogue() else english


def preferred_language(accepted: str) -> str:
    """Return the language of the console for a header ``Accept-Language``."""
    tags = (part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))
    return next((tag for tag in tags if tag in LANGUAGES), DEFAULT_LANGUAGE)


def word(code: str, language: str) -> str:
    """Return the text of a word of the record, such as ``no-face``.

    A word without a text is returned unchanged.

    Parameters
    ----------
    code
        As the record has it.
    language
        One of `LANGUAGES`.
    """
    texts = catalogue().get(f"word.{code}")
    return code if texts is None else texts[language]

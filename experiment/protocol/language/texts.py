"""Texts in several languages.

Those of a protocol, and the program's own short texts.

A text is written once (``text: Hello``) or by language (``text: {en: Hello, ja: こんにちは}``). The program's own texts
are in ``texts.json``, which has the form of a protocol's section ``texts``; that section replaces them or adds a
language.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

from experiment.protocol.language.language_tags import tag_problem

Translations = Mapping[str, str]
"""One text by language; `ANY_LANGUAGE` for a text written once."""

ANY_LANGUAGE = ""
FALLBACK = "en"
SHORT_TEXTS: Mapping[str, Translations] = json.loads(Path(__file__).with_name("texts.json").read_text("utf-8"))
"""Every short text of the program that a protocol may replace. Read at import: the schema lists the names."""
TEXT_NAMES = tuple(SHORT_TEXTS)
IN_QUOTES = "put it in quotes"
"""End of a message to which the value is added as written in the file."""
OBSOLETE_TEXTS = ("yes", "no", "practise-again")
"""Names that protocols may still have; nothing shows these texts."""
PROGRAM_LANGUAGES = ("en", "ja", "ar", "de")
TRAINING_LANGUAGES = ("en", "de", "ja")
"""Languages of the training screen (`experiment.feedback.training_texts`)."""


class TranslationError(ValueError):
    """One of several translations is wrong.

    Parameters
    ----------
    message
        What is wrong.
    language
        The key of the translation.
    """

    def __init__(self, message: str, language: str) -> None:
        super().__init__(message)
        self.language = language


def parse_text(value: Any) -> dict[str, str]:
    """Return ``"Hello"`` or ``{en: Hello, ja: こんにちは}`` as texts by language.

    Raises
    ------
    ValueError
        If the value is not a text or a text for each language; a `TranslationError` if one of them is wrong.
    """
    if value is None:
        raise ValueError("is empty; write the text after the colon, or indent the lines that belong to it")
    if isinstance(value, (bool, int, float)):
        raise ValueError(f"must be text; {IN_QUOTES}")
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("is an empty text; write something, or leave the line out")
        return {ANY_LANGUAGE: str(value)}
    if not isinstance(value, dict):
        raise ValueError("must be a text, or one text for each language: {en: Hello, ja: こんにちは}")
    if not value:
        raise ValueError("has no text in any language")
    for language, text in value.items():
        if problem := tag_problem(language):
            raise TranslationError(problem, str(language))
        if not isinstance(text, str) or not text.strip():
            raise TranslationError(f"has no text for `{language}`", str(language))
    return {str(language): str(text) for language, text in value.items()}


def language_forms(language: str) -> tuple[str, str]:
    """Return a language tag and its general form: ``de-AT`` and ``de``."""
    return language, language.partition("-")[0]


def nearest_language(languages: Collection[str], language: str) -> str:
    """Return a language of a text, or the nearest one.

    First the language, then its general form, `ANY_LANGUAGE`, English, any.
    """
    wanted = (*language_forms(language), ANY_LANGUAGE, FALLBACK)
    return next((candidate for candidate in wanted if candidate in languages), next(iter(languages)))


def in_language(text: Translations, language: str) -> str:
    """Return a text in a language, or in `nearest_language`."""
    return text[nearest_language(text, language)]


def file_in_language(files: Mapping[str, Path], language: str) -> Path:
    """Return a file in a language, or in `nearest_language`."""
    return files[nearest_language(files, language)]


def text_gaps(text: str) -> frozenset[str]:
    """Return the names in braces, which the program replaces by values.

    Raises
    ------
    ValueError
        If the braces do not match, or hold anything but a name.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ValueError("the braces do not match; a brace that is shown is written twice: {{") from None
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError("only a name may stand in braces; a brace that is shown is written twice: {{")
    return frozenset(name for _, name, _, _ in parts if name is not None)


def program_text(name: str, language: str, *, own: Mapping[str, Translations]) -> str:
    """Return one of the program's texts in a language.

    Parameters
    ----------
    name
        Key of ``texts.json``.
    language
        Language tag of the participant.
    own
        The protocol's section ``texts``. A text in the language or for any language replaces the program's.
    """
    written = own.get(name, {})
    for candidate in (*language_forms(language), ANY_LANGUAGE):
        if candidate in written:
            return written[candidate]
    return in_language({**SHORT_TEXTS[name], **written}, language)


def key_name(key: str, texts: Mapping[str, str]) -> str:
    """Return the name of a key as participants know it, given the texts of a plan."""
    return texts.get(f"key-{key}", key.upper())


def program_texts(language: str, own: Mapping[str, Translations]) -> dict[str, str]:
    """Return the program's texts in a language, replaced by the protocol's."""
    return {name: program_text(name, language, own=own) for name in TEXT_NAMES}

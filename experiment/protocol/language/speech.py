"""The key `say` of pages: texts that are spoken.

The files are made before the sessions by the command `speak`, in the folder `speech` next to the protocol. The name of
a file depends on language and text, so a changed text never plays an old file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from experiment.protocol.language.schema_models import InstructionsBlock, PageItem, ProtocolFile
from experiment.protocol.language.texts import ANY_LANGUAGE, Translations, nearest_language

FOLDER = "speech"


@dataclass(frozen=True, slots=True)
class Speech:
    """A text that is spoken in one language."""

    language: str
    text: str

    def file(self, protocol: Path) -> Path:
        """Return the file of the sound.

        Parameters
        ----------
        protocol
            The protocol file.
        """
        digest = hashlib.sha256(f"{self.language}\x1f{self.text}".encode()).hexdigest()
        return protocol.resolve().parent / FOLDER / f"{self.language}-{digest[:12]}.wav"


def speech_in(text: Translations, language: str, *, default: str) -> Speech:
    """Return what is said to participants of a language.

    Parameters
    ----------
    text
        The text in each language.
    language
        Language tag of the participant.
    default
        Language of a text that names none.
    """
    return _speech(text, nearest_language(text, language), default)


def spoken_pages(content: ProtocolFile) -> list[tuple[tuple[str | int, ...], PageItem | InstructionsBlock]]:
    """Return the pages with `say`, with their paths."""
    found: list[tuple[tuple[str | int, ...], PageItem | InstructionsBlock]] = []
    for index, block in enumerate(content.blocks):
        if not isinstance(block, InstructionsBlock):
            continue
        path = ("blocks", index)
        pages = [(path, block)] if block.pages is None else []
        found += [*pages, *(((*path, "pages", number), page) for number, page in enumerate(block.pages or ()))]
    return [(path, page) for path, page in found if page.say is not None]


def speeches_of(page: PageItem | InstructionsBlock, *, default: str) -> list[Speech]:
    """Return what a page says, in each language of its text."""
    said = page.say or {}
    return [_speech(said, language, default) for language in said]


def _speech(text: Translations, language: str, default: str) -> Speech:
    return Speech(default if language == ANY_LANGUAGE else language, text[language].strip())


def missing_speech(content: ProtocolFile, protocol: Path) -> list[Speech]:
    """Return the texts without a file.

    Parameters
    ----------
    content
        The protocol.
    protocol
        Its file.
    """
    said = (one for _, page in spoken_pages(content) for one in speeches_of(page, default=content.language))
    return [one for one in dict.fromkeys(said) if not one.file(protocol).is_file()]

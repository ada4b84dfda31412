"""Texts that are spoken: their files are there and are played to their end."""

from __future__ import annotations

from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.sounds import check_heard
from experiment.protocol.language.schema_models import InstructionsBlock
from experiment.protocol.language.sound_files import sound_facts
from experiment.protocol.language.speech import speeches_of, spoken_pages


def check_speech(context: Context) -> Iterator[Finding]:
    """Yield spoken texts without a file, or longer than their page."""
    content, protocol = context.content, context.written.place.file
    for path, page in spoken_pages(content):
        where = (*path, "say")
        if page.sound is not None:
            yield Finding(where, "a page has both `sound` and `say`; keep one", key=True)
        if isinstance(page, InstructionsBlock) and page.pages is not None:
            continue  # reported as a key of one of the pages
        for speech in speeches_of(page, default=content.language):
            file = speech.file(protocol)
            if not file.is_file():
                message = (
                    f"the text in `{speech.language}` has no sound file yet; `mimicry speak {protocol.name}` makes it, "
                    f"or save a recording as {file.parent.name}/{file.name}"
                )
                yield Finding(where, message, "warning", key=True)
                continue
            try:
                length_s = sound_facts(file).duration_s
            except ValueError as error:
                yield Finding(where, str(error), key=True)
            else:
                yield from check_heard(context, page, where, length_s)

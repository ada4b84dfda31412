"""Sound files of targets and pages: played to their end, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.moving_targets import check_time
from experiment.protocol.checks.trials import target_names
from experiment.protocol.language.protocol_texts import languages_of
from experiment.protocol.language.schema_models import InstructionsBlock, PageItem, TrialBlock
from experiment.protocol.language.sound_files import sound_facts
from experiment.protocol.language.texts import ANY_LANGUAGE, language_forms
from experiment.protocol.language.tree import Path_


def check_sounds(context: Context) -> Iterator[Finding]:
    """Yield sounds that are not heard to their end, or not in every language."""
    lengths_s = {
        name: sound_facts(target.sound).duration_s
        for name, target in context.content.targets.items()
        if isinstance(target.sound, Path)
    }
    for path, block in context.blocks(TrialBlock):
        audible = sorted(target_names(block, context) & lengths_s.keys())
        yield from check_time(context, path, block, {name: lengths_s[name] for name in audible}, "sound")
    for path, instructions in context.blocks(InstructionsBlock):
        if instructions.pages is None:
            yield from _check_page(context, instructions, path)
        for number, page in enumerate(instructions.pages or ()):
            yield from _check_page(context, page, (*path, "pages", number))


def _check_page(context: Context, page: PageItem | InstructionsBlock, path: Path_) -> Iterator[Finding]:
    """Yield the problems of the sound of one page."""
    if page.sound is None:
        return
    where = (*path, "sound")
    languages = sorted({context.content.language, *languages_of(context.content)})
    missing = [one for one in languages if not {*language_forms(one), ANY_LANGUAGE} & set(page.sound)]
    if missing:
        yield Finding(
            where, f"the sound in {', '.join(missing)} is missing here; participants would hear another language"
        )
    yield from check_heard(context, page, where, max(sound_facts(file).duration_s for file in page.sound.values()))


def check_heard(
    context: Context, page: PageItem | InstructionsBlock, where: Path_, length_s: float
) -> Iterator[Finding]:
    """Yield a warning if a page ends before its sound.

    Parameters
    ----------
    context
        The protocol.
    page
        The page.
    where
        Path of the key of the sound.
    length_s
        Length of the sound, seconds.
    """
    rate = context.content.display.refresh_rate
    if page.duration is not None and length_s > page.duration.seconds(rate) + 1 / rate:
        message = f"the sound takes {length_s:.4g} s, and the page ends after {page.duration}: the end is not heard"
        yield Finding(where, message, "warning", key=True)

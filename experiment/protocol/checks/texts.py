"""Languages of all texts, the program's short texts, and instructions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.protocol_texts import texts_of
from experiment.protocol.language.schema_models import ImitationBlock, InstructionsBlock, PageItem
from experiment.protocol.language.texts import (
    ANY_LANGUAGE,
    FALLBACK,
    OBSOLETE_TEXTS,
    PROGRAM_LANGUAGES,
    SHORT_TEXTS,
    TEXT_NAMES,
    TRAINING_LANGUAGES,
    Translations,
    language_forms,
    program_text,
    text_gaps,
)
from experiment.protocol.language.tree import Path_, Scalar, Section, Tree, find

ANSWER_KEYS = ("yes-key", "no-key")
LONGEST_PAGE = 1100
"""Characters of a text that fits on one page; a longer one is split unless the page ends after a time."""


def check_texts(context: Context) -> Iterator[Finding]:
    """Yield the problems of all texts."""
    yield from _check_comments(context)
    if context.language_is_known:
        yield from _check_languages(context)
        yield from _check_program_language(context)
    for name, texts in context.content.texts.items():
        yield from _check_short_text(name, texts)
    yield from _check_answer_keys(context)
    for path, block in context.blocks(InstructionsBlock):
        yield from _check_instructions(block, path)


def _check_comments(context: Context) -> Iterator[Finding]:
    """Yield a warning for every text that a `#` ends."""
    short = ((("texts", name), text) for name, text in context.content.texts.items())
    written: list[tuple[Path_, Translations]] = [*texts_of(context.content, ()), *short]
    for path, text in written:
        for language in text:
            place = path if language == ANY_LANGUAGE else (*path, language)
            part = find(context.written, place)
            if isinstance(part, Scalar) and part.comment:
                message = (
                    f"the text ends before `{shortened(part.comment)}`, because `#` begins a comment; put the whole "
                    "text in quotes, or move the comment to a line of its own"
                )
                yield Finding(place, message, "warning")
    places = frozenset((*path, language) if language else path for path, text in written for language in text)
    yield from _other_comments(context.written, (), places)


def _other_comments(tree: Tree, path: Path_, texts: frozenset[Path_]) -> Iterator[Finding]:
    """Yield a warning for every other value that a word such as `#2` ends."""
    if isinstance(tree, Scalar):
        if path not in texts and isinstance(tree.value, str) and re.match(r"#[^\s#!]", tree.comment):
            message = (
                f"this ends before `{shortened(tree.comment)}`, because `#` begins a comment; put the whole value in "
                "quotes, or write a space after the `#` of a comment"
            )
            yield Finding(path, message, "warning")
        return
    children: Iterable[tuple[str | int, Tree]]
    children = tree.entries.items() if isinstance(tree, Section) else enumerate(tree.items)
    for step, child in children:
        yield from _other_comments(child, (*path, step), texts)


def shortened(text: str, longest: int = 40) -> str:
    """Return a text cut to some characters for a message."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _check_languages(context: Context) -> Iterator[Finding]:
    """Yield every text in a wrong language or without a language."""
    language = context.content.language
    texts = list(texts_of(context.content, ()))
    all_languages = {code for _, text in texts for code in text} - {ANY_LANGUAGE}
    for path, text in texts:
        if ANY_LANGUAGE in text:
            continue
        if not set(language_forms(language)) & set(text):
            message = f"the text in `{language}`, the language of the participants, is missing"
            yield Finding(path, f"{message}; there is only {', '.join(text)}")
        elif len(all_languages) > 1 and (missing := sorted(all_languages - set(text))):
            yield Finding(path, f"the text in {', '.join(missing)} is missing here; other texts have it", "warning")


def _check_program_language(context: Context) -> Iterator[Finding]:
    content = context.content
    language, general = language_forms(content.language)
    if general not in PROGRAM_LANGUAGES:
        usable = {language, general, ANY_LANGUAGE}
        missing = [name for name in TEXT_NAMES if not usable & set(content.texts.get(name, {}))]
        if missing:
            message = f"the program has no texts in `{language}` and shows English ones; add under `texts:` "
            yield Finding(("language",), message + ", ".join(missing), "warning")
    has_feedback = any(block.feedback for _, block in context.blocks(ImitationBlock))
    if has_feedback and general not in TRAINING_LANGUAGES:
        message = f"live feedback is in {', '.join(TRAINING_LANGUAGES)}; participants will read it in English"
        yield Finding(("language",), message, "warning")


def _check_short_text(name: str, texts: Translations) -> Iterator[Finding]:
    """Yield the problems of one of the program's texts.

    Names in braces must be ones that the program replaces.
    """
    if name in OBSOLETE_TEXTS:
        yield Finding(("texts", name), f"`{name}` is never shown; remove it", "warning", key=True)
        return
    possible = text_gaps(SHORT_TEXTS[name][FALLBACK])
    for language, text in texts.items():
        path: Path_ = ("texts", name) if language == ANY_LANGUAGE else ("texts", name, language)
        try:
            gaps = text_gaps(text)
        except ValueError as error:
            yield Finding(path, f"`{name}`: {error}")
            continue
        for gap in sorted(gaps - possible):
            filled = f"; possible: {_braced(possible, ', ')}" if possible else ""
            yield Finding(path, f"the program has no value for {{{gap}}} in `{name}`{filled}")
        if not gaps and possible:
            message = f"`{name}` does not contain {_braced(possible, ' and ')}, which the program replaces by a value"
            yield Finding(path, message, "warning")
        if name in ANSWER_KEYS and not re.fullmatch(r"[A-Za-z]", text.strip()):
            yield Finding(path, f"`{name}` must be one of the letters A to Z, the key to press")


def _braced(names: frozenset[str], separator: str) -> str:
    return separator.join(f"{{{name}}}" for name in sorted(names))


def _check_answer_keys(context: Context) -> Iterator[Finding]:
    """Yield a finding for every language in which yes and no have the same key."""
    own = {name: context.content.texts.get(name, {}) for name in ANSWER_KEYS}
    languages = {language for texts in own.values() for language in texts}
    for language in sorted(context.content.language if one == ANY_LANGUAGE else one for one in languages):
        yes, no = (program_text(name, language, own=own).strip() for name in ANSWER_KEYS)
        if yes.lower() == no.lower():
            name = next(name for name in reversed(ANSWER_KEYS) if own[name])
            message = (
                f"`{yes}` cannot mean both yes and no in `{language}`; `yes-key` and `no-key` need different letters"
            )
            yield Finding(("texts", name), message, key=True)


def _check_instructions(block: InstructionsBlock, path: Path_) -> Iterator[Finding]:
    if (block.pages is None) == (block.text is None):
        what = "both `text` and `pages`; keep one" if block.pages else "neither `text` nor `pages`; write one"
        yield Finding(path, f"block `{block.name}` has {what}")
    elif block.pages is not None:
        for name in ("title", "picture", "sound", "say", "duration"):
            if getattr(block, name) is not None:
                yield Finding((*path, name), f"`{name}` belongs to one of the `pages` here", key=True)
    for text_path, text in texts_of(block, path):
        for language, written in text.items():
            if len(written) > LONGEST_PAGE and _page_of(block, text_path).duration is not None:
                place = (*text_path, language) if language != ANY_LANGUAGE else text_path
                message = "this text may not fit on one page, and a page with a `duration` is not split; use `pages`"
                yield Finding(place, message, "warning")


def _page_of(block: InstructionsBlock, path: Path_) -> InstructionsBlock | PageItem:
    """Return the page that a text at a path belongs to."""
    number = next((step for step in path[2:] if isinstance(step, int)), None)
    return block if block.pages is None or number is None else block.pages[number]

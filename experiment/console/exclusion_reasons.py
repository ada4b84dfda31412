"""Reasons that the console proposes for leaving a trial out.

The record has them in English, also if the page has another language.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException

from experiment.console.texts import DEFAULT_LANGUAGE, word
from experiment.record.remarks import LONGEST_TEXT

REASONS = (
    "reason-no-face",
    "reason-covered",
    "reason-away",
    "reason-speaks",
    "reason-blurred",
    "reason-instruction",
    "reason-disturbed",
    "reason-device",
)
"""Words of the catalogue."""


def proposed_reasons(language: str) -> dict[str, str]:
    """Return the proposed reasons in a language, by word."""
    return {code: word(code, language) for code in REASONS}


def recorded_reason(fields: Mapping[str, str]) -> str:
    """Return what is recorded for a form: the chosen and the written reason.

    Raises
    ------
    HTTPException
        If there is none, the chosen one is not known, or the text is too long.
    """
    chosen, written = fields.get("reason", ""), " ".join(fields.get("details", "").split())
    if chosen and chosen not in REASONS:
        raise HTTPException(400, "The form is not valid.")
    text = ": ".join(filter(None, (word(chosen, DEFAULT_LANGUAGE) if chosen else "", written)))
    if not text or len(text) > LONGEST_TEXT:
        raise HTTPException(400, "The form is not valid.")
    return text


def shown_reason(recorded: str, language: str) -> str:
    """Return a recorded reason in a language, as far as it was proposed.

    Parameters
    ----------
    recorded
        As the journal has it.
    language
        Language of the page.
    """
    for code in REASONS:
        english = word(code, DEFAULT_LANGUAGE)
        if recorded == english or recorded.startswith(f"{english}: "):
            return word(code, language) + recorded.removeprefix(english)
    return recorded

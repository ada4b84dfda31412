"""Numbers as people type them: with a decimal comma, or with full-width digits."""

from __future__ import annotations

import re
import unicodedata

_WIDE = re.compile(r"[\uff01-\uff5e\u3000]")


def narrow(text: str) -> str:
    """Return a text with usual letters, digits and signs instead of full-width ones."""
    return _WIDE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def usual_number(text: str) -> str:
    """Return a number as it must be written; empty if it is not an unusual form."""
    plain = narrow(text).strip()
    plain = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", plain) if plain.count(",") == 1 else plain
    return plain if plain != text and re.fullmatch(r"[-+]?[0-9]+(\.[0-9]+)?", plain) else ""


def usual_duration(text: str) -> str:
    """Return a duration with point and usual digits; empty if it has them already."""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", narrow(text))
    plain = re.sub(r"[\u00a0\u202f\u2009]", " ", plain)
    return plain if plain != text else ""

"""Labels that spreadsheets and statistics programs misread in a table."""

from __future__ import annotations

import re

_NOTHING = frozenset(["na", "nan", "null", "none", "nil", "inf", "infinity"])
_LOGICAL = frozenset(["true", "false", "t", "f"])
_SCIENTIFIC = re.compile(r"[0-9]+[ed][0-9]+", re.IGNORECASE)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|march|april|june|july"
_DATE = re.compile(rf"(?:{_MONTHS})[0-9]{{1,4}}|[0-9]{{1,2}}(?:{_MONTHS})", re.IGNORECASE)
_DIGITS_OF_A_NUMBER = 15
"""More digits than this are rounded."""


def misread(label: str) -> str | None:
    """Return what other programs take a label for, as ``a date``; else None.

    A number with zeros in front of it, ``01``, is not reported: tables have it as ``sub-01``, or it stays one number.
    """
    if label.lower() in _NOTHING:
        return "a missing value"
    if label.lower() in _LOGICAL:
        return "true or false"
    if _SCIENTIFIC.fullmatch(label):
        mantissa, exponent = re.split("[eEdD]", label)
        return f"the number {mantissa}·10^{int(exponent)}"
    if _DATE.fullmatch(label):
        return "a date"
    if label.isdigit() and len(label) > _DIGITS_OF_A_NUMBER:
        return "a rounded number"
    return None

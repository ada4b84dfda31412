"""Language tags (BCP 47): which are a language, and what others probably mean."""

from __future__ import annotations

import re

PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"

_TWO_LETTERS = re.findall(
    r"[a-z]{2}",
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
    en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
    ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn
    so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """,
)
"""The languages of ISO 639-1."""
_MEANT = {
    **{
        "jp": "ja",
        "jpn": "ja",
        "japanese": "ja",
        "cn": "zh",
        "zho": "zh",
        "chi": "zh",
        "chinese": "zh",
        "tw-zh": "zh-TW",
    },
    **{"kor": "ko", "korean": "ko", "ger": "de", "deu": "de", "german": "de", "deutsch": "de", "at": "de-AT"},
    **{"eng": "en", "english": "en", "us": "en-US", "gb": "en-GB", "fra": "fr", "fre": "fr", "french": "fr"},
    **{"spa": "es", "spanish": "es", "mx": "es-MX", "ita": "it", "italian": "it", "por": "pt", "portuguese": "pt"},
    **{"ara": "ar", "arabic": "ar", "eg": "ar-EG", "rus": "ru", "russian": "ru", "ua": "uk", "cz": "cs", "dk": "da"},
    **{"gr": "el", "nld": "nl", "dut": "nl", "dutch": "nl", "pol": "pl", "polish": "pl", "swe": "sv", "swedish": "sv"},
    **{"tur": "tr", "turkish": "tr", "heb": "he", "iw": "he", "hebrew": "he", "in": "id", "vn": "vi", "ir": "fa"},
}
"""Names and codes of countries, and codes of three letters for languages that have two."""


def tag_problem(tag: str) -> str:
    """Return what is wrong with a language tag, and the remedy; empty if nothing is."""
    language, _, region = tag.partition("-")
    meant = _MEANT.get(language.lower())
    if meant is not None and language not in _TWO_LETTERS:
        correct = f"{meant}-{region}" if region and "-" not in meant else meant
        return f"`{tag}` is not a language code; write {correct}"
    lower = re.sub(r"_", "-", tag)
    language, _, region = lower.partition("-")
    if re.fullmatch(PATTERN, tag) and (len(language) > 2 or language in _TWO_LETTERS):
        return ""
    if lower != tag or language != language.lower():
        corrected = language.lower() + (f"-{region}" if region else "")
        if re.fullmatch(PATTERN, corrected) and language.lower() in _TWO_LETTERS:
            return f"`{tag}` must be written {corrected}"
    return f"`{tag[:40]}` is not a language code; write en, ja, ar, de, pt-BR, ..."

"""Texts of a protocol in several languages, and the program's own short texts.

A text is written once (`text: Hello`), or by language (`text: {en: Hello, ja: こんにちは}`). The program's own texts
come in the languages below; `texts:` of a protocol replaces them or adds a language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from experiment.protocol.language.session_texts import SESSION_TEXTS

ANY_LANGUAGE = ""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

PROGRAM_TEXTS: Mapping[str, Mapping[str, str]] = {
    "continue": {
        "en": "Press {key} to continue.",
        "ja": "{key} キーを押すと続きます。",
        "ar": "اضغط على {key} للمتابعة.",
        "de": "Weiter mit der Taste {key}.",
    },
    "calibration": {
        "en": "Look into the camera with a relaxed, neutral face and press SPACE.",
        "ja": "力を抜いた自然な表情でカメラを見て、スペースキーを押してください。",
        "ar": "انظر إلى الكاميرا بوجه مسترخٍ ومحايد، ثم اضغط على مفتاح المسافة.",
        "de": "Schauen Sie mit entspanntem, neutralem Gesicht in die Kamera und drücken Sie die Leertaste.",
    },
    "calibrating": {
        "en": "Please keep still ...",
        "ja": "そのまま動かないでください…",
        "ar": "يُرجى عدم الحركة ...",
        "de": "Bitte stillhalten ...",
    },
    "break": {
        "en": "Time for a short rest.",
        "ja": "少し休憩してください。",
        "ar": "وقت لاستراحة قصيرة.",
        "de": "Zeit für eine kurze Pause.",
    },
    "yes": {"en": "Yes", "ja": "はい", "ar": "نعم", "de": "Ja"},
    "no": {"en": "No", "ja": "いいえ", "ar": "لا", "de": "Nein"},
    "consent-keys": {
        "en": "{yes}: yes      {no}: no",
        "ja": "{yes}: はい      {no}: いいえ",
        "ar": "{yes}: نعم      {no}: لا",
        "de": "{yes}: ja      {no}: nein",
    },
    "form-keys": {
        "en": "Type your answer and press ENTER.",
        "ja": "答えを入力して ENTER を押してください。",
        "ar": "اكتب إجابتك ثم اضغط على ENTER.",
        "de": "Antwort eintippen, dann ENTER.",
    },
    "choice-keys": {
        "en": "Press the number of your answer.",
        "ja": "答えの番号を押してください。",
        "ar": "اضغط على رقم إجابتك.",
        "de": "Drücken Sie die Zahl Ihrer Antwort.",
    },
    "optional": {
        "en": "ENTER without an answer skips this question.",
        "ja": "空欄のまま ENTER を押すと、この質問をとばせます。",
        "ar": "اضغط على ENTER دون إجابة لتخطي هذا السؤال.",
        "de": "ENTER ohne Antwort überspringt diese Frage.",
    },
    "rating-keys": {
        "en": "Press a number from 1 to {points}.",
        "ja": "1 から {points} までの数字を押してください。",
        "ar": "اضغط على رقم من 1 إلى {points}.",
        "de": "Drücken Sie eine Zahl von 1 bis {points}.",
    },
    "number-range": {
        "en": "Please enter a whole number from {minimum} to {maximum}.",
        "ja": "{minimum} から {maximum} までの整数を入力してください。",
        "ar": "أدخل عددًا صحيحًا من {minimum} إلى {maximum}.",
        "de": "Bitte eine ganze Zahl von {minimum} bis {maximum} eingeben.",
    },
    "answer-needed": {
        "en": "This question needs an answer.",
        "ja": "この質問には答えが必要です。",
        "ar": "هذا السؤال يحتاج إلى إجابة.",
        "de": "Diese Frage braucht eine Antwort.",
    },
    "pause": {
        "en": "Pause",
        "ja": "一時停止",
        "ar": "توقف مؤقت",
        "de": "Pause",
    },
    "pause-keys": {
        "en": "{resume}: go on      {quit}: end the session (everything is kept)",
        "ja": "{resume}: 続ける      {quit}: 終了する（データは保存されます）",
        "ar": "{resume}: متابعة      {quit}: إنهاء الجلسة (تُحفظ كل البيانات)",
        "de": "{resume}: weiter      {quit}: Sitzung beenden (alles bleibt erhalten)",
    },
    "declined": {
        "en": "Thank you. The session ends here; nothing was recorded.",
        "ja": "ありがとうございました。ここで終了します。記録は残りません。",
        "ar": "شكرًا لك. تنتهي الجلسة هنا ولم يُسجَّل أي شيء.",
        "de": "Danke. Die Sitzung endet hier; es wurde nichts aufgezeichnet.",
    },
    "end": {
        "en": "Finished. Thank you very much!",
        "ja": "終了です。ありがとうございました。",
        "ar": "انتهت الجلسة. شكرًا جزيلًا لك!",
        "de": "Geschafft. Vielen Dank!",
    },
    "key-space": {"en": "SPACE", "ja": "スペース", "ar": "المسافة", "de": "LEERTASTE"},
}
PROGRAM_LANGUAGES = ("en", "ja", "ar", "de")
TRAINING_LANGUAGES = ("en", "de", "ja")
"""Languages of the training screen, whose words are in `experiment.feedback.training_texts`."""
SHORT_TEXTS: Mapping[str, Mapping[str, str]] = {**PROGRAM_TEXTS, **SESSION_TEXTS}
"""Every short text of the program that a protocol may replace, by language."""
TEXT_NAMES = tuple(SHORT_TEXTS)
FALLBACK = "en"


def parse_text(value: Any) -> dict[str, str]:
    """``"Hello"`` or ``{en: Hello, ja: こんにちは}`` as texts by language, `ANY_LANGUAGE` for the first form."""
    if value is None:
        raise ValueError("is empty; write the text after the colon, or indent the lines that belong to it")
    if isinstance(value, (bool, int, float)):
        raise ValueError(f"must be text; put it in quotes: '{str(value).lower()}'")
    if isinstance(value, str):
        if not value.strip():
            raise ValueError("is an empty text; write something, or leave the line out")
        return {ANY_LANGUAGE: str(value)}
    if not isinstance(value, dict):
        raise ValueError("must be a text, or one text for each language: {en: Hello, ja: こんにちは}")
    if not value:
        raise ValueError("has no text in any language")
    for language, text in value.items():
        if not _LANGUAGE.fullmatch(language):
            raise ValueError(f"`{language}` is no language code; write en, ja, ar, de, pt-BR, ...")
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"has no text for `{language}`")
    return {str(language): str(text) for language, text in value.items()}


def in_language(text: Mapping[str, str], language: str) -> str:
    """The text in the given language; the general form of the language or the one form there is, if need be."""
    for candidate in (language, language.partition("-")[0], ANY_LANGUAGE, FALLBACK):
        if candidate in text:
            return text[candidate]
    return next(iter(text.values()))


def text_gaps(text: str) -> frozenset[str]:
    """The names in braces, which the program fills in.

    Raises
    ------
    ValueError
        If the braces do not match, or hold something else than a name.
    """
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        raise ValueError("the braces do not match; a brace that is shown is written twice: {{") from None
    for _, name, form, conversion in parts:
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError("only a name may stand in braces; a brace that is shown is written twice: {{")
    return frozenset(name for _, name, _, _ in parts if name is not None)


def program_text(name: str, language: str, own: Mapping[str, Mapping[str, str]]) -> str:
    """One of the program's texts in a language: the protocol's own for it or for any, else as shipped."""
    written = own.get(name, {})
    for candidate in (language, language.partition("-")[0], ANY_LANGUAGE):
        if candidate in written:
            return written[candidate]
    return in_language({**SHORT_TEXTS[name], **written}, language)


def program_texts(language: str, own: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The program's texts in a language, with the protocol's own in their place; of a session's, only those."""
    return {name: program_text(name, language, own) for name in dict.fromkeys((*PROGRAM_TEXTS, *own))}

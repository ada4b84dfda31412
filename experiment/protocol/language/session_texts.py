"""Short texts of the session itself, by language: what to do when something is the matter.

The other texts of the program are in `experiment.protocol.language.texts`; a plan carries both, and a protocol may
replace any.
"""

from __future__ import annotations

from collections.abc import Mapping

SESSION_TEXTS: Mapping[str, Mapping[str, str]] = {
    "start": {
        "en": "Press {key} to start.",
        "ja": "{key} キーを押すと始まります。",
        "ar": "اضغط على {key} للبدء.",
        "de": "Beginnen mit der Taste {key}.",
    },
    "choice-arrows": {
        "en": "Choose with the arrow keys and press ENTER.",
        "ja": "矢印キーで選び、ENTER を押してください。",
        "ar": "اختر بمفاتيح الأسهم ثم اضغط على ENTER.",
        "de": "Mit den Pfeiltasten wählen, dann ENTER.",
    },
    "wait": {
        "en": "Please wait {seconds} s.",
        "ja": "あと {seconds} 秒お待ちください。",
        "ar": "يُرجى الانتظار {seconds} ث.",
        "de": "Bitte noch {seconds} s warten.",
    },
    "consent-needed": {
        "en": "Without this agreement the session cannot go on. Press {no} again to end it.",
        "ja": "同意がなければ続けることはできません。終了するにはもう一度 {no} を押してください。",
        "ar": "لا يمكن متابعة الجلسة دون هذه الموافقة. اضغط على {no} مرة أخرى لإنهائها.",
        "de": "Ohne diese Zustimmung kann die Sitzung nicht weitergehen. Noch einmal {no} beendet sie.",
    },
    "yes-key": {"en": "Y", "ja": "Y", "ar": "Y", "de": "J"},
    "no-key": {"en": "N", "ja": "N", "ar": "N", "de": "N"},
    "end-question": {
        "en": "End the session?",
        "ja": "実験を終了しますか？",
        "ar": "هل تريد إنهاء الجلسة؟",
        "de": "Sitzung beenden?",
    },
    "end-keys": {
        "en": "{yes}: end, everything recorded is kept      {no}: back",
        "ja": "{yes}: 終了する（データは保存されます）      {no}: 戻る",
        "ar": "{yes}: إنهاء، تُحفظ كل البيانات      {no}: رجوع",
        "de": "{yes}: beenden, alles bleibt erhalten      {no}: zurück",
    },
    "camera-trouble": {
        "en": "The camera sends no pictures",
        "ja": "カメラから画像が届いていません",
        "ar": "الكاميرا لا ترسل صورًا",
        "de": "Die Kamera liefert keine Bilder",
    },
    "camera-advice": {
        "en": "Please check its cable. The session goes on by itself when the camera is back.",
        "ja": "ケーブルを確認してください。カメラが戻ると自動的に再開します。",
        "ar": "يُرجى فحص الكابل. تستمر الجلسة تلقائيًا عند عودة الكاميرا.",
        "de": "Bitte das Kabel prüfen. Die Sitzung geht von selbst weiter, sobald die Kamera wieder da ist.",
    },
    "practise-again": {
        "en": "Let us practise once more.",
        "ja": "もう一度練習しましょう。",
        "ar": "لنتدرب مرة أخرى.",
        "de": "Wir üben noch einmal.",
    },
}


def words(language: str, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of a plan, completed by those of the session in its language (English where it has none)."""
    general = language.partition("-")[0]
    own = {name: forms.get(language, forms.get(general, forms["en"])) for name, forms in SESSION_TEXTS.items()}
    return {**own, **texts}

"""The session's own words in each language: what keys do, what a pause is. All other texts come from the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """The sentences of one language; ``{key}`` stands for a key's name in that language."""

    press_to_continue: str
    press_to_start: str
    wait: str
    agree: str
    """Asks for Y or N."""
    refused: str
    refused_choice: str
    required: str
    type_and_return: str
    choose: str
    whole_number: str
    between: str
    optional: str
    rate: str
    hold_still: str
    paused: str
    pause_choice: str
    end_question: str
    end_choice: str
    camera_trouble: str
    camera_advice: str
    storage_trouble: str
    storage_advice: str
    practise_again: str
    finished: str
    keys: Mapping[str, str]
    """Names of keys as they are printed on the keyboard; others are shown in capitals."""

    def key(self, name: str) -> str:
        """Return the name of the key that PsychoPy calls ``name``."""
        return self.keys.get(name, name.upper())


ENGLISH = Wording(
    press_to_continue="{key}: go on",
    press_to_start="{key}: start",
    wait="Please wait {seconds} s",
    agree="Y: I agree      N: I do not agree",
    refused="Without this agreement the session cannot go on.",
    refused_choice="N: end the session      Y: I do agree",
    required="An answer is needed.",
    type_and_return="Type the answer, then ENTER",
    choose="Arrow keys or the number to choose, then ENTER",
    whole_number="Please type a whole number.",
    between="Please type a number from {minimum} to {maximum}.",
    optional="(optional)",
    rate="Press a number from 1 to {points}",
    hold_still="Please hold still",
    paused="Paused",
    pause_choice="{go_on}: go on      E: end the session",
    end_question="End the session?",
    end_choice="Y: end, everything recorded is kept      N: back to the session",
    camera_trouble="The camera sends no pictures",
    camera_advice="Please check its cable. The session goes on by itself when the camera is back.",
    storage_trouble="The data cannot be saved",
    storage_advice="Please make room on the disk or bring the folder back. The session goes on by itself.",
    practise_again="Let us practise once more.",
    finished="The session is over. Thank you!",
    keys={"space": "SPACE", "escape": "ESC", "return": "ENTER"},
)

JAPANESE = Wording(
    press_to_continue="{key}：次へ",
    press_to_start="{key}：始める",
    wait="あと{seconds}秒お待ちください",
    agree="Y：同意します　　N：同意しません",
    refused="同意がなければ、実験を続けることはできません。",
    refused_choice="N：実験を終了する　　Y：同意します",
    required="回答が必要です。",
    type_and_return="入力してENTERキーを押してください",
    choose="矢印キーまたは数字で選び、ENTERキーを押してください",
    whole_number="整数を入力してください。",
    between="{minimum}から{maximum}までの数を入力してください。",
    optional="（任意）",
    rate="1から{points}までの数字を押してください",
    hold_still="動かないでください",
    paused="一時停止中",
    pause_choice="{go_on}：続ける　　E：実験を終了する",
    end_question="実験を終了しますか？",
    end_choice="Y：終了する（記録はすべて保存されます）　　N：実験に戻る",
    camera_trouble="カメラから画像が届いていません",
    camera_advice="ケーブルを確認してください。カメラが復帰すると、実験は自動的に再開します。",
    storage_trouble="データを保存できません",
    storage_advice="ディスクの空き容量とフォルダーを確認してください。復帰すると、実験は自動的に再開します。",
    practise_again="もう一度練習しましょう。",
    finished="実験は終了です。ありがとうございました。",
    keys={"space": "スペースキー", "escape": "ESC", "return": "ENTER"},
)

GERMAN = Wording(
    press_to_continue="{key}: weiter",
    press_to_start="{key}: beginnen",
    wait="Bitte noch {seconds} s warten",
    agree="Y: Ich stimme zu      N: Ich stimme nicht zu",
    refused="Ohne diese Zustimmung kann die Sitzung nicht weitergehen.",
    refused_choice="N: Sitzung beenden      Y: Ich stimme zu",
    required="Hier wird eine Antwort gebraucht.",
    type_and_return="Antwort eintippen, dann EINGABE",
    choose="Mit Pfeiltasten oder Ziffer wählen, dann EINGABE",
    whole_number="Bitte eine ganze Zahl eingeben.",
    between="Bitte eine Zahl von {minimum} bis {maximum} eingeben.",
    optional="(freiwillig)",
    rate="Bitte eine Ziffer von 1 bis {points} drücken",
    hold_still="Bitte still halten",
    paused="Pause",
    pause_choice="{go_on}: weiter      E: Sitzung beenden",
    end_question="Sitzung beenden?",
    end_choice="Y: beenden, alles Aufgenommene bleibt erhalten      N: zurück zur Sitzung",
    camera_trouble="Die Kamera liefert keine Bilder",
    camera_advice="Bitte das Kabel prüfen. Die Sitzung geht von selbst weiter, sobald die Kamera wieder da ist.",
    storage_trouble="Die Daten können nicht gespeichert werden",
    storage_advice="Bitte Platz auf der Festplatte schaffen. Die Sitzung geht von selbst weiter.",
    practise_again="Wir üben noch einmal.",
    finished="Die Sitzung ist zu Ende. Vielen Dank!",
    keys={"space": "LEERTASTE", "escape": "ESC", "return": "EINGABE"},
)

LANGUAGES: Mapping[str, Wording] = {"en": ENGLISH, "ja": JAPANESE, "de": GERMAN}


def wording(language: str) -> Wording:
    """Return the words for a language tag (``ja``, ``en-GB``); English for languages not listed here."""
    return LANGUAGES.get(language.lower().split("-")[0].split("_")[0], ENGLISH)

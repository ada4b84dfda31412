"""Texts of the training screen by language; English for other languages."""

from __future__ import annotations

from collections.abc import Mapping

from experiment.feedback.hint_forecast import Hint, side_of

A_LITTLE = 0.3
"""Hints for less than this share of a movement's range ask for "a little"."""

Words = Mapping[str, str]

SCREEN_WORDS: Mapping[str, Words] = {
    "en": {
        "target": "Imitate this face",
        "mirror": "You",
        "similarity": "Similarity",
        "near": "as it should be",
        "far": "far off",
        "key": "Press {key} at your best",
        "hold": "Hold the expression to capture it",
        "hold-or-key": "Hold the expression, or press {key} at your best",
        "holding": "Hold it ...",
        "captured": "Captured",
        "captured-best": "Captured: your best so far",
        "time-out": "Time is up",
        "best": "Best",
        "best-now": "Best this time",
        "level": "Level {level} of {levels}, face {number} of {total}",
        "face": "Face {number} of {total}",
        "round": "{progress}, round {round}",
        "close": "Very close",
        "no-face": "Your face is not in the picture.\nMove into the picture.",
        "several-faces": "There is more than one face.\nOnly you should be in the picture.",
        "too-small": "You are too far away.\nCome nearer.",
        "cut": "Part of your face is outside the picture.\nMove to its middle, or move back.",
        "overexposed": "Your face is too bright.\nTurn away from the lamp or the window.",
        "turned": "Your head is turned away.\nLook straight at the screen.",
        "blurred": "The picture is blurred.\nHold still and clean the camera.",
        "fit": "Your face is not clear.\nTake hands and hair away from it.",
        "dark": "It is too dark.\nSwitch on a light in front of you.",
        "no-camera": "The camera sends no pictures.\nCheck its cable.",
        "starting": "One moment, the measurement is starting ...",
        "restarting": "One moment, the measurement is starting again ...",
        "failed": "Your face cannot be measured just now.\nGo on and press {key} at your best.",
        "goes-on": "It goes on by itself.",
        "anger": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "happiness": "happiness",
        "sadness": "sadness",
        "surprise": "surprise",
    },
    "de": {
        "target": "Dieses Gesicht nachahmen",
        "mirror": "Sie",
        "similarity": "Ähnlichkeit",
        "near": "wie das Vorbild",
        "far": "weit davon",
        "key": "{key} drücken, wenn es am besten ist",
        "hold": "Den Ausdruck halten, dann wird er aufgenommen",
        "hold-or-key": "Den Ausdruck halten oder {key} drücken",
        "holding": "Halten ...",
        "captured": "Aufgenommen",
        "captured-best": "Aufgenommen: bisher das Beste",
        "time-out": "Die Zeit ist um",
        "best": "Bestwert",
        "best-now": "Diesmal bis zu",
        "level": "Stufe {level}/{levels}, Gesicht {number}/{total}",
        "face": "Gesicht {number}/{total}",
        "round": "{progress}, Durchgang {round}",
        "close": "Sehr nah",
        "no-face": "Ihr Gesicht ist nicht zu sehen.\nBitte ins Bild rücken.",
        "several-faces": "Mehr als ein Gesicht im Bild.\nBitte nur Sie allein.",
        "too-small": "Sie sind zu weit weg.\nBitte näher kommen.",
        "cut": "Ein Teil Ihres Gesichts ist nicht im Bild.\nBitte in die Mitte oder nach hinten rücken.",
        "overexposed": "Ihr Gesicht ist zu hell.\nBitte von Lampe oder Fenster wegdrehen.",
        "turned": "Ihr Kopf ist abgewandt.\nBitte gerade auf den Bildschirm sehen.",
        "blurred": "Das Bild ist unscharf.\nBitte still halten, Kamera reinigen.",
        "fit": "Ihr Gesicht ist nicht zu erkennen.\nBitte Hände und Haare aus dem Gesicht.",
        "dark": "Es ist zu dunkel.\nBitte vor Ihnen Licht machen.",
        "no-camera": "Die Kamera liefert keine Bilder.\nBitte das Kabel prüfen.",
        "starting": "Einen Moment, die Messung beginnt ...",
        "restarting": "Einen Moment, die Messung beginnt neu ...",
        "failed": "Ihr Gesicht kann gerade nicht gemessen werden.\nMachen Sie weiter: {key}, wenn es am besten ist.",
        "goes-on": "Es geht von selbst weiter.",
        "anger": "Wut",
        "disgust": "Ekel",
        "fear": "Angst",
        "happiness": "Freude",
        "sadness": "Trauer",
        "surprise": "Überraschung",
    },
    "ja": {
        "target": "この表情を真似してください",
        "mirror": "あなた",
        "similarity": "類似度",
        "near": "目標に近い",
        "far": "目標から遠い",
        "key": "一番似たと思うところで {key} キーを押してください",
        "hold": "表情を保つと撮影されます",
        "hold-or-key": "表情を保つか、一番似たところで {key} キーを押してください",
        "holding": "そのまま保って…",
        "captured": "撮影しました",
        "captured-best": "撮影しました。これまでで最高です",
        "time-out": "時間切れです",
        "best": "最高",
        "best-now": "今回の最高",
        "level": "レベル {level}/{levels}・顔 {number}/{total}",
        "face": "顔 {number}/{total}",
        "round": "{progress}・{round}回目",
        "close": "とても近いです",
        "no-face": "顔が見えません。\n画面の中に入ってください。",
        "several-faces": "二人以上の顔が写っています。\nお一人だけで写ってください。",
        "too-small": "遠すぎます。\nもう少し近づいてください。",
        "cut": "顔の一部が画面からはみ出しています。\n中央に寄るか、少し下がってください。",
        "overexposed": "顔が明るすぎます。\n照明や窓の光を避けてください。",
        "turned": "顔が横を向いています。\n画面をまっすぐ見てください。",
        "blurred": "画像がぼやけています。\n動かずに、レンズを確認してください。",
        "fit": "顔をうまく読み取れません。\n手や髪を顔から離してください。",
        "dark": "暗すぎます。\n正面の明かりをつけてください。",
        "no-camera": "カメラから画像が届いていません。\nケーブルを確認してください。",
        "starting": "測定を準備しています。少しお待ちください…",
        "restarting": "測定をやり直しています。少しお待ちください…",
        "failed": "いまは顔を測定できません。\nそのまま続けて、一番似たところで {key} キーを押してください。",
        "goes-on": "自動的に再開します。",
        "anger": "怒り",
        "disgust": "嫌悪",
        "fear": "恐れ",
        "happiness": "喜び",
        "sadness": "悲しみ",
        "surprise": "驚き",
    },
}

_MORE, _LESS = 0, 1

MOVEMENT_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "en": {
        "browDown": ("Pull the {side}brow{s} down", "Relax the {side}brow{s}"),
        "browInnerUp": ("Raise the inner brows", "Lower the inner brows"),
        "browOuterUp": ("Raise the {side}outer brow{s}", "Lower the {side}outer brow{s}"),
        "cheekPuff": ("Puff the cheeks", "Let the air out of the cheeks"),
        "cheekSquint": ("Raise the {side}cheek{s}", "Relax the {side}cheek{s}"),
        "eyeBlink": ("Close the {side}eye{s} more", "Open the {side}eye{s} more"),
        "eyeSquint": ("Narrow the {side}eye{s}", "Narrow the {side}eye{s} less"),
        "eyeWide": ("Open the {side}eye{s} wide", "Open the {side}eye{s} less wide"),
        "jawForward": ("Push the jaw forward", "Pull the jaw back"),
        "jawLeft": ("Move the jaw to your left", "Move the jaw back from the left"),
        "jawRight": ("Move the jaw to your right", "Move the jaw back from the right"),
        "jawOpen": ("Mouth more open", "Mouth less open"),
        "mouthClose": ("Close the lips more", "Part the lips more"),
        "mouthDimple": ("Pull the {side}mouth corner{s} in", "Relax the {side}mouth corner{s}"),
        "mouthFrown": ("Pull the {side}mouth corner{s} down", "Pull the {side}mouth corner{s} down less"),
        "mouthFunnel": ("Round the lips, as for “oh”", "Round the lips less"),
        "mouthLeft": ("Move the mouth to your left", "Move the mouth back from the left"),
        "mouthRight": ("Move the mouth to your right", "Move the mouth back from the right"),
        "mouthLowerDown": ("Show the {side}lower teeth more", "Show the {side}lower teeth less"),
        "mouthPress": ("Press the lips together{on}", "Press the lips less{on}"),
        "mouthPucker": ("Pucker the lips, as for a kiss", "Pucker the lips less"),
        "mouthRollLower": ("Roll the lower lip in", "Let the lower lip out"),
        "mouthRollUpper": ("Roll the upper lip in", "Let the upper lip out"),
        "mouthShrugLower": ("Push the lower lip up", "Lower the lower lip"),
        "mouthShrugUpper": ("Push the upper lip up", "Relax the upper lip"),
        "mouthSmile": ("Pull the {side}mouth corner{s} up", "Smile less{on}"),
        "mouthStretch": ("Stretch the {side}mouth corner{s} outwards", "Stretch the mouth less{on}"),
        "mouthUpperUp": ("Raise the upper lip more{on}", "Raise the upper lip less{on}"),
        "noseSneer": ("Wrinkle the nose{on}", "Wrinkle the nose less{on}"),
    },
    "de": {
        "browDown": ("{side}Brauen herunterziehen", "{side}Brauen entspannen"),
        "browInnerUp": ("Brauen innen anheben", "Brauen innen senken"),
        "browOuterUp": ("{side}Brauen außen anheben", "{side}Brauen außen senken"),
        "cheekPuff": ("Backen aufblasen", "Luft aus den Backen lassen"),
        "cheekSquint": ("{side}Wangen anheben", "{side}Wangen entspannen"),
        "eyeBlink": ("{side}Augen weiter schließen", "{side}Augen weiter öffnen"),
        "eyeSquint": ("{side}Augen zusammenkneifen", "{side}Augen weniger zusammenkneifen"),
        "eyeWide": ("{side}Augen weit öffnen", "{side}Augen weniger weit öffnen"),
        "jawForward": ("Kinn vorschieben", "Kinn zurücknehmen"),
        "jawLeft": ("Kinn nach links", "Kinn weniger nach links"),
        "jawRight": ("Kinn nach rechts", "Kinn weniger nach rechts"),
        "jawOpen": ("Mund weiter öffnen", "Mund weniger weit öffnen"),
        "mouthClose": ("Lippen weiter schließen", "Lippen weiter öffnen"),
        "mouthDimple": ("{side}Mundwinkel einziehen", "{side}Mundwinkel entspannen"),
        "mouthFrown": ("{side}Mundwinkel herunterziehen", "{side}Mundwinkel weniger herunterziehen"),
        "mouthFunnel": ("Lippen runden, wie bei „o“", "Lippen weniger runden"),
        "mouthLeft": ("Mund nach links", "Mund weniger nach links"),
        "mouthRight": ("Mund nach rechts", "Mund weniger nach rechts"),
        "mouthLowerDown": ("{side}Untere Zähne mehr zeigen", "{side}Untere Zähne weniger zeigen"),
        "mouthPress": ("{side}Lippen aufeinanderpressen", "{side}Lippen weniger pressen"),
        "mouthPucker": ("Lippen spitzen, wie zum Kuss", "Lippen weniger spitzen"),
        "mouthRollLower": ("Unterlippe einrollen", "Unterlippe lösen"),
        "mouthRollUpper": ("Oberlippe einrollen", "Oberlippe lösen"),
        "mouthShrugLower": ("Unterlippe hochschieben", "Unterlippe senken"),
        "mouthShrugUpper": ("Oberlippe hochschieben", "Oberlippe entspannen"),
        "mouthSmile": ("{side}Mundwinkel hochziehen", "{side}Weniger lächeln"),
        "mouthStretch": ("{side}Mundwinkel nach außen ziehen", "{side}Mund weniger in die Breite ziehen"),
        "mouthUpperUp": ("{side}Oberlippe mehr heben", "{side}Oberlippe weniger heben"),
        "noseSneer": ("{side}Nase rümpfen", "{side}Nase weniger rümpfen"),
    },
    "ja": {
        "browDown": ("{side}眉を下げてください", "{side}眉の力を抜いてください"),
        "browInnerUp": ("眉の内側を上げてください", "眉の内側を下げてください"),
        "browOuterUp": ("{side}眉の外側を上げてください", "{side}眉の外側を下げてください"),
        "cheekPuff": ("頬をふくらませてください", "頬の空気を抜いてください"),
        "cheekSquint": ("{side}頬を上げてください", "{side}頬の力を抜いてください"),
        "eyeBlink": ("{side}目をもっと閉じてください", "{side}目をもっと開けてください"),
        "eyeSquint": ("{side}目を細めてください", "{side}目を細めすぎないでください"),
        "eyeWide": ("{side}目を大きく見開いてください", "{side}目を見開きすぎないでください"),
        "jawForward": ("顎を前に出してください", "顎を引いてください"),
        "jawLeft": ("顎を左に動かしてください", "顎を左から戻してください"),
        "jawRight": ("顎を右に動かしてください", "顎を右から戻してください"),
        "jawOpen": ("口をもっと開けてください", "口の開きを小さくしてください"),
        "mouthClose": ("唇をもっと閉じてください", "唇をもっと離してください"),
        "mouthDimple": ("{side}口角を内側に引いてください", "{side}口角の力を抜いてください"),
        "mouthFrown": ("{side}口角を下げてください", "{side}口角を下げすぎないでください"),
        "mouthFunnel": ("「お」と言うように唇を丸めてください", "唇の丸めを弱めてください"),
        "mouthLeft": ("口を左に動かしてください", "口を左から戻してください"),
        "mouthRight": ("口を右に動かしてください", "口を右から戻してください"),
        "mouthLowerDown": ("{on}下の歯をもっと見せてください", "{on}下の歯を見せすぎないでください"),
        "mouthPress": ("{on}唇を押し合わせてください", "{on}唇の力を抜いてください"),
        "mouthPucker": ("唇をすぼめてください", "唇のすぼめを弱めてください"),
        "mouthRollLower": ("下唇を内側に巻いてください", "下唇を戻してください"),
        "mouthRollUpper": ("上唇を内側に巻いてください", "上唇を戻してください"),
        "mouthShrugLower": ("下唇を押し上げてください", "下唇を下げてください"),
        "mouthShrugUpper": ("上唇を押し上げてください", "上唇の力を抜いてください"),
        "mouthSmile": ("{side}口角を上げてください", "{on}笑顔を弱めてください"),
        "mouthStretch": ("{side}口角を横に引いてください", "{on}口の横への引きを弱めてください"),
        "mouthUpperUp": ("{on}上唇をもっと上げてください", "{on}上唇を上げすぎないでください"),
        "noseSneer": ("{on}鼻にしわを寄せてください", "{on}鼻のしわを弱めてください"),
    },
}
_SIDES: Mapping[str, Words] = {
    "en": {"left": "left ", "right": "right "},
    "de": {"left": "Links: ", "right": "Rechts: "},
    "ja": {"left": "左の", "right": "右の"},
}
_ON_SIDES: Mapping[str, Words] = {
    "en": {"left": " on the left", "right": " on the right"},
    "de": {},
    "ja": {"left": "左側の", "right": "右側の"},
}
"""For parts of the face that are not in pairs."""
_SLIGHTLY: Words = {"en": "{sentence}, a little", "de": "{sentence}, ein wenig", "ja": "少しだけ{sentence}"}


_LABELS: Mapping[str, Words] = {
    "en": {
        "browDown": "brow down",
        "browInnerUp": "inner brows up",
        "browOuterUp": "outer brow up",
        "cheekPuff": "puffed cheeks",
        "cheekSquint": "cheek up",
        "eyeBlink": "eye closed",
        "eyeSquint": "eye narrow",
        "eyeWide": "eye wide open",
        "jawForward": "jaw forward",
        "jawLeft": "jaw to the left",
        "jawOpen": "mouth open",
        "jawRight": "jaw to the right",
        "mouthClose": "lips closed",
        "mouthDimple": "mouth corner in",
        "mouthFrown": "mouth corner down",
        "mouthFunnel": "round lips",
        "mouthLeft": "mouth to the left",
        "mouthLowerDown": "lower lip down",
        "mouthPress": "lips pressed",
        "mouthPucker": "puckered lips",
        "mouthRight": "mouth to the right",
        "mouthRollLower": "lower lip in",
        "mouthRollUpper": "upper lip in",
        "mouthShrugLower": "lower lip up",
        "mouthShrugUpper": "upper lip pushed up",
        "mouthSmile": "mouth corner up",
        "mouthStretch": "mouth wide",
        "mouthUpperUp": "upper lip raised",
        "noseSneer": "nose wrinkled",
    },
    "de": {
        "browDown": "Brauen senken",
        "browInnerUp": "Brauen innen heben",
        "browOuterUp": "Brauen außen heben",
        "cheekPuff": "Backen aufblasen",
        "cheekSquint": "Wangen heben",
        "eyeBlink": "Augen schließen",
        "eyeSquint": "Lider anspannen",
        "eyeWide": "Oberlid heben",
        "jawForward": "Kinn vorschieben",
        "jawLeft": "Kinn nach links",
        "jawOpen": "Mund öffnen",
        "jawRight": "Kinn nach rechts",
        "mouthClose": "Lippen schließen",
        "mouthDimple": "Mundwinkel einziehen",
        "mouthFrown": "Mundwinkel senken",
        "mouthFunnel": "Lippen runden",
        "mouthLeft": "Mund nach links",
        "mouthLowerDown": "Unterlippe senken",
        "mouthPress": "Lippen pressen",
        "mouthPucker": "Lippen spitzen",
        "mouthRight": "Mund nach rechts",
        "mouthRollLower": "Unterlippe einrollen",
        "mouthRollUpper": "Oberlippe einrollen",
        "mouthShrugLower": "Kinn heben",
        "mouthShrugUpper": "Oberlippe schieben",
        "mouthSmile": "Mundwinkel heben",
        "mouthStretch": "Mund breit ziehen",
        "mouthUpperUp": "Oberlippe heben",
        "noseSneer": "Nase rümpfen",
    },
    "ja": {
        "browDown": "眉を下げる",
        "browInnerUp": "眉の内側を上げる",
        "browOuterUp": "眉の外側を上げる",
        "cheekPuff": "頬をふくらます",
        "cheekSquint": "頬を上げる",
        "eyeBlink": "目を閉じる",
        "eyeSquint": "まぶたを緊張させる",
        "eyeWide": "上まぶたを上げる",
        "jawForward": "顎を前に出す",
        "jawLeft": "顎を左へ",
        "jawOpen": "口を開ける",
        "jawRight": "顎を右へ",
        "mouthClose": "唇を近づける",
        "mouthDimple": "えくぼを作る",
        "mouthFrown": "口角を下げる",
        "mouthFunnel": "唇を丸める",
        "mouthLeft": "口を左へ",
        "mouthLowerDown": "下唇を下げる",
        "mouthPress": "唇を押し合わせる",
        "mouthPucker": "唇をすぼめる",
        "mouthRight": "口を右へ",
        "mouthRollLower": "下唇を巻き込む",
        "mouthRollUpper": "上唇を巻き込む",
        "mouthShrugLower": "顎先を上げる",
        "mouthShrugUpper": "上唇を押し上げる",
        "mouthSmile": "口角を上げる",
        "mouthStretch": "口を横に引く",
        "mouthUpperUp": "上唇を上げる",
        "noseSneer": "鼻にしわを寄せる",
    },
}
"""Labels of bars. They use the words of the hints, not the technical names of `analysis.face.models.movements`."""
_LABEL_SIDES: Mapping[str, Words] = {
    "en": {"left": "{}, left", "right": "{}, right"},
    "de": {"left": "{}, links", "right": "{}, rechts"},
    "ja": {"left": "左：{}", "right": "右：{}"},
}


def screen_words(language: str) -> Words:
    """Return all texts of a training screen but the hints."""
    return SCREEN_WORDS[_known(language)]


def hint_sentence(hint: Hint, language: str) -> str:
    """Return the hint as a trainee reads it; left and right are the trainee's own."""
    known = _known(language)
    pair = MOVEMENT_WORDS[known].get(hint.movement)
    if pair is None:
        return f"{hint.movement} {'+' if hint.amount > 0 else '-'}"
    sentence = pair[_MORE if hint.amount > 0 else _LESS].format(
        side=_SIDES[known].get(hint.side, ""),
        s="" if hint.side else "s",
        on=_ON_SIDES[known].get(hint.side, ""),
    )
    return _SLIGHTLY[known].format(sentence=sentence) if abs(hint.amount) < A_LITTLE else sentence


def unit_label(unit: str, language: str) -> str:
    """Return the plain name of a unit: ``mouth corner up, left``.

    Parameters
    ----------
    unit
        ARKit's name.
    language
        Of the screen.
    """
    known, side = _known(language), side_of(unit)
    name = unit.removesuffix(side.capitalize())
    label = _LABELS[known].get(name, name)
    return _LABEL_SIDES[known][side].format(label) if side else label


def _known(language: str) -> str:
    general = language.partition("-")[0].lower()
    return general if general in SCREEN_WORDS else "en"

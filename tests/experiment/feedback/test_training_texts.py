"""Every language says everything."""

from __future__ import annotations

import itertools
import string

import pytest

from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from experiment.feedback.hint_forecast import LITTLE, SOME, Hint, possible_hints
from experiment.feedback.messages import FAULTS
from experiment.feedback.training_texts import MOVEMENT_WORDS, SCREEN_WORDS, hint_sentence, screen_words, unit_label

LANGUAGES = tuple(SCREEN_WORDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text(language: str) -> None:
    assert SCREEN_WORDS[language].keys() == SCREEN_WORDS["en"].keys()
    assert MOVEMENT_WORDS[language].keys() == MOVEMENT_WORDS["en"].keys()
    assert set(FAULTS) | set(EMOTIONS) <= set(SCREEN_WORDS[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_hint_is_a_whole_sentence(language: str) -> None:
    for movement, side, change in itertools.product(MOVEMENT_WORDS["en"], ("", "left", "right"), (-0.5, -0.2, 0.2)):
        sentence = hint_sentence(Hint(movement, side, change, ()), language)

        assert sentence
        assert not set(sentence) & set("{}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_more_and_less_are_two_sentences(language: str) -> None:
    for movement in MOVEMENT_WORDS["en"]:
        more, less = (hint_sentence(Hint(movement, "", change, ()), language) for change in (0.5, -0.5))

        assert more != less


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("amount", [SOME, -SOME, LITTLE, -LITTLE])
def test_a_hint_for_one_side_says_which(language: str, amount: float) -> None:
    hints = [hint for hint in possible_hints(load_model().bases["units"].names) if hint.amount == amount]
    for movement in {hint.movement for hint in hints if hint.side}:
        sides = [hint.side for hint in hints if hint.movement == movement]
        sentences = [hint_sentence(Hint(movement, side, amount, ()), language) for side in sides]

        assert sorted(sides) == ["", "left", "right"]
        assert len(set(sentences)) == 3, sentences


@pytest.mark.parametrize(
    ("hint", "sentence"),
    [
        (Hint("browInnerUp", "", 0.6, ()), "Raise the inner brows"),
        (Hint("jawOpen", "", 0.6, ()), "Mouth more open"),
        (Hint("jawOpen", "", -0.6, ()), "Mouth less open"),
        (Hint("browOuterUp", "left", 0.6, ()), "Raise the left outer brow"),
        (Hint("browOuterUp", "", 0.2, ()), "Raise the outer brows, a little"),
        (Hint("noseSneer", "right", 0.6, ()), "Wrinkle the nose on the right"),
        (Hint("mouthPress", "left", 0.6, ()), "Press the lips together on the left"),
    ],
)
def test_hints_are_plain_sentences(hint: Hint, sentence: str) -> None:
    assert hint_sentence(hint, "en") == sentence


@pytest.mark.parametrize(
    ("side", "change", "language", "sentence"),
    [
        ("left", 0.6, "de", "Links: Nase rümpfen"),
        ("right", -0.6, "de", "Rechts: Nase weniger rümpfen"),
        ("left", 0.6, "ja", "左側の鼻にしわを寄せてください"),
        ("right", -0.6, "ja", "右側の鼻のしわを弱めてください"),
    ],
)
def test_single_parts_of_the_face_have_sides_too(side: str, change: float, language: str, sentence: str) -> None:
    assert hint_sentence(Hint("noseSneer", side, change, ()), language) == sentence


def test_a_language_with_a_region_is_that_language_and_an_unknown_one_is_english() -> None:
    assert screen_words("de-AT") is SCREEN_WORDS["de"]
    assert screen_words("xx") is SCREEN_WORDS["en"]


def test_a_movement_without_words_is_named() -> None:
    assert hint_sentence(Hint("earWiggle", "", 0.5, ()), "en") == "earWiggle +"


def test_gaps_of_the_screen_texts_are_the_key_and_the_numbers_of_a_trial() -> None:
    for texts in SCREEN_WORDS.values():
        gaps = {key: {name for _, name, _, _ in string.Formatter().parse(text) if name} for key, text in texts.items()}
        counted = {"level": {"level", "levels", "number", "total"}, "face": {"number", "total"}}
        for key, names in {**counted, "round": {"progress", "round"}}.items():
            assert gaps.pop(key) == names
        assert set().union(*gaps.values()) == {"key"}


def test_units_are_labelled_in_words() -> None:
    assert unit_label("mouthSmileLeft", "en") == "mouth corner up, left"
    assert unit_label("mouthSmileRight", "de-AT") == "Mundwinkel heben, rechts"
    assert unit_label("jawLeft", "ja") == "顎を左へ"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_has_a_label_of_its_own_in_every_language(language: str) -> None:
    labels = [unit_label(unit, language) for unit in load_model().bases["units"].names]

    assert len(set(labels)) == len(labels)
    assert not [label for label in labels if label in load_model().bases["units"].names]

"""Spoken texts: files made before the sessions with the real espeak-ng."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from experiment.errors import ProtocolError
from experiment.lab.speech_files import make_speech, require_speech
from experiment.protocol.language.sound_files import sound_facts
from experiment.protocol.language.speech import Speech, speech_in
from experiment.protocol.load import check_protocol, load_protocol
from experiment.protocol.plan import Page
from experiment.protocol.planner import design
from tests.conftest import PROJECT

STUDY = """protocol: 1
name: spoken
targets:
  anger: {image: targets/anger.png, neutral: targets/neutral.png}
blocks:
  - {name: baseline, kind: calibration}
  - name: welcome
    kind: instructions
    text: {en: Welcome., de: Willkommen.}
    say: {en: Please imitate each face., de: Bitte ahmen Sie jedes Gesicht nach.}
  - {name: main, kind: experiment, trials: [anger]}
"""
needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "protocols" / "targets", tmp_path / "targets")
    file = tmp_path / "spoken.yaml"
    file.write_text(STUDY, encoding="utf-8")
    return file


def warnings(study: Path) -> list[str]:
    checked = check_protocol(study)
    assert checked.protocol is not None
    return [problem.message for problem in checked.problems if "sound file" in problem.message]


def sound_of(study: Path, language: str) -> Path | None:
    plan = design(load_protocol(study), participant="01", language=language)
    (page,) = (step for step in plan.steps if isinstance(step, Page))
    return page.sound


@needs_espeak
def test_texts_are_spoken_in_each_language_by_files_beside_the_protocol(study: Path) -> None:
    done = make_speech(load_protocol(study), voices=["en=en-gb"], speed=150, again=False)

    assert (len(done.made), done.kept) == (2, 0)
    assert [0.5 < sound_facts(file).duration_s < 10 for file in done.made] == [True, True]
    assert [sound_of(study, language) for language in ("en", "de")] == list(done.made)
    assert warnings(study) == []
    require_speech(load_protocol(study))
    with (study.parent / "speech" / "speech.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["text"] for row in csv.DictReader(lines)] == [
            "Please imitate each face.",
            "Bitte ahmen Sie jedes Gesicht nach.",
        ]


@needs_espeak
def test_a_recording_is_kept_and_a_changed_text_needs_a_new_file(study: Path) -> None:
    english, german = make_speech(load_protocol(study), voices=[], speed=150, again=False).made
    shutil.copyfile(german, english)  # a recording of the laboratory

    again = make_speech(load_protocol(study), voices=[], speed=200, again=False)
    assert (again.made, again.kept) == ((), 2)
    assert english.read_bytes() == german.read_bytes()
    study.write_text(STUDY.replace("Please imitate", "Now imitate"), encoding="utf-8")

    assert sound_of(study, "en") is None
    assert sound_of(study, "de") == german


@needs_espeak
def test_participants_of_another_language_hear_the_language_they_read(study: Path) -> None:
    text = STUDY.replace("{en: Please imitate each face., de: Bitte ahmen Sie jedes Gesicht nach.}", "SAID")
    said = "{de: Bitte ahmen Sie jedes Gesicht nach., en: Please imitate each face.}"
    study.write_text(text.replace("SAID", said), encoding="utf-8")
    german, english = make_speech(load_protocol(study), voices=[], speed=150, again=False).made

    assert sound_of(study, "de-AT") == german
    assert sound_of(study, "en-GB") == english
    assert Speech("en", "Please imitate each face.").file(study) == english
    assert speech_in({"de": "Ja", "en": "Yes"}, "ja", default="ja").text == "Yes"  # as the text on the screen


def test_texts_without_a_file_are_a_warning_and_refuse_a_session(study: Path) -> None:
    german, english = warnings(study)

    assert english.startswith("the text in `en` has no sound file yet; `mimicry speak spoken.yaml` makes it")
    assert "`de`" in german
    with pytest.raises(ProtocolError, match=r"2 spoken texts have no sound file yet; run `mimicry speak spoken\.yaml`"):
        require_speech(load_protocol(study))


@needs_espeak
def test_an_unknown_voice_is_named(study: Path) -> None:
    with pytest.raises(ProtocolError, match="cannot say the text in `en` with the voice unknown"):
        make_speech(load_protocol(study), voices=["en=unknown"], speed=150, again=False)


def test_without_espeak_the_sentence_says_what_to_install(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(ProtocolError, match="espeak-ng is not installed; install it"):
        make_speech(load_protocol(study), voices=[], speed=150, again=False)


def test_a_voice_without_a_language_and_a_protocol_without_speech_are_refused(study: Path) -> None:
    with pytest.raises(ProtocolError, match="write LANGUAGE=VOICE"):
        make_speech(load_protocol(study), voices=["en-gb"], speed=150, again=False)
    study.write_text("".join(line for line in STUDY.splitlines(True) if "say:" not in line), encoding="utf-8")
    with pytest.raises(ProtocolError, match="no page has the key `say`"):
        make_speech(load_protocol(study), voices=[], speed=150, again=False)


def test_a_page_has_a_sound_or_speech(study: Path) -> None:
    shutil.copyfile(PROJECT / "protocols" / "targets" / "anger.png", study.parent / "x.png")
    text = STUDY.replace("    say:", "    sound: x.png\n    say:")
    study.write_text(text, encoding="utf-8")

    assert check_protocol(study).protocol is None

"""Sounds in protocols: the plan, and what `validate` says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from experiment.bench.numbered_clips import numbered_clip
from experiment.protocol.load import check_protocol, load_protocol
from experiment.protocol.plan import Page, Trial
from experiment.protocol.planner import design
from tests.experiment.sounds import write_wav

EXERCISE = "{name: main, kind: training, trials: [smile], exercise: {repetitions: 2, tones: true}, hold: {time: 5 s}}"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A folder with a picture, a sound of 1 s, and files that are not sounds."""
    Image.new("RGB", (60, 500), (90, 100, 90)).save(tmp_path / "smile.png")
    write_wav(tmp_path / "sounds" / "laugh.wav", 1.0)
    write_wav(tmp_path / "sounds" / "six.wav", 0.1, channels=6)
    write_wav(tmp_path / "sounds" / "slow.wav", 0.1, rate_hz=4000)
    write_wav(tmp_path / "sounds" / "empty.wav", 0)
    (tmp_path / "sounds" / "text.wav").write_text("not a sound")
    (tmp_path / "sounds" / "laugh.mp3").write_bytes(b"ID3")
    return tmp_path


def write(folder: Path, sound: str | None = None, *, block: str = "", more: str = "") -> Path:
    key = "" if sound is None else f", sound: {sound}"
    block = block or "{name: main, kind: experiment, trials: [smile], timing: {target: 2 s}}"
    text = f"protocol: 1\nname: study\n{more}targets:\n  smile: {{image: smile.png, neutral: smile.png{key}}}\n"
    (folder / "study.yaml").write_text(f"{text}blocks:\n  - {block}\n", "utf-8")
    return folder / "study.yaml"


def messages(file: Path, severity: str = "error") -> list[str]:
    return [problem.message for problem in check_protocol(file).problems if problem.severity == severity]


def test_a_plan_has_the_sound_of_a_picture(study: Path) -> None:
    plan = design(load_protocol(write(study, "sounds/laugh.wav")), participant="01")

    (target,) = plan.targets
    assert target.sound == (study / "sounds" / "laugh.wav").resolve()
    assert target.sound in target.source_files
    assert plan.needs_sound == ("target smile has sound", "sound")
    assert design(load_protocol(write(study, "false")), participant="01").needs_sound is None


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        ("sounds/laugg.wav", "does not contain it; did you mean"),
        ("sounds/laugh.mp3", "`laugh.mp3` is not a sound file; use a file that ends in .wav, .flac, .ogg"),
        ("sounds/text.wav", "`text.wav` is damaged or is not a sound file"),
        ("sounds/empty.wav", "`empty.wav`"),
        ("sounds/six.wav", "`six.wav` has 6 channels; export it with one channel or two"),
        ("sounds/slow.wav", "`slow.wav` has 4000 samples per second; export it with 44100 or 48000"),
        ("true", "`true` plays the sound of a clip, and this target has no `clip`; name a sound file"),
        ("3", "must be a sound file"),
    ],
)
def test_a_sound_that_cannot_be_played_is_refused(study: Path, sound: str, message: str) -> None:
    (found,) = messages(write(study, sound))
    assert message in found


def test_a_sound_that_is_longer_than_its_target_is_named(study: Path) -> None:
    block = "{name: main, kind: experiment, trials: [smile], timing: {target: 0.5 s, timeout: 0.5 s}}"

    found = messages(write(study, "sounds/laugh.wav", block=block), "warning")

    wanted = "target `smile`: the sound takes 1 s, and the target is shown for at most 0.5 s: the end is not heard"
    assert wanted in found
    assert wanted not in messages(write(study, "sounds/laugh.wav"), "warning")


def test_the_folder_of_pictures_holds_sounds_too(study: Path) -> None:
    (study / "smile.png").rename(study / "sounds" / "smile.png")
    assert messages(write(study, "laugh.wav", more="pictures: sounds\n")) == []


def test_the_tones_of_an_exercise_are_in_its_trials(study: Path) -> None:
    plan = design(load_protocol(write(study, block=EXERCISE)), participant="01")

    assert [step.tones for step in plan.steps if isinstance(step, Trial)] == [True, True]
    assert plan.needs_sound == ("block main has tones", "tones")


@pytest.mark.parametrize(
    ("block", "sound", "message"),
    [
        (EXERCISE.replace(", hold: {time: 5 s}", ""), None, "`tones` mark a hold by time"),
        (EXERCISE.replace("time: 5 s", "time: 0.1 s"), None, "the tones need a hold of at least 0.2 s"),
        (EXERCISE[:-1] + ", timing: {inter_trial: 0.1 s}}", None, "make `inter_trial` 0.25 s or longer"),
        (EXERCISE, "sounds/laugh.wav", "target `smile` has sound, and one sound is played at a time"),
    ],
)
def test_tones_that_cannot_be_played_are_refused(study: Path, block: str, sound: str | None, message: str) -> None:
    (found,) = messages(write(study, sound, block=block))
    assert message in found


PAGE = "  - {name: welcome, kind: instructions, text: {en: Hello, de: Hallo}, sound: SOUND}\n"


def with_page(folder: Path, sound: str, *, more: str = "") -> Path:
    """A protocol that begins with a page with a sound."""
    file = write(folder, more=more)
    file.write_text(file.read_text().replace("blocks:\n", f"blocks:\n{PAGE.replace('SOUND', sound)}"))
    return file


def test_a_page_has_the_sound_of_the_language(study: Path) -> None:
    write_wav(study / "sounds" / "hallo.wav", 0.1)
    protocol = load_protocol(with_page(study, "{en: sounds/laugh.wav, de: sounds/hallo.wav}"))

    for language, name in (("en", "laugh.wav"), ("de", "hallo.wav"), ("de-AT", "hallo.wav")):
        plan = design(protocol, participant="01", language=language)
        (page,) = [step for step in plan.steps if isinstance(step, Page)]
        assert page.sound == (study / "sounds" / name).resolve()
        assert plan.needs_sound == ("page welcome has sound", "sound")

    (study / "smile.png").rename(study / "sounds" / "smile.png")
    assert messages(with_page(study, "{en: laugh.wav, de: hallo.wav}", more="pictures: sounds\n")) == []


@pytest.mark.parametrize(
    ("sound", "message"),
    [
        ("{en: sounds/laugh.wav}", "the sound in de is missing here"),
        ("{en: sounds/laugh.wav, de: sounds/text.wav}", "`text.wav` is damaged or is not a sound file"),
        ("{english: sounds/laugh.wav}", "english"),
        ("true", "must be the path of a file"),
    ],
)
def test_a_sound_of_a_page_that_cannot_be_played_is_refused(study: Path, sound: str, message: str) -> None:
    (found,) = messages(with_page(study, sound))
    assert message in found


def test_a_page_that_ends_before_its_sound_is_named(study: Path) -> None:
    file = with_page(study, "sounds/laugh.wav, duration: 0.5 s")
    assert any("the page ends after 0.5 s: the end is not heard" in one for one in messages(file, "warning"))


def test_a_clip_may_have_a_sound_file(study: Path) -> None:
    numbered_clip(study / "smile.mp4", 25, size_px=(240, 500))
    file = write(study, "sounds/laugh.wav")
    file.write_text(file.read_text().replace("image: smile.png", "clip: smile.mp4"))
    plan = design(load_protocol(file), participant="01", stills=lambda _: (study / "smile.png", None))

    (target,) = plan.targets
    assert target.motion is not None
    assert (target.motion.sound, target.sound) == (False, (study / "sounds" / "laugh.wav").resolve())

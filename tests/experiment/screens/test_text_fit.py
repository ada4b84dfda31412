"""Texts that do not fit on the display are reported before a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from experiment.errors import DisplayError
from experiment.lab.clip_stills import locate_stills
from experiment.lab.rendered_targets import locate_drawn, render_drawn
from experiment.lab.session_options import Options
from experiment.lab.session_setup import run_session
from experiment.preview import distinct_screens, plans_of
from experiment.protocol.load import Protocol, load_protocol
from experiment.protocol.planner import design
from experiment.screens import fonts
from experiment.screens.screen import Picture, Screen, Text
from experiment.screens.step_screens import every_screen
from experiment.screens.text_fit import misfits
from tests.conftest import PROJECT
from tests.experiment.protocol.conftest import folder, load

__all__ = ["folder", "load"]

SIZE = (1440, 900)
LANGUAGES = [
    *(("facial_mimicry", language) for language in ("en", "ja")),
    *(("facial_training", language) for language in ("en", "ja")),
    *(("facial_exercises", language) for language in ("en", "ja")),
    *(("mimicry_intensity", language) for language in ("en", "ja", "ar")),
    *(("training_study", language) for language in ("en", "ja")),
    *(("minimal", language) for language in ("en", "ja", "ar", "de")),
]


def test_a_short_text_fits() -> None:
    assert not list(misfits(Screen("page", (Text("Hello"), Text("Press SPACE", (0, -0.44)))), SIZE))


def test_a_text_that_is_too_high_for_the_display_is_reported() -> None:
    (message,) = misfits(Screen("page", (Text("one line\n" * 30),)), SIZE)

    assert message.startswith("'one line one line one line one line one ...' does not fit on the display")


def test_a_word_that_is_too_long_for_the_display_is_reported() -> None:
    assert len(list(misfits(Screen("page", (Text("W" * 80),)), SIZE))) == 1


def test_a_text_on_top_of_the_title_or_a_picture_is_reported(tmp_path: Path) -> None:
    Image.new("RGB", (50, 50)).save(tmp_path / "face.png")
    body = Text("line\n" * 15)

    (on_title,) = misfits(Screen("page", (Text("Title", (0, 0.3)), body)), SIZE)
    (on_picture,) = misfits(Screen("page", (Picture(tmp_path / "face.png", (0, 0.3), 0.3), body)), SIZE)

    assert on_title.startswith("'Title' and 'line line")
    assert on_picture.startswith("the picture face.png and 'line")


def test_a_text_without_a_font_is_refused_before_the_session(
    load: Callable[..., Protocol], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = (
        "  - {name: main, kind: experiment, trials: [anger]}\n  - {name: bye, kind: instructions, text: Dankon 𒀀}\n"
    )
    plan = design(load(blocks), participant="01")
    monkeypatch.setattr(fonts, "_installed", tuple)

    with pytest.raises(DisplayError, match="no installed font has the characters '𒀀'"):
        run_session(plan, tmp_path / "data", Options(camera="no-such-clip.mp4"))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("name", "language"), LANGUAGES)
def test_the_texts_of_the_shipped_protocols_fit(name: str, language: str) -> None:
    protocol = load_protocol(PROJECT / "protocols" / f"{name}.yaml")
    plans = plans_of(protocol, language=language, render=render_drawn)

    warnings = [f"{item.name}: {why}" for item in distinct_screens(plans) for why in misfits(item.screen, SIZE)]

    assert warnings == []


@pytest.mark.parametrize("language", ["en", "de", "ja"])
@pytest.mark.parametrize("name", ["spontaneous_mimicry", "spontaneous_clips"])
def test_the_texts_of_the_shipped_protocols_with_moving_faces_fit(name: str, language: str) -> None:
    """Without the faces, which take long to render and to decode."""
    protocol = load_protocol(PROJECT / "protocols" / f"{name}.yaml")
    plan = design(protocol, participant="01", language=language, render=locate_drawn, stills=locate_stills)
    screens = {name: screen for name, screen in every_screen(plan) if not name.endswith(("-target", "-probe"))}

    assert {"instructions-watching", "awareness-noticed", "debriefing-use"} <= set(screens)
    assert [f"{name}: {why}" for name, screen in screens.items() for why in misfits(screen, SIZE)] == []


@pytest.mark.parametrize("language", ["en", "ja", "ar"])
def test_the_texts_of_the_recognition_study_fit(language: str) -> None:
    protocol = load_protocol(PROJECT / "protocols" / "emotion_recognition.yaml")
    assert protocol.warnings == ()
    plan = design(protocol, participant="01", language=language, render=locate_drawn)
    screens = {name: screen for name, screen in every_screen(plan) if not name.endswith("-target")}

    assert {"practice-001-emotion", "main-001-confidence-set", "resumed"} <= set(screens)
    assert [f"{name}: {why}" for name, screen in screens.items() for why in misfits(screen, SIZE)] == []

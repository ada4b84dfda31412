"""Every screen once, in pictures; and the orders of participants before the study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiment.bench.numbered_clips import numbered_clip, read_number
from experiment.lab.clip_stills import locate_stills
from experiment.preview import distinct_screens, order_lines, plans_of, screens_by_group, write_preview
from experiment.protocol.load import Protocol, load_protocol
from experiment.protocol.planner import design
from experiment.screens.screen import MovingFrame, Picture
from tests.experiment.protocol.conftest import SIX, folder, load

__all__ = ["folder", "load"]
Load = Callable[..., Protocol]

BLOCKS = (
    "  - {name: hello, kind: instructions, text: {en: Hello, ja: こんにちは, ar: مرحبا}, sessions: [pre]}\n"
    "  - {name: live, kind: training, trials: [anger], feedback: true, only_for: {feedback: live}}\n"
    "  - {name: none, kind: training, trials: [anger], only_for: {feedback: none}}\n"
    "  - {name: main, kind: experiment, trials: [anger, disgust, fear, happiness, sadness, surprise], order: williams,"
    " one_block_per_target: true}\n"
)
MORE = "sessions: [pre, post]\ngroups: {feedback: [live, none]}\n"


def test_every_session_and_group_is_previewed(load: Load) -> None:
    plans = plans_of(load(BLOCKS, more=MORE))

    assert {(plan.session, plan.groups["feedback"]) for plan in plans} == {
        (session, level) for session in ("pre", "post") for level in ("live", "none")
    }


def test_every_screen_occurs_exactly_once(load: Load) -> None:
    shown = distinct_screens(plans_of(load(BLOCKS, more=MORE)))

    screens = [item.screen for item in shown]
    assert len(set(screens)) == len(screens)
    pictures = {
        element.file.stem
        for s in screens
        if s.kind == "target"
        for element in s.elements
        if isinstance(element, Picture)
    }
    assert pictures == set(SIX)
    kinds = [screen.kind for screen in screens]
    assert kinds.count("page") >= 2
    assert kinds.count("feedback") == 1
    assert kinds.count("fixation") == 1
    assert kinds.count("pause") == 2


def test_the_consent_of_two_persons_shows_the_pages_of_both(load: Load) -> None:
    blocks = (
        "  - {name: agreement, kind: consent, text: Both of you are filmed.,"
        " clauses: [{id: film, about: recording, text: My face may be filmed.}]}\n"
        "  - {name: main, kind: experiment, trials: [anger]}\n"
    )
    shown = distinct_screens(plans_of(load(blocks, more="camera: {film: true}\ncameras: [0, 1]\n")))

    names = [item.name for item in shown]
    assert names[:3] == ["agreement", "agreement-film", "agreement-film-partner"]


@pytest.mark.parametrize("language", ["en", "ja", "ar"])
def test_pictures_have_the_size_of_the_display_and_show_something(load: Load, tmp_path: Path, language: str) -> None:
    protocol = load(BLOCKS, more=MORE + "display: {size: [640, 400]}\n")
    shown = distinct_screens(plans_of(protocol, language=language))[:3]

    files = list(write_preview(shown, (640, 400), tmp_path / "out"))

    names = [file.name for file in files]
    assert names[0] == "001_hello.png"
    sheets = {
        f"contact_sheet_{session}-feedback-{level}.png" for session in ("pre", "post") for level in ("live", "none")
    }
    assert set(names[3:-1]) == sheets
    assert names[-1] == "contact_sheet.png"
    with Image.open(files[0]) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (400, 640, 3)
    assert (pixels > 200).any()
    with Image.open(files[-1]) as sheet:
        assert sheet.width > 1000


def test_orders_are_printed_block_by_block(load: Load) -> None:
    conditions = "{cross: {emotion: [anger, fear], gaze: [direct]}, target: '{emotion}'}"
    blocks = f"  - {{name: factors, kind: experiment, trials: {conditions}}}\n" + BLOCKS.splitlines()[-1] + "\n"

    lines = list(order_lines(design(load(blocks), participant="01")))

    assert lines[0].startswith("blocks: main-")
    assert sorted(lines[0].removeprefix("blocks: ").split(", ")) == [f"main-{name}" for name in SIX]
    assert lines[1] == "factors: anger (anger, direct), fear (fear, direct)"


@pytest.mark.parametrize(("apex", "second"), [("apex: {at: 0.8 s}", ("apex", 20)), ("", ("middle", 12))])
def test_three_frames_of_a_clip_are_named_and_shown(tmp_path: Path, apex: str, second: tuple[str, int]) -> None:
    numbered_clip(tmp_path / "smile.mp4", 25, size_px=(120, 80))
    text = (
        "protocol: 1\nname: study\ndisplay: {size: [640, 400]}\n"
        f"targets: {{smile: {{clip: smile.mp4, expression: happiness, neutral: {{at: 0 s}}, {apex}}}}}\n"
        "blocks: [{name: watching, kind: viewing, trials: [smile], film: false, timing: {target: 1 s}}]\n"
    )
    (tmp_path / "study.yaml").write_text(text, "utf-8")

    shown = distinct_screens(plans_of(load_protocol(tmp_path / "study.yaml"), stills=locate_stills))

    frames = {
        item.name.rpartition("-")[2]: read_number(element.picture.frames[element.index])
        for item in shown
        for element in item.screen.elements
        if isinstance(element, MovingFrame)
    }
    assert frames == dict([("first", 0), second, ("last", 24)])


def test_the_screens_of_each_session_and_group_are_counted(load: Load) -> None:
    shown = distinct_screens(plans_of(load(BLOCKS, more=MORE)))

    groups = screens_by_group(shown)

    assert set(groups) == {f"{session}, feedback {level}" for session in ("pre", "post") for level in ("live", "none")}
    names = {label: {shown[place].name for place in places} for label, places in groups.items()}
    assert names["pre, feedback live"] - names["post, feedback live"] == {"hello"}
    assert "live-001-target" in names["pre, feedback live"]
    assert "live-001-target" not in names["pre, feedback none"]
    assert screens_by_group(distinct_screens(plans_of(load(BLOCKS.splitlines()[-1] + "\n")))) == {}


def test_a_protocol_with_an_allocation_is_previewed_for_every_group(load: Load) -> None:
    more = MORE + "allocation: {strata: {sex: [f, m]}}\n"

    plans = plans_of(load(BLOCKS, more=more))

    assert len({(plan.session, plan.groups["feedback"]) for plan in plans}) == 4

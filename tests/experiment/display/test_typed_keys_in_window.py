"""In the real window, a key belongs to the screen on which it was pressed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PROJECT

ANSWER_WITH_REAL_KEYS = """
import json, sys, threading
from dataclasses import replace
from pathlib import Path
from experiment.bench.xtest import XTest
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import Consent, Form, Question
from experiment.protocol.planner import design
from experiment.screens.screen import Text
from experiment.screens.style import Style
from experiment.session.display_loop import Devices, DisplayLoop
from experiment.session.questionnaire import ask_consent, ask_form

KEYS = {
    "You can stop at any time": ("space",), "own free will": ("y",), "may be filmed": ("y",),
    "How old": ("2", "5", "return"), "gender": ("2",), "Siblings?": ("3",), "How many?": ("5", "return"),
    "Again?": ("7", "return"),
}
def stand_in(blends):
    return [Path(sys.argv[1]).parent / "targets" / "neutral.png" for _ in blends]

plan = design(load_protocol(Path(sys.argv[1])), participant="01", render=stand_in)
plan = replace(plan, display=replace(plan.display, fullscreen=False))
consent = next(step for step in plan.steps if isinstance(step, Consent))
form = next(step for step in plan.steps if isinstance(step, Form))
more = Form("more", "more", "", (
    Question("siblings", "Siblings?", "choice", ("a", "b", "c")),
    Question("many", "How many?", "integer"),
    Question("again", "Again?", "integer"),
))
keys = XTest(sys.argv[2])
held = sys.argv[3] == "held"

class Presser:
    def __init__(self):
        self.done = set()
        self.checked = []
    def on_flip(self, screen, flip):
        if screen.kind == "notice" and screen not in self.checked:
            self.checked.append(screen)
            keys.press("return")
            return
        text = " ".join(one.text for one in screen.elements if isinstance(one, Text))
        for words in KEYS.keys() - self.done:
            if words in text:
                self.done.add(words)
                press(KEYS[words], hold=held and words in ("may be filmed", "gender", "Siblings?"))

def press(names, hold):
    if hold:
        keys.down(names[0])
        threading.Timer(1.2, keys.up, names).start()
        return
    for name in names:
        keys.press(name)

clock = MonotonicClock()
presser = Presser()
opened = open_display(plan.display, clock=clock, windowed=True, observers=[presser])
loop = DisplayLoop(Devices(opened.display, opened.keyboard, clock, None, opened.verdict.period_s), pause_key="escape")
style = Style.of(plan)
answers = {**ask_consent(loop, style, consent), **ask_form(loop, style, form), **ask_form(loop, style, more)}
opened.close()
Path(sys.argv[4]).write_text(json.dumps([answers, opened.keys_stamped_by]))
"""


@pytest.mark.slow
@pytest.mark.display
@pytest.mark.parametrize("way", ["pressed", "held"])
def test_the_key_that_answers_one_screen_is_not_typed_into_the_next(
    way: str, virtual_display: str, tmp_path: Path
) -> None:
    """Real key events at the first flip of every screen; `held` keeps the key down beyond its screen."""
    found = tmp_path / "answers.json"
    command = [sys.executable, "-c", ANSWER_WITH_REAL_KEYS, str(PROJECT / "protocols" / "mimicry_intensity.yaml")]

    done = subprocess.run(
        [*command, virtual_display, way, str(found)],
        cwd=PROJECT,
        env={**os.environ, "DISPLAY": virtual_display},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    answers, _ = json.loads(found.read_text())
    assert answers == {
        "participation": True,
        "recording": True,
        "age": 25,
        "gender": "male",
        "siblings": "c",
        "many": 5,
        "again": 7,
    }

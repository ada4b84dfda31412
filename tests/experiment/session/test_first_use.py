"""Nothing is loaded for the first time inside a trial."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from experiment.bench.numbered_clips import numbered_clip
from experiment.display.simulated import SimulatedDisplay
from experiment.lab.clip_stills import clip_stills
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.planner import design
from experiment.screens.screen import Dot, MovingFrame, Picture, Screen, Text
from tests.experiment.plans import make_plan
from tests.experiment.session.simulated_run import run


class LoadingDisplay(SimulatedDisplay):
    """Keeps which texts and pictures were drawn out of sight, and which were not when a trial showed them."""

    loaded: ClassVar[set[object]]
    missing: ClassVar[list[object]]

    def warm_up(self, screen: Screen) -> None:
        self.loaded.update(screen.elements)

    def flip(self, screen: Screen) -> Flip:
        if screen.kind in ("fixation", "target", "blank", "rating"):
            shown = [one for one in screen.elements if isinstance(one, Text | Picture | Dot)]
            self.missing.extend(one for one in shown if one not in self.loaded)
        return super().flip(screen)


def test_all_screens_of_trials_are_drawn_out_of_sight_before_the_session(tmp_path: Path) -> None:
    class Display(LoadingDisplay):
        loaded: ClassVar[set[object]] = set()
        missing: ClassVar[list[object]] = []

    run(make_plan(tmp_path), tmp_path / "data", display=Display)

    assert Display.loaded
    assert Display.missing == []


WATCHING = """
protocol: 1
name: study
display: {size: [1440, 900]}
targets: {one: {clip: one.mp4, expression: anger, apex: {at: 0.2 s}, neutral: {at: 0 s}}}
blocks:
  - name: watching
    kind: viewing
    trials: [one]
    film: false
    timing: {fixation: 6 frames, target: 90 frames, inter_trial: 30 frames}
    probe: {share: 1, after: 100 ms, duration: 100 ms}
"""


def test_a_moving_target_is_loaded_with_its_dot_and_without_the_still_of_its_apex(tmp_path: Path) -> None:
    class Display(LoadingDisplay):
        loaded: ClassVar[set[object]] = set()
        missing: ClassVar[list[object]] = []

    numbered_clip(tmp_path / "one.mp4", 25, size_px=(120, 80))
    (tmp_path / "study.yaml").write_text(WATCHING, "utf-8")
    stills = partial(clip_stills, folder=tmp_path / "stills")
    plan = design(load_protocol(tmp_path / "study.yaml"), participant="01", stills=stills)

    run(plan, tmp_path / "data", display=Display)

    assert Display.missing == []
    assert {type(one) for one in Display.loaded} >= {MovingFrame, Dot}
    assert not [one for one in Display.loaded if isinstance(one, Picture)]

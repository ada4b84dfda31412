"""Nothing is loaded for the first time inside a trial."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from experiment.display.simulated import SimulatedDisplay
from experiment.ports.display import Flip
from experiment.screens.screen import Picture, Screen, Text
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
            shown = [one for one in screen.elements if isinstance(one, Text | Picture)]
            self.missing.extend(one for one in shown if one not in self.loaded)
        return super().flip(screen)


def test_all_screens_of_trials_are_drawn_out_of_sight_before_the_session(tmp_path: Path) -> None:
    class Display(LoadingDisplay):
        loaded: ClassVar[set[object]] = set()
        missing: ClassVar[list[object]] = []

    run(make_plan(tmp_path), tmp_path / "data", display=Display)

    assert Display.loaded
    assert Display.missing == []

"""Moving targets in memory: errors of their files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiment.bench.numbered_clips import numbered_frame
from experiment.errors import DisplayError
from experiment.lab.course_clips import write_mp4
from experiment.protocol.plan import Motion
from experiment.screens.moving_targets import MovingTargets
from tests.experiment.plans import make_targets


def test_a_sound_that_cannot_be_read_is_an_error_of_the_session(tmp_path: Path) -> None:
    write_mp4(tmp_path / "silent.mp4", [np.ascontiguousarray(numbered_frame(0))] * 3, rate_hz=30)
    (target,) = make_targets(tmp_path / "targets", ("smile",))
    moving = MovingTargets(120, "black")

    with pytest.raises(DisplayError, match=r"silent\.mp4: the clip has no sound"):
        moving.of(replace(target, motion=Motion("clip", tmp_path / "silent.mp4", sound=True)))

"""Learned limits: shares that explain what exceeds the limit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.detection import Limits
from analysis.evaluation.courses.calibrating import quantile_shares, write_limits


def test_the_shares_are_those_of_a_quantile() -> None:
    rng = np.random.default_rng(3)
    rises = np.where(rng.uniform(size=(400, 2)) < 0.5, rng.uniform(0.1, 1.0, (400, 2)), 0.0)
    excess = rises @ [0.5, 0.0] * rng.uniform(0.0, 1.0, 400)

    shares = quantile_shares(rises, excess, 0.9)

    assert shares[0] == pytest.approx(0.45, abs=0.05)
    assert shares[1] == pytest.approx(0.0, abs=0.02)
    assert np.mean(excess > rises @ shares + 1e-9) < 0.11


def test_the_limits_are_written_with_their_origin(tmp_path: Path) -> None:
    write_limits({"a": Limits(0.07, {"b": 0.2})}, "a run", tmp_path / "limits.json")

    assert json.loads((tmp_path / "limits.json").read_text("utf-8")) == {
        "origin": "a run",
        "units": {"a": {"least_rise": 0.07, "crosstalk": {"b": 0.2}}},
    }

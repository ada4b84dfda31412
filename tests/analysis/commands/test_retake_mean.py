"""`python -m analysis score --retakes`: the mean of several pictures of one imitation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.analysis.commands.test_score_parts import with_neutrals
from tests.analysis.conftest import Photographed
from tests.analysis.running import run


@pytest.fixture
def retake(photographed: Photographed, tmp_path: Path) -> Path:
    """The same imitation with other camera noise."""
    pixels = np.asarray(Image.open(photographed.file("bob", "happiness")), dtype=float)
    noise = np.random.default_rng(0).normal(0.0, 4.0, pixels.shape)
    Image.fromarray((pixels + noise).round().clip(0, 255).astype(np.uint8)).save(tmp_path / "retake.png")
    return tmp_path / "retake.png"


def test_the_mean_of_several_pictures_has_an_interval_and_the_score_stays(
    photographed: Photographed, retake: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pictures = with_neutrals(photographed, ("ann", "happiness"), ("bob", "happiness"))

    plain = json.loads(run(capsys, "score", *pictures, "--json").out)
    found = json.loads(run(capsys, "score", *pictures, "--retakes", retake, "--json").out)
    done = run(capsys, "score", *pictures, "--retakes", retake)

    facts = found.pop("retakes")
    assert found == plain
    assert facts["scores"][0] == plain["score"]
    assert facts["mean"] == pytest.approx(sum(facts["scores"]) / 2)
    assert facts["scores"][0] != facts["scores"][1]
    low, high = facts["interval"]
    assert low <= facts["mean"] <= high
    assert high - low < plain["interval"][1] - plain["interval"][0] + 0.02
    assert f"  mean of 2 pictures {facts['mean']:.3f}, 95 % interval {low:.2f} to {high:.2f}; standard" in done.out


@pytest.mark.parametrize("again", [["b.png"], ["e.png", "./e.png"]])
def test_a_picture_that_is_given_twice_is_refused(capsys: pytest.CaptureFixture[str], again: list[str]) -> None:
    retakes = [word for file in again for word in ("--retakes", file)]

    done = run(capsys, "score", "a.png", "b.png", "--target-neutral", "c.png", "--mimic-neutral", "d.png", *retakes)

    assert done.status == 2
    assert f"{again[0]} is given twice; name each picture once" in " ".join(done.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--metric", "units-pooled"], "a score of units-pooled depends on all pictures of a person"),
        ([], "needs neutral pictures of both people: add --target-neutral"),
    ],
)
def test_retakes_without_single_scores_or_neutral_pictures_are_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    neutral = ["--target-neutral", "c.png", "--mimic-neutral", "d.png"] if options else ["--mimic-neutral", "d.png"]

    done = run(capsys, "score", "a.png", "b.png", *neutral, "--retakes", "e.png", *options)

    assert done.status == 2
    assert message in " ".join(done.err.replace("│", " ").split())

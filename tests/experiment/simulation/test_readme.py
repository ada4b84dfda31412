"""The numbers of the demonstration in the README are those that the program measures."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest

from analysis.face.measurement import MeasuredFace
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import metric
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import hits
from analysis.tables.table_text import table_text
from experiment.protocol.load import load_protocol
from experiment.simulation.demonstration import PROTOCOL
from experiment.simulation.study.measuring import emotion_targets, measure_people, measure_targets
from experiment.simulation.visitor import person_seed
from tests.conftest import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def imitations() -> list[dict[str, MeasuredFace]]:
    """The kept frames of the three participants of the demonstration, drawn from the seed and measured."""
    seed = load_protocol(PROTOCOL).content.seed
    seeds = [person_seed(seed, name) for name in ("01", "02", "03")]
    people = measure_people(seeds, [emotion_targets(load_model())] * len(seeds))
    return [{name: one.face for name, one in person.imitations.items()} for person in people]


def table_of(faces: Mapping[str, MeasuredFace], targets: Mapping[str, MeasuredFace], name: str) -> SimilarityTable:
    score, model = metric(name).score, load_model()
    scores = np.array([[score(targets[row], faces[column], model) for column in EMOTIONS] for row in EMOTIONS])
    return SimilarityTable(EMOTIONS, EMOTIONS, scores)


@pytest.mark.slow  # draws and measures 48 pictures, those of the demonstration
def test_the_readme_has_the_numbers_of_the_demonstration(imitations: list[dict[str, MeasuredFace]]) -> None:
    targets = measure_targets()
    combined, blend, points = (
        [table_of(faces, targets, name) for faces in imitations] for name in ("combined", "blend", "points")
    )

    (printed,) = re.findall(r"```text\n(target \\ mimic.*?)```", README, flags=re.DOTALL)
    assert table_text(combined[0]) == printed
    assert all(hits(table).all() for table in combined)
    smallest = min(one.smallest_matching.score for one in blend if one.smallest_matching)
    largest = max(one.largest_other.score for one in blend if one.largest_other)
    words = " ".join(README.split())
    assert f"the smallest matching cell is {smallest:.3f} and the largest other cell {largest:.3f}. Under" in words
    assert min(table.scores.min() for table in points) > 0.99

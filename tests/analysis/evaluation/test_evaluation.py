"""The whole evaluation with a few people."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from analysis.errors import DataSetError
from analysis.evaluation.members import Measuring
from analysis.evaluation.run import Evaluation, Sources, evaluate
from analysis.evaluation.sizes import QUICK
from analysis.evaluation.write_results import write
from analysis.face.errors import AnalysisError
from analysis.face.similarity.metrics import DEFAULT_METRIC
from analysis.face.synthetic.generators import Generator
from analysis.inference.estimate import Estimate
from tests.conftest import shared_path

METRICS = (DEFAULT_METRIC, "appearance", "points")


def value(estimate: Estimate) -> float:
    assert estimate.value is not None
    return estimate.value


def ends(estimate: Estimate) -> tuple[float, float]:
    assert estimate.interval is not None
    return estimate.interval


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def found(cache: Path) -> Evaluation:
    return evaluate(Sources([Generator("makehuman")], None, cache), QUICK, Measuring("makehuman"), metrics=METRICS)


@pytest.mark.slow
class TestTheQuickEvaluation:
    def test_every_metric_is_judged_on_every_panel(self, found: Evaluation) -> None:
        names = [panel.name for panel in found.panels]

        assert names == [
            "mimics, makehuman",
            "posers, makehuman",
            "posers against themselves, makehuman",
            "posers with wrinkles, makehuman",
            "posers with own movements, makehuman",
            "posers against themselves with own movements, makehuman",
            "posers in small pictures, makehuman",
            "same expressions, makehuman",
        ]
        for panel in names:
            for name in METRICS:
                verdict = found.verdict(panel, name)
                assert 0 <= ends(verdict.rank1)[0] <= ends(verdict.rank1)[1] <= 1
                assert len(verdict.matching) == verdict.mimics
        assert found.verdict(names[0], DEFAULT_METRIC).icc is not None
        assert found.verdict(names[-1], DEFAULT_METRIC).variance_ratio is not None

    def test_our_metric_identifies_imitations_better_than_chance(self, found: Evaluation) -> None:
        verdict = found.verdict("mimics, makehuman", DEFAULT_METRIC)

        assert value(verdict.rank1) > 3 * verdict.chance
        assert value(verdict.auc) > 0.85

    def test_identity_moves_our_score_less_than_the_published_one(self, found: Evaluation) -> None:
        ours = found.verdict("same expressions, makehuman", DEFAULT_METRIC).variance_ratio
        published = found.verdict("same expressions, makehuman", "points").variance_ratio

        assert ours is not None
        assert published is not None
        assert ours > published

    def test_a_curve_has_no_change_at_the_usual_value(self, found: Evaluation) -> None:
        for one in found.curves:
            usual = one.condition.values.index(one.condition.usual)
            for points in one.points.values():
                assert points[usual].change == 0
                assert points[-1].change > 0

    def test_faces_at_rest_are_weaker_than_faces_with_an_expression(self, found: Evaluation) -> None:
        (floor,) = found.floors

        assert len(floor.strengths_mm) == QUICK.crossed * QUICK.resting
        (shown,) = found.shown
        assert (floor.name, shown.name) == ("makehuman, at rest", "mimics, makehuman")
        assert floor.percentile(50) < shown.percentile(50) / 2
        assert shown.below < floor.below

    def test_the_results_are_written_with_their_figures(self, found: Evaluation, tmp_path: Path) -> None:
        file = write(found, tmp_path, command="scripts/evaluate --quick")
        text = file.read_text()

        assert file == tmp_path / "results" / "similarity.md"
        assert "Written by `scripts/evaluate --quick`" in text
        assert "**No people of another model: --ict was not given.**" in text
        assert "**No photographs: --london was not given.**" in text
        verdict = found.verdict("mimics, makehuman", DEFAULT_METRIC)
        assert f"| **{DEFAULT_METRIC}** | {value(verdict.rank1):.3f} | {ends(verdict.rank1)[0]:.2f}-" in text
        whole, part = (found.verdict("mimics, makehuman", name) for name in METRICS[:2])
        cells = [f"{value(one.rank1):.3f}, {value(one.auc):.3f}" for one in (whole, part)]
        assert f"| mimics, makehuman | {cells[0]} | {cells[1]} |" in text
        worse = value(whole.auc) < value(part.auc) - 0.005
        assert (f"{DEFAULT_METRIC} on mimics, makehuman (" in text) == worse
        for name in ("rank1", "cells", "curves", "floor"):
            assert f"](../figures/similarity-{name}.png)" in text
            with Image.open(tmp_path / "figures" / f"similarity-{name}.png") as figure:
                assert min(figure.size) > 200

    def test_an_output_folder_that_is_a_file_is_refused_with_a_remedy(self, found: Evaluation, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        with pytest.raises(
            DataSetError, match="file: cannot be written to: a file lies where a folder is needed; choose"
        ):
            write(found, tmp_path / "file", command="x")

    def test_a_second_run_gives_the_same_page_and_the_same_figures(self, found: Evaluation, tmp_path: Path) -> None:
        again = evaluate(found.sources, QUICK, Measuring("makehuman"), metrics=METRICS)

        one, other = (write(each, tmp_path / name, command="x") for name, each in (("1", found), ("2", again)))

        assert one.read_bytes() == other.read_bytes()
        for figure in (tmp_path / "1" / "figures").iterdir():
            assert figure.read_bytes() == (tmp_path / "2" / "figures" / figure.name).read_bytes()


@pytest.mark.slow
def test_people_of_another_model_and_photographs_are_judged_too(cache: Path) -> None:
    ict = shared_path("models/ict-facekit/face_area_all_modes.npz")
    sources = Sources([Generator("ict", "ict", ict)], shared_path("faces/london"), cache)

    few = replace(QUICK, imitators=1, takes=2, crossed=2, resting=1, photographs=2, others=1)

    found = evaluate(sources, few, Measuring("makehuman"), metrics=(DEFAULT_METRIC,))

    names = [panel.name for panel in found.panels]
    assert names[0] == "mimics, ict"
    assert names[-3:] == [
        "london, calibrated",
        "london, nothing labelled neutral",
        "london smiles, targets that ship",
    ]
    assert value(found.verdict("mimics, ict", DEFAULT_METRIC).auc) > 0.8
    assert found.verdict("london, calibrated", DEFAULT_METRIC).mimics == 4
    assert [floor.name for floor in found.floors] == ["ict, at rest", "london, at rest"]


def test_an_unknown_metric_is_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="unknown metric 'nose'"):
        evaluate(Sources([Generator("makehuman")], None, tmp_path), QUICK, Measuring("makehuman"), metrics=("nose",))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--metric", "nose"], 1, "error: unknown metric 'nose'"),
        (["--ict", "gone"], 1, "error: there is nothing at gone; --ict takes the folder or the .npz of ICT-FaceKit"),
        (["--jobs", "0"], 2, "give a number of processes, or -1 for one per core"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], status: int, sentence: str
) -> None:
    from analysis.evaluation.__main__ import app
    from analysis.terminal import run_app

    monkeypatch.delenv("MIMICRY_SHARED", raising=False)
    monkeypatch.setattr(sys, "argv", ["evaluate", "--quick", *options])

    with pytest.raises(SystemExit) as stop:
        run_app(app, name="scripts/evaluate", expected=(AnalysisError,))

    assert stop.value.code == status
    assert sentence in capsys.readouterr().err

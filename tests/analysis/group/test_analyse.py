from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose

from analysis import load_study
from analysis.evaluation.designs.simulated_trials import Truth, simulated_sample
from analysis.group.analyse import StudyStatistics, analyse
from analysis.group.factors import samples
from analysis.group.long_table import StudyFrames
from analysis.group.mixed_models import mixed_models
from analysis.group.result_files import latex
from analysis.group.results import STATISTICS
from analysis.tables.output_files import derivatives
from analysis.tables.output_sums import SUMS
from tests.analysis.group.simulated import simulated_study

DESIGN = {"sessions": ("pre", "post"), "groups": ("control", "live"), "levels": ("fast", "slow")}


@pytest.fixture(scope="module")
def frames() -> StudyFrames:
    rng = np.random.default_rng(3)
    return simulated_study(rng, participants=8, takes=1, effect=0.1, gain=0.15, missing=0.04, **DESIGN)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(frames: StudyFrames) -> StudyStatistics:
    return analyse(frames)


def test_factors_are_groups_sessions_and_conditions_with_levels_in_order(frames: StudyFrames) -> None:
    (sample,) = samples(frames.trials, frames.scores)

    assert {one.name: one.levels for one in sample.factors} == {
        "group_training": ("control", "live"),
        "session": ("pre", "post"),
        "condition_pace": ("fast", "slow"),
    }
    assert [one.is_between for one in sample.factors] == [True, False, False]


def test_a_condition_that_repeats_the_target_is_not_a_factor(study: Path) -> None:
    stored = load_study(study)
    (sample,) = samples(stored.trials, stored.scores)

    assert "condition_emotion" in stored.trials.columns
    assert [one.name for one in sample.factors] == ["group_feedback", "session", "condition_pace"]


def test_every_cell_says_what_it_pools_over(found: StudyStatistics) -> None:
    pooled = dict(found.rows(analysis="rank1")[["cell", "pools_over"]].to_numpy().tolist())

    assert pooled["all"] == "group_training, session, condition_pace"
    assert pooled["session=post"] == "group_training, condition_pace"
    assert pooled["group_training=live; session=post; condition_pace=slow"] == ""
    assert len(pooled) == 1 + 6 + 8


def test_means_are_means_of_the_means_of_participants(frames: StudyFrames, found: StudyStatistics) -> None:
    trials = frames.trials[(frames.trials["excluded"] == "") & (frames.trials["session"] == "post")]
    own = trials[trials["target"] == "fear"].groupby("participant")["score"].mean()
    row = found.means.query("cell == 'session=post' and target == 'fear' and mimic == 'fear'").iloc[0]

    assert_allclose(row["mean"], own.mean())
    assert_allclose(row["sd"], own.std(ddof=1))
    assert row["participants"] == len(own)


def test_confusions_of_an_expression_add_up_to_one(found: StudyStatistics) -> None:
    assert_allclose(found.confusions.groupby(["cell", "imitated"])["share"].sum(), 1.0)


def test_a_missing_trial_does_not_change_the_weight_of_a_target(frames: StudyFrames, found: StudyStatistics) -> None:
    """Participants count with the targets that they have at both levels, each with the same weight."""
    trials = frames.trials[frames.trials["excluded"] == ""]
    wide = trials.groupby(["participant", "target", "condition_pace"])["score"].mean().unstack()
    difference = wide.dropna().groupby(level="participant").mean()
    (row,) = found.rows(analysis="contrast", cell="all", factor="condition_pace", statistic="mean difference").to_dict(
        "records"
    )

    assert_allclose(row["value"], (difference["slow"] - difference["fast"]).mean(), atol=0.002)


def test_ancova_agrees_with_least_squares(frames: StudyFrames, found: StudyStatistics) -> None:
    trials = frames.trials[frames.trials["excluded"] == ""]
    means = trials.groupby(["participant", "session", "target"])["score"].mean().groupby(level=[0, 1]).mean().unstack()
    means["group"] = trials.groupby("participant")["group_training"].first()
    theirs = smf.ols("post ~ group + pre", means).fit()
    (row,) = found.rows(analysis="ancova", statistic="adjusted mean difference").to_dict("records")

    assert_allclose(row["value"], theirs.params["group[T.live]"])
    assert_allclose((row["low"], row["high"]), theirs.conf_int().loc["group[T.live]"])
    assert_allclose(row["p"], theirs.pvalues["group[T.live]"])


def test_holm_multiplies_the_smallest_p_by_the_number_of_tests(found: StudyStatistics) -> None:
    tests = found.rows(analysis="contrast").dropna(subset="p")

    assert_allclose(tests["p_holm"].min(), min(1.0, tests["p"].min() * len(tests)))
    assert (tests["p_fdr"] <= tests["p_holm"] + 1e-12).all()


def test_false_alarms_of_the_linear_model_are_near_five_percent() -> None:
    """People differ in their effect; the mean effect is zero. `scripts/evaluate designs` counts more studies."""
    alarms, rounds = 0, 12
    for number in range(rounds):
        sample = simulated_sample(np.random.default_rng([8, number]), 8, Truth(effect=0.0, slope=0.15))
        one = next(result for result in mixed_models(sample) if result.factor == "condition_pace")
        assert one.test is not None
        alarms += one.test.p < 0.05

    assert alarms <= 3  # P(more | 5 %) < 1 %


class TestTheCommand:
    def test_files_have_every_statistic_and_their_dictionary(self, study: Path) -> None:
        folder = derivatives(study) / "group"
        statistics = pd.read_csv(folder / "statistics.csv")
        assert (
            list(statistics.columns) == list(STATISTICS) == list(json.loads((folder / "statistics.json").read_text()))
        )
        assert set(statistics["analysis"]) >= {"mean", "rank1", "contrast", "ancova", "lmm", "glmm", "learning"}
        whole = json.loads((folder / "group.json").read_text())
        assert len(whole["statistics"]) == len(statistics)
        assert whole["samples"][0]["excluded"] == {"timeout": 1}

    def test_every_statistic_has_n_and_a_method(self, study: Path) -> None:
        statistics = load_study(study).statistics
        assert (statistics["n"] > 0).all()
        assert statistics["method"].str.len().min() > 3
        assert statistics.loc[statistics["low"].isna(), "method"].str.startswith(("no ", "not ", "comparison")).all()

    def test_markdown_and_latex_have_the_tables(self, study: Path) -> None:
        folder = derivatives(study) / "group"
        text, tex = (folder / "group.md").read_text(), (folder / "group.tex").read_text()
        assert "1 trial left out (timeout 1)" in text
        assert "### Analysis of covariance" in text
        assert tex.count(r"\begin{tabular}") >= text.count("### ")
        assert "−" not in tex

    def test_the_list_of_hashes_names_all_files(self, study: Path) -> None:
        folder = derivatives(study) / "group"
        listed = {line.split("  ")[1] for line in (folder / SUMS).read_text().splitlines() if "  " in line}
        assert listed == {file.name for file in folder.iterdir()} - {SUMS}


def test_long_latex_tables_are_divided_and_fit_a_two_column_page(found: StudyStatistics, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    (tmp_path / "group.tex").write_text(latex(found))
    (tmp_path / "paper.tex").write_text(
        r"\documentclass[twocolumn]{article}\usepackage{booktabs,graphicx}\extrafloats{100}\begin{document}\input{group}"
        r"\end{document}"
    )

    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    log = (tmp_path / "paper.log").read_text(errors="replace")
    assert done.returncode == 0, log
    assert "Part 2 of 3." in (tmp_path / "group.tex").read_text()
    assert "Overfull" not in log
    assert "Float too large" not in log

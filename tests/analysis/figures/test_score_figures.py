"""Figures of scores: what is counted, how it is drawn, and the commands."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import bootstrap

from analysis.errors import DataSetError
from analysis.figure_style import WIDTH_MM, file_content
from analysis.figures.score_figures import (
    distribution_caption,
    draw_distributions,
    draw_learning,
    learning_caption,
    mean_of,
    participant_means,
    used_trials,
)
from tests.analysis.running import run


def trials(people: int = 5, takes: int = 4, targets: tuple[str, ...] = ("anger", "fear")) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = [
        {
            "participant": f"{person:02d}",
            "session": "",
            "session_number": 1,
            "pilot": "no",
            "kind": "experiment",
            "metric": "combined",
            "target": target,
            "condition_mask": "on" if take % 2 else "off",
            "take": take,
            "order": take,
            "excluded": "",
            "score": 0.5 + 0.1 * take + rng.normal(0, 0.02),
            "other_mean": 0.1,
        }
        for person in range(1, people + 1)
        for take in range(1, takes + 1)
        for target in targets
    ]
    return pd.DataFrame(rows)


def words(svg: bytes) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg.decode())


def test_excluded_trials_and_pilot_sessions_are_left_out() -> None:
    table = trials()
    table.loc[0, "excluded"] = "blurred"
    table.loc[1, "pilot"] = "yes"
    table.loc[2, "score"] = np.nan
    assert set(table.index) - set(used_trials(table, metric="combined", kind="experiment").index) == {0, 1, 2}


@pytest.mark.parametrize(
    ("metric", "kind", "message"),
    [
        ("points", "experiment", "no trial has the metric points; there is combined"),
        ("combined", "training", "no trial has the kind training; there is experiment"),
    ],
)
def test_missing_metrics_and_kinds_are_refused_with_what_there_is(metric: str, kind: str, message: str) -> None:
    with pytest.raises(DataSetError, match=message):
        used_trials(trials(), metric=metric, kind=kind)


def test_a_participant_counts_once_however_many_trials_there_are() -> None:
    table = trials(people=2)
    more = pd.concat([table, *[table[table["participant"] == "01"]] * 9])
    assert participant_means(more, "score", by="target").equals(participant_means(table, "score", by="target"))


def test_means_have_intervals_of_student_t() -> None:
    mean = mean_of([0.1, 0.2, 0.3, np.nan])
    assert mean.n == 3
    assert mean.value == pytest.approx(0.2)
    assert mean.high - mean.value == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-6)  # t(0.975; 2) of any table
    assert np.isnan(mean_of([0.4]).low)
    many = np.random.default_rng(5).normal(0.5, 0.1, 400)
    expected = bootstrap((many,), np.mean, rng=np.random.default_rng(1)).confidence_interval
    assert mean_of(many).low == pytest.approx(expected.low, abs=0.002)


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("targets", [("anger", "fear"), tuple(f"happiness of person {n}" for n in range(12))])
def test_nothing_is_cut_at_any_width(columns: int, targets: tuple[str, ...]) -> None:
    figure = draw_distributions(trials(targets=targets), columns=columns)
    picture = Image.open(io.BytesIO(file_content(figure, "png")))
    assert picture.width == pytest.approx(WIDTH_MM[columns] / 25.4 * 300, abs=1)
    pixels = np.asarray(picture.convert("L"))
    assert all((edge == 255).all() for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))


def test_levels_can_be_conditions_and_unknown_ones_are_refused() -> None:
    drawn = words(file_content(draw_distributions(trials(), by="condition_mask"), "svg"))
    assert {"on", "off", "own target", "other targets, mean"} <= set(drawn)
    with pytest.raises(DataSetError, match="no column colour; there is target, expression, session, condition_mask"):
        draw_distributions(trials(), by="colour")


def test_learning_shows_each_repetition_and_refuses_a_single_one() -> None:
    drawn = words(file_content(draw_learning(trials()), "svg"))
    assert {"1", "2", "3", "4", "repetition of the target"} <= set(drawn)
    with pytest.raises(DataSetError, match="one take only"):
        draw_learning(trials(takes=1))


def test_sessions_are_in_their_order_and_not_in_that_of_their_names() -> None:
    both = pd.concat([trials().assign(session="pre"), trials().assign(session="post", session_number=2)])
    assert list(participant_means(both, "score", by="session")) == ["pre", "post"]
    axes = draw_learning(both, over="session").axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["pre", "post"]


@pytest.mark.parametrize("over", ["take", "session"])
def test_no_label_of_a_learning_curve_is_cut(over: str) -> None:
    both = pd.concat([trials().assign(session="pre"), trials().assign(session="post", session_number=2)])
    picture = Image.open(io.BytesIO(file_content(draw_learning(both, over=over), "png"))).convert("L")
    assert (np.asarray(picture)[[0, -1]] == 255).all()


def test_captions_state_counts_and_method() -> None:
    caption = distribution_caption(trials(), by="target")
    assert "5 participants, 40 trials" in caption
    assert "Student's t" in caption
    dropped = trials()
    dropped = dropped[~((dropped["participant"] == "01") & (dropped["take"] == 4))]
    assert ", 40 trials; 5 participants a point" in learning_caption(trials(), over="take")
    assert "4 to 5 participants a point" in learning_caption(dropped, over="take")


def test_the_commands_draw_what_group_has_written(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = run(capsys, "figure", "scores", dataset)
    assert refused.status == 1
    assert "mimicry group" in refused.err
    done = run(capsys, "group", dataset, "--metric", "units")
    assert done.status == 0, done.err
    folder = tmp_path / "out"
    for command in ("scores", "learning"):
        options = ("--over", "order") if command == "learning" else ()
        done = run(capsys, "figure", command, dataset, "--metric", "units", *options, "--out", folder)
        assert done.status == 0, done.err
    assert {file.name for file in folder.glob("*.pdf")} == {
        "scores_metric-units_kind-experiment_by-target.pdf",
        "learning_metric-units_kind-experiment_over-order.pdf",
    }
    asked: list[tuple[str, ...]] = [("scores", "--by", "nothing"), ("learning",), ("tables",)]
    for wanted in asked:  # the first two cannot be drawn
        place = dataset / "sourcedata" / "figures"
        inside = run(capsys, "figure", *wanted, dataset, "--metric", "units", "--out", place)
        assert inside.status == 1
        assert "sourcedata" in inside.err
    assert "1 participant, 3 trials" in (folder / "scores_metric-units_kind-experiment_by-target.txt").read_text()

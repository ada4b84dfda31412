"""Target x mimic tables as heat maps."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.errors import DataSetError
from analysis.figure_style import WIDTH_MM, file_content
from analysis.figures.heat_map import draw_heat_maps, heat_map_caption, mean_table, shown_targets
from analysis.figures.score_figures import used_scores
from analysis.group.study_files import load_study
from tests.analysis.running import run

TARGETS = ("anger", "fear", "happiness")


def scores(targets: tuple[str, ...] = TARGETS) -> pd.DataFrame:
    """Participant 01 has each trial twice, with another score the second time; 02 has them once."""
    rows = []
    for person, takes in (("01", 2), ("02", 1)):
        for take in range(takes):
            for mimic in targets:
                for target in targets:
                    score = (0.9 if target == mimic else -0.1) - 0.2 * take - (0.4 if person == "02" else 0.0)
                    rows.append((person, "a", "task", 1, f"{mimic}-{take}", 1, mimic, target, "combined", score))
    names = [
        "participant",
        "session",
        "task",
        "target_set",
        "trial_id",
        "attempt",
        "mimic",
        "target",
        "metric",
        "score",
    ]
    return pd.DataFrame(rows, columns=names)


def test_a_cell_is_the_mean_of_the_participants_means() -> None:
    table = mean_table(scores(), TARGETS)
    assert table.loc["fear", "fear"] == pytest.approx(((0.9 + 0.7) / 2 + 0.5) / 2)
    assert table.loc["fear", "anger"] == pytest.approx(((-0.1 - 0.3) / 2 - 0.5) / 2)


def test_targets_of_two_sets_are_never_pooled() -> None:
    both = pd.concat([scores(), scores().assign(target_set=2)])
    with pytest.raises(DataSetError, match="never pooled"):
        shown_targets(both)


def test_numbers_have_minus_signs_and_levels_have_titles() -> None:
    svg = file_content(draw_heat_maps(scores(), by="participant"), "svg").decode()
    words = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    assert {"participant: 01", "participant: 02", "−0.20", "0.80", "similarity (combined)"} <= set(words)
    assert not any(re.match(r"-\d", word) for word in words)


def words_of(table: pd.DataFrame, *, columns: int = 1) -> list[str]:
    return re.findall(
        r"<text[^>]*>([^<]+)</text>", file_content(draw_heat_maps(table, columns=columns), "svg").decode()
    )


def test_close_scores_have_numbers_that_differ_and_zero_has_no_sign() -> None:
    close = scores()
    close["score"] = 0.999 + 0.002 * close["score"]
    assert {"1.0003", "0.9983"} <= set(words_of(close))
    zero = scores().assign(score=lambda rows: rows["score"].where(rows["mimic"] == rows["target"], -0.001))
    assert "0.00" in words_of(zero)
    assert "−0.00" not in words_of(zero)


def test_heat_maps_of_sessions_are_in_the_order_of_the_sessions() -> None:
    both = pd.concat([scores().assign(session=name, session_number=at) for at, name in ((2, "post"), (1, "pre"))])
    assert [axes.get_title() for axes in draw_heat_maps(both, by="session").axes[:2]] == [
        "session: pre",
        "session: post",
    ]


@pytest.mark.parametrize("columns", [1, 2])
def test_one_heat_map_is_in_the_middle(columns: int) -> None:
    picture = Image.open(io.BytesIO(file_content(draw_heat_maps(scores(), columns=columns), "png"))).convert("L")
    used = np.flatnonzero((np.asarray(picture) < 255).any(axis=0))
    assert abs(used[0] - (picture.width - 1 - used[-1])) < 0.12 * picture.width


@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("count", [3, 25])
def test_nothing_is_cut(columns: int, count: int) -> None:
    names = tuple(f"happiness of {number}" for number in range(count))
    picture = Image.open(io.BytesIO(file_content(draw_heat_maps(scores(names), columns=columns), "png")))
    assert picture.width == pytest.approx(WIDTH_MM[columns] / 25.4 * 300, abs=1)
    pixels = np.asarray(picture.convert("L"))
    assert all((edge == 255).all() for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]))


def test_too_many_targets_and_levels_are_refused() -> None:
    with pytest.raises(DataSetError, match="31 targets"):
        draw_heat_maps(scores(tuple(map(str, range(31)))))
    with pytest.raises(DataSetError, match="has 9 values"):
        draw_heat_maps(scores().assign(condition=[str(row % 9) for row in range(len(scores()))]), by="condition")


def test_the_caption_counts_participants_and_trials() -> None:
    assert "2 participants" in heat_map_caption(scores(), by=None)
    assert "(9 trials in all)" in heat_map_caption(scores(), by=None)
    again = pd.concat([scores(), scores().assign(attempt=2)])
    assert "(18 trials in all)" in heat_map_caption(again, by=None)


def test_the_command_draws_what_group_has_written_and_nothing_excluded(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "group", dataset, "--metric", "units").status == 0
    done = run(capsys, "figure", "tables", dataset, "--metric", "units", "--out", tmp_path / "out", "--format", "svg")
    assert done.status == 0, done.err
    assert {file.name for file in (tmp_path / "out").glob("*.svg")} == {"tables_metric-units_kind-experiment.svg"}
    study = load_study(dataset)
    study.trials.loc[study.trials["target"] == "fear", "excluded"] = "experimenter"
    used = used_scores(study, metric="units", kind="experiment", only={"participant": "01"})
    assert set(used["mimic"]) == {"anger", "happiness"}
    with pytest.raises(DataSetError, match="no participant 07; there is 01"):
        used_scores(study, metric="units", kind="experiment", only={"participant": "07"})

"""The command `group` with little data, other options and damaged places."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import load_study
from analysis.tables.output_files import derivatives
from analysis.tables.score_tables import BELOW_FLOOR
from tests.analysis.running import run
from tests.analysis.tables.conftest import use_toy_model, write_toy_model
from tests.analysis.tables.rehearsed import record_session


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a data set, with a face model that costs nothing."""
    write_toy_model(tmp_path / "models")
    use_toy_model(monkeypatch, tmp_path / "models")
    return tmp_path / "data"


def test_one_participant_without_a_usable_trial_has_no_statistics_and_reasons(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=("anger", "fear"), outcomes={"anger": "timeout", "fear": "timeout"})

    done = run(capsys, "group", dataset, "--metric", "units")

    assert done.status == 0, done.err
    assert "no trial can be analysed" in done.out
    assert list(load_study(dataset).trials["excluded"]) == ["timeout", "timeout"]


def test_one_participant_has_means_and_no_interval(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_session(dataset, targets=("anger", "fear", "happiness"))

    done = run(capsys, "group", dataset, "--metric", "units")

    assert done.status == 0, done.err
    statistics = load_study(dataset).statistics.set_index("analysis")
    assert statistics.loc["mean", "method"] == "no interval: one unit"
    assert statistics.loc["lmm", "method"] == "not fitted: a mixed model needs 3 participants"


def test_pilot_sessions_are_in_the_long_table_and_in_no_statistic(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=("anger", "fear"), pilot=True)
    record_session(dataset, participant="02", targets=("anger", "fear"))

    run(capsys, "group", dataset, "--metric", "units")

    study = load_study(dataset)
    assert set(study.trials["participant"]) == {"01", "02"}
    assert set(study.statistics.loc[study.statistics["unit"] == "participants", "n"]) == {1}


def test_another_run_deletes_what_it_does_not_write_again(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyarrow")
    record_session(dataset, targets=("anger", "fear"))
    folder = derivatives(dataset) / "group"
    run(capsys, "group", dataset, "--metric", "units", "--parquet")
    assert (folder / "trials.parquet").is_file()
    (folder / "my-notes.txt").write_text("mine")

    run(capsys, "group", dataset, "--metric", "points")

    assert not (folder / "trials.parquet").exists()
    assert (folder / "my-notes.txt").read_text() == "mine"
    assert set(load_study(dataset).trials["metric"]) == {"points"}


def test_sessions_that_the_results_do_not_have_are_named(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_session(dataset, targets=("anger", "fear"))
    run(capsys, "group", dataset, "--metric", "units")
    record_session(dataset, participant="02", targets=("anger", "fear"))

    with pytest.warns(UserWarning, match=r"sub-02 of .* recorded after these results; run again: mimicry group"):
        study = load_study(dataset)

    assert set(study.trials["participant"]) == {"01"}


def test_trials_below_the_noise_floor_are_marked_and_left_out(
    dataset: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.face.similarity.parts.NOISE_FLOOR_MM", 1e3)
    record_session(dataset, targets=("anger", "fear"))

    done = run(capsys, "group", dataset, "--metric", "units")

    assert set(load_study(dataset).trials["excluded"]) == {BELOW_FLOOR}
    assert "no trial can be analysed" in done.out


def test_a_target_below_the_noise_floor_is_compared_with_no_trial_as_in_the_tables(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record_session(dataset, targets=("anger", "fear", "happiness", "calm"))
    run(capsys, "tables", dataset, "--metric", "units")

    run(capsys, "group", dataset, "--metric", "units")

    study, summary = load_study(dataset), pd.read_csv(derivatives(dataset) / "tables" / "summary.csv")
    trials = study.trials.set_index("target")
    assert (trials.loc["calm", "excluded"], trials.loc["anger", "targets"]) == (BELOW_FLOOR, 3)
    assert set(study.scores["target"]) == set(study.means["target"]) == {"anger", "fear", "happiness"}
    (rank1,) = study.statistics.query("analysis == 'rank1' and cell == 'all'").to_dict("records")
    assert (rank1["value"], rank1["chance"]) == pytest.approx((summary["rank1"][0], summary["rank1_chance"][0]))


def test_a_folder_that_is_not_a_data_set_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(capsys, "group", tmp_path / "nothing")

    assert done.status == 1
    assert done.err.count("\n") == 1
    assert "nothing" in done.err


def test_results_among_the_recordings_are_refused(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_session(dataset, targets=("anger", "fear"))

    done = run(capsys, "group", dataset, "--out", dataset / "sourcedata" / "x")

    assert done.status == 1
    assert "among the recordings" in done.err

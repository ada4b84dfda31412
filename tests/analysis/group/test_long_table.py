from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import load_study
from analysis.errors import DataSetError
from analysis.group.data_dictionary import TABLES
from analysis.group.target_sets import TargetSets, target_hashes
from analysis.tables.output_files import derivatives
from experiment.record.sessions import read_sessions
from tests.analysis.tables.rehearsed import noise, record_session


def test_every_trial_has_a_row_and_participants_stay_texts(study: Path) -> None:
    frames = load_study(study)

    assert list(frames.participants["participant"]) == ["01", "02", "03", "04"]
    assert len(frames.trials) == 4 * 2 * 6
    assert set(frames.trials["condition_pace"]) == {"slow", "fast"}
    assert dict(frames.trials.groupby("participant")["group_feedback"].first()) == {
        "01": "live",
        "02": "none",
        "03": "live",
        "04": "none",
    }
    first = frames.trials.iloc[:6]
    assert list(first["take"]) == [1, 1, 1, 2, 2, 2]
    assert list(first["order"]) == [1, 2, 3, 4, 5, 6]


def test_a_trial_that_was_left_out_has_a_reason_and_no_score(study: Path) -> None:
    trials = load_study(study).trials
    left_out = trials[trials["excluded"] != ""]

    assert list(left_out["excluded"]) == ["timeout"]
    assert left_out["score"].isna().all()
    assert left_out["exclusion_message"].item() == "no key was pressed in time"
    assert trials.loc[trials["excluded"] == "", "score"].notna().all()


def test_score_rank_and_best_target_agree_with_the_table_of_scores(study: Path) -> None:
    frames = load_study(study)
    keys = ["participant", "session", "trial_id"]
    rows = {tuple(map(str, (row[name] for name in keys))): row for _, row in frames.trials.iterrows()}
    for names, scores in frames.scores.groupby(keys, sort=False):
        trial = rows[tuple(map(str, names))]
        matching = scores[scores["matching"] == "yes"]
        own = matching["score"].item()
        certainty = ["score_low", "score_high", "likelihood_ratio"]  # not known for the model of these tests
        assert trial[certainty].isna().all()
        assert matching[certainty].isna().all(axis=None)
        others = scores.loc[scores["matching"] == "no", "score"]
        assert trial["score"] == own
        assert trial["rank"] == 1 + (others > own).sum()
        assert trial["best_target"] == scores.sort_values("score")["target"].iloc[-1]
        assert trial["other_max"] == others.max()
        assert trial["rank1"] == float(own > others.max())


def test_each_file_has_a_dictionary_of_its_columns(study: Path) -> None:
    folder = derivatives(study) / "group"
    for name in TABLES:
        columns = list(pd.read_csv(folder / f"{name}.csv", nrows=0).columns)
        described = json.loads((folder / f"{name}.json").read_text())
        assert list(described) == columns
        assert all(entry["Description"].endswith(".") for entry in described.values())
    assert described["expression"]["Levels"]["happiness"] == "happiness, AU6+12+25"


def test_parquet_has_the_same_content(study: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from analysis.group.study_files import write_frames

    frames = load_study(study)
    write_frames(frames, tmp_path, parquet=True)

    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "trials.parquet"), frames.trials, check_dtype=False)


def test_without_results_the_message_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="write them with: mimicry group"):
        load_study(tmp_path)


def test_importing_the_package_does_not_import_pandas() -> None:
    code = "import sys, analysis; analysis.load_study; sys.exit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_targets_of_one_name_with_other_pictures_are_another_set(tmp_path: Path) -> None:
    dataset = tmp_path / "data"
    for participant, pictures in (("01", noise), ("02", noise), ("03", lambda name: 255 - noise(name))):
        record_session(dataset, participant=participant, targets=("anger", "fear"), pictures=pictures)
    sets = TargetSets()

    assert [
        sets.number(record.task, target_hashes(record, ("anger", "fear"))) for record in read_sessions(dataset)
    ] == [1, 1, 2]
    assert "the 2 sets of targets are analysed apart" in sets.warnings()[0]

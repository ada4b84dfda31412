"""`verify` with results: silent after `tables`, and what it says of results that were changed."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from analysis.cli import main
from analysis.face.models.readers.npz import write_npz
from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks
from experiment.record.history import read_history
from experiment.record.journal_lines import ExclusionLine
from experiment.record.layout import recorded_sessions
from experiment.record.remarks import add_remark
from tests.analysis.face.toy import toy_model
from tests.analysis.running import run
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.experiment.record.verification.comparing import forge


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with tables; its faces are of a small model."""
    top = tmp_path_factory.mktemp("results")
    write_npz(dataclasses.replace(toy_model(), name="toy"), top / "models/toy.npz")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMICRY_MODELS", str(top / "models"))
        patch.setattr("analysis.face.models.registry.DEFAULT_MODEL", "toy")
        patch.setattr(picture_landmarks, "detect_face", Faces(load_model("toy"), noise_px=0.3).detect)
        record_session(top / "data")
        patch.setattr("sys.argv", ["analysis", "tables", str(top / "data"), "--metric", "units", "--jobs", "1"])
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    return top / "data"


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "data"))


def of_results(data: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    done = run(capsys, "verify", data, "--json")
    found = json.loads(done.out)["differences"]
    return [f"{Path(one['file']).name}: {one['check']}: {one['message']}" for one in found if _is_result(one)]


def _is_result(difference: dict[str, str]) -> bool:
    return difference["check"] in ("tables", "sums", "journal")


def test_results_that_were_not_changed_have_no_difference(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert of_results(data, capsys) == []


def test_tables_that_are_older_than_an_exclusion_are_noted(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place,) = recorded_sessions(data)
    trial = next(one.id for one in read_history(place).trials if one.kind == "experiment" and one.key_frame)
    add_remark(place, ExclusionLine("sneezed", "trial", trial))

    assert of_results(data, capsys) == []
    assert (
        f"made before the trials were excluded by hand ({trial}); run `tables` again" in run(capsys, "verify", data).out
    )


def the_table(data: Path) -> Path:
    return next(data.glob("derivatives/mimicry/tables/*_table.csv"))


def test_an_edited_table_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = the_table(data)
    table.write_text(table.read_text().replace("0.", "1.", 1))

    assert any(f"{table.name} was changed after it was made" in one for one in of_results(data, capsys))


def test_a_journal_that_was_written_again_after_the_tables_is_named(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(value: dict[str, Any]) -> dict[str, Any]:
        if value["event"] == "trial":
            value["data"]["late_flips"] = 1
        return value

    forge(data / "sourcedata/sub-01/journal.jsonl", change)
    shutil.rmtree(data / "sub-01")  # the tables of BIDS do not know it any more

    message = f"lines are not those of which {the_table(data).with_suffix('.json').name} was made (SHA-256)"
    assert any(message in one for one in of_results(data, capsys))


def test_the_removed_end_of_a_journal_is_known_to_the_tables(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def cut(value: dict[str, Any]) -> dict[str, Any] | None:
        return None if value["event"] == "session-end" else value

    forge(data / "sourcedata/sub-01/journal.jsonl", cut)
    shutil.rmtree(data / "sub-01")

    assert any("its end was removed, or the table was changed" in one for one in of_results(data, capsys))


def test_results_of_a_participant_without_a_journal_are_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = the_table(data)
    shutil.copyfile(table, table.with_name(table.name.replace("sub-01", "sub-02")))

    assert any("sub-02 has no journal in sourcedata" in one for one in of_results(data, capsys))

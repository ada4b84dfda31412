from __future__ import annotations

import dataclasses
import platform
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from analysis.face.measurement import Detection, PersonSteps, Picture
from analysis.face.models.registry import load_model
from analysis.tables import picture_landmarks, session_stream
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.parallel import Workers
from analysis.tables.session_stream import each_session
from experiment.record import encryption
from experiment.record.sessions import read_sessions
from tests.analysis.running import run
from tests.analysis.tables.conftest import use_toy_model
from tests.analysis.tables.rehearsed import Faces, record_session
from tests.conftest import PROJECT

Capture = pytest.CaptureFixture[str]
PEOPLE = ("01", "02", "03", "04")
TARGETS = ("anger", "fear", "happiness")
TOP = "derivatives/mimicry"


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of four participants; tests change copies only."""
    dataset = tmp_path_factory.mktemp("four") / "data"
    for number in PEOPLE:
        record_session(dataset, participant=number, targets=TARGETS)
    return dataset


@pytest.fixture
def data(four: Path, toy_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use_toy_model(monkeypatch, toy_models)
    return Path(shutil.copytree(four, tmp_path / "data"))


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what is measured: faces found, and steps of fitting by their name."""
    counts: Counter[str] = Counter()
    detect = Faces(load_model("toy"), noise_px=0.3).detect

    def counted_detect(picture: Picture) -> Detection:
        counts["detect"] += 1
        return detect(picture)

    def counted(name: str) -> None:
        step = getattr(PersonSteps, name)

        def call(*arguments: object) -> object:
            counts[name] += 1
            return step(*arguments)

        monkeypatch.setattr(PersonSteps, name, call)

    monkeypatch.setattr(picture_landmarks, "detect_face", counted_detect)
    for name in ("require_plausible", "calibrate", "calibrate_jointly", "fit"):
        counted(name)
    return counts


def results(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


@pytest.mark.usefixtures("data")
class TestNothingIsMeasuredTwice:
    def test_by_another_metric_or_the_report_after_the_tables(
        self, data: Path, measured: Counter[str], capsys: Capture
    ) -> None:
        run(capsys, "tables", data, "--metric", "units")
        # Five neutral frames and three trials a person; three targets and their neutral picture, for all four people.
        assert measured["detect"] == measured["fit"] == 4 * 8 + 4
        assert measured["calibrate"] == 4 + 1
        measured.clear()

        first = results(data / TOP / "tables")
        assert run(capsys, "tables", data, "--metric", "units").status == 0
        assert run(capsys, "tables", data, "--metric", "points", "--out", data.parent / "points").status == 0
        assert run(capsys, "report", data, "--metric", "units", "--methods").status == 0

        assert measured == {}
        after = results(data / TOP / "tables")
        assert {name: content for name, content in after.items() if name != "SHA256SUMS"} == {
            name: content for name, content in first.items() if name != "SHA256SUMS"
        }

    def test_but_an_edited_file_of_fits_is_measured_again_and_named(
        self, data: Path, measured: Counter[str], capsys: Capture
    ) -> None:
        run(capsys, "tables", data, "--metric", "units")
        (file,) = (data / TOP / "sub-02/fits").iterdir()
        assert file.stat().st_mode & 0o077 == 0
        content = file.read_bytes()
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        assert "sub-02/fits/" in run(capsys, "verify", data).out
        measured.clear()

        run(capsys, "tables", data, "--metric", "units")

        assert measured["fit"] == 8
        assert file.read_bytes() == content
        assert "/fits/" not in run(capsys, "verify", data).out

    def test_and_forget_deletes_the_fits(self, data: Path, capsys: Capture) -> None:
        from experiment.record.deletion import forget

        run(capsys, "tables", data, "--metric", "units")
        assert list(data.glob(f"{TOP}/sub-03/fits/*"))

        forget(data, "03")

        assert not list(data.glob(f"{TOP}/sub-03"))
        assert not list(data.glob(f"{TOP}/stimuli/fits/*"))


def test_results_name_no_computer_and_forget_knows_where_they_are(data: Path, tmp_path: Path, capsys: Capture) -> None:
    from experiment.record.deletion import holdings

    run(capsys, "tables", data, "--metric", "units", "--out", tmp_path / "paper")

    texts = "".join(file.read_text("utf-8") for file in (tmp_path / "paper").iterdir())
    assert platform.node() not in texts
    assert any(str(tmp_path / "paper") in sentence for sentence in holdings(data, "01").to_check)


STOPPED = """
import os, signal, sys
from pathlib import Path
from analysis.face.models.registry import load_model
from analysis.tables.session_stream import each_session

def use(session):
    if session.label == "sub-02":
        os.kill(os.getpid(), signal.SIGKILL)
    return session.label

print(*each_session(Path(sys.argv[1]), load_model("toy"), use), flush=True)
"""


def test_a_killed_run_goes_on_where_it_stopped(data: Path, measured: Counter[str], capsys: Capture) -> None:
    run(capsys, "tables", data, "--metric", "units", "--out", data.parent / "whole")
    for fits in data.glob(f"{TOP}/**/fits"):
        shutil.rmtree(fits)
    killed = subprocess.run([sys.executable, "-c", STOPPED, str(data)], cwd=PROJECT, check=False)
    assert killed.returncode == -signal.SIGKILL
    (data.parent / "again").mkdir()
    folders = (data.parent / "again", data / TOP / "sub-01/landmarks", data / TOP / "sub-01/fits")
    left = [folder / ".results.json.4194304.partial" for folder in folders]  # no process has this number
    for file in left:
        file.write_bytes(b"{")
    measured.clear()

    run(capsys, "tables", data, "--metric", "units", "--out", data.parent / "again")

    assert measured["fit"] == 2 * 8  # the two people after the second
    assert not any(file.exists() for file in left)
    assert results(data.parent / "again") == results(data.parent / "whole")


def label_and_scores(session: MeasuredSession) -> tuple[str, list[float]]:
    return session.label, [float(np.sum(mimic.face.score_fit.expression)) for mimic in session.mimics]


def test_the_fits_of_encrypted_frames_are_kept_encrypted(
    data: Path, tmp_path: Path, measured: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    encryption.make_key_pair(tmp_path / "lab.key", tmp_path / "lab.pub")
    monkeypatch.setenv(encryption.KEY_VARIABLE, str(tmp_path / "lab.key"))
    records = [dataclasses.replace(record, is_encrypted=True) for record in read_sessions(data)]
    monkeypatch.setattr(session_stream, "read_sessions", lambda _: records)
    model = load_model("toy")
    first = list(each_session(data, model, label_and_scores))
    measured.clear()

    assert list(each_session(data, model, label_and_scores)) == first
    assert measured == {}
    own = list(data.glob(f"{TOP}/sub-*/fits/*"))
    assert len(own) == len(PEOPLE)
    assert all(file.read_bytes().startswith(b"age-encryption.org/") for file in own)
    assert [file.suffix for file in data.glob(f"{TOP}/stimuli/fits/*")] == [".npz"]


def shown_targets(session: MeasuredSession) -> list[str]:
    return list(session.targets)


@pytest.mark.slow
def test_two_processes_write_the_same_files(data: Path, capsys: Capture) -> None:
    """Two new processes load the libraries, which takes seconds."""
    run(capsys, "tables", data, "--metric", "units", "--out", data.parent / "one")
    for fits in data.glob(f"{TOP}/**/fits"):
        shutil.rmtree(fits)

    done = run(capsys, "tables", data, "--metric", "units", "--out", data.parent / "two", "--jobs", "2")

    assert done.status == 0
    assert results(data.parent / "one") == results(data.parent / "two")
    assert len(list(data.glob(f"{TOP}/sub-*/fits/*"))) == 4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same(data: Path, capsys: Capture) -> None:
    distributed = pytest.importorskip("distributed")
    model = load_model("toy")
    here = list(each_session(data, model, label_and_scores))
    for fits in data.glob(f"{TOP}/**/fits"):
        shutil.rmtree(fits)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp://"
    ) as cluster:
        there = list(each_session(data, model, label_and_scores, workers=Workers(scheduler=cluster.scheduler_address)))

    assert there == here
    assert [label for label, _ in there] == [f"sub-{number}" for number in PEOPLE]


def test_a_changed_target_is_left_out_and_the_others_stay_measured(data: Path, measured: Counter[str]) -> None:
    model = load_model("toy")
    list(each_session(data, model, label_and_scores))
    measured.clear()
    (data / "stimuli/fear.png").write_bytes((data / "stimuli/anger.png").read_bytes())

    targets = list(each_session(data, model, shown_targets))

    assert targets == [["anger", "happiness"]] * 4
    assert measured["fit"] == 0

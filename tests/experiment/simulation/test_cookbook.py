"""The studies of the cookbook: no problems, complete sessions, a table with their factors and answers."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.protocol.load import check_protocol
from experiment.protocol.plan import Trial
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import Rehearsed, plan_of, rehearse

COOKBOOK = PROJECT / "protocols" / "cookbook"
PAGE = PROJECT / "docs" / "cookbook.md"


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


@pytest.fixture(scope="module")
def cookbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The protocols, with a photograph wherever a table names one."""
    folder = tmp_path_factory.mktemp("study") / "protocols"
    shutil.copytree(PROJECT / "protocols", folder)
    faces = folder / "cookbook" / "gaze" / "faces"
    faces.mkdir()
    for row in rows_of(folder / "cookbook" / "gaze" / "faces.csv"):
        for column in ("image", "neutral"):
            shutil.copyfile(PROJECT / "protocols" / "targets" / "anger.png", faces / row[column])
    return folder


def rows_of(file: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter=delimiter))


def studies() -> list[str]:
    """The files that the page links to, relative to `protocols`."""
    return re.findall(r"^\| .*?\(\.\./protocols/(\S+\.yaml)\)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_lists_every_study() -> None:
    files = {path.relative_to(PROJECT / "protocols").as_posix() for path in COOKBOOK.rglob("*.yaml")}

    assert files <= set(studies())
    assert len(studies()) > len(files)


@pytest.mark.parametrize("study", studies())
def test_a_study_has_no_problems(study: str, cookbook: Path) -> None:
    assert [str(problem) for problem in check_protocol(cookbook / study).problems] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "participant", "session"),
    [
        ("cookbook/watching", "01", None),
        ("cookbook/moving_and_still", "01", None),
        ("cookbook/gaze/gaze", "01", None),
        ("cookbook/several_posers", "01", None),
        ("cookbook/two_people", "01", None),
        ("cookbook/waiting_list", "02", "second"),
        ("emotion_recognition", "01", None),
    ],
)
def test_a_simulated_participant_completes_a_study(
    study: str, participant: str, session: str | None, cookbook: Path, tmp_path: Path, model: FaceModel
) -> None:
    plan = plan_of(cookbook / f"{study}.yaml", participant=participant, session=session)

    done = rehearse(plan, tmp_path / "data", model)

    assert_complete(done)


def assert_complete(done: Rehearsed) -> None:
    assert done.ending == "complete"
    trials = [step for step in done.plan.steps if isinstance(step, Trial)]
    events = events_of(done)
    assert [event["trial_id"] for event in events] == [trial.id for trial in trials]
    for event, trial in zip(events, trials, strict=True):
        assert {name: event[f"condition_{name}"] for name in trial.condition} == dict(trial.condition)


def events_of(done: Rehearsed) -> list[dict[str, str]]:
    (file,) = done.place.dataset.rglob("*_events.tsv")
    return [row for row in rows_of(file, "\t") if row["trial_id"] != "n/a"]


@pytest.mark.slow
def test_named_expressions_have_an_accuracy(cookbook: Path, tmp_path: Path, model: FaceModel) -> None:
    done = rehearse(plan_of(cookbook / "cookbook" / "hindered_mimicry.yaml"), tmp_path / "data", model)

    assert_complete(done)
    for event in events_of(done):
        assert event["question_named_accuracy"] == str(int(event["question_named"] == event["condition_emotion"]))


def test_the_group_that_waits_trains_in_the_second_session(cookbook: Path) -> None:
    blocks = {}
    for participant in ("01", "02"):
        for session in ("first", "second", "third"):
            plan = plan_of(cookbook / "cookbook" / "waiting_list.yaml", participant=participant, session=session)
            trained = {step.block for step in plan.steps if isinstance(step, Trial) and step.block != "test"}
            blocks[plan.groups["arm"], session] = trained

    assert blocks == {
        ("training", "first"): {"training"},
        ("training", "second"): set(),
        ("training", "third"): set(),
        ("waiting", "first"): set(),
        ("waiting", "second"): {"delayed-training"},
        ("waiting", "third"): set(),
    }

"""Targets as rows of a table, which may also be the conditions table."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.protocol.load import Checked, check_protocol, load_protocol
from experiment.protocol.plan import Trial
from experiment.protocol.planner import design

TABLE = """target,image,neutral,expression,height,gaze
f1-anger-direct,targets/anger.png,targets/neutral.png,anger,0.8,direct
f1-anger-averted,targets/fear.png,,anger,,averted
"""
STUDY = """protocol: 1
name: gaze
target_table: faces.csv
blocks:
  - {name: baseline, kind: calibration}
  - {name: main, kind: experiment, trials: {file: faces.csv}}
"""


def check(folder: Path, table: str = TABLE, study: str = STUDY) -> Checked:
    (folder / "faces.csv").write_text(table, encoding="utf-8")
    file = folder / "gaze.yaml"
    file.write_text(study, encoding="utf-8")
    return check_protocol(file)


def messages(checked: Checked) -> list[str]:
    return [f"{one.place.file.name}:{one.place.line}: {one.message}" for one in checked.problems]


def test_one_table_has_the_pictures_and_the_conditions(folder: Path) -> None:
    check(folder)

    plan = design(load_protocol(folder / "gaze.yaml"), participant="01")

    first, second = plan.targets
    assert (first.name, first.image.name, first.height) == ("f1-anger-direct", "anger.png", 0.8)
    assert first.neutral is not None
    assert (second.image.name, second.neutral, second.height) == ("fear.png", None, 0.9)
    assert {target.expression for target in plan.targets} == {"anger"}
    trials = [step for step in plan.steps if isinstance(step, Trial)]
    assert [trial.condition for trial in trials] == [{"gaze": "direct"}, {"gaze": "averted"}]
    assert plan.tables == (folder.resolve() / "faces.csv",)


def test_the_table_is_kept_with_the_data_without_a_conditions_table(folder: Path) -> None:
    check(folder, study=STUDY.replace("{file: faces.csv}", "[f1-anger-direct]"))

    assert design(load_protocol(folder / "gaze.yaml"), participant="01").tables == (folder.resolve() / "faces.csv",)


def test_targets_of_the_table_join_those_of_the_file(folder: Path) -> None:
    checked = check(
        folder, study=STUDY.replace("blocks:", "targets: {smile: {image: targets/happiness.png}}\nblocks:", 1)
    )

    assert checked.protocol is not None
    assert list(checked.protocol.content.targets) == ["smile", "f1-anger-direct", "f1-anger-averted"]


def test_a_target_may_have_several_rows(folder: Path) -> None:
    row = TABLE.splitlines()[1]

    checked = check(folder, TABLE + row + "\n")

    assert checked.protocol is not None
    assert len(checked.protocol.content.targets) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("targets/fear.png", "targets/faer.png", "faces.csv:3: `image` names `targets/faer.png`"),
        ("0.8", "high", "faces.csv:2: `height`"),
        ("target,image", "target,picture", "faces.csv:1: the table needs a column `image` or `clip`"),
        ("target,image", "name,image", "faces.csv:1: the table has no column `target`"),
        ("f1-anger-averted", "f1-anger-direct", "faces.csv:3: target `f1-anger-direct` is described differently"),
        ("averted\n", "averted,more\n", "faces.csv:3: this row has 7 cells"),
    ],
)
def test_a_mistake_in_the_table_has_one_message_with_its_line(folder: Path, old: str, new: str, message: str) -> None:
    (error,) = [text for text in messages(check(folder, TABLE.replace(old, new))) if "no `neutral`" not in text]

    assert error.startswith(message)


def test_a_target_in_both_places_is_refused(folder: Path) -> None:
    study = STUDY.replace("blocks:", "targets: {f1-anger-direct: {image: targets/anger.png}}\nblocks:", 1)

    found = messages(check(folder, study=study))

    assert "faces.csv:2: target `f1-anger-direct` is in the table and under `targets`; keep one" in found


def test_a_missing_table_is_one_message_at_its_key(folder: Path) -> None:
    (error,) = messages(check(folder, study=STUDY.replace("target_table: faces", "target_table: faecs")))

    assert error.startswith("gaze.yaml:3: `target_table` names `faecs.csv`")
    assert "did you mean `faces.csv`" in error

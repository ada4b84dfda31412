"""A small study with two groups, two sessions and one within-participant condition, measured once."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.cli import main
from tests.analysis.tables.conftest import use_toy_model, write_toy_model
from tests.analysis.tables.rehearsed import record_session

TARGETS = ("anger", "fear", "happiness")
TRIALS = (*TARGETS, *TARGETS)


@pytest.fixture(scope="package")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set after `group --metric units`; tests do not change it."""
    return measured_study(tmp_path_factory)


def measured_study(factory: pytest.TempPathFactory) -> Path:
    dataset = factory.mktemp("group") / "data"
    conditions = {
        f"{name}{number}": {"pace": pace} for name in TARGETS for number, pace in (("", "slow"), ("-2", "fast"))
    }
    for number in range(1, 5):
        for session in ("pre", "post"):
            timeout = {"fear-2": "timeout"} if (number, session) == (1, "pre") else {}
            record_session(
                dataset,
                participant=f"{number:02d}",
                session=session,
                targets=TARGETS,
                trials=TRIALS,
                outcomes=timeout,
                groups={"feedback": "live" if number % 2 else "none"},
                conditions=conditions,
            )
    models = factory.mktemp("toy") / "models"
    write_toy_model(models)
    with pytest.MonkeyPatch.context() as patch:
        use_toy_model(patch, models)
        patch.setattr("sys.argv", ["analysis", "group", str(dataset), "--metric", "units"])
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    return dataset

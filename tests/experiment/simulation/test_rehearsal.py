"""Which sessions a rehearsal runs; the sessions themselves are in `test_real_window`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import SessionError
from experiment.simulation.earlier_sessions import count_earlier_imitations
from experiment.simulation.rehearsal import OPTIONS, missing_sessions, rehearse
from experiment.simulation.visitor import LearnedState
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import plan_of, small_person
from tests.experiment.simulation.rehearsing import rehearse as run_session

MINIMAL = PROJECT / "protocols" / "minimal.yaml"


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def test_recorded_sessions_are_left_out_and_counted(
    tmp_path: Path, model: FaceModel, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = {name: [plan_of(MINIMAL, participant=name)] for name in ("01", "02", "03")}
    run_session(plans["01"][0], tmp_path / "data", model)

    missing = missing_sessions(plans, tmp_path / "data", OPTIONS)

    assert list(missing) == ["02", "03"]
    assert all(one.resume is None for own in missing.values() for one in own)
    assert "1 of 3 sessions are recorded in" in capsys.readouterr().err


def test_an_interrupted_session_is_resumed(tmp_path: Path, model: FaceModel) -> None:
    plan, clock = plan_of(MINIMAL), VirtualClock()

    class Ends(SimulatedKeyboard):
        """End the session after the first response."""

        def presses(self) -> list:  # type: ignore[type-arg]
            found = list(super().presses())
            if any(press.key == "space" for press in found) and self.responses < 3:
                self.responses += 1
                if self.responses == 3:
                    for seconds, key in ((1.2, "escape"), (2.0, "q"), (3.0, "y")):
                        self.always += [(clock.now() + seconds, key)]
            for at_s, key in [one for one in self.always if one[0] <= clock.now()]:
                self.always.remove((at_s, key))
                self.press(key)
                found += super().presses()
            return found

        responses = 0
        always: list[tuple[float, str]] = []  # noqa: RUF012

    done = run_session(plan, tmp_path / "data", model, keyboard=Ends(clock), clock=clock)
    assert done.ending == "ended"

    (missing,) = missing_sessions({"01": [plan]}, tmp_path / "data", OPTIONS)["01"]

    assert missing.resume is not None
    assert missing.resume.is_rehearsal
    assert set(missing.resume.outcomes) == {trial.id for trial in done.history.trials if trial.outcome == "response"}
    learned = LearnedState.initial(small_person(1, model), model)
    count_earlier_imitations(learned, tmp_path / "data", "01")
    assert sum(learned.imitations.values()) >= len(missing.resume.outcomes) >= 1
    assert set(learned.imitations) <= {"happiness", "anger", "surprise"}


def test_nothing_to_do_is_an_error_with_the_remedy(tmp_path: Path, model: FaceModel) -> None:
    plan = plan_of(MINIMAL)
    run_session(plan, tmp_path / "data", model)

    with pytest.raises(SessionError, match=r"1 session is recorded in .*; ask for more with --participants, or name"):
        missing_sessions({"01": [plan]}, tmp_path / "data", OPTIONS)


@pytest.mark.parametrize(
    ("options", "seed", "difference"),
    [(replace(OPTIONS, mimicry=0.5), 0, "--mimicry 1.0 instead of 0.5"), (OPTIONS, 5, "seed .* instead of 5")],
)
def test_sessions_of_another_rehearsal_are_refused(
    options: object, seed: int, difference: str, tmp_path: Path, model: FaceModel
) -> None:
    plan = plan_of(MINIMAL)
    run_session(plan, tmp_path / "data", model)
    asked = replace(plan, seed=seed) if seed else plan

    with pytest.raises(SessionError, match=f"sub-01 in .* is recorded with {difference}; name another folder"):
        missing_sessions({"01": [asked]}, tmp_path / "data", options)  # type: ignore[arg-type]


def test_a_gain_out_of_range_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    sessions = rehearse(MINIMAL, participants=1, dataset=tmp_path / "data", options=replace(OPTIONS, mimicry=4.0))

    with pytest.raises(SessionError, match="--mimicry 4 is not between 0 and 3"):
        next(sessions)
    assert not (tmp_path / "data").exists()

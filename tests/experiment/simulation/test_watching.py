"""Whole sessions with targets that are only watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.face.models.emotions import with_sides
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedKeyboard
from experiment.protocol.plan import Probe, SessionPlan, Trial
from experiment.record.journal_lines import CameraTimesLine, TrialLine, read_lines
from experiment.simulation.face_schedule import FaceSchedule, FaceSequence, FaceState
from experiment.simulation.simulated_camera import FrameGrid, SimulatedCamera
from experiment.simulation.truth import FILE, read_truth
from experiment.simulation.visitor import LearnedState, SimulatedVisitor
from tests.conftest import PROJECT
from tests.experiment.simulation.rehearsing import (
    Fingerprints,
    Rehearsed,
    fingerprint,
    key_indices,
    plan_of,
    rehearse,
    small_person,
)

EARLIER = {"happiness": (39, 2.1364, 4.3172), "surprise": (41, 0.0768, 4.1777), "anger": (44, 2.3625, 5.6644)}
"""Frame of the key press, yaw, and sum of the units, measured with the version before viewing trials (seed 1)."""

EARLIER_TARGETS: Mapping[str, Mapping[str, float]] = {
    "happiness": {
        "mouthSmile": 0.9,
        "cheekSquint": 0.6,
        "eyeSquint": 0.3,
        "mouthUpperUp": 0.45,
        "mouthLowerDown": 0.25,
    },
    "surprise": {"browInnerUp": 0.8, "browOuterUp": 1.0, "eyeWide": 0.8, "jawOpen": 0.6},
    "anger": {
        "browDown": 1.0,
        "eyeSquint": 0.55,
        "eyeWide": 0.25,
        "noseSneer": 0.35,
        "mouthPress": 0.55,
        "mouthRollUpper": 0.35,
        "mouthRollLower": 0.35,
        "mouthFrown": 0.35,
    },
}
"""Units of the targets of that version, which the numbers above belong to."""

Rows = Sequence[Mapping[str, object]]


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return load_model()


def viewing_plan(*, repetitions: int = 1, probe: bool = False, imitated: bool = False) -> SessionPlan:
    """Return the minimal protocol, its targets watched for 2 s; after that they may be imitated."""
    plan = plan_of(PROJECT / "protocols" / "minimal.yaml")
    trials = [step for step in plan.steps if isinstance(step, Trial)]
    watched = [
        replace(
            trial,
            id=f"watched-{number}-{trial.target.name}",
            block="watched",
            kind="viewing",
            respond_keys=(),
            timeout_frames=None,
            fixation_frames=60,
            target_frames=120,
            inter_trial_frames=60,
            baseline_frames=30,
            probe_key="space" if probe else None,
            probe=Probe(40, 12, 60) if probe and not number % 2 else None,
        )
        for number in range(repetitions)
        for trial in trials
    ]
    others = [step for step in plan.steps if not isinstance(step, Trial)]
    return replace(plan, steps=(*others, *watched, *(trials if imitated else ())))


def earlier_plan(model: FaceModel) -> SessionPlan:
    """Return the minimal protocol with the targets that `EARLIER` was measured with."""
    plan = plan_of(PROJECT / "protocols" / "minimal.yaml")
    names = model.bases["units"].names
    targets = {
        one.name: replace(one, units=with_sides(EARLIER_TARGETS[one.name], names, one.name)) for one in plan.targets
    }
    steps = [
        replace(step, target=targets[step.target.name]) if isinstance(step, Trial) else step for step in plan.steps
    ]
    return replace(plan, targets=tuple(targets.values()), steps=tuple(steps))


def rows_by_act(done: Rehearsed) -> dict[str, list[Mapping[str, object]]]:
    rows: dict[str, list[Mapping[str, object]]] = {}
    for row in read_truth(done.place.source / FILE):
        rows.setdefault(str(row["act"]), []).append(row)
    return rows


def shown(rows: Rows) -> list[dict[str, object]]:
    """Return what the rows say without the time of the camera frame."""
    return [{name: value for name, value in row.items() if name not in ("index", "time_s")} for row in rows]


def test_every_camera_frame_of_a_viewing_trial_has_its_true_face(tmp_path: Path, model: FaceModel) -> None:
    done = rehearse(viewing_plan(), tmp_path / "data", model)

    assert done.ending == "complete"
    assert [trial.outcome for trial in done.history.trials] == ["viewed"] * 3
    truth = {row["index"]: row for row in read_truth(done.place.source / FILE)}
    times: dict[int, float] = {}
    for line in read_lines(done.place.journal, CameraTimesLine):
        times |= dict(zip(line.index, line.captured_s, strict=True))
    for trial in read_lines(done.place.journal, TrialLine):
        during = [index for index, at_s in times.items() if trial.onset_s <= at_s < trial.onset_s + 2.0]
        assert len(during) >= 58
        assert {truth[index]["act"] for index in during} == {f"viewing-{trial.id}"}
    acts = rows_by_act(done)
    for trial in done.history.trials:
        assert len(acts[f"viewing-{trial.id}-before"]) == pytest.approx(30, abs=2)


def test_two_runs_show_the_same_watching_face(tmp_path: Path, model: FaceModel) -> None:
    first = rows_by_act(rehearse(viewing_plan(), tmp_path / "first", model))
    second = rows_by_act(rehearse(viewing_plan(), tmp_path / "second", model, start_s=1000.0071))

    for act in (act for act in first if act.startswith("viewing") and not act.endswith("before")):
        assert shown(first[act])[:85] == shown(second[act])[:85], act


def test_a_person_with_mimicry_smiles_at_smiles(tmp_path: Path, model: FaceModel) -> None:
    plan = viewing_plan(repetitions=4)
    smiles = {}
    for gain in (1.0, 0.0):
        acts = rows_by_act(rehearse(plan, tmp_path / f"gain{gain}", model, seed=5, mimicry=gain))
        smiles[gain] = {
            target: np.mean([_smile(row) for act, rows in acts.items() if act.endswith(target) for row in rows[20:]])
            for target in ("happiness", "anger")
        }

    assert smiles[1.0]["happiness"] > smiles[1.0]["anger"] + 0.05
    assert smiles[0.0]["happiness"] < 0.02


def _smile(row: Mapping[str, object]) -> float:
    units = row["units"]
    assert isinstance(units, dict)
    return float(units.get("mouthSmileLeft", 0.0))


def test_dots_are_answered_after_a_human_reaction_time(tmp_path: Path, model: FaceModel) -> None:
    done = rehearse(viewing_plan(repetitions=4, probe=True), tmp_path / "data", model)

    probes = [trial.probe for trial in done.history.trials if trial.probe is not None and trial.probe.planned]
    assert len(probes) == 6
    times_s = [
        probe.answer_after_s - probe.shown_after_s
        for probe in probes
        if probe.answer_after_s is not None and probe.shown_after_s is not None
    ]
    assert len(times_s) >= 4
    assert all(0.2 <= time_s <= 0.8 for time_s in times_s)
    assert len(set(times_s)) == len(times_s)


def test_imitations_after_watching_are_those_of_a_session_without_it(tmp_path: Path, model: FaceModel) -> None:
    watched = rehearse(viewing_plan(imitated=True), tmp_path / "watched", model)
    alone = rehearse(plan_of(PROJECT / "protocols" / "minimal.yaml"), tmp_path / "alone", model)

    assert [trial.outcome for trial in watched.history.trials] == ["viewed"] * 3 + ["response"] * 3
    acts, expected = rows_by_act(watched), rows_by_act(alone)
    for name in ("happiness-1", "anger-1", "surprise-1"):
        assert shown(acts[name]) == shown(expected[name])


def test_imitations_of_earlier_versions_are_the_same(tmp_path: Path, model: FaceModel) -> None:
    done = rehearse(earlier_plan(model), tmp_path / "data", model)

    truth = {row["index"]: row for row in read_truth(done.place.source / FILE)}
    keys = {target: truth[index] for target, index in key_indices(done.place).items()}
    found = {
        target: (row["frame"], row["yaw_deg"], round(sum(row["units"].values()), 4)) for target, row in keys.items()
    }
    assert found == EARLIER


def test_an_interrupted_viewing_trial_shows_the_same_face_again(tmp_path: Path, model: FaceModel) -> None:
    clock = VirtualClock()

    class Operator(SimulatedKeyboard):
        """Continue one second after a pause; a participant withdraws all presses at a pause."""

        def withdraw(self) -> None:
            super().withdraw()
            self.press("space", clock.now() + 1.0)

    keys = Operator(clock)

    class Presses(Fingerprints):
        """Press the pause key during the trial with anger."""

        def drawn(self, sequence: FaceSequence, number: int) -> np.ndarray:
            if sequence.name == "viewing-watched-0-anger" and not self.pressed:
                self.pressed = True
                keys.press("escape", clock.now() + 0.5)
            picture = super().drawn(sequence, number)
            assert picture is not None
            return picture

        pressed = False

    done = rehearse(viewing_plan(), tmp_path / "data", model, pictures=Presses(), keyboard=keys, clock=clock)

    assert done.ending == "complete"
    outcomes = [(trial.target, trial.outcome) for trial in done.history.trials]
    assert sorted(outcomes) == sorted(
        [("happiness", "viewed"), ("anger", "aborted"), ("anger", "viewed"), ("surprise", "viewed")]
    )
    rows = shown(rows_by_act(done)["viewing-watched-0-anger"])
    frames = [row["frame"] for row in rows]
    again = frames.index(0, 1)
    assert again >= 10
    assert rows[:again] == rows[again : 2 * again]


def test_a_picture_that_is_not_drawn_yet_shows_the_newest_face_and_says_so(model: FaceModel) -> None:
    rest = FaceState(np.zeros(len(model.bases["units"].names)), small_person(1, model).scene.pose)
    smile = FaceState(rest.units + 0.5, rest.pose)
    sequence = FaceSequence("one", (rest, smile), (0, 1, 1, 0), loop_from=3)

    class Late(Fingerprints):
        """Has no picture of the smile at first."""

        smiles = 0

        def drawn(self, sequence: FaceSequence, number: int) -> np.ndarray | None:
            self.smiles += number == 1
            return None if number == 1 and self.smiles == 1 else fingerprint(sequence.states[number])

    person = small_person(1, model)
    visitor = SimulatedVisitor(person, Late(), LearnedState.initial(person, model))
    clock = VirtualClock()
    seen: list[FaceState] = []
    camera = SimulatedCamera(
        visitor,
        FaceSchedule(sequence),
        FrameGrid(clock.now(), 30.0),
        clock=clock,
        on_frame=lambda _index, _time_s, moment: seen.append(moment.state),
    )

    frames = [camera.read() for _ in range(4)]

    assert seen == [rest, rest, smile, rest]
    pictures = [frame.image for frame in frames if frame is not None]
    assert not np.array_equal(pictures[0], pictures[1]), "the noise differs, so the frame is not a duplicate"
    assert camera.late == 1

"""The commands `run`, `resume`, `rebuild`, `forget`: what they refuse before a device is opened, what they write."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiment.bench.small_session import SEED, SmallSession, run_small_session, write_protocol
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from tests.conftest import PROJECT
from tests.experiment.running import run as program


class Stop(Exception):
    """Interrupts a session."""


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    return write_protocol(tmp_path / "protocol", trials=4)


def record(dataset: Path, protocol: Path, participant: str, *, targets: int | None = None) -> SessionPlace:
    """Record a session, complete or interrupted at a target."""
    place = SessionPlace(dataset, participant, None)
    seen = 0

    def stop(screen: Screen) -> None:
        nonlocal seen
        seen += screen.kind == "target"
        if targets is not None and seen > targets:
            raise Stop

    if targets is None:
        run_small_session(place, protocol, seed=2)
    else:
        with pytest.raises(Stop):
            run_small_session(place, protocol, seed=2, setup=SmallSession(on_change=stop))
    return place


def test_run_refuses_a_recorded_session_and_prints_the_remedy(tmp_path: Path, protocol: Path) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "01")
    record(dataset, protocol, "02", targets=1)

    used = program("run", protocol, "--participant", "01", "--dataset", dataset, claims_display=True)
    begun = program("run", protocol, "--participant", "02", "--dataset", dataset, claims_display=True)
    wrong = program("run", protocol, "--participant", "a_b", "--dataset", dataset, claims_display=True)

    assert (used.status, begun.status, wrong.status) == (1, 1, 1)
    assert "sub-01 is already recorded" in used.err
    assert "sub-02 was begun and not finished" in begun.err
    assert "continue it with `resume`" in begun.err
    assert "resume" not in used.err, "a complete session cannot be resumed"
    assert "give this session a label with --session, or choose another participant id" in used.err
    assert "a_b" in wrong.err
    assert "letters" in wrong.err
    assert not (dataset / "sourcedata" / "sub-a_b").exists()


def test_run_reports_what_does_not_fit_the_data_set_before_a_device_is_opened(tmp_path: Path, protocol: Path) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "01")
    protocol.write_text(protocol.read_text() + "\n")
    (tmp_path / "damaged.mp4").write_text("not a film")
    arguments = ("run", protocol, "--dataset", dataset, "--camera", tmp_path / "damaged.mp4")

    refused = program(*arguments, "--participant", "09", "--session", "b", claims_display=True)
    accepted = program(
        *arguments,
        *("--participant", "09", "--session", "b"),
        *("--accept", "number", "--accept", "session", "--accept", "edited-protocol"),
        claims_display=True,
    )
    elsewhere = ("--dataset", "protocols", "--participant", "01", "--accept", "other-protocol")
    folder = program("run", protocol, *elsewhere, claims_display=True)
    simulated = program("simulate", protocol, "--participants", 1, "--dataset", "protocols")
    demo = program("demo", "--out", "protocols")
    unknown = program(*arguments, "--participant", "02", "--accept", "everything")

    assert refused.status == 1
    assert refused.err.count("\n") == 1
    for word in ("number", "session", "edited-protocol"):
        assert f"--accept {word}" in refused.err
    assert "accepted: participant 09 leaves numbers out" in accepted.err
    assert "--accept" not in accepted.err, "nothing but the damaged film stops it"
    assert unknown.status == 2
    for done in (folder, simulated, demo):
        assert done.status == 1
        assert "protocols is not a data set and has other contents" in done.err
    assert not (PROJECT / "protocols" / "sourcedata").exists()


def test_simulate_refuses_a_participant_of_another_rehearsal_and_names_only_its_own_options(
    tmp_path: Path, protocol: Path
) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "02", targets=1)

    done = program("simulate", protocol, "--participants", 2, "--dataset", dataset, "--seed", SEED + 1)

    assert done.status == 1
    assert f"sub-02 in {dataset} is recorded with seed {SEED} instead of {SEED + 1}" in done.err
    assert "name another folder with --dataset" in done.err
    assert "--session" not in done.err
    assert "resume" not in done.err


def test_resume_refuses_a_session_that_cannot_be_resumed_before_a_device_is_opened(
    tmp_path: Path, protocol: Path
) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "01")
    record(dataset, protocol, "02", targets=1)

    unknown = program("resume", "--participant", "99", "--dataset", dataset, claims_display=True)
    complete = program("resume", "--participant", "01", "--dataset", dataset, claims_display=True)
    text = protocol.read_text()
    protocol.write_text(text.replace("repetitions: 2", "repetitions: 3"))
    changed = program("resume", "--participant", "sub-02", "--dataset", dataset, claims_display=True)
    protocol.unlink()
    gone = program("resume", "--participant", "02", "--dataset", dataset, claims_display=True)

    assert {done.status for done in (unknown, complete, changed, gone)} == {1}
    assert "there is no session of sub-99" in unknown.err
    assert "sub-01 is complete, there is nothing to resume" in complete.err
    assert "the protocol is not the one sub-02 began with" in changed.err
    assert "the protocol of sub-02 is missing" in gone.err
    assert "put it back" in gone.err
    assert all(done.err.count("\n") == 1 for done in (unknown, complete, changed, gone)), "one sentence each"


def test_a_missing_display_or_camera_is_reported_before_the_protocol_is_read(tmp_path: Path) -> None:
    arguments = ("run", tmp_path / "none.yaml", "--dataset", tmp_path / "data", "--participant", "01", "--camera")

    display = program(*arguments, "simulated")
    resumed = program("resume", "--dataset", tmp_path / "data", "--participant", "01")
    film = program(*arguments, tmp_path / "none.mp4", claims_display=True)
    device = program(*arguments, "97", claims_display=True)

    assert all(done.err.startswith("error: no display: log in to a desktop") for done in (display, resumed))
    assert "there is no camera" in film.err
    assert device.err.startswith("error: camera 97 cannot be opened")
    assert all(done.out == "participant 01: starting\n" for done in (display, film, device))
    assert all(done.err.count("\n") == 1 for done in (display, resumed, film, device))
    assert not (tmp_path / "data").exists()


def test_a_participant_who_may_have_refused_to_be_filmed_needs_no_camera(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path / "data", protocol, "01")
    arguments = ("--dataset", tmp_path / "data", "--participant", "01", "--camera", tmp_path / "none.mp4")

    done = program("run", protocol, *arguments, claims_display=True)

    assert "sub-01 is already recorded" in done.err


def test_rebuild_writes_the_same_tables_from_the_journals(tmp_path: Path, protocol: Path) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "01")
    record(dataset, protocol, "02", targets=2)
    tables = sorted([*dataset.glob("sub-*/beh/*"), *dataset.glob("participants.*")])
    before = {table: table.read_bytes() for table in tables}
    for table in tables:
        table.unlink()

    done = program("rebuild", "--dataset", dataset)

    assert done.status == 0, done.err
    assert done.out.splitlines() == ["sub-01: 4 trials, complete", "sub-02: 2 trials, incomplete"]
    assert len(tables) >= 6
    assert {table: table.read_bytes() for table in tables} == before


def test_forget_asks_for_confirmation_and_deletes_one_participant_everywhere(tmp_path: Path, protocol: Path) -> None:
    dataset = tmp_path / "data"
    record(dataset, protocol, "01")
    record(dataset, protocol, "02")

    assert program("forget", "--dataset", dataset, "--participant", "01").status == 1, (
        "without confirmation nothing is deleted"
    )
    assert read_history(SessionPlace(dataset, "01", None)).complete
    done = program("forget", "--dataset", dataset, "--participant", "01", "--yes")

    assert done.status == 0, done.err
    assert not list(dataset.rglob("*sub-01*"))
    assert "sub-01" not in (dataset / "participants.tsv").read_text()
    assert read_history(SessionPlace(dataset, "02", None)).complete

"""No answer is overwritten; rebuilt files have the bytes of the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from experiment.clock import VirtualClock
from experiment.record import bids
from experiment.record.recorder import Recorder
from tests.experiment.record import helpers

DERIVED = ("participants.tsv", "participants.json", "_events.tsv", "_events.json", "_beh.tsv", "_beh.json")


def record(
    dataset: Path, folder: Path, participant: str, session: str | None, answers: dict[str, str | int], **groups: str
) -> None:
    head = helpers.header(folder, participant=participant, session=session)
    head = replace(head, groups=groups)
    recorder = Recorder.start(dataset, head, clock=VirtualClock())
    recorder.answers("about-you", answers, demographic=tuple(answers), labels={name: f"{name}?" for name in answers})
    recorder.answers("mood-now", {"mood": "fine"})
    recorder.close(complete=True)


def derived(dataset: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(dataset)): path.read_bytes()
        for path in sorted(dataset.rglob("*"))
        if path.name.endswith(DERIVED)
    }


def record_study(tmp_path: Path) -> Path:
    """Two participants, the second first; a question in both sessions.

    The order of the labels is not that of time.
    """
    dataset = tmp_path / "data"
    record(dataset, tmp_path / "p", "02", "pre", {"age": 30, "hand": "left"}, arm="b")
    record(dataset, tmp_path / "p", "01", "pre", {"age": 20}, arm="a")
    record(dataset, tmp_path / "p", "01", "post", {"age": 21, "sleep": 7}, arm="a")
    return dataset


def test_a_question_asked_in_two_sessions_keeps_both_answers(tmp_path: Path) -> None:
    dataset = record_study(tmp_path)

    first, second = helpers.table(dataset / "participants.tsv")

    assert (first["age"], first["age_ses-post"], first["sleep"]) == ("20", "21", "7")
    assert (second["age"], second["age_ses-post"], second["hand"]) == ("30", "n/a", "left")
    assert b"asked again in session post" in (dataset / "participants.json").read_bytes()


def test_rebuild_writes_the_bytes_that_the_sessions_wrote(tmp_path: Path) -> None:
    dataset = record_study(tmp_path)
    live = derived(dataset)

    bids.rebuild(dataset)
    again = derived(dataset)
    for name in live:
        (dataset / name).unlink()
    bids.rebuild(dataset)

    assert len(live) == 2 + 3 * 4
    assert again == live
    assert derived(dataset) == live


def test_a_question_named_like_a_column_of_the_program_does_not_overwrite_it(tmp_path: Path) -> None:
    """Protocols with such a question are refused; journals from before have them."""
    dataset = tmp_path / "data"

    record(dataset, tmp_path / "p", "01", None, {"participant_id": "x", "group_arm": "y"}, arm="a")

    (row,) = helpers.table(dataset / "participants.tsv")
    assert (row["participant_id"], row["group_arm"]) == ("sub-01", "a")
    assert (row["participant_id_answer"], row["group_arm_answer"]) == ("x", "y")

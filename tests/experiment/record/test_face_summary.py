from __future__ import annotations

from experiment.record.face_summary import FaceSummary, summarise
from experiment.record.journal_lines import FaceCheckLine


def test_the_summary_counts_trials_and_reasons_and_leaves_calibrations_out() -> None:
    checks = [
        FaceCheckLine("baseline", 10, 0, ("dark",)),
        FaceCheckLine("anger-1", 1, 1, ()),
        FaceCheckLine("fear-1", 1, 0, ("no-face",)),
        FaceCheckLine("joy-1", 1, 0, ("turned",)),
    ]

    summary = summarise(["anger-1", "fear-1", "joy-1", "sadness-1"], checks)

    assert summary == FaceSummary(4, 1, 3, {"no-face": 1, "turned": 1})
    assert summary.sentences() == ["faces: 1 of 4 trials measurable, 1 not checked (no-face: 1, turned: 1)"]


def test_a_session_without_any_face_says_so() -> None:
    summary = summarise(["a", "b"], [FaceCheckLine(trial, 1, 0, ("no-face",)) for trial in ("a", "b")])

    assert summary.sentences()[0] == "faces: 0 of 2 trials measurable (no-face: 2)"
    assert "no trial shows a face" in summary.sentences()[1]


def test_a_trial_checked_twice_counts_once() -> None:
    """After a pause, the trial was repeated; its last frame is the one that counts."""
    summary = summarise(["a", "a"], [FaceCheckLine("a", 1, 0, ("no-face",)), FaceCheckLine("a", 1, 1, ())])

    assert (summary.trials, summary.measurable) == (1, 1)

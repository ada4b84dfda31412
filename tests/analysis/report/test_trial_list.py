"""The list of trials on the first page."""

from __future__ import annotations

import pytest

from analysis.report.content import SessionRow, TrialRow, trial_list


@pytest.mark.parametrize(
    ("scores", "shown"),
    [((0.99940312, 0.99911288), [0.99940, 0.99911]), ((0.87113857, 0.26105035), [0.871, 0.261])],
)
def test_scores_have_the_decimals_that_distinguish_them(scores: tuple[float, float], shown: list[float]) -> None:
    trials = tuple(TrialRow(f"trial-{rank}", "fear", score, rank, "used", ()) for rank, score in enumerate(scores, 1))
    row = SessionRow(
        participant="01",
        session="",
        group="",
        label="sub-01",
        pilot=False,
        used=2,
        excluded=1,
        scores=(),
        timing="",
        trials=(*trials, TrialRow("trial-3", "fear", None, None, "timeout", ())),
    )

    data = trial_list([row], {}).data

    assert [trial[3] for trial in data["trials"]] == [*shown, None]
    assert data["decimals"] == len(str(shown[1]).partition(".")[2])

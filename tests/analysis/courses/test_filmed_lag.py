"""The whole way from drawn films to lag, composites and congruency, with a known truth."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.lag.movements import unit_coordinates
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator
from experiment.bench.numbered_clips import write_clip
from experiment.record.layout import FilmedPerson
from tests.analysis.courses.mimicking import (
    BASELINE,
    FRAMES,
    RATE_HZ,
    SHOWN,
    DrawnPerson,
    FilmedTrial,
    record_couple,
    target_clip,
    units_of,
)
from tests.analysis.running import run

pytestmark = pytest.mark.slow  # draws 95 pictures and measures 850 frames

SMILE = {"mouthSmile": 0.8, "cheekSquint": 0.4, "jawOpen": 0.1}
FROWN = {"browDown": 1.0, "mouthFrown": 0.5, "noseSneer": 0.5}
SMIRK = {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.4, "cheekSquint": 0.3}
"""What the participant does: a smile that is stronger on the left side."""
LAG, PARTNER_LAG = 9, 3
"""Frames by which participant and partner follow the target."""
LATE_S: dict[FilmedPerson, float] = {"participant": 0.08, "partner": 0.03}
FRAME_S = 1.0 / RATE_HZ
TRIALS = ("smile-1", "smile-2", "frown-3")
"""The participant follows, is at rest, and smiles in response to a frown."""


@dataclass(frozen=True)
class Filmed:
    """A recorded couple, and the participant's frames as one film with its trials."""

    dataset: Path
    film: Path
    trials: Path


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    top = tmp_path_factory.mktemp("lag")
    renderer = Generator().renderer(samples=1, fast=True)
    shown, participant, partner = (
        DrawnPerson(seed, renderer, noise=noise) for seed, noise in ((3, 0.0), (1, None), (2, None))
    )
    stimuli = [
        target_clip(top / "targets", name, shown, units_of(apex)) for name, apex in (("smile", SMILE), ("frown", FROWN))
    ]
    smirk = units_of(SMIRK)
    follows, rests = participant.film(smirk, lag=LAG), participant.film(None, lag=0)
    leads = partner.film(units_of({"mouthSmile": 0.6}), lag=PARTNER_LAG)
    acts = [("smile", follows), ("smile", rests), ("frown", follows)]
    record_couple(top / "data", stimuli, [FilmedTrial(name, own, leads) for name, own in acts], late_s=LATE_S)
    film = write_clip(top / "anna.mp4", [one for _, own in acts for one in own], rate=RATE_HZ, options={"crf": "18"})
    lines = ["film,trial_id,onset_s,offset_s,target_film"]
    for number, (trial_id, (name, _)) in enumerate(zip(TRIALS, acts, strict=True)):
        onset_s = (number * FRAMES + BASELINE) * FRAME_S
        lines.append(f"anna,{trial_id},{onset_s:.6f},{onset_s + SHOWN * FRAME_S:.6f},targets/{name}.mp4")
    (top / "trials.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Filmed(top / "data", film, top / "trials.csv")


def read(file: Path, key: str = "trial_id") -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {row[key]: row for row in csv.DictReader(lines)}


def indices(file: Path) -> dict[tuple[str, str], dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {(row["trial_id"], row["measure"]): row for row in csv.DictReader(lines)}


def cosine(first: dict[str, float], second: dict[str, float]) -> float:
    """The true congruency."""
    one, two = (units_of(strengths) @ unit_coordinates(load_model()) for strengths in (first, second))
    return float(one @ two / (np.linalg.norm(one) * np.linalg.norm(two)))


def test_a_session_has_the_known_lags_of_target_and_partner_and_the_composites(
    filmed: Filmed, capsys: pytest.CaptureFixture[str]
) -> None:
    sums = ("smirk=mouthSmileLeft-mouthSmileRight", "corner=0.5*mouthSmile")
    done = run(capsys, "courses", filmed.dataset, *(part for one in sums for part in ("--composite", one)))

    assert done.status == 0, done.err
    folder = filmed.dataset / "derivatives" / "mimicry" / "courses"
    lags, couple = (read(folder / f"sub-01_task-watching_{name}lag.csv") for name in ("", "couple-"))
    follows, rests, opposes = (lags[one] for one in TRIALS)
    true_s = LAG * FRAME_S + LATE_S["participant"]  # no time contains the offset of the camera
    assert float(follows["lag_s"]) == pytest.approx(true_s, abs=0.03)
    assert float(follows["low_s"]) <= true_s <= float(follows["high_s"])
    assert float(follows["camera_offset_s"]) == pytest.approx(LATE_S["participant"])
    assert (rests["lag_s"], rests["reason"], rests["congruency"]) == ("", "no-movement", "")
    assert float(follows["congruency"]) == pytest.approx(cosine(SMIRK, SMILE), abs=0.08)
    assert float(opposes["congruency"]) < 0.0  # as the drawn ones, whose cosine is -0.55

    between_s = (LAG - PARTNER_LAG) * FRAME_S
    assert float(couple["smile-1"]["lag_s"]) == pytest.approx(between_s, abs=0.03)
    assert float(couple["smile-1"]["offset_s"]) == pytest.approx(LATE_S["participant"] - LATE_S["partner"])
    assert couple["smile-1"]["follows"] == "participant"
    assert (couple["smile-2"]["reason"], couple["smile-2"]["follows"]) == ("no-movement", "")

    found = indices(folder / "sub-01_task-watching_indices.csv")
    smile, contrast = (float(found["smile-1", name]["peak"]) for name in ("mouthSmile", "contrast"))
    assert contrast == pytest.approx(smile, abs=0.06)  # the brows rest
    assert float(found["smile-1", "corner"]["peak"]) == pytest.approx(smile / 2, abs=0.01)
    left, right = (float(found["smile-1", f"mouthSmile{side}"]["peak"]) for side in ("Left", "Right"))
    assert float(found["smile-1", "smirk"]["peak"]) == pytest.approx(left - right, abs=0.05)
    assert left > right + 0.05
    assert float(found["smile-1", "congruent_contrast"]["area"]) == pytest.approx(
        float(found["smile-1", "contrast"]["area"]), abs=0.01
    )
    assert float(found["frown-3", "congruent_contrast"]["area"]) == pytest.approx(
        -float(found["frown-3", "contrast"]["area"]), abs=0.01
    )
    assert found["smile-2", "contrast"]["onset_s"] == ""


def test_a_film_with_target_films_has_the_known_lag(
    filmed: Filmed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rest_s = BASELINE * FRAME_S
    done = run(
        capsys,
        *("measure", filmed.film, "--trials", filmed.trials, "--neutral-time", "0", f"{rest_s:.3f}"),
        *("--out", tmp_path),
    )

    assert done.status == 0, done.err
    lags = read(tmp_path / "anna_lag.csv")
    follows, rests, opposes = (lags[one] for one in TRIALS)
    assert float(follows["lag_s"]) == pytest.approx(LAG * FRAME_S, abs=0.03)
    assert float(follows["low_s"]) <= LAG * FRAME_S <= float(follows["high_s"])
    assert (rests["lag_s"], rests["reason"]) == ("", "no-movement")
    assert float(follows["congruency"]) == pytest.approx(cosine(SMIRK, SMILE), abs=0.08)
    assert float(opposes["congruency"]) < 0.0

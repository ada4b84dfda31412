"""Studies of scores with known effects, without faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.face.arrays import FloatArray
from analysis.group.factors import SESSION, Factor, Sample

TARGETS, TAKES = 6, 2
PACE = Factor("condition_pace", ("fast", "slow"), is_between=False, is_of_target=False)
GROUP = Factor("group_training", ("control", "live"), is_between=True, is_of_target=False)
SESSIONS = Factor(SESSION, ("pre", "post"), is_between=False, is_of_target=False)
LOGIT = 8.0
"""Log odds of rank-1 per unit of the score, around `EASY`."""
EASY = 0.55


@dataclass(frozen=True, slots=True)
class Truth:
    """Standard deviations and effects on the scale of the score."""

    person: float = 0.08
    target: float = 0.06
    person_target: float = 0.04
    noise: float = 0.10
    slope: float = 0.05
    """Spread of the effect of the condition, and of the session, over participants."""
    effect: float = 0.05
    """Mean effect of condition, session and group."""

    @property
    def dz(self) -> float:
        """True dz of the condition: mean of the differences by their spread."""
        trial = 2 * self.noise**2 / (TARGETS * TAKES)
        return self.effect / float(np.sqrt(self.slope**2 + trial))

    @property
    def g(self) -> float:
        """True standardized difference of the groups in all trials of one session."""
        variance = self.person**2 + self.person_target**2 / TARGETS
        return self.effect / float(np.sqrt(variance + self.noise**2 / (2 * TARGETS * TAKES)))

    def icc(self, targets: FloatArray) -> float:
        """Return the true ICC(2,1) of two takes at the same level.

        Parameters
        ----------
        targets : (TARGETS,) float array
            How much easier each target is than the mean; both groups have the same size.
        """
        fixed = float(np.var(targets)) + 2 * self.effect**2 / 4
        stable = fixed + self.person**2 + self.slope**2 / 4 + self.person_target**2
        return stable / (stable + self.noise**2)


def simulated_sample(
    rng: np.random.Generator, participants: int, truth: Truth, *, targets: FloatArray | None = None, sessions: int = 1
) -> Sample:
    """Return a study of participants in two groups with one condition.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws people, targets and trials.
    participants : int
        Number of participants; every second one is in the second group.
    truth : Truth
        Spreads and effects.
    targets : (TARGETS,) float array, optional
        How much easier each target is than the mean; drawn if there is none.
    sessions : int
        1, or 2: then the groups differ in the second session only.
    """
    shape = (participants, sessions, TAKES, TARGETS, 2)
    person, session, take, target, level = (index.ravel() for index in np.indices(shape))
    group = person % 2
    slope: FloatArray = rng.normal(0, truth.slope, (2, participants))
    easy = rng.normal(0, truth.target, TARGETS) if targets is None else targets
    score = 0.7 + rng.normal(0, truth.person, participants)[person] + easy[target]
    score = score + rng.normal(0, truth.person_target, (participants, TARGETS))[person, target]
    score = score + (truth.effect + slope[0][person]) * (level - 0.5)
    if sessions == 1:
        score = score + truth.effect * group
    else:
        score = score + slope[1][person] * (session - 0.5) + truth.effect * group * session
    hit = rng.random(len(score)) < 1 / (1 + np.exp(-LOGIT * (score - EASY)))
    trials = pd.DataFrame(
        {
            "participant": [f"{number:03d}" for number in person],
            GROUP.name: np.array(GROUP.levels)[group],
            SESSION: np.array(SESSIONS.levels)[session],
            "session_number": session + 1,
            PACE.name: np.array(PACE.levels)[level],
            "target": [f"t{number}" for number in target],
            "kind": "experiment",
            "order": (take * TARGETS + target) * 2 + level + 1,
            "score": score + rng.normal(0, truth.noise, len(score)),
            "rank1": hit.astype(float),
        }
    )
    factors = (GROUP, PACE) if sessions == 1 else (GROUP, SESSIONS, PACE)
    return Sample("study", 1, "simulated", trials, trials, trials, TARGETS, {}, factors)

"""How a simulated person answers attention probes.

The times are assumptions: a simple reaction to a visual stimulus takes about 0.23 s [1]_; a rare dot on a face that is
watched takes longer.

References
----------
.. [1] Woods et al., Front. Hum. Neurosci. 9:131 (2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_REACTION_S = (0.40, 0.12)
"""Median and log-sd over people of the reaction time."""
_REACTION_SPREAD, SHORTEST_S = 0.18, 0.20
"""Log-sd over the trials of one person; shortest reaction time."""
_MISSED = (1.5, 28.5)
"""Parameters of the beta distribution over people of the share of missed dots; mean 0.05."""
FALSE_PRESSES = 0.01
"""Share of trials with a press without a dot."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The presses of one trial."""

    reaction_s: float | None
    """From the flip of the dot to the press; None if the person misses it."""
    false_s: float | None
    """From the onset of the target to a press without a dot; None for no such press."""


def probe_answer(seed: int, trial: int, *, target_s: float) -> ProbeAnswer:
    """Return what a person does in one trial.

    Parameters
    ----------
    seed : int
        Seed of the person.
    trial : int
        Number that identifies the trial.
    target_s : float
        Duration of the target, s.
    """
    person = np.random.default_rng([seed, 14])
    median_s = _REACTION_S[0] * np.exp(person.normal(0.0, _REACTION_S[1]))
    missed = person.beta(*_MISSED)
    rng = np.random.default_rng([seed, 15, trial])
    reaction_s = max(SHORTEST_S, float(median_s * np.exp(rng.normal(0.0, _REACTION_SPREAD))))
    misses, presses = rng.random() < missed, rng.random() < FALSE_PRESSES
    false_s = float(rng.uniform(0.0, target_s))
    return ProbeAnswer(None if misses else reaction_s, false_s if presses else None)

"""The wait before a training trial until the live measurement answers at once."""

from __future__ import annotations

import time

from experiment.protocol.plan import Trial
from experiment.session.display_loop import DisplayLoop
from experiment.session.trial import LiveFeedback

LONGEST_S = 60.0
"""Afterwards the trial begins; its screen says that the measurement is starting."""
SHORTEST_S = 1.0
"""A text that is shown for a shorter time cannot be read."""
YIELD_S = 0.002
"""Real time for the measuring process in each frame; a virtual clock gives it none."""


def wait_for_measurement(loop: DisplayLoop, feedback: LiveFeedback, trial: Trial) -> float | None:
    """Show a text until the face is measured against the target of a trial.

    Parameters
    ----------
    loop
        Shows the text.
    feedback
        The live measurement.
    trial
        The trial that comes next.

    Returns
    -------
    float or None
        The time waited, seconds; None if the measurement was warm.

    Raises
    ------
    StepInterrupted
        If the pause key was pressed or the camera has a fault.
    """
    if feedback.is_warm:
        return None
    screen = feedback.prepare(trial)
    began_s = loop.show_page(screen).flip.time_s
    waited_s = 0.0
    while waited_s < SHORTEST_S or (waited_s < LONGEST_S and not feedback.check_warm()):
        waited_s = loop.show(screen).flip.time_s - began_s
        time.sleep(YIELD_S)
    return waited_s

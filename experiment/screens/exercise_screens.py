"""What the screens of an exercise show around the target.

The counter of sets and repetitions, and the time of a hold that is left.
"""

from __future__ import annotations

from dataclasses import replace

from experiment.protocol.plan import Trial
from experiment.screens.screen import Element, Rectangle, Screen
from experiment.screens.style import Style, small_text

COUNTER_Y, HOLD_TEXT_Y, BAR_Y = 0.475, -0.469, -0.4955
_BAR_SIZE = (1.0, 0.009)
_SLOT_COLOUR, _BAR_COLOUR = "#404040", "#5fa55f"


def counter_text(style: Style, trial: Trial) -> str:
    """Return which set and repetition a trial is; empty outside of exercises."""
    one = trial.repetition
    if one is None:
        return ""
    return style.text(
        "exercise-counter", set=one.set, sets=one.sets, repetition=one.number, repetitions=one.repetitions
    )


def counter(style: Style, trial: Trial) -> tuple[Element, ...]:
    """Return the counter of an exercise above the target; nothing in other trials."""
    text = counter_text(style, trial)
    return (small_text(style, text, y=COUNTER_Y),) if text else ()


def around_target(style: Style, trial: Trial) -> tuple[Element, ...]:
    """Return the counter, and the sentence about a hold by time."""
    below = () if trial.timed_hold is None else (small_text(style, style.text("hold-time"), y=HOLD_TEXT_Y),)
    return (*counter(style, trial), *below)


def with_hold_bar(screen: Screen, share: float) -> Screen:
    """Return a screen with the share of a hold that is over, 0 to 1, as a bar.

    Parameters
    ----------
    screen
        The screen.
    share
        The share; 0 shows an empty bar.
    """
    width, height = _BAR_SIZE
    bar = [Rectangle((0.0, BAR_Y), _BAR_SIZE, _SLOT_COLOUR)]
    if share > 0:
        done = width * min(share, 1.0)
        bar.append(Rectangle(((done - width) / 2, BAR_Y), (done, height), _BAR_COLOUR))
    return replace(screen, elements=(*screen.elements, *bar))

"""Estimate how long a session still takes, from its plan and the trials so far."""

from __future__ import annotations

from collections.abc import Sequence

from experiment.protocol.estimates.assumptions import FORM_ANSWER_S, QUESTION_S, RATING_S, RESPONSE_S, reading_s
from experiment.protocol.plan import Break, Calibration, Consent, Form, Page, SessionPlan, Step, Trial

MOST_REMEMBERED = 20
"""Trials whose duration counts, the latest ones."""
QUICKEST, SLOWEST = 0.25, 4.0
"""Limits of the factor by which trials so far differ from their expected duration."""


class TimeLeft:
    """Estimates the rest of a session.

    The expected duration of the remaining trials is scaled by how long the latest trials took. Rounds that may be
    repeated count when they have begun.

    Parameters
    ----------
    plan
        The plan of the session.
    """

    def __init__(self, plan: SessionPlan) -> None:
        self._plan = plan
        self._place = {step.id: number for number, step in enumerate(plan.steps)}
        self._expected_s = {step.id: expected_s(step, plan) for step in plan.steps}
        self._rest_s = self._sums_s([step for step in plan.steps if _is_first_round(step)])
        self._taken: list[tuple[float, float]] = []
        self._step: Step | None = None
        self._since_s = 0.0
        self._interrupted = False

    def observe(self, step: Step | None, now_s: float, *, running: bool) -> None:
        """Take the present step at a time; call it often.

        Parameters
        ----------
        step
            The present step.
        now_s
            On any clock.
        running
            False while the session is paused; the duration of this step then does not count.
        """
        if step is self._step:
            self._interrupted |= not running
            return
        if isinstance(self._step, Trial) and not self._interrupted:
            taken = self._expected_s[self._step.id], now_s - self._since_s
            self._taken = [*self._taken, taken][-MOST_REMEMBERED:]
        self._step, self._since_s, self._interrupted = step, now_s, not running
        if step is not None:
            self._rest_s = self._sums_s(remaining(self._plan.steps[self._place[step.id] + 1 :], step))

    def seconds(self, now_s: float) -> float:
        """Return the estimate at a time, on the clock of `observe`."""
        factor, (trials_s, others_s) = self._factor, self._rest_s
        rest_s = factor * trials_s + others_s
        if self._step is None:
            return rest_s
        present_s = self._expected_s[self._step.id] * (factor if isinstance(self._step, Trial) else 1.0)
        return max(0.0, present_s - (now_s - self._since_s)) + rest_s

    def _sums_s(self, steps: Sequence[Step]) -> tuple[float, float]:
        """Return the expected durations of the trials together, and of the other steps."""
        trials_s = sum(self._expected_s[step.id] for step in steps if isinstance(step, Trial))
        return trials_s, sum(self._expected_s[step.id] for step in steps if not isinstance(step, Trial))

    @property
    def _factor(self) -> float:
        expected = sum(one for one, _ in self._taken)
        return min(max(sum(one for _, one in self._taken) / expected, QUICKEST), SLOWEST) if expected else 1.0


def remaining(steps: Sequence[Step], present: Step) -> list[Step]:
    """Return the steps that follow for sure.

    These are the first rounds, and the present round of the present block.

    Parameters
    ----------
    steps
        All steps after the present one.
    present
        The present step.
    """
    return [
        step
        for step in steps
        if _is_first_round(step)
        or (isinstance(present, Trial) and isinstance(step, Trial) and (step.block, step.round) == _round_of(present))
    ]


def trial_numbers(plan: SessionPlan, trial: Trial) -> tuple[int, int]:
    """Return the number of a trial, from 1, and the number of all trials.

    Parameters
    ----------
    plan
        The plan of the session.
    trial
        The trial that runs or ran last.
    """
    trials = [step for step in plan.steps if isinstance(step, Trial)]
    place = trials.index(trial)
    begun = [one for one in trials[: place + 1] if one.round == 1 or one.block == trial.block]
    return len(begun), len(begun) + len(remaining(trials[place + 1 :], trial))


def expected_s(step: Step, plan: SessionPlan) -> float:
    """Return how long a step is expected to take, seconds.

    Parameters
    ----------
    step
        The step.
    plan
        The plan of the session.
    """
    rate_hz = plan.display.refresh_rate_hz
    match step:
        case Trial():
            asked = RATING_S * len(step.ratings) + QUESTION_S * len(step.questions)
            shown_s = RESPONSE_S if step.target_frames is None else step.target_frames / rate_hz
            if step.timeout_frames is not None and step.target_frames is not None:
                shown_s = max(shown_s, min(RESPONSE_S, step.timeout_frames / rate_hz))
            return (step.fixation_frames + step.inter_trial_frames) / rate_hz + shown_s + asked
        case Page():
            return reading_s(step.text) if step.duration_frames is None else step.duration_frames / rate_hz
        case Break():
            return max(step.shortest_frames / rate_hz, reading_s(step.text))
        case Consent():
            return sum(reading_s(text) for text in (step.text, *(clause.text for clause in step.clauses)))
        case Form():
            return FORM_ANSWER_S * len(step.questions)
        case Calibration():
            return reading_s(step.text) + step.frames / plan.camera.rate_hz


def _is_first_round(step: Step) -> bool:
    return not isinstance(step, Trial) or step.round == 1


def _round_of(trial: Trial) -> tuple[str, int]:
    return trial.block, trial.round

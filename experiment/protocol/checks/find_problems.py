"""Run every check of a protocol.

Errors make a study impossible or ambiguous. Warnings are about something that is legal but seldom intended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from experiment.protocol.checks.allocation import check_allocation
from experiment.protocol.checks.clips import check_clips
from experiment.protocol.checks.composites import check_composites
from experiment.protocol.checks.consent import check_consent
from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.checks.courses import check_courses
from experiment.protocol.checks.encryption import check_encryption
from experiment.protocol.checks.exercises import check_exercises
from experiment.protocol.checks.film import check_film
from experiment.protocol.checks.keys import check_keys
from experiment.protocol.checks.live_metric import check_live_metric
from experiment.protocol.checks.movements import check_movements
from experiment.protocol.checks.names import check_names
from experiment.protocol.checks.plausibility import check_plausibility
from experiment.protocol.checks.questions import check_questions
from experiment.protocol.checks.sequence import check_sequence
from experiment.protocol.checks.sounds import check_sounds
from experiment.protocol.checks.speech import check_speech
from experiment.protocol.checks.targets import check_targets, check_unused
from experiment.protocol.checks.texts import check_texts
from experiment.protocol.checks.timing import check_timing
from experiment.protocol.checks.trial_questions import check_trial_questions
from experiment.protocol.checks.trials import check_trials
from experiment.protocol.checks.viewing import check_viewing

CHECKS: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    check_keys,
    check_names,
    check_timing,
    check_targets,
    check_clips,
    check_courses,
    check_sounds,
    check_speech,
    check_movements,
    check_composites,
    check_questions,
    check_consent,
    check_texts,
    check_trials,
    check_exercises,
    check_live_metric,
    check_trial_questions,
    check_sequence,
    check_allocation,
    check_encryption,
    check_film,
    check_viewing,
    check_plausibility,
    check_unused,
)


def find_problems(context: Context) -> Iterator[Finding]:
    """Yield all problems of a protocol whose single values are correct."""
    for check in CHECKS:
        yield from check(context)

"""Compare one session with its journal."""

from __future__ import annotations

from dataclasses import replace

from experiment.protocol.plan import Consent, SessionPlan, Trial
from experiment.record.checks.replan import CannotPlanError, plan_again
from experiment.record.encryption import EncryptionError, has_private_key, is_encrypted, read_decrypted
from experiment.record.errors import RecordError
from experiment.record.files import digest
from experiment.record.history import History, read_history
from experiment.record.journal import read_journal
from experiment.record.journal_lines import StoredFrame
from experiment.record.layout import SessionPlace
from experiment.record.verification.consent import verify_consent
from experiment.record.verification.film import verify_film
from experiment.record.verification.findings import Verification, files_in
from experiment.record.verification.frames import verify_frame_files, verify_frame_lines
from experiment.record.verification.journal import verify_journal
from experiment.record.verification.ratings import verify_ratings
from experiment.record.verification.segments import read_segments
from experiment.record.verification.tables import verify_session_tables
from experiment.record.verification.truth import verify_truth, verify_truth_of_partner


def verify_session(place: SessionPlace, found: Verification) -> History | None:
    """Compare one session with its journal; return its history.

    Returns None if the journal cannot be read.

    Parameters
    ----------
    place : SessionPlace
        The session.
    found : Verification
        Takes the differences.
    """
    found.sessions += 1
    found.expected.add(place.journal)
    try:
        journal = read_journal(place.journal)
        history = read_history(place, journal=journal)
        segments = read_segments(journal)
    except RecordError as error:
        found.unread.add(place.journal)
        found.add("journal", place.journal, str(error).removeprefix(f"{place.journal}: "))
        return None
    verify_journal(history, journal, segments, found=found)
    verify_frame_lines(history, segments, found)
    if history.use_refused:
        _verify_deleted(history, found)
    else:
        verify_frame_files(history, segments, found)
        _verify_clear(history, found)
        verify_film(history, segments, found)
    verify_truth(history, segments, found)
    verify_truth_of_partner(history, segments, found)
    _verify_stimuli(history, found)
    plan = _verify_order(history, found)
    if plan is not None and plan.sessions:
        found.session_orders[history.start.task] = plan.sessions
    verify_consent(history, segments, plan, found=found)
    verify_session_tables(history, journal, found)
    verify_ratings(history, found)
    found.histories.append(_light(history))
    return history


def _light(history: History) -> History:
    """Return a history without what grows with the session."""
    start = history.start
    protocol = replace(start.protocol, text="", base_texts={}, sources=())
    light = History(history.place)
    light.start = replace(start, protocol=protocol, steps=())
    light.demographics, light.labels = history.demographics, history.labels
    light.clause_answers = history.clause_answers
    light.declined, light.complete = history.declined, history.complete
    light.resumed = [replace(line, torn_lines=()) for line in history.resumed]
    return light


# -- parts


def _verify_deleted(history: History, found: Verification) -> None:
    """Find what is left of a recording whose use the participant refused."""
    place = history.place
    left = [file for folder in (place.frames, *place.films) for file in files_in(folder)]
    for file in left:
        message = "the participant did not agree to its use, and it is not deleted; `mimicry rebuild` deletes it"
        found.add("consent", file, message)
    if not left and not history.use_deleted:
        found.add("consent", place.journal, "the recording is gone, and no line says so; `mimicry rebuild` writes it")
    if not left and history.use_deleted:
        found.note(f"{place.label}: film and frames were deleted, because the participant did not agree to their use")


def _verify_clear(history: History, found: Verification) -> None:
    """Compare the decrypted frames with their hashes, if the private key is there."""
    skipped = 0
    for frame in history.frames():
        file = history.place.dataset / frame.file
        if not file.is_file() or found.sha256(file) != frame.sha256 or not is_encrypted(file):
            continue
        if has_private_key():
            _verify_clear_frame(history, frame, found)
        else:
            skipped += 1
    if skipped:
        found.note(
            f"{history.place.label}: {skipped} frames are encrypted; only the encrypted files were compared, name the "
            "private key by --key to compare the pictures"
        )


def _verify_clear_frame(history: History, frame: StoredFrame, found: Verification) -> None:
    file = history.place.dataset / frame.file
    try:
        clear = read_decrypted(file)
    except EncryptionError as error:
        found.add("frames", file, str(error).removeprefix(f"{file} "))
        return
    if digest(clear) != frame.clear_sha256:
        found.add("frames", file, "the decrypted picture is not the one that was recorded (SHA-256)")


def _verify_stimuli(history: History, found: Verification) -> None:
    for stored in history.stimuli:
        for name, sha256 in stored.files.items():
            kind = stored.kind_of(name)
            file = history.place.dataset / "stimuli" / name
            found.expected.add(file)
            if not file.is_file():
                found.add("stimuli", file, f"the {kind} of target {stored.name} is missing; restore it from a copy")
            elif found.sha256(file) != sha256:
                found.add(
                    "stimuli",
                    file,
                    f"this is not the {kind} of target {stored.name} that {history.place.label} was shown",
                )


def _verify_order(history: History, found: Verification) -> SessionPlan | None:
    """Compare the order with that of protocol and seed; return the plan."""
    journal, start = history.place.journal, history.start
    try:
        plan = plan_again(history)
    except CannotPlanError as error:
        found.note(f"{history.place.label}: its order was not planned again: {error}")
        return None
    if tuple(step.id for step in plan.steps) != start.steps:
        found.add("order", journal, f"protocol and seed {start.seed} do not give the order of steps in the first line")
        return plan
    planned = {step.id: step for step in plan.steps if isinstance(step, Trial)}
    place = {step: number for number, step in enumerate(start.steps)}
    latest = -1
    for trial in history.trials:
        one = planned.get(trial.id)
        if one is None:
            found.add("order", journal, f"the protocol has no trial {trial.id}")
        elif (trial.target, dict(trial.condition)) != (one.target.name, dict(one.condition)):
            found.add("order", journal, f"trial {trial.id} has not the target or condition of protocol and seed")
        elif place[trial.id] < latest:
            found.add("order", journal, f"trial {trial.id} is not in the order of protocol and seed {start.seed}")
        latest = max(latest, place.get(trial.id, -1))
    if history.complete and (missing := _missing(plan, set(history.finished))):
        message = f"the session is complete, and {missing} is not in the journal; restore it from a copy"
        found.add("order", journal, message)
    return plan


def _missing(plan: SessionPlan, finished: set[str]) -> str | None:
    """Return the first step that a complete session must have and has not.

    Consents that an earlier session has, and blocks that end at a criterion, may be left out.
    """
    for step in plan.steps:
        is_optional = isinstance(step, Consent) and step.when_missing is not None
        if step.id not in finished and not is_optional and step.block not in plan.criteria:
            return step.id
    return None

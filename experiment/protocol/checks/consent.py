"""Consents: what a session may film before, without and after a refusal."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.schema_models import (
    BlockPart,
    CalibrationBlock,
    ConsentBlock,
    ImitationBlock,
    TrialBlock,
)
from experiment.protocol.language.tree import Path_

Placed = tuple[Path_, BlockPart]


def check_consent(context: Context) -> Iterator[Finding]:
    """Yield the problems of consents and of blocks that film without them."""
    for path, block in context.blocks(ConsentBlock):
        if block.is_about_use:
            yield from _check_use(path, block, context)
            continue
        yield from _check_clauses(path, block, context)
        if "when_missing" in block.model_fields_set and block.sessions is None:
            message = "`when_missing` has no effect: this consent is asked in every session; name its `sessions`"
            yield Finding((*path, "when_missing"), message, "warning", key=True)
    if context.is_complete:
        found: dict[Path_, Finding] = {}
        sessions: Sequence[str | None] = context.content.sessions or [None]
        for session in sessions:
            for finding in _check_session(context, session):
                found.setdefault(finding.path, finding)
        yield from found.values()


def _check_clauses(path: Path_, block: ConsentBlock, context: Context) -> Iterator[Finding]:
    """Yield what is missing without a clause about filming, or after a refusal of one."""
    if not any(clause.about == "recording" for clause in block.clauses):
        if not any(clause.about == "recording" for _, one in context.blocks(ConsentBlock) for clause in one.clauses):
            message = "the session films faces: add a clause for it, with `about: recording`"
            yield Finding((*path, "clauses"), message, "warning", key=True)
        return
    for index, clause in enumerate(block.clauses):
        if clause.about == "recording" and not clause.required:
            left_out = "the trials of participants who refuse have no camera frame and no measurement"
            if any(one.feedback for _, one in context.blocks(ImitationBlock)):
                left_out += ", and trials with `feedback` are left out"
            yield Finding((*path, "clauses", index, "required"), left_out, "warning", key=True)


def _check_use(path: Path_, block: ConsentBlock, context: Context) -> Iterator[Finding]:
    """Yield the problems of a consent about the use of what was recorded."""
    for index, clause in enumerate(block.clauses):
        where = (*path, "clauses", index)
        if clause.about == "recording":
            message = "ask about filming before the trials, in a consent of its own; this one is about the use"
            yield Finding((*where, "about"), message)
        if clause.about == "use_of_recording" and clause.required and "required" in clause.model_fields_set:
            message = "`required` does not fit: a refusal deletes the film and does not end the session; leave it out"
            yield Finding((*where, "required"), message, key=True)
    if "when_missing" in block.model_fields_set:
        message = "`when_missing` has no effect: a consent about the use of a film belongs to the session of the film"
        yield Finding((*path, "when_missing"), message, "warning", key=True)
    for trials, one in context.blocks(ImitationBlock):
        if one.feedback:
            message = (
                "live feedback stores measurements of the face in the journal, which a refusal of "
                "`about: use_of_recording` could not delete; remove `feedback`, or this consent"
            )
            yield Finding((*trials, "feedback"), message, key=True)
    if context.is_complete and not any(
        one_path < path for one_path, one in context.blocks(BlockPart) if isinstance(one, CalibrationBlock | TrialBlock)
    ):
        message = "nothing is recorded before this consent; move it behind the trials, or use `about: recording`"
        yield Finding(path, message, "warning")


def _check_session(context: Context, session: str | None) -> Iterator[Finding]:
    """Yield blocks before the session's consent, and films that no consent allows."""
    blocks = [(path, block) for path, block in _blocks_of(context, session)]
    filmed = [path for path, block in blocks if isinstance(block, CalibrationBlock | TrialBlock)]
    consents = [(path, block) for path, block in blocks if isinstance(block, ConsentBlock) and not block.is_about_use]
    anywhere = [path for path, block in context.blocks(ConsentBlock) if not block.is_about_use]
    if not filmed or not anywhere:
        return
    if not consents:
        known = context.content.sessions or []
        if any(name not in known for _, block in context.blocks(BlockPart) for name in block.sessions or ()):
            return  # the unknown name is reported; it may be this session
        message = (
            f"session `{session}` films without a consent: no earlier session asks for one; add `{session}` to the "
            "`sessions` of the consent"
        )
        yield Finding((*anywhere[0], "sessions"), message, key=True)
        return
    yield from _check_groups(context, blocks, consents)
    about_filming = [pair for pair in consents if _is_about_filming(pair[1])]
    deciding = (about_filming or consents)[0][0]
    for path, _ in consents:
        if path == deciding and path > filmed[0]:
            message = (
                "the consent comes after camera frames; move it before them: calibrations before it are left out and "
                "trials before it have no frame"
            )
            yield Finding(path, message, "warning")
    for path, _ in about_filming[1:]:
        if path > filmed[0]:
            message = (
                "filming is asked again after camera frames: a refusal here stops filming and keeps the frames from "
                "before"
            )
            yield Finding(path, message, "warning")


def _check_groups(context: Context, blocks: Sequence[Placed], consents: Sequence[Placed]) -> Iterator[Finding]:
    """Yield an error if a group is filmed and not asked as others are."""
    groups = context.content.groups
    deciding = [pair for pair in consents if _is_about_filming(pair[1])] or list(consents)
    for levels in itertools.product(*groups.values()):
        cell = dict(zip(groups, levels, strict=True))
        own = [block for _, block in blocks if all(cell.get(factor) in of for factor, of in block.only_for.items())]
        is_filmed = any(isinstance(block, CalibrationBlock | TrialBlock) for block in own)
        if is_filmed and not any(block in own for _, block in deciding):
            path = next(path for path, one in deciding if one.only_for)
            asked = "asked about filming" if _is_about_filming(deciding[0][1]) else "asked for a consent"
            message = (
                f"participants of {', '.join(cell.values())} are filmed and not {asked}; remove `only_for`, or add a "
                "consent for them"
            )
            yield Finding((*path, "only_for"), message, key=True)
            return


def _is_about_filming(block: BlockPart) -> bool:
    return isinstance(block, ConsentBlock) and any(clause.about == "recording" for clause in block.clauses)


def _blocks_of(context: Context, session: str | None) -> Iterator[Placed]:
    """Yield the blocks of a session.

    If consents of earlier sessions are missing, it asks for them, so they are included.
    """
    sessions: Sequence[str] = context.content.sessions or ()
    earlier = set(sessions[: sessions.index(session)]) if session is not None else set()
    for path, block in context.blocks(BlockPart):
        is_own = block.sessions is None or session in block.sessions
        if is_own or (isinstance(block, ConsentBlock) and earlier & set(block.sessions or ())):
            yield path, block

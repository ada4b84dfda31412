"""Find the groups of a participant: recorded earlier, or assigned now."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from experiment.errors import ProtocolError, SessionError
from experiment.protocol.allocation import Applicant, allocation_key, assign
from experiment.protocol.load import Protocol
from experiment.protocol.plan import Assignment
from experiment.protocol.planner import group_of
from experiment.protocol.trials.allocation_list import PARTICIPANT
from experiment.record.assignments import RecordedAssignment, recorded_assignments
from experiment.record.participants_file import MISSING, participant_name, read_participants


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """Options of the command line about groups, by factor or property."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    """``--group``."""
    strata: Mapping[str, str] = field(default_factory=dict)
    """``--stratum``."""

    @classmethod
    def parsed(cls, groups: Sequence[str], strata: Sequence[str]) -> GroupOptions:
        """Return the options from texts such as ``feedback=live``.

        Raises
        ------
        SessionError
            If a text has another form, or names a factor twice.
        """
        return cls(_pairs("--group", groups), _pairs("--stratum", strata))


def find_assignment(
    protocol: Protocol, dataset: Path, participant: str, options: GroupOptions, *, seed: int | None = None
) -> Assignment | None:
    """Return how a participant comes into the groups; None if the number decides.

    Parameters
    ----------
    protocol
        A checked protocol.
    dataset
        Folder of the data set; it need not exist.
    participant
        Id of the participant. One with a recorded session stays in its groups.
    options
        Options of the command line.
    seed
        Seed of all random orders; by default the protocol's.

    Raises
    ------
    ProtocolError, SessionError
        If the options do not fit the protocol or an earlier session, or no place is left.
    RecordError
        If ``participants.tsv`` cannot be read.
    """
    content = protocol.content
    own = participant.removeprefix("sub-")
    recorded = [one for one in recorded_assignments(dataset) if one.task == content.name]
    before = next((one for one in recorded if one.participant == own), None)
    if before is not None:
        _require_same(before, options)
        return before.assignment
    if content.allocation is None and not options.chosen and not options.strata:
        return None
    strata = {**_known_strata(protocol, dataset, own), **options.strata}
    earlier = [_assignment_of(protocol, one) for one in {one.participant: one for one in reversed(recorded)}.values()]
    applicant = Applicant(own, strata, options.chosen)
    return assign(protocol, applicant, earlier, seed=content.seed if seed is None else seed)


def _require_same(before: RecordedAssignment, options: GroupOptions) -> None:
    """Require that the options say what an earlier session of the participant has.

    Raises
    ------
    SessionError
        If they say something else.
    """
    strata = {} if before.assignment is None else before.assignment.strata
    for option, given, known in (("--group", options.chosen, before.groups), ("--stratum", options.strata, strata)):
        for name, level in given.items():
            if known.get(name, level) != level:
                raise SessionError(
                    f"participant {before.participant} has {name} {known[name]} since an earlier session; leave "
                    f"{option} out, or check the id"
                )


def _known_strata(protocol: Protocol, dataset: Path, participant: str) -> dict[str, str]:
    """Return the strata of a participant that participants.tsv has.

    Raises
    ------
    ProtocolError
        If it has a level that the protocol does not have.
    """
    allocation = protocol.content.allocation
    if allocation is None or not allocation.strata or not dataset.is_dir():
        return {}
    row = read_participants(dataset).participants.get(participant_name(participant), {})
    found = {name: row[name] for name in allocation.strata if row.get(name, MISSING) not in ("", MISSING)}
    for name, level in found.items():
        if level not in allocation.strata[name]:
            levels = ", ".join(allocation.strata[name])
            raise ProtocolError(
                f"participants.tsv has {name} {level} for {participant}; the protocol has {levels}; correct one of them"
            )
    return found


def _assignment_of(protocol: Protocol, recorded: RecordedAssignment) -> Assignment:
    if recorded.assignment is not None:
        return recorded.assignment
    groups, rank = dict(recorded.groups), 0
    if protocol.content.groups:
        _, rank = group_of(protocol.content, recorded.participant, seed=recorded.seed)
    return Assignment(groups, rank, "number")


def _pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, level = (part.strip() for part in text.partition("="))
        if not (name and equals and level):
            raise SessionError(f"{option} {text}: write NAME=LEVEL, for example {_EXAMPLES[option]}")
        if name in pairs:
            raise SessionError(f"{option} names {name} twice; keep one")
        pairs[name] = level
    return pairs


_EXAMPLES = {"--group": "feedback=live", "--stratum": "sex=female"}


def rehearsed_assignments(
    protocol: Protocol, names: Sequence[str], *, seed: int | None = None
) -> dict[str, Assignment | None]:
    """Return the assignments of participants who do not exist, by id.

    Their properties run through all combinations of strata.

    Parameters
    ----------
    protocol
        A checked protocol.
    names
        Their ids, in order. If the allocation list has ids, they are taken instead.
    seed
        Seed of all random orders; by default the protocol's.

    Raises
    ------
    ProtocolError
        If the allocation list has fewer places.
    """
    content = protocol.content
    if content.allocation is None:
        return dict.fromkeys(names)
    rows = protocol.allocation_rows or ()
    if allocation_key(protocol) == PARTICIPANT:
        if len(rows) < len(names):
            raise ProtocolError(f"the allocation list has {len(rows)} participants; ask for at most {len(rows)}")
        names = [row.values[PARTICIPANT].removeprefix("sub-") for row in rows[: len(names)]]
    strata = content.allocation.strata
    kinds = [dict(zip(strata, levels, strict=True)) for levels in itertools.product(*strata.values())]
    found: dict[str, Assignment | None] = {}
    by_participant = allocation_key(protocol) == PARTICIPANT
    for index, name in enumerate(names):
        own = {} if by_participant else kinds[index % len(kinds)]
        known = [one for one in found.values() if one is not None]
        found[name] = assign(protocol, Applicant(name, own), known, seed=content.seed if seed is None else seed)
    return found

"""Assign a participant to the groups: by a list, within strata, or by choice.

A pure function of the protocol, the participant and the earlier assignments. Without `allocation` in the protocol, the
number of the participant decides (`experiment.protocol.planner.group_of`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from experiment.errors import ProtocolError
from experiment.protocol.language.problems import did_you_mean, similar_word
from experiment.protocol.language.schema_models import AllocationSection, ProtocolFile
from experiment.protocol.load import Protocol
from experiment.protocol.plan import Assignment
from experiment.protocol.planner import group_of, participant_number
from experiment.protocol.trials.allocation_list import PARTICIPANT, SLOT
from experiment.protocol.trials.randomisation import generator, shuffled
from experiment.protocol.trials.trial_lists import Row


@dataclass(frozen=True, slots=True)
class Applicant:
    """A participant who needs a group."""

    participant: str
    strata: Mapping[str, str] = field(default_factory=dict)
    """Properties with their levels."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """The groups that the experimenter chooses, by factor; empty: none is chosen."""


def assign(protocol: Protocol, applicant: Applicant, earlier: Sequence[Assignment], *, seed: int) -> Assignment | None:
    """Return how a participant comes into the groups; None if the number decides.

    Parameters
    ----------
    protocol
        A checked protocol.
    applicant
        The participant.
    earlier
        The assignments of all other participants, in any order.
    seed
        Seed of all random orders.

    Raises
    ------
    ProtocolError
        If the protocol does not allow the choice, a level is unknown, or the list has no place left.
    """
    content, file = protocol.content, protocol.file.name
    allocation = content.allocation or AllocationSection()
    is_by_participant = allocation_key(protocol) == PARTICIPANT
    _require_allowed(content, allocation, applicant, file=file, is_by_participant=is_by_participant)
    if applicant.chosen:
        groups = {factor: applicant.chosen[factor] for factor in content.groups}
        return Assignment(groups, _members(groups, earlier), "experimenter", dict(applicant.strata))
    if protocol.allocation_rows is not None:
        return _by_list(protocol, protocol.allocation_rows, applicant, earlier)
    if allocation.strata:
        slot = _first_free(_taken(applicant.strata, earlier))
        groups = _blocked_group(content, allocation, slot, _stratum_parts(content, applicant), seed=seed)
        return Assignment(groups, _members(groups, earlier), "strata", dict(applicant.strata), slot)
    if allocation.block_size:
        slot = _number(content, applicant.participant, seed=seed)
        before = [_blocked_group(content, allocation, one, (), seed=seed) for one in range(1, slot)][-MOST_LOOKED_AT:]
        groups = _blocked_group(content, allocation, slot, (), seed=seed)
        return Assignment(groups, before.count(groups), "number", slot=slot)
    return None


MOST_LOOKED_AT = 10_000
"""Earlier participants that are counted, for a participant with a very large number."""


def allocation_key(protocol: Protocol) -> str:
    """Return ``participant`` or ``slot``, the key of the list; empty without a list."""
    rows = protocol.allocation_rows
    if not rows:
        return ""
    return PARTICIPANT if PARTICIPANT in rows[0].values else SLOT


def _require_allowed(
    content: ProtocolFile, allocation: AllocationSection, applicant: Applicant, *, file: str, is_by_participant: bool
) -> None:
    """Require groups and strata that the protocol has.

    Raises
    ------
    ProtocolError
        With the remedy.
    """
    if applicant.chosen and not allocation.by_experimenter:
        raise ProtocolError(
            f"{file} does not allow --group: the groups are assigned as planned; to allow it, write `allocation: "
            "{by_experimenter: true}`"
        )
    needs_strata = not applicant.chosen and not is_by_participant
    for option, given, known in (
        ("--group", applicant.chosen, {factor: list(levels) for factor, levels in content.groups.items()}),
        ("--stratum", applicant.strata, dict(allocation.strata)),
    ):
        for name, level in given.items():
            if name not in known:
                hint = did_you_mean(name, list(known)) if known else f"; {file} has none"
                raise ProtocolError(f"{option} {name}={level}: unknown {_WHAT[option]} `{name}`{hint}")
            if level not in known[name]:
                hint = did_you_mean(level, known[name])
                raise ProtocolError(f"{option} {name}={level}: `{name}` has no level `{level}`{hint}")
        is_needed = bool(given) if option == "--group" else needs_strata
        if missing := [name for name in known if name not in given and is_needed]:
            levels = known[missing[0]]
            raise ProtocolError(
                f"participant {applicant.participant} needs {option} {missing[0]}=LEVEL, one of {', '.join(levels)}"
            )


_WHAT = {"--group": "factor of `groups`", "--stratum": "property of `strata`"}


def _by_list(
    protocol: Protocol, rows: Sequence[Row], applicant: Applicant, earlier: Sequence[Assignment]
) -> Assignment:
    content = protocol.content
    assert content.allocation is not None
    file = content.allocation.file
    name = file.name if file is not None else "the allocation list"
    strata = content.allocation.strata
    if allocation_key(protocol) == PARTICIPANT:
        index = _row_of(applicant.participant, [row.values[PARTICIPANT] for row in rows], name)
        groups = _groups_in(content, rows[index])
        own = {one: rows[index].values[one] for one in strata}
        if applicant.strata and dict(applicant.strata) != own:
            raise ProtocolError(f"{name} has participant {applicant.participant} with {_shown(own)}")
        rank = sum(_groups_in(content, row) == groups for row in rows[:index])
        return Assignment(groups, rank, "list", own, index + 1)
    own_rows = sorted(
        (row for row in rows if all(row.values[one] == applicant.strata[one] for one in strata)),
        key=lambda row: int(row.values[SLOT]),
    )
    of_stratum = f" for {_shown(applicant.strata)}" if strata else ""
    if strata:
        taken = _taken(applicant.strata, earlier)
        row = next((row for row in own_rows if int(row.values[SLOT]) not in taken), None)
        if row is None:
            raise ProtocolError(f"{name} has no slot left{of_stratum}: all {len(own_rows)} are taken")
    else:
        number = participant_number(applicant.participant)
        if number is None:
            raise ProtocolError(
                f"participant {applicant.participant} has no number at the end, and {name} assigns slots by number"
            )
        row = next((row for row in own_rows if int(row.values[SLOT]) == number), None)
        if row is None:
            raise ProtocolError(f"{name} has no slot {number}; it has {len(own_rows)} slots")
    groups = _groups_in(content, row)
    if strata:
        rank = _members(groups, earlier)
    else:
        rank = sum(_groups_in(content, other) == groups for other in own_rows[: own_rows.index(row)])
    return Assignment(groups, rank, "list", dict(applicant.strata), int(row.values[SLOT]))


def _row_of(participant: str, names: Sequence[str], file: str) -> int:
    own = participant.removeprefix("sub-").lower()
    for index, name in enumerate(names):
        if name.removeprefix("sub-").lower() == own:
            return index
    hint = similar_word(participant, names) or f"; it has {names[0]} to {names[-1]}"
    raise ProtocolError(f"participant {participant} is not in the allocation list {file}{hint}")


def _groups_in(content: ProtocolFile, row: Row) -> dict[str, str]:
    return {factor: row.values[factor] for factor in content.groups}


def _members(groups: Mapping[str, str], earlier: Sequence[Assignment]) -> int:
    return sum(dict(one.groups) == dict(groups) for one in earlier)


def _taken(strata: Mapping[str, str], earlier: Sequence[Assignment]) -> set[int]:
    return {one.slot for one in earlier if one.slot is not None and dict(one.strata) == dict(strata)}


def _first_free(taken: set[int]) -> int:
    return next(slot for slot in itertools.count(1) if slot not in taken)


def _number(content: ProtocolFile, participant: str, *, seed: int) -> int:
    """Return the number of a participant; without one, a number from the letters."""
    number = participant_number(participant)
    if number is None:
        groups, rank = group_of(content, participant, seed=seed)
        return 1 + (rank + len(groups)) % 1000
    return max(1, number)


def _stratum_parts(content: ProtocolFile, applicant: Applicant) -> tuple[str, ...]:
    assert content.allocation is not None
    return tuple(f"{name}={applicant.strata[name]}" for name in content.allocation.strata)


def _blocked_group(
    content: ProtocolFile, allocation: AllocationSection, slot: int, stratum: Sequence[str], *, seed: int
) -> dict[str, str]:
    """Return the groups at a slot (from 1) of the permuted blocks of one stratum."""
    cells = [dict(zip(content.groups, levels, strict=True)) for levels in itertools.product(*content.groups.values())]
    quotas = [math.prod(content.groups[factor][level] for factor, level in cell.items()) for cell in cells]
    one_turn = [index for index, quota in enumerate(quotas) for _ in range(quota)]
    sizes = allocation.block_size or [len(one_turn)]
    before = 0
    for block in itertools.count():
        random = generator("allocation", seed, *stratum, block)
        size = sizes[int(random.random() * len(sizes))]
        if slot <= before + size:
            places = shuffled(one_turn * (size // len(one_turn)), random)
            return cells[places[slot - before - 1]]
        before += size
    raise AssertionError("unreachable")


def _shown(levels: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {level}" for name, level in levels.items())

"""What a data set and a new session must have in common.

`data_set_facts` reads a data set; `find_rule_problems` compares the facts with the session that is about to begin, and
reads nothing. Some problems can be accepted, each with a word of `ACCEPTABLE`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from experiment.protocol.language.table_words import misread
from experiment.protocol.plan import Gap
from experiment.record.errors import RecordError
from experiment.record.journal_lines import SessionStart
from experiment.record.layout import LABEL, SessionPlace, file_name, recorded_sessions, task_label
from experiment.record.participants_file import read_participants

ACCEPTABLE = {
    "other-protocol": "another protocol than that of the data set",
    "edited-protocol": "a protocol that was edited after the latest session",
    "session": "a session that the protocol does not have",
    "skipped-session": "a later session of a participant who has no earlier one",
    "interval": "a session earlier or later than the days that the protocol plans after an earlier session",
    "clock": "a computer's clock that is before a recorded session",
    "number": "a participant number that leaves others out, or is written in another way",
}
"""Words for ``--accept``, and what each accepts."""
LONGEST_NAME = 143
"""Bytes in a file name: eCryptfs. Windows and other file systems of Linux allow 255."""
LONGEST_WINDOWS_PATH = 259
_AROUND_STEM = 60
"""Bytes that the longest file name of a session has around ``sub-01_ses-a_task-NAME``, while it is being written."""
_AROUND_STEP = 20
"""Bytes around the id of a step in the name of the folder of its frames: ``.partial-001-...-2``."""
_BELONGS = ("sourcedata", "derivatives", "stimuli", "code", "docs", "phenotype")
_BELONGS_AT_TOP = re.compile(
    r"(dataset_description\.json|participants\.(tsv|json)|(README|CHANGES|LICENSE)(\.\w+)?|CITATION\.cff"
    r"|Thumbs\.db|desktop\.ini|Icon\r|\..*)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(.*?)([0-9]+)")


@dataclass(frozen=True, slots=True)
class KnownSession:
    """One recorded session."""

    participant: str
    session: str | None
    task: str
    protocol_sha256: str
    protocol_file: str
    wall_s: float
    """When it began, in seconds since 1970."""
    pilot: bool
    partner: str | None = None
    """The second person; None without one."""


@dataclass(frozen=True, slots=True)
class DataSetFacts:
    """A data set as the rules need it."""

    dataset: Path
    sessions: tuple[KnownSession, ...] = ()
    planned: tuple[str, ...] = ()
    """Ids in ``participants.tsv``, without ``sub-``."""
    other_contents: tuple[str, ...] = ()
    """What does not belong there, if the folder is not a data set; else empty."""
    above: Path | None = None
    """The data set that this folder is inside of."""


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """The session that is about to begin."""

    participant: str
    session: str | None
    task: str
    protocol_file: str
    protocol_sha256: str
    sessions: tuple[str, ...] = ()
    """Sessions of the protocol, in order."""
    steps: tuple[str, ...] = ()
    pilot: bool = False
    partner: str | None = None
    """The second person; None without one."""
    gap: Gap | None = None
    """Days that must lie between this session and an earlier one."""
    now_s: float | None = None
    """The present time, in seconds since 1970; None: days between sessions are not judged."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """One reason not to begin."""

    message: str
    """What is wrong, and the remedy."""
    word: str | None = None
    """The word of `ACCEPTABLE` that accepts it; None if nothing does."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What may begin, and what must be known about it."""

    accepted: tuple[str, ...] = ()
    """One sentence for each problem that was accepted; it belongs into the record."""
    warnings: tuple[str, ...] = ()


def require_rules(facts: DataSetFacts, planned: PlannedSession, *, accept: Collection[str] = ()) -> RuleResult:
    """Require that a session may begin in a data set.

    Parameters
    ----------
    facts : DataSetFacts
        The data set.
    planned : PlannedSession
        The session.
    accept : collection of str
        Words of `ACCEPTABLE`.

    Raises
    ------
    RecordError
        With every problem that is not accepted.
    """
    problems = find_rule_problems(facts, planned)
    refused = [one for one in problems if one.word is None or one.word not in accept]
    if refused:
        raise RecordError("; ".join(_with_option(one) for one in refused))
    reading = misread(planned.participant)
    warnings = (
        [f"other programs read the participant id {planned.participant} as {reading}; choose another id"]
        if reading
        else []
    )
    return RuleResult(tuple(one.message for one in problems), tuple(warnings))


def find_rule_problems(facts: DataSetFacts, planned: PlannedSession) -> list[RuleProblem]:
    """Return every reason not to begin a session in a data set.

    Parameters
    ----------
    facts : DataSetFacts
        The data set.
    planned : PlannedSession
        The session. A pilot session may have any protocol, session and number.
    """
    problems = [*_folder(facts), *_names(facts, planned), *_case(facts, planned)]
    if not planned.pilot:
        problems += [*_protocol(facts, planned), *_session(facts, planned), *_number(facts, planned)]
        problems += _interval(facts, planned)
    return problems


def data_set_facts(dataset: Path) -> DataSetFacts:
    """Read the facts about a data set, or a folder that may become one.

    Raises
    ------
    RecordError
        If the path is a file, or ``participants.tsv`` cannot be read.
    """
    dataset = dataset.absolute()
    if dataset.is_file():
        raise RecordError(f"{dataset} is a file, and a data set is a folder; name a folder with --dataset")
    if not dataset.is_dir():
        return DataSetFacts(dataset, above=_data_set_above(dataset))
    sessions = tuple(filter(None, map(_known, recorded_sessions(dataset))))
    others = () if sessions or _is_described(dataset) else tuple(_other_contents(dataset))
    planned = tuple(name.removeprefix("sub-") for name in read_participants(dataset).participants)
    return DataSetFacts(dataset, sessions, planned, others, _data_set_above(dataset))


def _with_option(problem: RuleProblem) -> str:
    return problem.message + (f", or accept this with --accept {problem.word}" if problem.word else "")


# -- the rules


def _folder(facts: DataSetFacts) -> Iterator[RuleProblem]:
    if facts.above is not None:
        yield RuleProblem(f"{facts.dataset} is inside the data set {facts.above}; name that one, or a folder elsewhere")
    if facts.other_contents:
        shown = ", ".join(facts.other_contents[:3]) + (", ..." if len(facts.other_contents) > 3 else "")
        yield RuleProblem(
            f"{facts.dataset} is not a data set and has other contents ({shown}); name a new or empty folder with "
            "--dataset"
        )


def _names(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    place = SessionPlace(facts.dataset, planned.participant, planned.session)
    stem = f"{place.label}_task-{task_label(planned.task)}"
    if len(stem) > LONGEST_NAME - _AROUND_STEM:
        yield RuleProblem(
            f"the file names of this session would begin with {stem}, {len(stem)} characters; shorten the participant "
            f"id, the session or the protocol's name to {LONGEST_NAME - _AROUND_STEM} characters in all"
        )
    steps = [step for step in planned.steps if len(file_name(step)) > LONGEST_NAME - _AROUND_STEP]
    if steps:
        yield RuleProblem(
            f"the step {steps[0]} has {len(steps[0])} characters and its frames need a folder of that name; shorten "
            f"the names of its block and target to {LONGEST_NAME - _AROUND_STEP} in all"
        )
    if re.match(r"[A-Za-z]:", str(facts.dataset)):  # a path of Windows
        longest = max((len(file_name(step)) for step in planned.steps), default=0) + _AROUND_STEP
        length = len(str(place.frames)) + max(longest + 20, len(stem) + _AROUND_STEM)
        if length > LONGEST_WINDOWS_PATH:
            yield RuleProblem(
                f"paths in {facts.dataset} would have up to {length} characters, and Windows allows "
                f"{LONGEST_WINDOWS_PATH}; choose a folder with a shorter path"
            )


def _case(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    """Yield labels that are one name on the disks of Windows and macOS."""
    own, others = planned.participant, _persons(facts)
    for what, label, known in (
        ("participant", own, others),
        ("partner", planned.partner, [own, *others]),
        ("session", planned.session, [one.session for one in facts.sessions if one.participant == own]),
        ("task", task_label(planned.task), [task_label(one.task) for one in facts.sessions]),
    ):
        for other in dict.fromkeys(known):
            if label and other and label != other and label.lower() == other.lower():
                yield RuleProblem(f"{what} {label} differs from {other} only in upper and lower case; choose one")


def _protocol(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    before = [one for one in facts.sessions if not one.pilot]
    tasks = list(dict.fromkeys(one.task for one in before))
    if before and planned.task not in tasks:
        yield RuleProblem(
            f"{facts.dataset} has sessions of the protocol {', '.join(tasks)}, and {planned.protocol_file} is "
            f"{planned.task}; name another folder with --dataset",
            "other-protocol",
        )
    same = [one for one in before if one.task == planned.task]
    latest = max(same, key=lambda one: one.wall_s, default=None)
    if latest is not None and latest.protocol_sha256 != planned.protocol_sha256:
        label = SessionPlace(facts.dataset, latest.participant, latest.session).label
        yield RuleProblem(
            f"{planned.protocol_file} is not the same as at the latest session, {label}; restore it (its text is in "
            "the first line of the journal of that session)",
            "edited-protocol",
        )


def _session(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    if planned.session is None:
        return
    if planned.session not in planned.sessions:
        if planned.session not in {one.session for one in facts.sessions}:
            yield RuleProblem(
                f"{planned.protocol_file} has no session {planned.session}; add it under `sessions`", "session"
            )
        return
    earlier = planned.sessions[: planned.sessions.index(planned.session)]
    own = {one.session for one in facts.sessions if one.participant == planned.participant}
    missing = [session for session in earlier if session not in own]
    if missing:
        known = sorted({one.participant for one in facts.sessions if one.session in earlier})
        yield RuleProblem(
            f"participant {planned.participant} has no session {', '.join(missing)}, which comes before "
            f"{planned.session}; check the id (participants with it: {', '.join(known) or 'none'})",
            "skipped-session",
        )


def _interval(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    """Yield a session that is too early or too late, in days of the calendar."""
    gap = planned.gap
    if gap is None or planned.now_s is None:
        return
    own = [one for one in facts.sessions if one.participant == planned.participant and one.task == planned.task]
    before = next((one for one in own if one.session == gap.after and not one.pilot), None)
    if before is None:
        return
    first, today = date.fromtimestamp(before.wall_s), date.fromtimestamp(planned.now_s)
    days = (today - first).days
    if gap.earliest is not None and days < gap.earliest:
        allowed, what = first + timedelta(gap.earliest), "not before"
    elif gap.latest is not None and days > gap.latest:
        allowed, what = first + timedelta(gap.latest), "at the latest on"
    else:
        return
    ago = "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"
    yield RuleProblem(
        f"participant {planned.participant} had session {gap.after} {ago}, on {first.isoformat()}; session "
        f"{planned.session} is planned {_planned_days(gap)} later, {what} {allowed.isoformat()}",
        "interval",
    )


def _planned_days(gap: Gap) -> str:
    if gap.earliest is None:
        return f"at most {gap.latest} days"
    if gap.latest is None:
        return f"at least {gap.earliest} days"
    return f"{gap.earliest} days" if gap.earliest == gap.latest else f"{gap.earliest} to {gap.latest} days"


def _number(facts: DataSetFacts, planned: PlannedSession) -> Iterator[RuleProblem]:
    """Yield numbers that are written in another way, or leave others out.

    A partner may have a number that leaves others out.
    """
    own, persons = planned.participant, _persons(facts)
    if own not in persons and (match := _NUMBERED.fullmatch(own)) is not None:
        known = _numbers(persons, match[1])
        if int(match[2]) in known:
            yield _written_in_another_way("participant", own, known[int(match[2])])
        elif known and int(match[2]) > max(known) + 1:
            following = f"{match[1]}{max(known) + 1:0{len(match[2])}d}"
            yield RuleProblem(
                f"participant {own} leaves numbers out: the highest so far is {known[max(known)]}; the next is "
                f"{following}",
                "number",
            )
    partner, persons = planned.partner, [*persons, own]
    if partner is not None and partner not in persons and (match := _NUMBERED.fullmatch(partner)) is not None:
        known = _numbers(persons, match[1])
        if int(match[2]) in known:
            yield _written_in_another_way("partner", partner, known[int(match[2])])


def _numbers(persons: list[str], prefix: str) -> dict[int, str]:
    """Return the ids with a prefix and a number, by number."""
    found = ((_NUMBERED.fullmatch(one), one) for one in persons)
    return {int(match[2]): one for match, one in found if match is not None and match[1] == prefix}


def _written_in_another_way(who: str, own: str, other: str) -> RuleProblem:
    message = f"{who} {own} has the same number as {other}, written in another way; use {other} or another number"
    return RuleProblem(message, "number")


# -- the facts


def _persons(facts: DataSetFacts) -> list[str]:
    """Return the ids of all participants and partners."""
    partners = (one.partner for one in facts.sessions if one.partner is not None)
    return list(dict.fromkeys([*(one.participant for one in facts.sessions), *facts.planned, *partners]))


def _known(place: SessionPlace) -> KnownSession | None:
    try:
        start = SessionStart.from_json(json.loads(place.first_line)["data"])
    except (ValueError, KeyError, TypeError):
        return None  # a damaged journal is reported by everything that reads it; it does not stop the next participant
    return KnownSession(
        place.participant,
        place.session,
        start.task,
        start.protocol.sha256,
        start.protocol.file,
        start.setting.wall_s,
        start.pilot,
        start.partner,
    )


def _is_described(folder: Path) -> bool:
    """Return whether this program has described a folder as a data set."""
    try:
        text = (folder / "dataset_description.json").read_text(encoding="utf-8-sig")
        made_by = json.loads(text).get("GeneratedBy", [])
        return any(one.get("Name") == "Mimicry Lab" for one in made_by) and (folder / "participants.tsv").exists()
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _other_contents(folder: Path) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        belongs = path.name in _BELONGS if path.is_dir() else bool(_BELONGS_AT_TOP.fullmatch(path.name))
        if not belongs and not (path.is_dir() and path.name.startswith(".")):
            yield path.name
    source = folder / "sourcedata"
    for path in sorted(source.iterdir()) if source.is_dir() else ():
        if not (path.name.startswith(".") or (path.name.startswith("sub-") and LABEL.fullmatch(path.name[4:]))):
            yield f"sourcedata/{path.name}"


def _data_set_above(folder: Path) -> Path | None:
    return next((above for above in folder.parents if _is_described(above)), None)

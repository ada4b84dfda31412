"""Read recorded sessions as values for the analysis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from experiment.record.camera_offset import recorded_offsets
from experiment.record.checks.strays import renamed_warning
from experiment.record.checks.unverifiable import unverifiable
from experiment.record.consent.at_start import declined_sentence
from experiment.record.errors import RecordError
from experiment.record.face_summary import summary_of
from experiment.record.files import digest, known_sha256
from experiment.record.history import USE_REFUSED, History, RecordedTrial, read_history
from experiment.record.journal_lines import ProtocolText
from experiment.record.layout import SessionPlace, recorded_sessions
from experiment.record.session_record import NO_FRAME_MESSAGES, SessionRecord, TargetRecord, TrialRecord

_USE_UNANSWERED = "use-unanswered"
_USE_UNCERTAIN = "use-uncertain"


def read_sessions(dataset: Path) -> list[SessionRecord]:
    """Return every session of a data set, by participant and session.

    Raises
    ------
    RecordError
        If the folder does not exist, has no session, or a journal is damaged.
    """
    return _compared([session_record(read_history(place)) for place in require_sessions(dataset)])


def _compared(sessions: list[SessionRecord]) -> list[SessionRecord]:
    """Return the sessions, with warnings where protocol or pictures differ."""
    first: dict[tuple[str, ...], tuple[str, str | None]] = {}
    compared = []
    for session in sessions:
        warnings = list(session.warnings)
        for key, value, message in _comparable(session):
            earlier, before = first.setdefault((session.task, *key), (session.label, value))
            if before != value:
                warnings.append(f"{message} than in {earlier}")
        compared.append(replace(session, warnings=tuple(warnings)))
    return compared


def _comparable(session: SessionRecord) -> Iterator[tuple[tuple[str, ...], str | None, str]]:
    """Yield key, hash and message of what the sessions of a task have in common."""
    if not session.pilot:
        yield ("protocol",), session.protocol_version, f"the protocol is another one ({session.protocol_version[:12]})"
    for name, target in session.targets.items():
        yield ("target", name), target.sha256, f"target {name} is another picture"
        if target.motion is not None:
            yield ("clip", name), target.motion_sha256, f"target {name} is another clip"
        if target.sound_sha256 is not None:
            yield ("sound", name), target.sound_sha256, f"target {name} has another sound"
        if target.neutral is not None:
            sha256 = session.hashes.get(target.neutral)
            yield ("neutral", name), sha256, f"the neutral face of target {name} is another picture"


def dataset_warnings(sessions: Sequence[SessionRecord]) -> list[str]:
    """Return a sentence for everything that makes sessions hard to compare.

    Parameters
    ----------
    sessions : sequence of SessionRecord
        All sessions of the data set.
    """
    return [*_several_protocols(sessions), *_overwritten_pictures(sessions)]


def _several_protocols(sessions: Sequence[SessionRecord]) -> Iterator[str]:
    versions: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for session in sessions:
        if not session.pilot:
            versions[session.task][session.protocol_version].append(session.label)
    for task, own in versions.items():
        if len(own) > 1:
            listed = "; ".join(f"{version[:12]}: {', '.join(labels)}" for version, labels in own.items())
            yield (
                f"task {task} was recorded with {len(own)} different protocols, so its sessions may not be comparable "
                f"({listed})"
            )


def _overwritten_pictures(sessions: Sequence[SessionRecord]) -> Iterator[str]:
    """Yield the pictures for which sessions recorded different hashes."""
    first: dict[Path, tuple[str, str]] = {}
    found: set[Path] = set()
    for session in sessions:
        for path in session.stimuli:
            earlier, sha256 = first.setdefault(path, (session.label, session.hashes[path]))
            if session.hashes[path] != sha256 and path not in found:
                found.add(path)
                yield (
                    f"stimuli/{path.name} has another picture in {earlier} and in {session.label}: one of them was "
                    "overwritten, as happens when data sets are merged; sessions that showed it leave the target out; "
                    "keep data sets apart that have different pictures of one name"
                )


def require_sessions(dataset: Path) -> list[SessionPlace]:
    """Return the place of every session of a data set, by participant and session.

    Raises
    ------
    RecordError
        If the folder does not exist or has no session.
    """
    dataset = dataset.absolute()
    if not dataset.is_dir():
        raise RecordError(
            f"there is no data set at {dataset}; give the folder that `run` or `simulate` got as --dataset"
        )
    places = list(recorded_sessions(dataset))
    if not places:
        raise RecordError(f"no recorded session in {dataset}; expected sourcedata/sub-*/journal.jsonl")
    return places


def session_record(history: History) -> SessionRecord:
    """Return one session as the analysis reads it."""
    dataset, start = history.place.dataset, history.start
    stimuli = dataset / "stimuli"
    targets = {
        stimulus.name: TargetRecord(
            stimulus.name,
            stimulus.expression,
            stimuli / stimulus.image,
            stimulus.sha256,
            stimuli / stimulus.neutral if stimulus.neutral else None,
            stimulus.blend,
            background=str(start.setting.display.get("background", "white")),
            motion=stimuli / stimulus.motion if stimulus.motion else None,
            motion_sha256=stimulus.motion_sha256,
            sound_sha256=stimulus.sound_sha256,
            units=stimulus.units or {},
            course=stimuli / stimulus.course_table if stimulus.course_table else None,
        )
        for stimulus in history.stimuli
    }
    problem = withheld_problem(history)
    withheld = NO_FRAME_MESSAGES[problem] if problem else ""
    calibration = tuple(dataset / frame.file for step in history.calibrations for frame in step.frames if not withheld)
    trials = tuple(_trial(_without_frames(trial, problem) if problem else trial, history) for trial in history.trials)
    pictures = (*calibration, *(picture for trial in trials for picture in (trial.frame, *trial.neighbours) if picture))
    missing = [picture for picture in pictures if not picture.is_file()]
    warnings = [
        f"line {torn.line} of the journal was torn by a crash; nothing after it is lost" for torn in history.torn
    ]
    if history.recorded_as != history.place.label:
        warnings.append(renamed_warning(history.place, history.recorded_as))
    warnings += [f"accepted at the start: {sentence}" for sentence in start.options.get("accepted", ())]
    if history.replaced:
        warnings.append(
            f"another program replaced the journal {history.replaced} times while the session was recorded; nothing is "
            "lost, but take the data set out of folders that are synchronised"
        )
    warnings += [
        f"line {changed.line} of the journal ({changed.event}) was changed after the session wrote it; restore "
        f"{history.place.journal} from a copy"
        for changed in history.changed
    ]
    warnings += _changed_clips(history)
    warnings += unverifiable(history)
    if withheld:
        warnings.append(f"{withheld}{_REMEDIES.get(problem, '')}")
    if missing:
        warnings.append(f"{len(missing)} pictures are missing, the first is {missing[0]}")
    return SessionRecord(
        participant=history.place.participant,
        session=history.place.session,
        task=start.task,
        complete=history.complete,
        targets=targets,
        calibration_frames=calibration,
        trials=trials,
        seed=start.seed,
        display_verdict=_verdict(history),
        notes=_notes(history),
        pilot=start.pilot,
        demographics=dict(history.demographics),
        groups=dict(start.groups),
        hashes=_hashes(history),
        distrusted=frozenset(dataset / frame.file for step in history.distrusted for frame in step.frames),
        is_encrypted=start.encrypt_for is not None,
        camera_offsets=recorded_offsets(start.setting.camera),
        withheld=withheld,
        declined=declined_sentence(history),
        excluded="" if history.exclusion is None else history.exclusion.reason,
        composites=start.composites or {},
        partner=start.partner,
        journal_lines=history.lines,
        journal_sha256=history.last_sha256,
        faces=summary_of(history) if history.face_checks else None,
        protocol_version=_protocol_version(start.protocol),
        warnings=tuple(warnings),
    )


def _changed_clips(history: History) -> Iterator[str]:
    """Yield a warning for each clip or course that is missing, or was changed."""
    for stimulus in history.stimuli:
        for name, sha256 in stimulus.files.items():
            what = stimulus.kind_of(name)
            if what == "picture":  # compared where it is measured
                continue
            file = history.place.dataset / "stimuli" / name
            if not file.is_file():
                yield f"the {what} of target {stimulus.name} is missing: {file}; restore it from a copy"
            elif known_sha256(file) != sha256:
                yield f"{file} is not the {what} of target {stimulus.name} that was shown; restore it from a copy"


def _protocol_version(protocol: ProtocolText) -> str:
    """Return a hash of everything that a protocol consists of, apart from its targets."""
    bases = sorted(digest(text.encode()) for text in protocol.base_texts.values())
    files = sorted(one.sha256 for one in protocol.sources if one.kind in ("table", "picture"))
    if not bases and not files:
        return protocol.sha256
    return digest("\n".join([protocol.sha256, *bases, *files]).encode())


def _hashes(history: History) -> dict[Path, str]:
    """Return the recorded hashes of stimuli, frames and films, by path."""
    dataset = history.place.dataset
    found: dict[Path, str] = {}
    for stimulus in history.stimuli:
        found |= {dataset / "stimuli" / name: sha256 for name, sha256 in stimulus.files.items()}
    for part in history.film:
        found |= {dataset / one.file: one.sha256 for one in (part.table, *part.files)}
    return found | {dataset / frame.file: frame.sha256 for frame in history.frames() if frame.sha256 is not None}


_REMEDIES = {
    _USE_UNANSWERED: "; `resume` asks, and until then nothing of it is used",
    _USE_UNCERTAIN: "; until the journal is restored, nothing of it is used",
}


def withheld_problem(history: History) -> str:
    """Return the key of `NO_FRAME_MESSAGES` if frames and film may not be used."""
    if history.use_refused:
        return USE_REFUSED
    if history.use_is_uncertain:
        return _USE_UNCERTAIN
    return _USE_UNANSWERED if history.use_is_open else ""


def _without_frames(trial: RecordedTrial, problem: str) -> RecordedTrial:
    return replace(trial, frames=(), problem=trial.problem or problem)


def _trial(trial: RecordedTrial, history: History) -> TrialRecord:
    dataset, exclusion = history.place.dataset, history.exclusion_of(trial.id)
    return TrialRecord(
        id=trial.id,
        block=trial.block,
        kind=trial.kind,
        target=trial.target,
        condition=dict(trial.condition),
        outcome=trial.outcome,
        onset_s=trial.onset_s,
        duration_s=trial.offset_s - trial.onset_s,
        response_time_s=trial.response_time_s,
        frame=None if trial.key_frame is None else dataset / trial.key_frame.file,
        key_to_frame_ms=trial.key_to_frame_ms,
        hold_to_frame_ms=trial.hold_to_frame_ms,
        half_interval_ms=trial.half_interval_ms,
        neighbours=tuple(dataset / frame.file for frame in trial.neighbours),
        neighbour_ms=tuple(
            1000.0 * (frame.captured_s - (trial.key_frame or frame).captured_s) for frame in trial.neighbours
        ),
        late_flips=trial.late_flips,
        missed_frames=trial.missed_frames,
        ratings=dict(trial.ratings),
        problem=trial.problem,
        attempt=trial.attempt,
        details=dict(trial.details),
        baseline_s=trial.baseline_s,
        probe=trial.probe,
        filmed=trial.filmed,
        answers=trial.answers,
        excluded="" if exclusion is None else exclusion.reason,
    )


def _verdict(history: History) -> str:
    """Return the verdict on the display.

    All of them where a session was resumed with another one.
    """
    displays = [history.start.setting.display, *(line.setting.display for line in history.resumed)]
    return ", then ".join(dict.fromkeys(str(display["verdict"]) for display in displays if "verdict" in display))


def _notes(history: History) -> dict[str, str]:
    start, setting = history.start, history.start.setting
    notes = {
        "title": start.title,
        "language": start.language,
        "started": setting.utc,
        "resumed": str(len(history.resumed)),
        "protocol": Path(start.protocol.file).name,
        "protocol_sha256": start.protocol.sha256,
        "protocol_version": _protocol_version(start.protocol),
        "commit": setting.commit,
    }
    for prefix, facts in (
        ("version", setting.versions),
        ("machine", setting.machine),
        ("display", setting.display),
        ("camera", setting.camera),
    ):
        notes |= {f"{prefix}_{name}": str(value) for name, value in facts.items()}
    notes.pop("machine_host", None)  # earlier versions recorded the name of the computer; results are shared
    return notes

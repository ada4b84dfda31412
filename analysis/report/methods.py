"""The methods paragraph of a paper: only facts that are in the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.tables.measurement_provenance import model_sha256
from analysis.tables.score_tables import SessionTables
from analysis.terminal import many
from experiment.record.history import History, read_history
from experiment.record.journal_lines import Setting
from experiment.record.layout import SessionPlace
from experiment.record.provenance import commit, versions
from experiment.record.session_timing import SessionTiming, session_timing

_NAMED_VERSIONS = ("mimicry-lab", "psychopy", "opencv-python", "dlib-bin", "numpy", "scipy")
_KEYS_STAMPED_BY = {
    "ptb": "by Psychtoolbox",
    "pyglet": "by the window",
    "simulation": "by the simulation",
}


def methods_text(made: Sequence[SessionTables], metrics: Sequence[Metric], model: FaceModel, *, dataset: Path) -> str:
    """Return the paragraphs as Markdown; pilot sessions are left out and counted.

    Parameters
    ----------
    made : sequence of SessionTables
        The measured sessions.
    metrics : sequence of Metric
        The metrics of the tables.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder of the data set.
    """
    counted = [one for one in made if not one.session.record.pilot]
    places = [
        SessionPlace(dataset.absolute(), one.session.record.participant, one.session.record.session) for one in counted
    ]
    histories = [read_history(place) for place in places]
    timings = [session_timing(place) for place in places]
    settings = [one for history in histories for one in (history.start.setting, *(r.setting for r in history.resumed))]
    parts = [
        ("Participants and design", _design(counted, histories, left_out=len(made) - len(counted))),
        ("Viewing", _viewing(timings)),
        ("Display", _display(settings)),
        ("Timing", _timing(timings, settings)),
        ("Camera", _camera(settings, histories)),
        ("Measurement", _measurement(counted, metrics, model)),
        ("Exclusions", _exclusions(counted)),
        ("Software", _software(settings)),
    ]
    shown = ((title, " ".join(sentences)) for title, sentences in parts)
    return "\n\n".join(f"**{title}.** {text}" for title, text in shown if text) + "\n"


def _design(made: Sequence[SessionTables], histories: Sequence[History], *, left_out: int) -> Iterator[str]:
    people = {one.session.record.participant for one in made}
    yield f"The data set has {many(len(histories), 'session')} of {many(len(people), 'participant')}."
    if any(history.start.setting.camera.get("kind") == "simulated" for history in histories):
        simulated = sum(history.start.setting.camera.get("kind") == "simulated" for history in histories)
        yield f"{many(simulated, 'session')} had a simulated participant."
    unfinished = sum(not history.complete for history in histories)
    if unfinished:
        yield f"{many(unfinished, 'session')} ended before the last step."
    if left_out:
        yield f"{many(left_out, 'pilot session')} not counted."
    protocols = Counter((history.start.task, history.start.protocol.sha256[:12]) for history in histories)
    named = ", ".join(f"{task} (SHA-256 {sha256}...)" for task, sha256 in protocols)
    yield f"{'Protocol' if len(protocols) == 1 else 'Protocols'}: {named}."
    shown = [(history, one) for history in histories for one in history.trials if one.outcome != "aborted"]
    excluded = [history.exclusion_of(one.id) is not None for history, one in shown]
    kinds = Counter(one.kind for _, one in shown)
    yield f"Trials: {', '.join(f'{count} {kind}' for kind, count in kinds.items()) or 'none'}."
    if any(excluded):
        yield f"The experimenter excluded {sum(excluded)} of them by hand; the list of exclusions has the reasons."
    targets = {stored.name for history in histories for stored in history.stimuli}
    seeds = sorted({history.start.seed for history in histories})
    yield f"There were {many(len(targets), 'target face')}; random orders used seed {_listed(seeds)}."
    groups = Counter("/".join(history.start.groups.values()) for history in histories if history.start.groups)
    if groups:
        yield f"Sessions by group: {', '.join(f'{name} {count}' for name, count in sorted(groups.items()))}."


def _viewing(timings: Sequence[SessionTiming]) -> Iterator[str]:
    """Yield the sentences about targets that were only watched, and attention probes."""
    found = [timing.viewing for timing in timings if timing.viewing.trials]
    if not found:
        return
    trials, filmed = sum(one.trials for one in found), sum(one.filmed for one in found)
    yield f"In {many(trials, 'viewing trial')} the target was watched, not imitated; {filmed} of them were filmed."
    baselines = _range_of(
        trial.recorded.onset_s - trial.recorded.baseline_s
        for timing in timings
        for trial in timing.trials
        if trial.recorded.baseline_s is not None
    )
    if baselines:
        yield f"The baseline before the onset of a watched target took {baselines} s."
    dots, hits = sum(one.dots for one in found), sum(one.hits for one in found)
    if dots:
        yield f"Of {many(dots, 'attention probe')}, {hits} ({hits / dots:.0%}) were answered in time."
    reactions = [reaction_s for one in found for reaction_s in one.reactions_s]
    if reactions:
        yield f"The median reaction time to them was {1000 * median(reactions):.0f} ms."


def _range_of(values: Iterable[float]) -> str:
    found = list(values)
    return _range(found, ".2f") if found else ""


def _display(settings: Sequence[Setting]) -> Iterator[str]:
    found = _distinct(settings, lambda one: _size(one.display.get("found", {}).get("framebuffer_px")))
    asked = _distinct(settings, lambda one: one.display.get("asked", {}).get("viewing_distance_cm"))
    if found:
        yield f"Faces were shown on a display of {_listed(found)} pixels."
    if asked:
        yield f"The protocol states a viewing distance of {_listed([f'{value:g}' for value in asked])} cm."
    nominal = _distinct(settings, lambda one: one.display.get("refresh", {}).get("nominal_hz"))
    measured = _distinct(settings, lambda one: one.display.get("refresh", {}).get("measured_hz"))
    verdicts = _distinct(settings, lambda one: one.display.get("verdict"))
    if nominal and verdicts == ["locked"] and measured:
        measured_hz, nominal_hz = _range(measured, ".2f"), _range(nominal, "g")
        yield f"Its refresh rate, measured before each session, was {measured_hz} Hz (nominal {nominal_hz} Hz)."
    elif nominal:
        yield f"Its nominal refresh rate was {_range(nominal, 'g')} Hz."
    if verdicts:
        yield f"The program's verdict on the display was: {_listed(verdicts)}."


def _timing(timings: Sequence[SessionTiming], settings: Sequence[Setting]) -> Iterator[str]:
    trials = [trial for timing in timings for trial in timing.counted if trial.recorded.outcome != "aborted"]
    if not trials:
        return
    stamped = _distinct(settings, lambda one: one.display.get("keys_stamped_by"))
    if stamped:
        yield f"Key presses were stamped {_listed([_KEYS_STAMPED_BY.get(one, f'by {one}') for one in stamped])}."
    missed = sum(trial.recorded.missed_frames for trial in trials)
    late = sum(trial.recorded.late_flips for trial in trials)
    passed = sum(trial.passes for trial in trials)
    yield (
        f"{passed} of {many(len(trials), 'trial')} passed the timing criteria; "
        f"{many(missed, 'display frame')} missed at {many(late, 'late flip')}."
    )
    if any(timing.software_paced for timing in timings):
        yield "In some sessions the computer's clock paced the display, which is not certified."
    distances = [abs(ms) for trial in trials if (ms := trial.recorded.anchor_to_frame_ms) is not None]
    bounds = [ms for trial in trials if (ms := trial.recorded.half_interval_ms) is not None]
    if distances:
        yield (
            f"The camera frame nearest to the response was {median(distances):.1f} ms from it (median; at most "
            f"{max(distances):.1f} ms)."
        )
    if bounds:
        yield f"Half the interval between camera frames was at most {max(bounds):.1f} ms."


def _camera(settings: Sequence[Setting], histories: Sequence[History]) -> Iterator[str]:
    kinds = _distinct(settings, lambda one: one.camera.get("kind"))
    sizes = _distinct(settings, lambda one: _size(one.camera.get("size_px")))
    rates = _distinct(settings, lambda one: one.camera.get("rate_hz"))
    if sizes:
        kind = f" ({_listed(kinds)})" if kinds else ""
        rate = f" at {_range(rates, 'g')} frames per second" if rates else ""
        yield f"The camera{kind} gave pictures of {_listed(sizes)} pixels{rate}."
    counts = {len(step.frames) for history in histories for step in history.calibrations}
    if counts:
        yield f"A neutral baseline of {_listed(sorted(counts))} frames calibrated each participant."
    kept = {len(trial.frames) for history in histories for trial in history.trials if trial.frames}
    if kept:
        yield f"{_listed(sorted(kept))} frames were kept for a response."
    encrypted = sum(history.start.encrypt_for is not None for history in histories)
    if encrypted:
        yield f"Frames of {many(encrypted, 'session')} were encrypted when they were stored (age, X25519)."


def _measurement(made: Sequence[SessionTables], metrics: Sequence[Metric], model: FaceModel) -> Iterator[str]:
    yield (
        f"68 landmarks were detected with dlib {versions().get('dlib-bin', '')} and the face model {model.name} "
        f"(SHA-256 {model_sha256(model)[:12]}...) was fitted to them."
    )
    calibrations = Counter(one.session.calibration for one in made if one.session.participant)
    words = {"neutral": "by neutral frames", "alone": "without neutral frames (each mimic was measured alone)"}
    if calibrations:
        listed = ", ".join(f"{many(count, 'session')} {words.get(name, name)}" for name, count in calibrations.items())
        yield f"Calibration of participants: {listed}."
    for metric in metrics:
        yield f"Similarity, metric {metric.name}: {metric.formula}."


def _exclusions(made: Sequence[SessionTables]) -> Iterator[str]:
    reasons = Counter(
        one.reason for session in made for one in session.session.exclusions if one.what.startswith("trial ")
    )
    used = sum(one.session.takes.total() for one in made)
    if not reasons:
        yield f"No trial was excluded; {many(used, 'trial')} entered the tables."
        return
    listed = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    yield f"{many(reasons.total(), 'trial')} excluded ({listed}); {many(used, 'trial')} entered the tables."


def _software(settings: Sequence[Setting]) -> Iterator[str]:
    for name, values in (
        ("Sessions", [_version_list(one.versions, one.commit) for one in settings]),
        ("Analysis", [_version_list(versions(), commit())]),
    ):
        yield f"{name}: {' or '.join(dict.fromkeys(values))}."
    systems = _distinct(settings, lambda one: one.machine.get("system"))
    if systems:
        yield f"Computers of the sessions: {_listed(systems)}."


# -- words


def _version_list(found: Mapping[str, str], commit_: str) -> str:
    named = [f"Python {found['python']}"] if "python" in found else []
    named += [f"{name} {found[name]}" for name in _NAMED_VERSIONS if name in found]
    return ", ".join([*named, f"commit {commit_[:12]}{'+changes' if commit_.endswith('+changes') else ''}"])


def _distinct(settings: Iterable[Setting], fact: Callable[[Setting], Any]) -> list[Any]:
    """Return the values of a fact without repetition, as far as it was recorded."""
    return list(dict.fromkeys(value for one in settings if (value := fact(one)) is not None))


def _size(value: Any) -> str | None:
    return f"{value[0]} x {value[1]}" if isinstance(value, Sequence) and len(value) == 2 else None


def _listed(values: Sequence[object]) -> str:
    return " or ".join(map(str, values))


def _range(values: Sequence[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"

"""The protocol of the study: moving faces that are watched and filmed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import BlendRenderer, design

CLIPS = {
    **{emotion: {emotion: 0.8} for emotion in ("happiness", "anger", "sadness", "surprise", "fear", "disgust")},
    "weak-happiness": {"happiness": 0.4},
    "weak-anger": {"anger": 0.4},
}
"""Strengths of emotions at the apex of each moving target."""
FIXATION_S, BLANK_S = 0.5, 0.5
DELAY_S, ONSET_S, OFFSET_S = 0.2, 0.3, 0.3
SHORTEST_S = 2.0
"""Shortest film of a trial: the target needs time for its course."""
SEED = 16

_HEAD = """\
protocol: 1
name: course-study
title: Faces that move
seed: {seed}
display: {{refresh_rate: 60}}
camera: {{size: [640, 480], rate: 30}}
timing: {{fixation: {fixation} s, target: {target} s, inter_trial: {blank} s}}
targets:
"""
_TARGET = """\
  {name}:
    blend: {{{blend}}}
    course: {{delay: {delay} s, onset: {onset} s, hold: {hold} s, offset: {offset} s, length: {length} s}}
"""
_BLOCKS = """\
blocks:
  - {{name: baseline, kind: calibration, text: Relax your face., frames: 10}}
  - name: watching
    kind: viewing
    trials: [{trials}]
    order: random
    baseline: {fixation} s
    film: true
"""


@dataclass(frozen=True, slots=True)
class StudySize:
    """Amounts of a study."""

    people: int = 73
    clips: int = 8
    seconds: float = 3.0
    """Length of the film of a trial, with fixation and blank."""
    drawn: int = 10
    """Drawn persons; participants share them."""


def participants(size: StudySize) -> list[str]:
    """Return the labels of all participants."""
    return [f"{number:02d}" for number in range(1, size.people + 1)]


def write_protocol(folder: Path, size: StudySize) -> Path:
    """Write the protocol into a folder; return its file.

    Parameters
    ----------
    folder
        Made if it does not exist.
    size
        Amounts of the study.
    """
    target_s = round(size.seconds - FIXATION_S - BLANK_S, 6)
    hold_s = round(target_s - DELAY_S - ONSET_S - OFFSET_S - 0.1, 6)
    names = list(CLIPS)[: size.clips]
    times = {"delay": DELAY_S, "onset": ONSET_S, "hold": hold_s, "offset": OFFSET_S, "length": target_s}
    text = _HEAD.format(seed=SEED, fixation=FIXATION_S, target=target_s, blank=BLANK_S)
    for name in names:
        blend = ", ".join(f"{emotion}: {strength}" for emotion, strength in CLIPS[name].items())
        text += _TARGET.format(name=name, blend=blend, **times)
    text += _BLOCKS.format(trials=", ".join(names), fixation=FIXATION_S)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "course_study.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def plan_of(protocol: Path, participant: str, *, render: BlendRenderer) -> SessionPlan:
    """Return the plan of a participant.

    Parameters
    ----------
    protocol
        Its file.
    participant
        The label.
    render
        Gives the files of the drawn targets.
    """
    return design(load_protocol(protocol), participant=participant, render=render)

"""Training, as a session uses it: offer frames, ask for the next screen, hear when a hold was completed.

No method waits for a measurement or for the disk. What is shown is smoothed; what is stored is as measured.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.emotions import EMOTIONS
from experiment.feedback.hint_policy import Hint, HintShown, Standpoint, hints, next_hint
from experiment.feedback.hold import Holding, Moment
from experiment.feedback.messages import DISTANCE_SIZE_PX, TROUBLES, Goal, LiveReading, Measurement, Scene
from experiment.feedback.smoothing import Smooth, steady_number
from experiment.feedback.tracking_status import TROUBLE_AFTER_S, Sight
from experiment.feedback.training_screen import Bar, View, captured_screen, emotion_bars, mirror_image, training_screen
from experiment.feedback.training_texts import hint_sentence, screen_words, unit_label
from experiment.feedback.worker_process import Measuring, shrunk
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import HOLD_MARGIN_S, Feedback, SessionPlan, Trial
from experiment.screens.raster import picture_aspect
from experiment.screens.screen import Screen

CALM_S = 0.35
"""Time constant of everything shown."""
CONSIDERED_S = 0.7
"""Time constant of what hints are chosen by."""
CLOSE = 0.75
"""Similarity from which on a trainee for whom no hint is left is told that this is very close."""
FIRST_HINT_S = 1.0
"""Nobody is told what to do better before there was time to do anything."""
NO_FEEDBACK = Feedback(gauge=False, mirror=False, emotions=False, units=False, difference=False, hint=False)
OBSTACLES = (*TROUBLES, "no-camera", "starting", "restarting", "failed")
"""What may be in the way of a measurement, by the names of the texts that say what to do."""
_STRONGEST_UNITS = 5
_CAMERA_SILENCE_S = 1.0
_ROWS_EVERY_S = 1.0


class Training:
    """Live feedback over one session."""

    def __init__(self, plan: SessionPlan, measuring: Measuring, *, clock: Clock) -> None:
        """Show what ``measuring`` says, in the plan's language and colours."""
        self._plan = plan
        self._measuring = measuring
        self._clock = clock
        self._aspect = plan.display.size_px[0] / plan.display.size_px[1]
        self._newest_lock = threading.Lock()
        self._newest: tuple[float, ImageArray] | None = None
        self._mirrors_s = plan.longest_hold_s + HOLD_MARGIN_S
        self._trial: _TrialState | None = None
        self._drawn: tuple[object, Screen] | None = None
        self._log = _Log()
        self._mirrors: deque[tuple[float, ImageArray]] = deque()
        self._afterwards: Screen | None = None

    # -- the camera's thread

    def offer(self, frame: CameraFrame) -> None:
        """Here is the newest frame. Called by one thread only; returns at once."""
        small = replace(frame, image=shrunk(frame.image))
        mirror = mirror_image(small.image, self._plan.display.size_px)
        with self._newest_lock:
            self._newest = (self._clock.now(), mirror)
            self._mirrors.append((frame.time_s, mirror))
            while self._mirrors[0][0] < frame.time_s - self._mirrors_s:
                self._mirrors.popleft()
        self._measuring.offer(small)

    # -- the session

    @property
    def is_ready(self) -> bool:
        """Whether measuring has started, or never will."""
        self._measuring.latest()
        return self._measuring.state in ("ready", "failed")

    @property
    def problem(self) -> str:
        """One sentence about why nothing can be measured or the calibration failed; empty if all is well."""
        return self._measuring.problem

    def calibrate(self, frames: Sequence[CameraFrame]) -> None:
        """Take these frames for the trainee's face at rest; an earlier calibration is forgotten."""
        self._measuring.calibrate([frame.image for frame in frames])

    def rehearsal(self, trial: Trial) -> Sequence[Screen]:
        """Screens with everything a trial may show but its hints, for a display to load before it begins."""
        now_s = self._clock.now()
        state = _TrialState(trial, self._plan, now_s)
        state.take(None, self._measuring.scene, now_s)
        nothing = np.zeros((*DISTANCE_SIZE_PX, 3), dtype=np.uint8)
        view = replace(state.view(None, self._newest, self._aspect), similarity=0.5, distance=nothing)
        views = [
            *(replace(view, number=number, hint=view.words["close"]) for number in (123, 456, 789, 0)),
            view,
            replace(view, held=0.5),
            *(replace(view, obstacle=name) for name in OBSTACLES),
        ]
        return [captured_screen(view), *map(training_screen, views)]

    def begin(self, trial: Trial, now_s: float) -> None:
        """A trial begins: its target is about to be shown."""
        self._trial = _TrialState(trial, self._plan, now_s)
        wanted = self._trial.feedback
        self._measuring.aim(trial.target.name, want_distance=wanted.difference, want_promises=wanted.hint)
        self._drawn = self._afterwards = None
        self._log = _Log()

    def screen(self, now_s: float) -> Screen:
        """What the next flip shows, with the newest measurement in it.

        The same object as before if nothing has changed, so that a display need not draw it again.
        """
        trial = self._current()
        trial.take(self._measuring.latest(), self._measuring.scene, now_s)
        with self._newest_lock:
            newest = self._newest
        obstacle = self._obstacle(trial, newest, now_s)
        content = (trial.version, obstacle, None if newest is None else newest[0])
        if self._drawn is None or self._drawn[0] != content:
            self._drawn = (content, training_screen(trial.view(obstacle, newest, self._aspect)))
        return self._drawn[1]

    def flipped(self, flip: Flip) -> Moment | None:
        """The screen is now on the display. The best moment, if this flip completed a hold."""
        trial = self._current()
        if trial.fresh is not None:
            self._log.add(trial.fresh, shown_s=flip.time_s, hint=trial.hint.asked)
            trial.fresh = None
        moment, trial.locked = trial.locked, None
        trial.answer = moment or trial.answer
        return moment

    def answer(self, time_s: float) -> Moment:
        """The response key was pressed: the best moment of the hold window before it, or the key press itself."""
        trial = self._current()
        trial.answer = trial.holding.answered(time_s)
        return trial.answer

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """Columns of the frames measured since the last call, for the journal, about once a second and after `end`."""
        columns = self._log.columns(self._clock.now(), every_s=0.0 if self._trial is None else _ROWS_EVERY_S)
        if columns is not None:
            yield columns

    def end(self) -> Mapping[str, Any]:
        """The trial is over; what its record should hold (any JSON). Similarities are as measured."""
        trial = self._current()
        self._trial = self._drawn = None
        self._measuring.aim(None, want_distance=False, want_promises=False)
        moment = trial.answer
        self._afterwards = self._captured(trial, moment)
        return {
            "similarity": None if moment is None else moment.similarity,
            "locked_by": None if moment is None else moment.by,
            "locked_frame_s": None if moment is None else moment.time_s,
            "hold": None if trial.hold is None else asdict(trial.hold),
            **self._log.summary(),
            "hints": dict(trial.hints_seen),
            "troubles": dict(trial.troubles_seen),
            "measuring_restarts": self._measuring.restarts,
            "measuring_problem": self._measuring.problem,
        }

    def afterwards(self) -> Screen | None:
        """The frame that was captured in the last trial and its similarity, not smoothed, until the next one begins.

        None for groups without a gauge, and where nothing was captured.
        """
        return self._afterwards

    def close(self) -> None:
        """End the measuring process."""
        self._measuring.close()

    def _captured(self, trial: _TrialState, moment: Moment | None) -> Screen | None:
        if moment is None or moment.similarity is None or not trial.feedback.gauge:
            return None
        with self._newest_lock:
            nearest = min(self._mirrors, key=lambda pair: abs(pair[0] - moment.time_s), default=None)
        view = trial.view(None, nearest, self._aspect)
        return captured_screen(replace(view, number=round(100.0 * max(moment.similarity * moment.distinct, 0.0))))

    def _current(self) -> _TrialState:
        if self._trial is None:
            raise RuntimeError("no training trial has begun")
        return self._trial

    def _obstacle(self, trial: _TrialState, newest: tuple[float, ImageArray] | None, now_s: float) -> str | None:
        if not trial.is_measured_for_the_trainee:
            return None
        state = self._measuring.state
        if state != "ready":
            return state
        if newest is None or now_s - newest[0] > _CAMERA_SILENCE_S:
            return "no-camera"
        return trial.sight.shown


class _TrialState:
    """Everything that changes during one trial."""

    def __init__(self, trial: Trial, plan: SessionPlan, now_s: float) -> None:
        self.feedback = trial.feedback or NO_FEEDBACK
        self._trial = trial
        self._plan = plan
        self._began_s = now_s
        self.hold = hold = trial.hold
        window_s = (hold.frames if hold else 30) / plan.display.refresh_rate_hz
        self.holding = Holding(threshold=hold.similarity if hold else None, window_s=window_s)
        self.sight = Sight()
        self.fresh: Measurement | None = None
        """A measurement that no flip has shown yet."""
        self.locked: Moment | None = None
        """A hold that was completed and that nobody has been told of."""
        self.answer: Moment | None = None
        """What the trial was answered with."""
        self.version = 0
        """Changes with everything that is shown."""
        self.hint = HintShown()
        self.hints_seen: dict[str, int] = {}
        self.troubles_seen: dict[str, int] = {}
        self._smooth: Smooth | None = None
        self._considered: Smooth | None = None
        self._considered_since_s = 0.0
        self._goal: Goal | None = None
        self._unit_names: tuple[str, ...] = ()
        self._distance: ImageArray | None = None
        self._number = 0

    @property
    def is_measured_for_the_trainee(self) -> bool:
        """Whether the trainee sees anything that needs a measurement."""
        shown = self.feedback
        return shown.gauge or shown.emotions or shown.units or shown.difference or shown.hint or bool(self._trial.hold)

    def take(self, measurement: Measurement | None, scene: Scene | None, now_s: float) -> None:
        """Take one more measurement into account; None if there is no new one."""
        if scene is not None and self._goal is None:
            self._goal, self._unit_names = scene.goals.get(self._trial.target.name), scene.unit_names
            self.version += 1
        if measurement is None or measurement.frame_time_s < self._began_s:
            return
        self.fresh = measurement
        self.version += 1
        reading, time_s = measurement.reading, measurement.frame_time_s
        self.sight = self.sight.after(reading.trouble, now_s)
        if reading.trouble is not None:
            self.troubles_seen[reading.trouble] = self.troubles_seen.get(reading.trouble, 0) + 1
            if self.sight.shown is not None:
                self.holding.interrupted()
            return
        # What hardly moves resembles everything a little and nothing in particular.
        worth = reading.similarity * reading.distinct
        measured = np.concatenate(([worth], reading.emotions, reading.units))
        start = Smooth(measured, time_s) if self._smooth is None else self._smooth
        self._smooth = start.follow(measured, time_s, time_constant_s=CALM_S)
        shown = float(self._smooth.value[0])
        self._number = steady_number(self._number, 100.0 * max(shown, 0.0))
        if reading.distance is not None:
            self._distance = reading.distance
        locked = self.holding.measured(
            time_s=time_s, shown=shown, measured=reading.similarity, distinct=reading.distinct
        )
        self.locked = locked or self.locked
        if scene is not None and reading.promises is not None:
            self._choose_hint(reading.promises, reading, time_s, scene)

    def view(self, obstacle: str | None, newest: tuple[float, ImageArray] | None, aspect: float) -> View:
        """What is to be seen now."""
        trial, plan = self._trial, self._plan
        words = screen_words(plan.language)
        hint = self.hint.asked
        similarity, emotions, units = self._shown()
        hold = trial.hold
        by_key = hold is None or hold.on_key
        key = trial.respond_keys[0] if trial.respond_keys and by_key else ""
        return View(
            target_name=trial.target.name,
            target_picture=trial.target.image,
            target_aspect=picture_aspect(trial.target.image),
            feedback=self.feedback,
            words=words,
            background=plan.display.background,
            ink=plan.display.text_colour,
            aspect=aspect,
            mirror=None if newest is None else newest[1],
            similarity=similarity,
            number=self._number,
            threshold=None if hold is None else hold.similarity,
            held=self.holding.progress(self._smooth.time_s) if self._smooth is not None else 0.0,
            emotions=() if self._goal is None else emotion_bars(words, list(self._goal.emotions), emotions),
            units=self._unit_bars(units),
            distance=self._distance,
            hint=self._sentence(hint, words, similarity),
            hint_units=() if hint is None else tuple((unit, hint.change) for unit in hint.units),
            obstacle=obstacle,
            key=plan.texts.get(f"key-{key}", key.upper()) if key else "",
        )

    def _shown(self) -> tuple[float | None, list[float] | None, FloatArray | None]:
        if self._smooth is None:
            return None, None, None
        value = self._smooth.value
        return float(value[0]), value[1 : 1 + len(EMOTIONS)].tolist(), value[1 + len(EMOTIONS) :]

    def _choose_hint(self, promised: FloatArray, reading: LiveReading, time_s: float, scene: Scene) -> None:
        measured = np.concatenate(([reading.similarity], reading.units, promised))
        if self._considered is None or time_s - self._considered.time_s > TROUBLE_AFTER_S:
            # Nobody tries a hint while the screen says what is in the way, and whoever comes back begins anew.
            self._considered, self._considered_since_s = Smooth(measured, time_s), time_s
            self.hint = self.hint.begun_anew()
        self._considered = self._considered.follow(measured, time_s, time_constant_s=CONSIDERED_S)
        if time_s - self._considered_since_s < FIRST_HINT_S:
            return
        value, count = self._considered.value, len(scene.unit_names)
        own = dict(zip(scene.unit_names, value[1 : 1 + count].tolist(), strict=True))
        now = Standpoint(time_s, float(value[0]), own)
        before = self.hint.asked
        self.hint = next_hint(self.hint, hints(value[1 + count :], scene.changes), now)
        shown = self.hint.asked
        if shown is not None and (before is None or not shown.asks_as(before)):
            name = f"{shown.side} {shown.movement} {'more' if shown.change > 0 else 'less'}".strip()
            self.hints_seen[name] = self.hints_seen.get(name, 0) + 1

    def _sentence(self, hint: Hint | None, words: Mapping[str, str], similarity: float | None) -> str:
        if similarity is None:
            return ""
        if hint is None:
            nothing_left = self.hint.hint is None and math.isfinite(self.hint.since_s)
            return words["close"] if nothing_left and similarity >= CLOSE else ""
        return hint_sentence(hint, self._plan.language)

    def _unit_bars(self, own: FloatArray | None) -> tuple[Bar, ...]:
        goal = self._goal
        if goal is None:
            return ()
        strongest = np.argsort(-goal.units, kind="stable")[:_STRONGEST_UNITS]
        return tuple(
            Bar(unit_label(self._unit_names[i]), float(goal.units[i]), None if own is None else float(own[i]))
            for i in sorted(strongest)
            if goal.units[i] > 0
        )


@dataclass(frozen=True, slots=True)
class _Row:
    measurement: Measurement
    shown_s: float
    hint: str


class _Log:
    """The frames measured in one trial: the latest second in full, the rest as a summary."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._frames = 0
        self._measured = 0
        self._best: float | None = None
        self._first: float | None = None

    def add(self, measurement: Measurement, *, shown_s: float, hint: Hint | None) -> None:
        sentence = "" if hint is None else f"{hint.side} {hint.movement} {hint.change:+.2f}".strip()
        self._rows.append(_Row(measurement, shown_s, sentence))
        self._frames += 1
        if measurement.reading.trouble is None:
            similarity = measurement.reading.similarity
            self._measured += 1
            self._first = similarity if self._first is None else self._first
            self._best = similarity if self._best is None else max(self._best, similarity)

    def summary(self) -> dict[str, Any]:
        return {
            "frames_shown": self._frames,
            "frames_measured": self._measured,
            "first_similarity": self._first,
            "best_similarity": self._best,
        }

    def columns(self, now_s: float, *, every_s: float) -> Mapping[str, Any] | None:
        rows = self._rows
        if not rows or now_s - rows[0].shown_s < every_s:
            return None
        self._rows = []
        readings = [row.measurement.reading for row in rows]
        return {
            "frame": [row.measurement.frame for row in rows],
            "frame_time_s": [_rounded(row.measurement.frame_time_s, 6) for row in rows],
            "offered_ms": [_since_frame(row, row.measurement.offered_s) for row in rows],
            "started_ms": [_since_frame(row, row.measurement.started_s) for row in rows],
            "finished_ms": [_since_frame(row, row.measurement.finished_s) for row in rows],
            "shown_ms": [_since_frame(row, row.shown_s) for row in rows],
            "trouble": [reading.trouble for reading in readings],
            "similarity": [
                _rounded(reading.similarity, 5) if reading.trouble is None else None for reading in readings
            ],
            "intensity": [_rounded(reading.intensity, 4) if reading.trouble is None else None for reading in readings],
            "emotions": [[_rounded(value, 4) for value in reading.emotions] for reading in readings],
            "units": [[_rounded(value, 4) for value in reading.units] for reading in readings],
            "hint": [row.hint for row in rows],
        }


def _since_frame(row: _Row, time_s: float) -> float:
    return _rounded(1000.0 * (time_s - row.measurement.frame_time_s), 3)


def _rounded(value: float, digits: int) -> float:
    return round(float(value), digits)

"""Somebody who takes part: watches the display, moves their face, presses a key when they believe to be at their best.

A `ScreenObserver`, told of every flip. What it decides is a matter of camera frames counted from the flip at which a
target appeared, and of the person's seed; so every run gives the same faces at the same frames.
"""

from __future__ import annotations

import zlib
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan, Trial
from experiment.screens.screen import Screen
from experiment.simulation import movement
from experiment.simulation.drawn_pictures import FaceAct, Pictures
from experiment.simulation.face_schedule import Schedule
from experiment.simulation.imitation import attempt_name, habits, imitate
from experiment.simulation.movement import FaceState, Timing
from experiment.simulation.person import Person
from experiment.simulation.screen_answers import DECIDE_S, READ_S, TYPE_S, answers, scales
from experiment.simulation.simulated_camera import FrameGrid
from experiment.simulation.target_units import goal_of

AHEAD = 4
"""So many imitations are drawn before they are needed."""
AFTER_KEY = 3
"""Frames the expression is held beyond the last one the session keeps."""
PATIENCE_S = 7.0
"""How long live feedback is followed before the key is pressed all the same."""
FOLLOW_S, NEXT_HINT_S = 0.5, 2.5
"""From a hint to the movement, and from that to looking at the hint again."""
FOLLOWED = 0.7
"""Share of the change a hint asks for that is made."""
CHANGE_FRAMES = 9


@dataclass(slots=True)
class _Imitation:
    """A trial that is on the display."""

    trial: Trial
    act: FaceAct
    apex: FloatArray
    timing: Timing
    begun_at: int | None = None
    """Camera frame at which the act began; None while its pictures are not there."""
    live: bool = False
    """The screen shows feedback that can be followed."""
    followed_s: float = float("-inf")
    pending: FaceAct | None = None
    changes: int = 0


class Memory:
    """What a participant keeps from session to session: habits, which training changes, and how often they tried."""

    def __init__(self, person: Person, model: FaceModel) -> None:
        self.habit = habits(person, model.bases["units"].names)
        self.attempts: Counter[str] = Counter()


class SimulatedParticipant:
    """One person in one session.

    Parameters
    ----------
    keyboard
        Where keys are pressed; None for somebody whose keys are pressed by others. Then an expression is held until
        the target is gone.
    memory
        Of earlier sessions; a new one if left out.
    """

    def __init__(
        self,
        plan: SessionPlan,
        person: Person,
        model: FaceModel,
        pictures: Pictures,
        grid: FrameGrid,
        *,
        keyboard: SimulatedKeyboard | None,
        memory: Memory | None = None,
    ) -> None:
        self._plan, self._person, self._model, self._pictures, self._grid = plan, person, model, pictures, grid
        self._keyboard = keyboard
        self._units = model.bases["units"].names
        self._memory = memory or Memory(person, model)
        self._rng = np.random.default_rng([person.seed, 4, zlib.crc32(plan.task.encode())])
        self._answers, self._scales = answers(plan, self._rng), scales(plan)
        self._goals = {target.name: goal_of(target, model) for target in plan.targets}
        self._trials = [step for step in plan.steps if isinstance(step, Trial)]
        self._next = 0
        self._prepared: dict[str, _Imitation] = {}  # by the name of the attempt, the next one first
        self._idle, self._neutral = movement.idle(person, model), movement.calibration(person, model)
        self.schedule: Schedule[FaceState] = Schedule(self._idle)
        self._last: Screen | None = None
        self._now: _Imitation | None = None
        self._past: deque[FaceAct] = deque()
        for act in (self._idle, self._neutral):
            pictures.announce(act)
        self._look_ahead()

    @property
    def first_acts(self) -> Sequence[FaceAct]:
        """What must be drawn before the session can begin."""
        return (self._idle, self._neutral, *(imitation.act for imitation in list(self._prepared.values())[:2]))

    # -- watching

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Look at the display after a flip."""
        changed = screen is not self._last and screen != self._last
        self._last = screen
        if screen.kind in ("target", "feedback") and screen.target is not None:
            self._watch_target(screen, flip, appeared=changed and not self._goes_on(screen))
        elif changed:
            self._watch_other(screen, flip)

    def _goes_on(self, screen: Screen) -> bool:
        """A feedback screen is another one at every flip."""
        now = self._now
        return now is not None and now.live and screen.kind == "feedback" and now.trial.target.name == screen.target

    def _watch_target(self, screen: Screen, flip: Flip, *, appeared: bool) -> None:
        assert screen.target is not None
        if appeared:
            self._now = self._recall(screen.target)
            self._now.live = screen.kind == "feedback"
        now = self._now
        if now is None:
            return
        if now.begun_at is None:
            if self._pictures.ready(now.act):
                self._imitate(now, self._grid.first_at(flip.time_s))
        elif now.live:
            self._follow(now, screen, flip)

    def _watch_other(self, screen: Screen, flip: Flip) -> None:
        index = self._grid.first_at(flip.time_s)
        now = self._now
        disturbed = screen.kind in ("pause", "fault")
        if now is not None and (screen.kind != "blank" or now.live or self._keyboard is None or now.begun_at is None):
            self._let_go(now, index, at_once=disturbed)
        if disturbed and self._keyboard is not None:
            self._keyboard.withdraw()
        is_neutral = self.schedule.at(index).act is self._neutral
        if screen.kind == "calibration" and not is_neutral:
            self.schedule.begin(self._neutral, index)
        elif screen.kind != "calibration" and is_neutral:
            self.schedule.begin(self._idle, index)
        self._answer(screen, flip)

    # -- imitating

    def _recall(self, target: str) -> _Imitation:
        """The imitation prepared for a target that has appeared."""
        position = next(
            (k for k, trial in enumerate(self._trials[self._next :], self._next) if trial.target.name == target), None
        )
        if position is None:  # a trial that was interrupted is shown again
            position = next(k for k, trial in enumerate(self._trials) if trial.target.name == target)
            trial = self._trials[position]
        else:
            trial, self._next = self._trials[position], position + 1
        self._memory.attempts[target] += 1
        name = attempt_name(target, self._memory.attempts[target])
        found = self._prepared.pop(name, None) or self._prepare(trial, name)
        self._pictures.announce(found.act)
        self._look_ahead()
        return replace(found, trial=trial)

    def _look_ahead(self) -> None:
        """Have the next imitations drawn, as far as they can be foreseen."""
        counts = Counter(self._memory.attempts)
        for trial in self._trials[self._next : self._next + AHEAD]:
            counts[trial.target.name] += 1
            name = attempt_name(trial.target.name, counts[trial.target.name])
            if name not in self._prepared:
                self._prepared[name] = self._prepare(trial, name)
                self._pictures.announce(self._prepared[name].act)

    def _prepare(self, trial: Trial, name: str) -> _Imitation:
        longest: int | None = None
        if trial.timeout_frames is not None:
            longest = int(0.8 * trial.timeout_frames / self._plan.display.refresh_rate_hz * self._grid.rate_hz)
        act, apex, timing = imitate(
            name,
            self._goals[trial.target.name],
            self._person,
            self._memory.habit,
            self._units,
            rate_hz=self._grid.rate_hz,
            longest=longest,
        )
        # An earlier session may have had it drawn and not come to it; habits can be others by now.
        self._pictures.forget(act)
        return _Imitation(trial, act, apex, timing)

    def _imitate(self, now: _Imitation, index: int) -> None:
        """Begin at a camera frame; with hands of one's own, everything up to the end is decided now."""
        now.begun_at = index
        self.schedule.begin(now.act, index)
        if self._keyboard is None:
            return
        patience = round(PATIENCE_S * self._grid.rate_hz) if now.live else 0
        key = index + now.timing.key + patience
        if now.trial.respond_keys and (now.trial.hold is None or now.trial.hold.on_key):
            self._keyboard.press(now.trial.respond_keys[0], self._grid.time_s(key))
        if not now.live:
            self._relax(now, key + self._plan.camera.keep_after + AFTER_KEY)

    def _relax(self, now: _Imitation, index: int) -> None:
        """Back to rest from a camera frame on."""
        back = movement.release(now.act, self._person, self._grid.rate_hz)
        self.schedule.begin(back, index)
        self.schedule.begin(self._idle, index + len(back.order))
        self._past.append(now.act)
        while len(self._past) > 2:
            self._pictures.forget(self._past.popleft())

    def _let_go(self, now: _Imitation, index: int, *, at_once: bool) -> None:
        """The target is gone."""
        self._now = None
        if at_once or now.begun_at is None:
            self.schedule.begin(self._idle, index)
        elif now.live or self._keyboard is None:
            self._relax(now, index + self._plan.camera.keep_after + AFTER_KEY)
        if now.live and self._keyboard is not None:
            self._keyboard.withdraw()

    def _follow(self, now: _Imitation, screen: Screen, flip: Flip) -> None:
        """Do what a training screen asks for; what was learnt stays."""
        index = self._grid.first_at(flip.time_s)
        if now.pending is not None:
            if self._pictures.ready(now.pending):
                self.schedule.begin(now.pending, index)
                self._past.append(now.act)
                now.act, now.pending, now.followed_s = now.pending, None, flip.time_s
            return
        assert now.begun_at is not None
        complete = index - now.begun_at > now.timing.reaction + now.timing.rise
        if not screen.hint or not complete or flip.time_s - now.followed_s < NEXT_HINT_S:
            return
        now.changes += 1
        asked = dict(screen.hint)
        by = np.array([asked.get(name, 0.0) for name in self._units]) * FOLLOWED
        apex = np.clip(now.apex + by, 0.0, 1.0)
        goal = self._goals[now.trial.target.name]
        habit = self._memory.habit
        habit[(by != 0) & (goal > 0)] *= 1.0 - self._person.skill.learning
        rng = np.random.default_rng([self._person.seed, 6, zlib.crc32(now.act.name.encode()), now.changes])
        name = f"{now.act.name}+{now.changes}"
        now.pending = movement.change(name, self.schedule.at(index).state, apex, CHANGE_FRAMES, rng)
        now.apex = apex
        self._pictures.announce(now.pending)

    # -- answering

    def _answer(self, screen: Screen, flip: Flip) -> None:
        if self._keyboard is None:
            return
        if screen in self._scales:
            self._keyboard.press(str(int(self._rng.integers(self._scales[screen])) + 1), flip.time_s + DECIDE_S)
            return
        keys = self._answers.get(screen, ())
        wait_s = READ_S if screen.kind in ("page", "break") else DECIDE_S
        for number, key in enumerate(keys):
            self._keyboard.press(key, flip.time_s + wait_s + number * TYPE_S)

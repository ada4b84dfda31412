"""A simulated participant: watches the display, moves the face, and presses keys.

Every decision depends on camera frames counted from a flip and on the person's seed. So every run with a seed shows the
same faces in the same frames.
"""

from __future__ import annotations

import zlib
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from experiment.display.simulated import SimulatedKeyboard
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan, Trial, TrialQuestion
from experiment.screens.screen import Dot, Screen
from experiment.simulation.drawing.ahead import DrawingAhead
from experiment.simulation.face_schedule import FaceSchedule, FaceSequence
from experiment.simulation.imitation import Imitation, Imitator, imitation_name
from experiment.simulation.movement import change_sequence, idle_sequence, neutral_sequence, release_sequence
from experiment.simulation.screen_answers import (
    DECIDE_S,
    READ_S,
    TYPE_S,
    answer_after_trial,
    answers,
    questions_after_trials,
)
from experiment.simulation.simulated_camera import FrameGrid
from experiment.simulation.target_units import target_course, target_units
from experiment.simulation.visitor import SimulatedVisitor
from experiment.simulation.watching.trial_faces import Watching
from experiment.simulation.watching.viewer import Viewer

AHEAD = 4
"""Number of imitations that are drawn in advance."""
AFTER_KEY = 3
"""Frames for which the expression is held after the last one the session keeps."""
PATIENCE_S = 7.0
"""Time of live feedback before the key press."""
NEXT_HINT_S = 2.5
"""From a movement to the next hint that is followed."""
FOLLOWED = 0.7
"""Proportion of the change of a hint that is made."""
CHANGE_FRAMES = 9
LONGEST_PAGE_S = 60.0
"""Longest time for which a page waits until the faces of viewing trials are drawn."""
ASK_AGAIN_S = 0.5


@dataclass(slots=True)
class _CurrentTrial:
    """The trial on the display."""

    trial: Trial
    imitation: Imitation
    live: bool
    """Whether the screen shows live feedback."""
    sequence: FaceSequence = field(init=False)
    """The imitation, or its last change."""
    apex: FloatArray = field(init=False)
    """(E,) units of the full expression."""
    started_at: int | None = None
    """Camera frame at which the imitation starts; None until its pictures are ready."""
    followed_s: float = float("-inf")
    changes: int = 0
    pending: FaceSequence | None = None
    """The next change, until its pictures are ready."""

    def __post_init__(self) -> None:
        self.sequence, self.apex = self.imitation.sequence, self.imitation.apex


class SimulatedParticipant:
    """One person in one session; observes the screens.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    visitor : SimulatedVisitor
        The person.
    model : FaceModel
        The face model.
    grid : FrameGrid
        The times of camera frames.
    keyboard : SimulatedKeyboard
        Keyboard of the participant. None if a real person presses the keys: then an expression is held until the
        target disappears.
    finished : collection of str
        Ids of the trials that were finished before an interruption.
    """

    def __init__(
        self,
        plan: SessionPlan,
        visitor: SimulatedVisitor,
        model: FaceModel,
        *,
        grid: FrameGrid,
        keyboard: SimulatedKeyboard | None,
        finished: Collection[str] = (),
    ) -> None:
        person = visitor.person
        self._plan, self._person, self._pictures, self._grid = plan, person, visitor.pictures, grid
        self._keyboard, self._learned = keyboard, visitor.learned
        units = model.bases["units"].names
        self._imitator = Imitator(person, units, grid.rate_hz)
        self._rng = np.random.default_rng([person.seed, 4, zlib.crc32(plan.task.encode())])
        self._answers, self._questions = answers(plan, self._rng), questions_after_trials(plan)
        self._targets = {target.name: target_units(target, model) for target in plan.targets}
        courses = {one.name: target_course(one, model, apex=self._targets[one.name]) for one in plan.targets}
        self._watching = Watching(plan, Viewer(person, units, grid.rate_hz, visitor.mimicry), courses)
        self._ahead = DrawingAhead(visitor.pictures.missing)
        self._trials = [step for step in plan.steps if isinstance(step, Trial) and step.id not in finished]
        self._next = 0
        self._latest: int | None = None  # number of the trial whose target was shown last
        self._prepared: dict[str, Imitation] = {}  # by name, the next one first
        self._idle, self._neutral = idle_sequence(person, model), neutral_sequence(person, model)
        self.schedule = FaceSchedule(self._idle)
        self._last: Screen | None = None
        self._current: _CurrentTrial | None = None
        self._past: deque[FaceSequence] = deque()
        self._viewed: int | None = None  # number of the viewing trial on the display
        self._dot_seen = False
        self._page_since_s: float | None = None  # since when a page waits for pictures
        self._asked_s = 0.0
        self.waits_for: SimulatedParticipant | None = None  # a second person, whose faces must be drawn too
        for sequence in (self._idle, self._neutral):
            self._pictures.request(sequence)
        self._prepare_next()

    @property
    def first_sequences(self) -> Sequence[FaceSequence]:
        """The sequences that must be drawn before the session starts."""
        return (self._idle, self._neutral, *(one.sequence for one in list(self._prepared.values())[:2]))

    # -- watching the display

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """React to the screen of a flip."""
        before, self._last = self._last, screen
        changed = screen is not before and screen != before
        if screen.kind in ("target", "feedback") and screen.target is not None:
            # The screens of feedback and of targets that move change during the trial.
            same = before is not None and (before.kind, before.target) == (screen.kind, screen.target)
            self._watch_target(screen, screen.target, flip, appeared=not same)
        elif changed:
            self._watch_other(screen, flip)
        elif self._page_waits:
            self._answer(screen, flip)

    def _watch_target(self, screen: Screen, target: str, flip: Flip, *, appeared: bool) -> None:
        if appeared:
            number = self._number(target)
            if self._trials[number].is_viewing:
                self._view(number, flip)
            else:
                self._current = self._begin_trial(number, live=screen.kind == "feedback")
        now = self._current
        if now is None:
            self._answer_probe(screen, flip)
            return
        if now.started_at is None:
            if self._pictures.ready(now.sequence):
                self._imitate(now, self._grid.first_at(flip.time_s))
        elif now.live:
            self._follow(now, screen, flip)

    def _watch_other(self, screen: Screen, flip: Flip) -> None:
        index = self._grid.first_at(flip.time_s)
        self._page_since_s = None
        now = self._current
        interrupted = screen.kind in ("pause", "fault")
        if self._viewed is not None and screen.kind != "blank":
            self._end_viewing(index, interrupted=interrupted)
        is_held = now is not None and (now.live or now.trial.timed_hold is not None)
        if now is not None and (screen.kind != "blank" or is_held or self._keyboard is None or now.started_at is None):
            self._end_trial(now, index, at_once=interrupted)
        if interrupted and self._keyboard is not None:
            self._keyboard.withdraw()
        is_neutral = self.schedule.at(index).sequence is self._neutral
        if screen.kind == "calibration" and not is_neutral:
            self.schedule.start(self._neutral, index)
        elif screen.kind != "calibration" and is_neutral:
            self.schedule.start(self._idle, index)
        if screen.kind == "fixation" and self._next < len(self._trials):
            coming = self._trials[self._next]
            if coming.is_viewing:
                self.schedule.start(self._watching.face(coming).before, index)
        self._answer(screen, flip)

    def _number(self, target: str) -> int:
        """Return the number of the trial whose target has appeared."""
        numbers = [number for number, trial in enumerate(self._trials) if trial.target.name == target]
        number = next((number for number in numbers if number >= self._next), None)
        if number is None:  # an interrupted trial is shown again
            number = numbers[0]
        else:
            self._next = number + 1
        self._latest = number
        return number

    # -- watching targets without imitating them

    def _view(self, number: int, flip: Flip) -> None:
        """Start the face of a viewing trial at the onset of its target."""
        trial = self._trials[number]
        self._viewed, self._dot_seen = number, False
        self.schedule.start(self._watching.face(trial).during, self._grid.first_at(flip.time_s))
        self._prepare_next()
        false_s = self._watching.probe_answer(trial).false_s
        if trial.probe_key is not None and false_s is not None and self._keyboard is not None:
            self._keyboard.press(trial.probe_key, flip.time_s + false_s)

    def _answer_probe(self, screen: Screen, flip: Flip) -> None:
        """Press the probe's key some time after the first flip of its dot."""
        if self._viewed is None or self._dot_seen or not any(isinstance(one, Dot) for one in screen.elements):
            return
        self._dot_seen = True
        trial = self._trials[self._viewed]
        reaction_s = self._watching.probe_answer(trial).reaction_s
        if trial.probe_key is not None and reaction_s is not None and self._keyboard is not None:
            self._keyboard.press(trial.probe_key, flip.time_s + reaction_s)

    def _end_viewing(self, index: int, *, interrupted: bool) -> None:
        """Return to rest after a viewing trial; one that was interrupted is shown again."""
        number, self._viewed = self._viewed, None
        assert number is not None
        self.schedule.start(self._idle, index)
        if interrupted:
            self._next = number
        else:
            self._past.extend(self._watching.sequences([self._trials[number]]))
            self._forget_past()

    def coming(self) -> list[tuple[float, FaceSequence]]:
        """Return time from now in seconds, and sequence, of the next viewing faces."""
        found: list[tuple[float, FaceSequence]] = []
        time_s = 0.0
        for trial in self._window():
            if trial.is_viewing:
                found += [(time_s, sequence) for sequence in self._watching.sequences([trial])]
            time_s += self._watching.shortest_s(trial)
        return found

    def is_far_ahead(self, now_s: float) -> bool:
        """Return whether so much is drawn that no viewing trial must wait for pictures."""
        return self._ahead.is_enough(self.coming(), now_s)

    def _window(self) -> Iterator[Trial]:
        """Yield the next trials, to `AHEAD` imitations."""
        imitations = 0
        for trial in self._trials[self._next :]:
            imitations += not trial.is_viewing
            if imitations > AHEAD:
                return
            yield trial

    # -- imitating

    def _begin_trial(self, number: int, *, live: bool) -> _CurrentTrial:
        """Return a trial whose target has appeared, with its prepared imitation."""
        trial = self._trials[number]
        target = trial.target.name
        self._learned.imitations[target] += 1
        name = imitation_name(target, self._learned.imitations[target])
        imitation = self._prepared.pop(name, None) or self._prepare(trial, name)
        self._pictures.request(imitation.sequence)
        self._prepare_next()
        return _CurrentTrial(trial, imitation, live)

    def _prepare_next(self) -> None:
        """Request the pictures of the next trials."""
        counts = Counter(self._learned.imitations)
        for trial in self._window():
            if trial.is_viewing:
                for sequence in self._watching.sequences([trial]):
                    self._pictures.request(sequence)
                continue
            counts[trial.target.name] += 1
            name = imitation_name(trial.target.name, counts[trial.target.name])
            if name not in self._prepared:
                self._prepared[name] = self._prepare(trial, name)
                self._pictures.request(self._prepared[name].sequence)

    def _prepare(self, trial: Trial, name: str) -> Imitation:
        longest: int | None = None
        if trial.timeout_frames is not None:
            longest = int(0.8 * trial.timeout_frames / self._plan.display.refresh_rate_hz * self._grid.rate_hz)
        target = self._targets[trial.target.name]
        imitation = self._imitator.imitate(name, target, self._learned.habit, longest=longest)
        # An earlier session may have drawn this imitation with other habits.
        self._pictures.discard(imitation.sequence)
        return imitation

    def _imitate(self, now: _CurrentTrial, index: int) -> None:
        """Start the imitation at a camera frame; with a keyboard, plan it up to its end."""
        now.started_at = index
        self.schedule.start(now.sequence, index)
        if self._keyboard is None:
            return
        patience = round(PATIENCE_S * self._grid.rate_hz) if now.live else 0
        key = index + now.imitation.timing.key + patience
        is_timed = now.trial.timed_hold is not None
        if now.trial.answer_keys and not is_timed:
            self._keyboard.press(now.trial.answer_keys[0], self._grid.time_s(key))
        if not now.live and not is_timed:
            self._release(now, key + self._plan.camera.keep_after + AFTER_KEY)

    def _release(self, now: _CurrentTrial, index: int) -> None:
        """Return to rest from a camera frame on."""
        back = release_sequence(now.sequence, self._person, self._grid.rate_hz)
        self.schedule.start(back, index)
        self.schedule.start(self._idle, index + len(back.order))
        self._past.append(now.sequence)
        self._forget_past()

    def _forget_past(self) -> None:
        """Discard the pictures of sequences that are over."""
        while len(self._past) > 2:
            self._pictures.discard(self._past.popleft())

    def _end_trial(self, now: _CurrentTrial, index: int, *, at_once: bool) -> None:
        """End a trial whose target has disappeared."""
        self._current = None
        if at_once or now.started_at is None:
            self.schedule.start(self._idle, index)
        elif now.live or self._keyboard is None or now.trial.timed_hold is not None:
            self._release(now, index + self._plan.camera.keep_after + AFTER_KEY)
        if now.live and self._keyboard is not None:
            self._keyboard.withdraw()

    def _follow(self, now: _CurrentTrial, screen: Screen, flip: Flip) -> None:
        """Follow the hint of a training screen and reduce the habit."""
        index = self._grid.first_at(flip.time_s)
        if now.pending is not None:
            if self._pictures.ready(now.pending):
                self.schedule.start(now.pending, index)
                self._past.append(now.sequence)
                now.sequence, now.pending, now.followed_s = now.pending, None, flip.time_s
            return
        assert now.started_at is not None
        timing = now.imitation.timing
        complete = index - now.started_at > timing.reaction + timing.rise
        if not screen.hint or not complete or flip.time_s - now.followed_s < NEXT_HINT_S:
            return
        now.changes += 1
        hint = dict(screen.hint)
        by = np.array([hint.get(name, 0.0) for name in self._imitator.units]) * FOLLOWED
        now.apex = np.clip(now.apex + by, 0.0, 1.0)
        target = self._targets[now.trial.target.name]
        self._learned.habit[(by != 0) & (target > 0)] *= 1.0 - self._person.skill.learning
        rng = np.random.default_rng([self._person.seed, 6, zlib.crc32(now.sequence.name.encode()), now.changes])
        now.pending = change_sequence(
            f"{now.sequence.name}+{now.changes}",
            self.schedule.at(index).state,
            now.apex,
            frames=CHANGE_FRAMES,
            rng=rng,
        )
        self._pictures.request(now.pending)

    # -- answering

    def _answer(self, screen: Screen, flip: Flip) -> None:
        if self._keyboard is None:
            return
        if screen.kind == "notice":  # one key continues, the other one does nothing
            for key in ("space", "return"):
                self._keyboard.press(key, flip.time_s + READ_S)
            return
        asked = self._asked(screen)
        if asked is not None:
            for number, key in enumerate(answer_after_trial(asked, self._rng)):
                self._keyboard.press(key, flip.time_s + DECIDE_S + number * TYPE_S)
            return
        is_page = screen.kind in ("page", "break")
        if is_page and screen in self._answers and not self._is_read(flip.time_s):
            return
        wait_s = READ_S if is_page else DECIDE_S
        for number, key in enumerate(self._answers.get(screen, ())):
            self._keyboard.press(key, flip.time_s + wait_s + number * TYPE_S)

    def _asked(self, screen: Screen) -> TrialQuestion | None:
        """Return the question of the present trial on a screen; None on other screens.

        After an interruption, the question may belong to a trial of the session before.
        """
        name = self._questions.get(screen)
        if name is None:
            return None
        latest = self._trials[self._latest] if self._latest is not None else None
        trials = [latest] if latest is not None else [step for step in self._plan.steps if isinstance(step, Trial)]
        return next((asked for trial in trials for asked in trial.asked if asked.id == name), None)

    @property
    def _page_waits(self) -> bool:
        return self._page_since_s is not None

    def _is_read(self, now_s: float) -> bool:
        """Return whether a page may end: enough pictures are drawn."""
        if self._page_since_s is None:
            self._page_since_s = self._asked_s = now_s
        elif now_s - self._asked_s < ASK_AGAIN_S:
            return False
        self._asked_s = now_s
        others = True if self.waits_for is None else self.waits_for.is_far_ahead(now_s)
        if (self.is_far_ahead(now_s) and others) or now_s - self._page_since_s > LONGEST_PAGE_S:
            self._page_since_s = None
            return True
        return False

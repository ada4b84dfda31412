"""Everything that changes during one training trial.

Score, hold, hint, fault, and the view of them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.movements import HARDLY_SEEN
from experiment.feedback.hint_arrows import draw_arrows, hint_arrows
from experiment.feedback.hint_choice import HintChooser
from experiment.feedback.hold import HoldDetector, Moment
from experiment.feedback.messages import LiveReading, LiveTarget, Measurement, MeasurerInfo
from experiment.feedback.score import ShownScore
from experiment.feedback.smoothing import Smooth
from experiment.feedback.tracking_status import TrackingStatus
from experiment.feedback.training_screen import Bar, View, emotion_bars
from experiment.feedback.training_texts import screen_words, unit_label
from experiment.protocol.language.texts import key_name
from experiment.protocol.plan import Feedback, SessionPlan, Trial
from experiment.screens.exercise_screens import counter_text
from experiment.screens.raster import picture_aspect
from experiment.screens.style import Style

NO_FEEDBACK = Feedback(
    gauge=False, mirror=False, emotions=False, units=False, difference=False, hint=False, sound=False
)
_STRONGEST_UNITS = 5
_PLACES_S = 0.1
"""Time constant of the places of arrows: the landmarks jitter from frame to frame."""
_WINDOW_FRAMES = 30
"""Frames of the display before a key press, or the end of a hold by time, in which the best moment is searched."""


class TrialState:
    """State of one trial.

    Parameters
    ----------
    trial
        What the plan says.
    plan
        Of the session.
    began_s
        Frames captured earlier do not count.
    best
        Highest similarity of the earlier attempts at the target, in percent; None without one.
    """

    def __init__(self, trial: Trial, plan: SessionPlan, began_s: float, *, best: int | None = None) -> None:
        self.step = trial
        self._plan = plan
        self._began_s = began_s
        self._best = best
        self._counter = counter_text(Style.of(plan), trial) or progress_text(plan, trial)
        self.highest = 0
        """The highest similarity on the screen so far, in percent."""
        hold = trial.hold
        window = _WINDOW_FRAMES if hold is None or hold.similarity is None else hold.frames
        window_s = window / plan.display.refresh_rate_hz
        self.feedback = trial.feedback or NO_FEEDBACK
        self.hold = HoldDetector(threshold=hold.similarity if hold else None, window_s=window_s)
        self.hints = HintChooser(plan.language, metric=plan.live_metric)
        self.status = TrackingStatus()
        self.fault_counts: dict[str, int] = {}
        self.answer: Moment | None = None
        """The moment that answers the trial."""
        self.version = 0
        """Changes with everything that is shown."""
        self._score = ShownScore()
        self._target: LiveTarget | None = None
        self._unit_names: tuple[str, ...] = ()
        self._distance: ImageArray | None = None
        self._places: Smooth | None = None
        self._motions: Mapping[str, FloatArray] = {}
        self._unshown: Measurement | None = None
        self._locked: Moment | None = None

    @property
    def _needs_similarity(self) -> bool:
        return self.step.hold is not None and self.step.hold.similarity is not None

    @property
    def shows_measurement(self) -> bool:
        """Whether the trainee sees anything that needs a measurement."""
        shown = self.feedback
        return shown.gauge or shown.emotions or shown.units or shown.difference or shown.hint or self._needs_similarity

    def add(self, measurement: Measurement | None, info: MeasurerInfo | None, now_s: float) -> None:
        """Take the newest measurement into account.

        Parameters
        ----------
        measurement
            None if none has arrived.
        info
            Of the measurer; None while it starts.
        now_s
            Time on the clock of the session.
        """
        if info is not None and self._target is None:
            self._target, self._unit_names = info.targets.get(self.step.target.name), info.unit_names
            self.version += 1
        if measurement is None or measurement.captured_s < self._began_s:
            return
        self._unshown = measurement
        self.version += 1
        fault = measurement.reading.fault
        self.status = self.status.after(fault, now_s)
        if fault is None:
            self._add_reading(measurement.reading, measurement.captured_s, info)
            return
        self.fault_counts[fault] = self.fault_counts.get(fault, 0) + 1
        if self.status.shown is not None:
            self.hold.interrupt()

    def _add_reading(self, reading: LiveReading, captured_s: float, info: MeasurerInfo | None) -> None:
        shown = self._score.add(reading, captured_s)
        self.highest = max(self.highest, self._score.number)
        if reading.distance is not None:
            self._distance = reading.distance
        if reading.places is not None:
            before = self._places or Smooth(reading.places, captured_s)
            self._places = before.follow(reading.places, captured_s, time_constant_s=_PLACES_S)
        locked = self.hold.add(captured_s, shown=shown, measured=reading.similarity, distinct=reading.distinct)
        self._locked = locked or self._locked
        if info is not None:
            self._motions = info.motions
            self.hints.add(reading, captured_s, info, shown=shown, is_held=self.hold.is_held)

    def take_unshown(self) -> Measurement | None:
        """Return the measurement that no flip has shown yet, once."""
        unshown, self._unshown = self._unshown, None
        return unshown

    def take_locked(self) -> Moment | None:
        """Return the moment of a completed hold, once; it answers the trial."""
        locked, self._locked = self._locked, None
        self.answer = locked or self.answer
        return locked

    def view(self, *, fault: str | None, mirror: ImageArray | None, with_arrows: bool = True) -> View:
        """Return what the screen shows.

        Parameters
        ----------
        fault
            What prevents a measurement, by the name of its text; None for nothing.
        mirror : (H, W, 3) uint8 array or None
            The trainee's newest picture.
        with_arrows
            Whether the picture gets the arrows of the hint.
        """
        trial, plan, score = self.step, self._plan, self._score
        words = screen_words(plan.language)
        hint, hold, style = self.hints.asked, trial.hold, Style.of(plan)
        key = next(iter(trial.answer_keys), "")
        return View(
            target_name=trial.target.name,
            target_picture=trial.target.image,
            target_aspect=picture_aspect(trial.target.image),
            feedback=self.feedback,
            words=words,
            background=plan.display.background,
            ink=plan.display.text_colour,
            aspect=plan.display.size_px[0] / plan.display.size_px[1],
            mirror=self._with_arrows(mirror) if with_arrows and fault is None else mirror,
            similarity=score.similarity,
            number=score.number,
            threshold=None if hold is None else hold.similarity,
            held=0.0 if score.captured_s is None else self.hold.progress(score.captured_s),
            emotions=()
            if self._target is None
            else emotion_bars(words, target=self._target.emotions.tolist(), own=score.emotions),
            units=self._unit_bars(score.intensities),
            distance=self._distance,
            hint=self.hints.sentence,
            is_hint_done=self.hints.hint is not None and hint is None,
            hint_units=() if hint is None else tuple((unit, hint.amount) for unit in hint.units),
            fault=fault,
            key=key_name(key, plan.texts) if key else "",
            counter=self._counter,
            best=self._best,
            footer="" if trial.timed_hold is None else style.text("hold-time"),
        )

    def _with_arrows(self, mirror: ImageArray | None) -> ImageArray | None:
        """Return the mirror image with the arrows of the hint that is to be followed."""
        hint, places = self.hints.asked, self._places
        if mirror is None or hint is None or places is None or not (self.feedback.hint and self.feedback.mirror):
            return mirror
        return draw_arrows(mirror, hint_arrows(hint, self._motions, places.value))

    def _unit_bars(self, own: FloatArray | None) -> tuple[Bar, ...]:
        if self._target is None:
            return ()
        wanted, drawn = self._target.intensities, self.step.target.units
        # Of a target drawn from single movements, those alone; of others, those that landmarks show.
        shown = [drawn.get(name, 0.0) > 0 if drawn else name not in HARDLY_SEEN for name in self._unit_names]
        wanted = wanted * shown
        strongest = np.argsort(-wanted, kind="stable")[:_STRONGEST_UNITS]
        return tuple(
            Bar(
                unit_label(self._unit_names[i], self._plan.language),
                float(wanted[i]),
                None if own is None else float(own[i]),
            )
            for i in sorted(strongest)
            if wanted[i] > 0
        )


def progress_text(plan: SessionPlan, trial: Trial) -> str:
    """Return which level, face and round a training trial is.

    Empty for other trials.

    Parameters
    ----------
    plan
        Of the session.
    trial
        One of its trials.
    """
    training = [step for step in plan.steps if isinstance(step, Trial) and step.kind == "training"]
    levels = list(dict.fromkeys(step.block for step in training))
    faces = [step.id for step in training if (step.block, step.round) == (trial.block, trial.round)]
    if trial.id not in faces:
        return ""
    words = screen_words(plan.language)
    text = words["level" if len(levels) > 1 else "face"].format(
        level=levels.index(trial.block) + 1, levels=len(levels), number=faces.index(trial.id) + 1, total=len(faces)
    )
    return text if trial.round == 1 else words["round"].format(progress=text, round=trial.round)

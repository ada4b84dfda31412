"""Publish a session from a thread: its state, small pictures, and its commands.

The state is published twice a second, pictures while a reader asks for them. The drawing thread never waits for this:
it only assigns what it does now (`ExperimenterLink`). If publishing fails, the session goes on without it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from experiment.errors import ExperimentError
from experiment.lab.live.commands import CommandDesk
from experiment.lab.live.observation import Observation, RunningSession
from experiment.lab.live.small_pictures import small_jpeg
from experiment.lab.thread_priority import keep_up_with_drawing
from experiment.record.errors import RecordError
from experiment.record.layout import SessionPlace
from experiment.record.live_state.folder import (
    STATE,
    is_in_memory,
    make_private_folder,
    replace_unsynced,
    session_folder,
)
from experiment.record.live_state.pictures import CAMERA, SCREEN, WATCHED, pictures_are_wanted, remove_pictures
from experiment.record.live_state.reading import seen_session
from experiment.record.live_state.values import MOST_EVENTS, LiveEvent, LiveState, StartStep
from experiment.record.writer_thread import is_real_time, lower_priority
from experiment.screens.published_screen import screen_json
from experiment.screens.screen import Screen, ScreenKind

TURN_S = 0.25
"""Time between two looks at commands and requests, and between two pictures."""
STATE_EVERY = 2
"""Turns between two states."""
CLOSING_S = 2.0
TIMED: tuple[ScreenKind, ...] = ("fixation", "target", "feedback", "calibration")
"""Screens during which nothing is checked for the experimenter: flips and writing come first."""
OnState = Callable[[LiveState], None]


class LivePublisher:
    """Publishes one session from its start to its end.

    Parameters
    ----------
    folder
        Folder of the session, private and free.
    state
        The first state.
    on_state
        Called from the thread with every new state, for example to print it.

    Attributes
    ----------
    ending : str
        How the session ended, as `LiveState.reason`; empty before.
    """

    def __init__(self, folder: Path, state: LiveState, *, on_state: OnState = lambda _: None) -> None:
        self.ending = ""
        self._folder, self._state, self._on_state = folder, state, on_state
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._desk = CommandDesk(folder, on_event=self._add_event)
        self._running: RunningSession | None = None
        self._observation: Observation | None = None
        self._shows_camera = False
        self._pictures = False
        self._shown: tuple[Screen | None, bool] | None = None
        self._failed = False
        self._publish()
        self._thread = threading.Thread(target=self._work, name="live state", daemon=True)
        self._thread.start()

    def step(self, text: str) -> None:
        """Publish the next step of the start, at once.

        Parameters
        ----------
        text
            Such as ``opening the camera``.
        """
        with self._lock:
            self._state = replace(self._state, steps=(*self._state.steps, StartStep(text, time.time())))
            self._publish()

    def attach(self, session: RunningSession) -> None:
        """Publish a session that begins now; called by the drawing thread."""
        assert self._thread.native_id is not None
        if is_real_time():
            keep_up_with_drawing(self._thread.native_id, real_time=True)
        else:
            lower_priority(self._thread.native_id)
        with self._lock:
            self._running, self._observation = session, Observation(session)
            plan = session.plan
            self._state = replace(self._state, title=plan.title, language=plan.language, is_pilot=session.is_pilot)
            self._shows_camera = plan.camera.encrypt_for is None or is_in_memory(self._folder)
            self._desk.open(session.devices.link, session.recorder)

    def detach(self) -> None:
        """Stop observing the session: its record is closed next."""
        with self._lock:
            if self._running is not None:
                self._running = self._observation = None
                if self._thread.native_id is not None and is_real_time():
                    keep_up_with_drawing(self._thread.native_id, real_time=False)
                self._desk.close()
                self._remove_pictures()
                self._state = replace(self._state, phase="ending", warnings=(), has_camera_picture=False)
                self._publish()

    def close(self, reason: str) -> None:
        """Publish how the session ended, and delete everything else.

        Parameters
        ----------
        reason
            As `LiveState.reason`.
        """
        self.detach()
        self._closing.set()
        self._thread.join(CLOSING_S)
        with self._lock:
            self._state = replace(self._state, phase="ended", reason=reason, events=(), warnings=())
            (self._folder / WATCHED).unlink(missing_ok=True)
            self._publish()

    def _add_event(self, event: LiveEvent) -> None:
        self._state = replace(self._state, events=(*self._state.events, event)[-MOST_EVENTS:])

    def _work(self) -> None:
        turn = 0
        while not self._closing.wait(TURN_S):
            try:
                with self._lock:
                    self._turn(turn)
            except Exception as error:  # a session must not suffer from being watched
                self._fail(error)
                return
            turn += 1

    def _turn(self, turn: int) -> None:
        events = self._state.events
        self._desk.work()
        if self._running is not None and self._observation is not None:
            self._publish_pictures(self._running, self._observation)
            if turn % STATE_EVERY == 0 or events is not self._state.events:
                shown = self._shows_camera and self._observation.frame() is not None
                self._state = replace(self._observation.update(self._state), has_camera_picture=shown)
                self._publish()
        elif events is not self._state.events:
            self._publish()

    def _publish(self) -> None:
        if self._failed:
            return
        self._state = replace(self._state, updated_utc_s=round(time.time(), 3))
        try:
            replace_unsynced(self._folder / STATE, json.dumps(self._state.to_json(), separators=(",", ":")).encode())
        except OSError as error:
            self._fail(error)
            return
        self._on_state(self._state)

    def _publish_pictures(self, running: RunningSession, observation: Observation) -> None:
        if not pictures_are_wanted(self._folder):
            self._remove_pictures()
            return
        self._pictures = True
        frame = observation.frame() if self._shows_camera else None
        shown = running.devices.link.screen, frame is not None
        if shown[0] is not None and shown != self._shown:  # readers do not draw the same screen again
            self._shown = shown
            size_px = running.devices.display.size_px
            described = screen_json(shown[0], size_px, small_jpeg=small_jpeg, pixels=shown[1])
            replace_unsynced(self._folder / SCREEN, described)
        if frame is None:
            (self._folder / CAMERA).unlink(missing_ok=True)
            return
        replace_unsynced(self._folder / CAMERA, small_jpeg(frame.image))
        is_timed = shown[0] is not None and shown[0].kind in TIMED
        if running.checker is not None and not is_timed and not running.recorder.pending:
            running.checker.glance(frame)

    def _remove_pictures(self) -> None:
        if self._pictures:
            self._pictures, self._shown = False, None
            remove_pictures(self._folder)

    def _fail(self, error: Exception) -> None:
        if not self._failed:
            self._failed = True
            message = " ".join(str(error).split()) or type(error).__name__
            print(f"warning: the console cannot show this session ({message}); the session goes on", file=sys.stderr)


def report_step(live: LivePublisher | None, text: str) -> None:
    """Publish the next step of the start of a session, if it is published."""
    if live is not None:
        live.step(text)


@contextmanager
def observed(live: LivePublisher, session: RunningSession) -> Iterator[None]:
    """Publish what happens in a session inside this context."""
    live.attach(session)
    try:
        yield
    finally:
        live.detach()


@contextmanager
def publishing(
    place: SessionPlace, *, protocol: Path, on_state: OnState = lambda _: None
) -> Iterator[LivePublisher | None]:
    """Publish a session until it has ended; yield None if it cannot be published.

    Parameters
    ----------
    place
        The session; its data set may not exist yet.
    protocol
        File of the protocol.
    on_state
        Called with every new state.
    """
    live = _open(place, protocol=protocol, on_state=on_state)
    if live is None:
        yield None
        return
    reason = "stopped"
    try:
        yield live
        reason = live.ending or reason
    except (ExperimentError, RecordError) as error:
        reason = str(error)
        raise
    finally:
        live.close(reason)


def _open(place: SessionPlace, *, protocol: Path, on_state: OnState) -> LivePublisher | None:
    """Open the folder of a session; None if it is in use or cannot be made."""
    name = place.dataset, place.participant, place.session
    before = seen_session(*name)
    if before is not None and before.is_running:
        return None  # the record of that session is locked too, and this one is refused
    folder, process, now_s = session_folder(*name), psutil.Process(), time.time()
    state = LiveState(
        pid=process.pid,
        pid_began_utc_s=process.create_time(),
        dataset=str(place.dataset.resolve()),
        participant=place.participant,
        session=place.session,
        protocol=str(protocol.absolute()),
        began_utc_s=now_s,
        updated_utc_s=now_s,
        phase="starting",
    )
    try:
        for one in (folder.parent.parent, folder.parent, folder):
            make_private_folder(one)
        remove_pictures(folder)
        return LivePublisher(folder, state, on_state=on_state)
    except (RecordError, OSError) as error:
        print(f"warning: the console cannot show this session: {error}; the session goes on", file=sys.stderr)
        return None

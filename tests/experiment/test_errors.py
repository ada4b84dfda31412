"""At every seam to devices, disk and files, a foreign error becomes one of the program's own errors."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cv2
import pytest

from analysis.face.errors import FaceModelError
from analysis.face.models import registry
from analysis.face.models.drawn_face import DrawnFace
from experiment.camera.sources import open_camera
from experiment.clock import MonotonicClock
from experiment.display import psychopy_import, psychopy_window
from experiment.display.ptb_keyboard import open_keyboard
from experiment.display.ptb_sound import PtbSound
from experiment.errors import CameraError, DisplayError, ExperimentError, ProtocolError, SessionError, SoundError
from experiment.feedback.streams import open_streams, parse_stream
from experiment.lab.rendered_targets import render_drawn
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import DisplaySettings, Markers
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.screens import raster
from experiment.session.lsl_markers import LslMarkers
from experiment.simulation import visitor
from tests.experiment.plans import make_plan
from tests.experiment.protocol.conftest import study

Act = Callable[[Path, pytest.MonkeyPatch], Any]


class ForeignError(Exception):
    """An exception of a library, unknown to the program."""


def failing(error: BaseException) -> Callable[..., Any]:
    """A function that raises an error, whatever its arguments."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def settings() -> DisplaySettings:
    return DisplaySettings((1440, 900), 60.0, 50.0, fullscreen=False, background="black")


def import_psychopy_failing(error: Exception) -> Act:
    """Import PsychoPy where the import of its window module fails."""

    class Broken(ModuleType):
        logging = SimpleNamespace(console=SimpleNamespace(setLevel=lambda _: None), CRITICAL=50)

        def __getattr__(self, name: str) -> Any:
            raise error

    def act(folder: Path, patch: pytest.MonkeyPatch) -> None:
        module = Broken("psychopy")
        module.__spec__ = ModuleSpec("psychopy", None)
        patch.setitem(sys.modules, "psychopy", module)
        patch.setenv("DISPLAY", ":0")
        patch.setattr(psychopy_import, "cache_folder", lambda _: folder)
        psychopy_import.load_psychopy()

    return act


def open_window(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(psychopy_window, "load_psychopy", lambda: SimpleNamespace(Window=failing(ForeignError("no OpenGL"))))
    psychopy_window.PsychoPyDisplay(settings(), clock=MonotonicClock(), fullscreen=False)


def draw_picture_that_is_none(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "target.png").write_text("no picture")
    raster.picture(folder / "target.png", 100)


def open_camera_at(name: str, content: bytes | None = None) -> Act:
    def act(folder: Path, patch: pytest.MonkeyPatch) -> None:
        place = folder / name if name else folder
        if content is not None:
            place.write_bytes(content)
        open_camera(str(place), clock=MonotonicClock(), size_px=(640, 480), rate_hz=30.0).read()

    return act


def open_device(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cv2, "VideoCapture", lambda *_: SimpleNamespace(isOpened=lambda: False))
    open_camera("0", clock=MonotonicClock(), size_px=(640, 480), rate_hz=30.0)


def read_picture_failing(error: Exception) -> Act:
    def act(folder: Path, patch: pytest.MonkeyPatch) -> None:
        (folder / "001.png").touch()
        patch.setattr(cv2, "imdecode", failing(error))
        open_camera(str(folder), clock=MonotonicClock(), size_px=(640, 480), rate_hz=30.0).read()

    return act


def start_record(dataset: Path, folder: Path) -> Recorder:
    header = header_of(make_plan(folder), Options(), display={"verdict": "ok"}, camera={})
    return Recorder.start(dataset, header, clock=MonotonicClock())


def record_under_a_file(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "data").touch()
    start_record(folder / "data" / "set", folder).close(complete=False)


def record_on_a_full_disk(folder: Path, patch: pytest.MonkeyPatch) -> None:
    recorder = start_record(folder / "data", folder)
    patch.setattr(
        "experiment.record.appended_file.write_all",
        failing(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "journal")),
    )
    recorder.close(complete=False)


def read_record_of_another_kind(folder: Path, patch: pytest.MonkeyPatch) -> None:
    recorder = start_record(folder / "data", folder)
    recorder.close(complete=False)
    journal = recorder.place.journal
    journal.write_text(journal.read_text().replace('"steps"', '"stairs"'))
    read_history(SessionPlace(folder / "data", "01", None))


def load_protocol_with(content: bytes | None) -> Act:
    def act(folder: Path, patch: pytest.MonkeyPatch) -> None:
        file = folder / "study.yaml"
        if content is None:
            file.mkdir()
        else:
            file.write_bytes(content)
        load_protocol(file)

    return act


def load_protocol_that_cannot_be_read(folder: Path, patch: pytest.MonkeyPatch) -> None:
    file = folder / "study.yaml"
    file.write_text("protocol: 1\n")
    patch.setattr(Path, "read_bytes", failing(PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))))
    load_protocol(file)


def load_protocol_with_a_target_that_is_no_picture(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "targets").mkdir()
    for name in ("anger", "fear"):
        (folder / "targets" / f"{name}.png").write_text("no picture")
    file = folder / "study.yaml"
    file.write_text(study("  - {name: main, kind: experiment, trials: [anger]}\n"), encoding="utf-8")
    load_protocol(file)


def render_into_a_file(folder: Path, patch: pytest.MonkeyPatch) -> None:
    (folder / "file").touch()
    render_drawn([DrawnFace({"happiness": 0.5})], folder / "file" / "kept")


def render_without_a_model(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(registry, "load_model", failing(FaceModelError("no model")))
    render_drawn([DrawnFace({"happiness": 0.5})], folder)


def open_sound_failing(folder: Path, patch: pytest.MonkeyPatch) -> None:
    psychtoolbox: Any = ModuleType("psychtoolbox")
    psychtoolbox.GetSecs, psychtoolbox.PsychPortAudio = time.monotonic, failing(ForeignError("no device"))
    patch.setitem(sys.modules, "psychtoolbox", psychtoolbox)
    PtbSound(MonotonicClock())


def simulate_without_a_model(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(visitor, "load_model", failing(FaceModelError("no model")))
    visitor.load_face_model()


def open_markers(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setitem(sys.modules, "pylsl", None)
    LslMarkers(Markers("study", ("target",)), clock=MonotonicClock())


def open_stream(spec: str) -> Act:
    def act(folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(sys.modules, "pylsl", None)
        open_streams([parse_stream(spec)], ["jawOpen"])

    return act


SEAMS: dict[str, tuple[type[Exception], Act]] = {
    "display: PsychoPy is damaged": (DisplayError, import_psychopy_failing(ImportError("no module named wx"))),
    "display: no X server": (DisplayError, import_psychopy_failing(ForeignError("Cannot connect to :0"))),
    "display: no OpenGL": (DisplayError, open_window),
    "display: a target picture is damaged": (DisplayError, draw_picture_that_is_none),
    "camera: no such file": (CameraError, open_camera_at("none.mp4")),
    "camera: the file is not a video": (CameraError, open_camera_at("notes.mp4", b"no video")),
    "camera: the folder has no pictures": (CameraError, open_camera_at("")),
    "camera: the device cannot be opened": (CameraError, open_device),
    "camera: a picture cannot be read": (CameraError, read_picture_failing(PermissionError("denied"))),
    "camera: a picture cannot be decoded": (CameraError, read_picture_failing(cv2.error("broken"))),
    "sound: no device": (SoundError, open_sound_failing),
    "disk: a file is where a folder is needed": (RecordError, record_under_a_file),
    "disk: full": (RecordError, record_on_a_full_disk),
    "disk: a journal of another format": (RecordError, read_record_of_another_kind),
    "protocol: a folder": (ProtocolError, load_protocol_with(None)),
    "protocol: not UTF-8": (ProtocolError, load_protocol_with(b"name: \xff\xfe")),
    "protocol: not YAML": (ProtocolError, load_protocol_with(b"name: [1, 2\nblocks: }")),
    "protocol: may not be read": (ProtocolError, load_protocol_that_cannot_be_read),
    "protocol: a target is not a picture": (ProtocolError, load_protocol_with_a_target_that_is_no_picture),
    "targets: the cache cannot be written": (ProtocolError, render_into_a_file),
    "targets: no face model": (ProtocolError, render_without_a_model),
    "simulation: no face model": (SessionError, simulate_without_a_model),
    "markers: pylsl is missing": (SessionError, open_markers),
    "streams: pylsl is missing": (SessionError, open_stream("lsl:face")),
    "streams: the host is unknown": (SessionError, open_stream("osc://no-such-host.invalid:9000")),
}


@pytest.mark.parametrize("seam", SEAMS)
def test_a_foreign_error_becomes_one_of_the_program(seam: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, act = SEAMS[seam]

    with pytest.raises((ExperimentError, RecordError)) as raised:
        act(tmp_path, monkeypatch)

    assert raised.type is expected or issubclass(raised.type, expected)
    assert str(raised.value).strip()


@pytest.mark.parametrize("error", [ImportError("no psychtoolbox"), OSError("no keyboard"), Exception("Usage error")])
def test_a_keyboard_that_psychtoolbox_cannot_open_is_replaced_by_that_of_the_window(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Psychtoolbox raises plain exceptions, for example for a device that may not be read."""
    monkeypatch.setattr("experiment.display.ptb_keyboard.PtbKeyboard", failing(error))

    window: Any = SimpleNamespace(stamped_by="window")

    assert open_keyboard(MonotonicClock(), window) is window


def test_every_error_of_the_program_is_at_a_seam() -> None:
    expected = {error for error, _ in SEAMS.values()}

    assert expected == {*ExperimentError.__subclasses__(), RecordError}

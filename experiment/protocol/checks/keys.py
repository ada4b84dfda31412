"""Keys, display, camera and markers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from experiment.protocol.checks.context import Context, Finding
from experiment.protocol.language.marker_events import MARKER_EVENTS
from experiment.protocol.language.problems import did_you_mean
from experiment.protocol.language.tree import Path_
from experiment.protocol.plan import same_device

LONGEST_KEPT_S = 5
SLOWEST_CAMERA_HZ = 15


def check_keys(context: Context) -> Iterator[Finding]:
    """Yield the problems of keys, display, camera and markers."""
    keys, display = context.content.keys, context.content.display
    for key in keys.respond:
        if key == keys.pause:
            yield Finding(("keys", "pause"), f"`{key}` cannot both respond and pause; choose another key")
    if keys.continue_ == keys.pause and keys.pause not in keys.respond:
        yield Finding(("keys", "pause"), f"`{keys.pause}` cannot both continue and pause; choose another key")
    if keys.pause in "123456789" and context.content.ratings:
        yield Finding(("keys", "pause"), f"`{keys.pause}` answers the rating scales; choose another key to pause")
    if display.background == display.text_colour:
        yield Finding(("display", "text_colour"), "texts are invisible: they have the colour of the background")
    yield from _check_camera(context)
    yield from _check_markers(context)


def _check_camera(context: Context) -> Iterator[Finding]:
    camera = context.content.camera
    if same_device(*context.content.cameras):
        message = f"both persons have camera `{context.content.cameras[1]}`; name two devices, for example [0, 1]"
        yield Finding(("cameras", 1), message)
    kept_s = camera.keep_frames.before / camera.rate
    if kept_s > LONGEST_KEPT_S:
        message = f"this keeps {kept_s:.0f} s of frames before every key press; 15 frames are enough"
        yield Finding(("camera", "keep_frames", "before"), message, "warning")
    if camera.rate < SLOWEST_CAMERA_HZ:
        message = f"at {camera.rate:g} frames per second the kept frame can be {500 / camera.rate:.0f} ms away"
        yield Finding(("camera", "rate"), message + " from the key press", "warning")


def _check_markers(context: Context) -> Iterator[Finding]:
    markers = context.content.markers
    if markers is None:
        return
    path: Path_ = ("markers", "codes")
    counts = Counter(markers.codes.values())
    for event, code in markers.codes.items():
        name, _, target = event.partition("/")
        if name not in MARKER_EVENTS:
            yield Finding((*path, event), f"unknown event `{name}`{did_you_mean(name, MARKER_EVENTS)}", key=True)
        elif target and context.target_names and target not in context.target_names:
            message = f"unknown target `{target}`{did_you_mean(target, context.target_names)}"
            yield Finding((*path, event), message, key=True)
        elif name not in markers.events:
            message = f"`{name}` is not in the list of `events` to send; its code is never used"
            yield Finding((*path, event), message, "warning", key=True)
        if counts[code] > 1:
            yield Finding((*path, event), f"code {code} stands for more than one event", "warning")

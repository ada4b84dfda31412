"""Draw a simulated person in a state, without blur and noise of the camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from analysis.face.arrays import ImageArray
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.generators import Generator
from analysis.face.synthetic.people import PersonDrawer
from analysis.face.synthetic.scenes import without_noise
from experiment.simulation.face_schedule import FaceState
from experiment.simulation.person import SimulatedPerson

_SAMPLES = 1
"""Samples a pixel: the blur of the sensor hides the steps of edges."""


def camera_renderer(model_name: str) -> FaceRenderer:
    """Return this process's renderer of 640x480 camera pictures."""
    return Generator(model_name).renderer(samples=_SAMPLES)


def state_drawer(person: SimulatedPerson, renderer: FaceRenderer) -> Callable[[FaceState], ImageArray]:
    """Return a function that draws states of a person as (H, W, 3) RGB without noise."""
    drawer, scene = PersonDrawer(person, renderer), without_noise(person.scene)
    return lambda state: drawer.draw(state.units, replace(scene, pose=state.pose, gaze_deg=state.gaze_deg))

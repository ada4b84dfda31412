"""Draw people with OpenGL off screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from analysis.face.arrays import FloatArray, ImageArray, IntArray
from analysis.face.models.model import MATERIALS, FaceModel
from analysis.face.render.context import create_context
from analysis.face.render.kept import Kept
from analysis.face.render.mesh import Subdivision, Surface
from analysis.face.render.paint import PaintGuide, paint
from analysis.face.render.props import HeadSize, Solid, curtain, neck, skull, torso, wall
from analysis.face.render.relief import Relief
from analysis.face.render.scene import Appearance, HeadPose, Scene
from analysis.face.render.sensor import SensorNoise
from analysis.face.render.shaders import (
    CREASED_SKIN,
    KINDS,
    SHADOW_FRAGMENT,
    SOLID_VERTEX,
    WALL_FRAGMENT,
    WALL_VERTEX,
    solid_fragment,
)
from analysis.face.render.view import lamp_view, light_values, projection

_SHADOW_PX = 1024
_SCARF_MM = 9.0
_LAYER_MM = {"none": 0.0, "short": 8.0, "long": 13.0, "cap": 7.0}
_FULL_SKULL_MM = 60.0
"""A model that extends this far above its brows has its own skull."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Triangles drawn by one program, and the same for the shadow map."""

    kind: str
    lit: Any
    shadow: Any

    def draw(self, *, shadow: bool) -> None:
        (self.shadow if shadow else self.lit).render()


class FaceRenderer:
    """Draws one face model; holds a graphics context and all constant data.

    Use it in the thread that created it.

    Parameters
    ----------
    model : FaceModel
        Any face model with the landmarks of brows, eyes and mouth.
    refine : int
        How often each triangle is split into four; 0 is fastest, 1 is smooth at 500 pixels a face.
    samples : int
        Samples a pixel, to smooth edges; 1 is fastest.
    shadows : bool
        Whether the lamp casts shadows.
    px_per_mm : float
        Resolution of skin and brows.

    Raises
    ------
    FaceModelError
        If the model lacks the landmarks needed to paint it, or OpenGL is not available.
    """

    def __init__(
        self,
        model: FaceModel,
        *,
        refine: int = 1,
        samples: int = 4,
        shadows: bool = True,
        px_per_mm: float = 4.0,
    ) -> None:
        self.model = model
        self._guide = PaintGuide.of(model)
        self._px_per_mm, self._shadows = px_per_mm, shadows
        self._samples = samples if samples > 1 else 0
        self._context = create_context()
        self._kept = Kept()
        self._relief = Relief(self._context, model, self._guide)
        self._lit = {
            kind: self._context.program(vertex_shader=SOLID_VERTEX, fragment_shader=solid_fragment(kind))
            for kind in KINDS
        }
        self._dark = self._context.program(vertex_shader=SOLID_VERTEX, fragment_shader=SHADOW_FRAGMENT)
        self._surface = Surface.of(model.triangles, len(model.mean))
        self._steps: list[Subdivision] = []
        self._head = self._measure()
        self._opening = ((self._head.brow_y + 31.0 + self._head.chin_y) / 2, 0.86 * self._head.half_width)
        self._hairline = (self._head.brow_y - 14.0, 0.85, self._head.chin_y + 40.0, 0.0)
        self._eyes = self._find_eyes()
        self._face, self._hair = self._face_parts(refine)
        self._skull, self._neck, self._torso, self._curtain = (
            self._prop(make(self._head)) for make in (skull, neck, torso, curtain)
        )
        self._wall_program = self._context.program(vertex_shader=WALL_VERTEX, fragment_shader=WALL_FRAGMENT)
        corners = self._context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32).tobytes())
        self._wall = self._context.vertex_array(self._wall_program, [(corners, "2f", "corner")])
        self._shadow_map = self._context.depth_texture((_SHADOW_PX, _SHADOW_PX))
        self._shadow_map.compare_func = "<="
        self._shadow_target = self._context.framebuffer(depth_attachment=self._shadow_map)

    def close(self) -> None:
        """Release the graphics context."""
        self._context.release()

    def render(
        self, vertices: FloatArray, scene: Scene, *, frame: int = 0, units: FloatArray | None = None
    ) -> ImageArray:
        """Draw one picture.

        Parameters
        ----------
        vertices : (V, 3) float array
            The face, in model space, mm.
        scene : Scene
            Everything else.
        frame : int
            Number of the picture; changes only the noise of the sensor.
        units : (E,) float array, optional
            Strengths of the units of the face, for wrinkles and folds; without them, skin is as at rest.

        Returns
        -------
        (H, W, 3) uint8 array
            RGB; the same arguments give the same bytes.
        """
        size = (scene.optics.width_px, scene.optics.height_px)
        with self._context:
            self._upload(vertices, scene)
            self._context.enable(moderngl.DEPTH_TEST)
            if self._shadows:
                self._shadow_target.use()
                self._shadow_target.clear(depth=1.0)
                self._draw_person(scene, lamp_view(scene), shadow=True)
            drawn, resolved = self._kept.value("frame", size, self._framebuffers)
            drawn.use()
            drawn.clear(0.0, 0.0, 0.0, 1.0)
            self._wrinkle(scene, units)
            self._light(scene)
            self._draw_person(scene, projection(scene.optics), shadow=False)
            self._draw_wall(scene)
            if resolved is not drawn:
                self._context.copy_framebuffer(resolved, drawn)
            pixels = np.frombuffer(resolved.read(components=4, alignment=1), dtype=np.uint8)
        picture: ImageArray = np.ascontiguousarray(pixels.reshape(size[1], size[0], 4)[::-1, :, :3])
        noise: SensorNoise = self._kept.value(
            "noise",
            (scene.sensor, *size, scene.appearance.texture_seed),
            lambda key: SensorNoise(key[0], key[1], key[2], seed=key[3]),
        )
        return noise.expose(picture, frame)

    # what stays the same

    def _measure(self) -> HeadSize:
        points, mean = self.model.landmark_vertices, self.model.mean
        return HeadSize(
            brow_y=float(mean[points[17:27], 1].max() - 6.0),
            chin_y=float(mean[points[8], 1]) if points[8] >= 0 else float(mean[points[57], 1] - 32.0),
            nose_z=float(mean[points[30], 2]),
            half_width=72.0 if self._has_skull() else float(np.abs(mean[:, 0]).max()),
        )

    def _has_skull(self) -> bool:
        mean, points = self.model.mean, self.model.landmark_vertices
        return bool(mean[:, 1].max() > mean[points[19], 1] + _FULL_SKULL_MM)

    def _materials(self) -> IntArray:
        materials = self.model.materials
        return np.zeros(len(self.model.mean), dtype=np.int64) if materials is None else materials

    def _find_eyes(self) -> list[IntArray]:
        """Return the vertices of the right and the left eyeball, if the model has them."""
        eyeball = self._materials() == MATERIALS.index("eyeball")
        sides = (np.flatnonzero(eyeball & (np.sign(self.model.mean[:, 0]) == side)) for side in (-1, 1))
        return [own for own in sides if len(own)]

    def _face_parts(self, refine: int) -> tuple[list[_Part], _Part]:
        """Return the face, one part a material, and the layer of hair above its skin."""
        model = self.model
        rest, triangles, material = model.mean.copy(), model.triangles, self._materials()[model.triangles].max(axis=1)
        for own in self._eyes:
            rest[own] -= _middle(rest[own])
        still = np.column_stack([rest, self._openness()])
        for _ in range(refine):
            step = Subdivision.of(triangles, len(still))
            self._steps.append(step)
            still, triangles, material = step.spread(still), step.triangles, np.tile(material, 4)
        self._moving = self._context.buffer(reserve=len(still) * 6 * 4, dynamic=True)
        fixed = self._context.buffer(still.astype(np.float32).tobytes())
        self._skin = (self._moving, fixed, triangles[material == 0])
        parts = [
            self._part(KINDS[number], self._moving, fixed, triangles[material == number])
            for number in np.unique(material)
        ]
        height, slope, nape, _ = self._hairline
        front = still[:, 1] - height - slope * still[:, 2]
        back = np.minimum(-still[:, 2] - 30.0, still[:, 1] - nape)
        hairy = (np.maximum(front, back)[triangles] > -8).any(axis=1) & (material == 0)
        return parts, self._part("HAIR", self._moving, fixed, triangles[hairy])

    def _openness(self) -> FloatArray:
        """Return (V, 1) proportions of the room's light at each vertex: less in creases."""
        mean, surface = self.model.mean, self._surface
        normals = surface.normals(mean)
        neighbours = surface.corners @ surface.corners.T
        count = np.maximum(np.asarray(neighbours.sum(axis=1)), 1.0)
        hollow = np.sum(((neighbours @ mean) / count[:, None] - mean) * normals, axis=1)
        for _ in range(2):
            hollow = (neighbours @ hollow) / count
        return np.asarray(np.clip(1.0 - 0.35 * np.clip(hollow, 0.0, 2.0), 0.45, 1.0))

    def _prop(self, solid: Solid) -> _Part:
        moving = np.concatenate([solid.vertices, solid.normals], axis=1).astype(np.float32)
        still = np.column_stack([solid.vertices, np.ones(len(moving))]).astype(np.float32)
        moving_buffer, still_buffer = self._context.buffer(moving.tobytes()), self._context.buffer(still.tobytes())
        return self._part(solid.kind, moving_buffer, still_buffer, solid.triangles)

    def _part(self, kind: str, moving: Any, fixed: Any, triangles: IntArray) -> _Part:
        index = self._context.buffer(triangles.astype(np.int32).tobytes())
        content = [(moving, "3f 3f", "position", "normal"), (fixed, "3f 1f", "rest", "openness")]
        return _Part(
            kind,
            lit=self._context.vertex_array(self._lit[kind], content, index, skip_errors=True),
            shadow=self._context.vertex_array(self._dark, content, index, skip_errors=True),
        )

    def _framebuffers(self, size: tuple[int, int]) -> tuple[Any, Any]:
        context, samples = self._context, self._samples
        resolved = context.framebuffer([context.renderbuffer(size, 4)], context.depth_renderbuffer(size))
        if not samples:
            return resolved, resolved
        colour = context.renderbuffer(size, 4, samples=samples)
        return context.framebuffer([colour], context.depth_renderbuffer(size, samples=samples)), resolved

    def _texture(self, colours: NDArray[Any], *, mipmaps: bool) -> Any:
        levels = np.round(colours * 255).astype(np.uint8)
        texture = self._context.texture((levels.shape[1], levels.shape[0]), 3, levels.tobytes(), alignment=1)
        if mipmaps:
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
        texture.repeat_x = texture.repeat_y = False
        return texture

    # what changes from picture to picture

    def _upload(self, vertices: FloatArray, scene: Scene) -> None:
        shape = vertices
        across, up = np.deg2rad(scene.gaze_deg)
        if self._eyes and (across or up):
            turn = Rotation.from_euler("YX", [across, -up]).as_matrix()
            shape = vertices.copy()
            for own in self._eyes:
                centre = _middle(shape[own])
                shape[own] = (shape[own] - centre) @ turn.T + centre
        normals = self._surface.normals(shape)
        for step in self._steps:
            shape, normals = step.refine(shape, normals)
        self._moving.write(np.concatenate([shape, normals], axis=1).astype(np.float32).tobytes())

    def _draw_person(self, scene: Scene, projection: FloatArray, *, shadow: bool) -> None:
        look, pose = scene.appearance, scene.pose
        self._set_all("projection", projection)
        self._set_all("hairline", self._hairline)
        self._set_all("layer", 0.0)
        self._place(pose)
        skull_parts = [] if self._has_skull() else [self._skull]
        creased = look.creased and not shadow
        for part in [*self._face, self._neck, *skull_parts]:
            (self._creased_skin() if creased and part.kind == "SKIN" else part).draw(shadow=shadow)
        self._draw_hair(look, shadow=shadow)
        self._place(HeadPose(0.25 * pose.yaw_deg, 0.0, 0.0, pose.x_mm, pose.y_mm, pose.distance_mm))
        self._torso.draw(shadow=shadow)

    def _draw_hair(self, look: Appearance, *, shadow: bool) -> None:
        """Draw the hair, the cap or the headscarf."""
        scarf = look.headscarf is not None
        if look.hair == "long" and not scarf:
            self._curtain.draw(shadow=shadow)
        thick_mm = _SCARF_MM if scarf else _LAYER_MM[look.hair]
        if not thick_mm:
            return
        part: _Part = self._kept.value("SCARF", 0, lambda _: self._part("HAIR", *self._skin)) if scarf else self._hair
        middle_y, half_width = self._opening
        self._set_all("opening", (middle_y, half_width, middle_y - self._head.chin_y - 2.0, float(scarf)))
        self._set_all("layer", thick_mm)
        part.draw(shadow=shadow)
        self._set_all("layer", 0.0)

    def _set_all(self, name: str, value: Any) -> None:
        for program in (*self._lit.values(), self._dark):
            _set(program, name, value)

    def _place(self, pose: HeadPose) -> None:
        self._set_all("rotation", pose.rotation)
        self._set_all("translation", tuple(pose.translation))

    def _light(self, scene: Scene) -> None:
        look = scene.appearance
        values = {
            **light_values(scene),
            "box": self._guide.box_mm,
            "shadows": 0.85 if self._shadows else 0.0,
            "painting": 0,
            "shadow": 1,
        }
        for name, value in values.items():
            self._set_all(name, value)
        painting = self._kept.value(
            "paint",
            look,
            lambda key: self._texture(paint(self._guide, key, px_per_mm=self._px_per_mm), mipmaps=True),
        )
        painting.use(0)
        self._shadow_map.use(1)

    def _wrinkle(self, scene: Scene, units: FloatArray | None) -> None:
        """Load the relief of the skin, if the person has wrinkles."""
        if scene.appearance.creased:
            self._creased_skin()
            self._set_all("crease_box", self._relief.load(scene.appearance, units, unit=2))
            self._set_all("creases", 2)

    def _creased_skin(self) -> _Part:
        """Return the skin with wrinkles; its program is compiled when first needed."""
        if CREASED_SKIN not in self._lit:
            fragment = solid_fragment(CREASED_SKIN)
            self._lit[CREASED_SKIN] = self._context.program(vertex_shader=SOLID_VERTEX, fragment_shader=fragment)
        part: _Part = self._kept.value(CREASED_SKIN, 0, lambda _: self._part(CREASED_SKIN, *self._skin))
        return part

    def _draw_wall(self, scene: Scene) -> None:
        key = (scene.background, scene.optics.width_px, scene.optics.height_px)
        self._kept.value("wall", key, lambda key: self._texture(wall(*key), mipmaps=False)).use(0)
        light = scene.light
        warm = np.array([1 + 0.06 * light.warmth, 1.0, 1 - 0.08 * light.warmth])
        brightness = (scene.sensor.exposure * (0.55 * light.key + 0.9 * light.room)) ** (1 / 2.2)
        _set(self._wall_program, "light", tuple(np.clip(warm * brightness, 0, 1.4)))
        self._wall.render(moderngl.TRIANGLE_STRIP)


def _middle(points: FloatArray) -> FloatArray:
    centre: FloatArray = (points.max(axis=0) + points.min(axis=0)) / 2
    return centre


def _set(program: Any, name: str, value: Any) -> None:
    """Set a uniform, unless the compiler removed it from the program."""
    if name not in program:
        return
    if isinstance(value, np.ndarray):
        program[name].write(np.ascontiguousarray(value.T, dtype=np.float32).tobytes())
    else:
        program[name].value = value

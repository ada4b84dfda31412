"""Draw a face with one colour a vertex, fast, to show differences between faces.

The view is frontal and without perspective; the light comes from the front.
"""

from __future__ import annotations

import moderngl
import numpy as np

from analysis.face.arrays import FloatArray, ImageArray, IntArray
from analysis.face.models.model import FaceModel
from analysis.face.render.context import create_context

_MARGIN = 1.08
"""Height of the picture relative to the mean face; only an open mouth is cut off."""
_VERTEX_SHADER = """
#version 330
uniform vec2 centre;
uniform vec3 scale;
in vec3 position;
in vec3 normal;
in vec3 colour;
out vec3 shade;
void main() {
    float light = 0.35 + 0.65 * max(normalize(normal).z, 0.0);
    shade = colour * light;
    gl_Position = vec4((position.xy - centre) * scale.xy, -position.z * scale.z, 1.0);
}
"""
_FRAGMENT_SHADER = """
#version 330
in vec3 shade;
out vec4 pixel;
void main() { pixel = vec4(shade, 1.0); }
"""


class ColouredFace:
    """Draws faces of one model; holds a graphics context.

    Parameters
    ----------
    model : FaceModel
        The face model.
    size_px : tuple
        Width and height of the pictures.
    background : tuple
        RGB, 0-255.

    Raises
    ------
    FaceModelError
        If OpenGL is not available.
    """

    def __init__(
        self, model: FaceModel, *, size_px: tuple[int, int], background: tuple[int, int, int] = (0, 0, 0)
    ) -> None:
        self.size_px = size_px
        self._background = tuple(channel / 255.0 for channel in background)
        context = self._context = create_context()
        self._triangles = _front(model)
        program = context.program(vertex_shader=_VERTEX_SHADER, fragment_shader=_FRAGMENT_SHADER)
        low, high = model.mean.min(axis=0), model.mean.max(axis=0)
        middle = (low + high) / 2.0
        half_height = _MARGIN * (high[1] - low[1]) / 2.0
        program["centre"] = (float(middle[0]), float(middle[1]))
        program["scale"] = (size_px[1] / size_px[0] / half_height, 1.0 / half_height, 0.25 / half_height)
        count = len(model.mean)
        self._positions = context.buffer(reserve=count * 12, dynamic=True)
        self._normals = context.buffer(reserve=count * 12, dynamic=True)
        self._colours = context.buffer(reserve=count * 3, dynamic=True)
        faces = context.buffer(self._triangles.astype(np.int32).tobytes())
        content = [
            (self._positions, "3f", "position"),
            (self._normals, "3f", "normal"),
            (self._colours, "3f1", "colour"),
        ]
        self._array = context.vertex_array(program, content, faces)
        self._target = context.framebuffer([context.renderbuffer(size_px, 3)], context.depth_renderbuffer(size_px))
        self.light(model.mean)

    def light(self, neutral_mm: FloatArray) -> None:
        """Compute the shading from a neutral face; expressions hardly change it.

        Parameters
        ----------
        neutral_mm : (V, 3) float array
            Vertices in model space.
        """
        across = _normals(neutral_mm, self._triangles)
        normals = np.zeros_like(neutral_mm)
        for corner in range(3):
            for axis in range(3):
                normals[:, axis] += np.bincount(self._triangles[:, corner], across[:, axis], minlength=len(neutral_mm))
        with self._context:
            self._normals.write(normals.astype(np.float32).tobytes())

    def draw(self, vertices_mm: FloatArray, colours: ImageArray) -> ImageArray:
        """Draw one face.

        Parameters
        ----------
        vertices_mm : (V, 3) float array
            In model space.
        colours : (V, 3) uint8 array
            RGB of each vertex.

        Returns
        -------
        (H, W, 3) uint8 array
            RGB.
        """
        with self._context:  # another renderer of this process may have drawn since
            self._positions.write(vertices_mm.astype(np.float32).tobytes())
            self._colours.write(np.ascontiguousarray(colours).tobytes())
            self._target.use()
            self._target.clear(*self._background, 1.0)
            self._context.enable_only(moderngl.DEPTH_TEST)
            self._array.render()
            pixels = np.frombuffer(self._target.read(components=3, alignment=1), dtype=np.uint8)
        width, height = self.size_px
        picture: ImageArray = pixels.reshape(height, width, 3)[::-1].copy()
        return picture

    def close(self) -> None:
        """Release the graphics context."""
        self._context.release()


def _normals(vertices_mm: FloatArray, triangles: IntArray) -> FloatArray:
    """Return (T, 3) normals of triangles, as long as twice their areas."""
    corners = vertices_mm[triangles]
    normals: FloatArray = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals


def _front(model: FaceModel) -> IntArray:
    """Return the triangles that are visible from the front with any expression."""
    normals = _normals(model.mean, model.triangles)
    facing = normals[:, 2] > -0.3 * np.linalg.norm(normals, axis=1)
    front: IntArray = model.triangles[facing]
    return front

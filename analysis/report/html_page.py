"""Render the report as one HTML file with styles, pictures and the 3D viewer.

The page fetches nothing.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
from markupsafe import Markup

from analysis.report.content import Content
from analysis.report.courses_section import FACE_PX, ROW, SPRITE_HZ, STEPS, CoursesView

_HERE = Path(__file__).resolve().parent


def render(content: Content) -> str:
    """Return the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["signed"] = "{:+.2f}".format
    environment.filters["median"] = median
    environment.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    viewed = any(view.faces3d for view in content.sessions)
    return environment.get_template("report.html").render(
        content=content,
        style=Markup("".join((_HERE / name).read_text("utf-8") for name in ("report.css", "courses.css"))),
        script=Markup((_HERE / "report.js").read_text("utf-8")),
        plotly=Markup(_plotly()) if viewed else None,
        faces3d=_json({view.session.label: view.faces3d for view in content.sessions if view.faces3d}),
        targets3d=_json(content.targets3d),
        courses_script=Markup((_HERE / "courses.js").read_text("utf-8")),
        courses_data=_json(_courses(content.courses)),
        dataclass_dict=dataclasses.asdict,
        as_text=lambda value: json.dumps(value, indent=1, ensure_ascii=False, default=str),
    )


def _courses(courses: CoursesView | None) -> dict[str, Any]:
    """Return what the script of the sliders reads."""
    if courses is None:
        return {}
    return {
        "measures": courses.measures,
        "step": courses.step_s,
        "scale": STEPS,
        "rate": SPRITE_HZ,
        "facePx": FACE_PX,
        "row": ROW,
        "sessions": courses.viewers,
        "targets": courses.targets,
    }


def _json(value: object) -> Markup:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script")

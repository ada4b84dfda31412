"""Render the pages of the report; styles, pictures and scripts are inside.

No page fetches anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
from markupsafe import Markup

from analysis.face.render.difference_colours import style_gradient
from analysis.report.content import GroupContent, ParticipantView, ReportFacts, SessionRow, TrialList
from analysis.report.courses_section import FACE_PX, ROW, SPRITE_HZ, STEPS, CoursesView

_HERE = Path(__file__).resolve().parent
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Fragment:
    """The rendered content of one participant, to be put into a page."""

    anchor: str
    title: str
    html: Markup
    has_faces: bool
    has_courses: bool


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Links of the page of a participant: title and address."""

    group: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None


class Pages:
    """Renders the pages of one report.

    Parameters
    ----------
    facts : ReportFacts
        What all pages have in common.
    surface : mapping
        What all 3D faces have in common.
    """

    def __init__(self, facts: ReportFacts, surface: Mapping[str, Any]) -> None:
        self._facts, self._surface = facts, json_script(surface)
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "signed": lambda value: f"{value:+.2f}".replace("-", _MINUS),
            "median": median,
            "percent": lambda share: f"{100 * share:.0f} %",
            "minus": minus,
            "css_string": css_string,
            "json_script": json_script,
        }
        self._environment = environment
        self._style = Markup(
            f":root {{ --ramp: {style_gradient()}; }}\n"
            + "".join(_text(name) for name in ("report.css", "courses.css"))
        )

    def participant(self, person: ParticipantView, courses: CoursesView | None) -> Fragment:
        """Return the content of a participant.

        Parameters
        ----------
        person : ParticipantView
            The participant.
        courses : CoursesView or None
            Faces over time of all participants.
        """
        data = _courses(courses, [view.session.record.label for view in person.sessions])
        html = self._environment.get_template("participant.html").render(
            report=self._facts,
            person=person,
            courses=courses,
            courses_data=data,
            as_text=lambda value: json.dumps(value, indent=1, ensure_ascii=False, default=str),
        )
        has_faces = any(view.faces3d for view in person.sessions)
        return Fragment(person.anchor, person.title, Markup(html), has_faces, bool(data))

    def participant_page(self, fragment: Fragment, neighbours: Neighbours) -> str:
        """Return the page of one participant.

        Parameters
        ----------
        fragment : Fragment
            Its content.
        neighbours : Neighbours
            Its links.
        """
        return self._environment.get_template("participant_page.html").render(
            report=self._facts,
            person=fragment,
            fragment=fragment.html,
            group_address=neighbours.group,
            before=neighbours.before,
            after=neighbours.after,
            **self._around([fragment], about=fragment.title),
        )

    def group_page(
        self, group: GroupContent, rows: Sequence[SessionRow], trials: TrialList, fragments: Sequence[Fragment]
    ) -> str:
        """Return the first page.

        Parameters
        ----------
        group : GroupContent
            Statistics and warnings.
        rows : sequence of SessionRow
            One line a session, with its address.
        trials : TrialList
            The list of trials.
        fragments : sequence of Fragment
            The participants, in a report of one file; else empty.
        """
        return self._environment.get_template("group.html").render(
            report=self._facts,
            group=group,
            rows=rows,
            sessions=sorted({row.session for row in rows}),
            groups=sorted({row.group for row in rows}),
            metrics=[name for name, _ in self._facts.metrics],
            trial_list=trials,
            fragments=fragments,
            **self._around(fragments, about="all participants"),
        )

    def _around(self, fragments: Sequence[Fragment], *, about: str) -> dict[str, Any]:
        """Return styles, scripts and the line at the foot of printed pages."""
        facts, scripts = self._facts, ["filters.js"]
        has_faces = any(fragment.has_faces for fragment in fragments)
        scripts += ["face3d.js"] if has_faces else []
        scripts += ["courses.js"] if any(fragment.has_courses for fragment in fragments) else []
        return {
            "style": self._style,
            "scripts": [Markup(_text(name)) for name in scripts],
            "surface": self._surface if has_faces else None,
            "footer": f"Mimicry report of {facts.dataset}, {about}; "
            f"metric {', '.join(name for name, _ in facts.metrics)}; face model {facts.model}; {facts.program}",
        }


def minus(text: object) -> str:
    """Return a text with minus signs in front of its numbers."""
    return re.sub(r"(?<![\w.-])-(?=\d)", _MINUS, str(text))


def css_string(text: str) -> Markup:
    """Return a text as a string of a style sheet that cannot end the style element."""
    plain = "".join(
        character if character.isalnum() or character in " .,;:_-" else f"\\{ord(character):06x}" for character in text
    )
    return Markup(f'"{plain}"')


def json_script(value: object) -> Markup:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _courses(courses: CoursesView | None, labels: Sequence[str]) -> dict[str, Any]:
    """Return what the script of the sliders reads for some sessions."""
    viewers = {label: courses.viewers[label] for label in labels if label in courses.viewers} if courses else {}
    if courses is None or not viewers:
        return {}
    shown = {trial["target"] for viewer in viewers.values() for trial in viewer["trials"]}
    return {
        "measures": courses.measures,
        "step": courses.step_s,
        "scale": STEPS,
        "rate": SPRITE_HZ,
        "facePx": FACE_PX,
        "row": ROW,
        "sessions": viewers,
        "targets": {key: target for key, target in courses.targets.items() if key in shown},
    }


def _text(name: str) -> str:
    return (_HERE / name).read_text("utf-8")

"""Render the pages of the report; styles, pictures and scripts are inside.

No page fetches anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import jinja2
from markupsafe import Markup

from analysis.face.render.difference_colours import style_gradient
from analysis.report.content import GroupContent, ReportFacts, SessionRow, TrialList
from analysis.report.courses_view import FACE_PX, ROW, SPRITE_HZ, STEPS, CoursesView
from analysis.report.session_view import SessionView

_HERE = Path(__file__).resolve().parent
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class SessionPart:
    """The rendered content of one session."""

    label: str
    title: str
    html: Markup


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


def session_html(view: SessionView, facts: ReportFacts, factors: Mapping[str, Sequence[str]]) -> Markup:
    """Return the part of a page about one session.

    Parameters
    ----------
    view : SessionView
        The session.
    facts : ReportFacts
        What all pages have in common.
    factors : mapping
        Levels of the conditions of its trials, by name.
    """
    text = _environment().get_template("session.html").render(report=facts, view=view, factors=factors)
    return Markup(text)


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
        ramp = f":root {{ --ramp: {style_gradient()}; }}\n"
        self._style = Markup(ramp + _text("report.css") + _text("courses.css"))

    def participant(
        self, participant: str, sessions: Sequence[SessionPart], courses: CoursesView | None, *, has_faces: bool
    ) -> Fragment:
        """Return the content of a participant.

        Parameters
        ----------
        participant : str
            The participant.
        sessions : sequence of SessionPart
            The participant's sessions.
        courses : CoursesView or None
            Faces over time of all participants.
        has_faces : bool
            Whether a session has a 3D view.
        """
        data = _courses(courses, [one.label for one in sessions])
        template = _environment().get_template("participant.html")
        html = template.render(sessions=sessions, courses=courses, courses_data=data)
        title = f"Participant {participant}"
        return Fragment(f"participant-{participant}", title, Markup(html), has_faces, bool(data))

    def participant_page(self, fragment: Fragment, neighbours: Neighbours) -> str:
        """Return the page of one participant.

        Parameters
        ----------
        fragment : Fragment
            Its content.
        neighbours : Neighbours
            Its links.
        """
        template = _environment().get_template("participant_page.html")
        return template.render(
            report=self._facts,
            person=fragment,
            fragment=fragment.html,
            group_address=neighbours.group,
            before=neighbours.before,
            after=neighbours.after,
            **self._around([fragment], about=fragment.title),
        )

    def group_page(
        self,
        group: GroupContent,
        courses: CoursesView | None,
        rows: Sequence[SessionRow],
        trials: TrialList,
        *,
        fragments: Sequence[Fragment],
    ) -> str:
        """Return the first page.

        Parameters
        ----------
        group : GroupContent
            Statistics and warnings.
        courses : CoursesView or None
            Faces over time.
        rows : sequence of SessionRow
            One line a session, with its address.
        trials : TrialList
            The list of trials.
        fragments : sequence of Fragment
            The participants, in a report of one file; else empty.
        """
        template = _environment().get_template("group.html")
        return template.render(
            report=self._facts,
            group=group,
            courses=courses,
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
        metrics = ", ".join(name for name, _ in facts.metrics)
        return {
            "style": self._style,
            "scripts": [Markup(_text(name)) for name in scripts],
            "surface": self._surface if has_faces else None,
            "footer": f"Mimicry report of {facts.dataset}, {about}; metric {metrics}; face model {facts.model}; "
            f"{facts.program}",
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


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    """Return the environment of all templates of this process."""
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
        "as_text": lambda value: json.dumps(value, indent=1, ensure_ascii=False, default=str),
    }
    return environment


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

"""Turn a measured session into its part of a page, in any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from markupsafe import Markup

from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.report.content import ReportFacts, SessionRow, factors_of, session_row
from analysis.report.face_pictures import DifferencePainter
from analysis.report.html_page import session_html
from analysis.report.session_view import session_view
from analysis.report.trial_view import LARGEST_MM, Drawing
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.score_tables import SessionTables, session_tables


@dataclass(frozen=True, slots=True, eq=False)
class RenderedSession:
    """What remains of a session after its part of the page was made."""

    tables: SessionTables
    """The scores, without what only pictures need."""
    row: SessionRow
    html: Markup
    has_faces: bool
    """Whether it has a 3D view."""


@dataclass(frozen=True, slots=True, eq=False)
class SessionRenderer:
    """Scores a measured session and renders it; can be sent to other processes."""

    metrics: tuple[Metric, ...]
    model: FaceModel
    dataset: Path
    facts: ReportFacts
    factors: Mapping[str, Sequence[str]]
    """Levels of the conditions of the whole data set."""

    def __call__(self, session: MeasuredSession) -> RenderedSession:
        """Return the rendered session."""
        one = session_tables(session, self.metrics, self.model)
        drawing = Drawing(self.model, _painter(_Drawn(self.model)), self.facts.faces)
        view = session_view(one, drawing, dataset=self.dataset)
        return RenderedSession(
            tables=_light(one),
            row=session_row(view, one, tuple(self.factors)),
            html=session_html(view, self.facts, factors_of([session.record])),
            has_faces=bool(view.faces3d),
        )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A model to draw; models of one name are the same in one run."""

    model: FaceModel

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Drawn) and other.model.name == self.model.name

    def __hash__(self) -> int:
        return hash(self.model.name)


@lru_cache(maxsize=1)
def _painter(drawn: _Drawn) -> DifferencePainter:
    """Return the painter of this process."""
    return DifferencePainter(drawn.model, largest_mm=LARGEST_MM)


def _light(one: SessionTables) -> SessionTables:
    """Return scores and trials without distances of vertices and appearance."""
    nothing = np.empty(0)
    session = one.session
    person = session.participant and replace(session.participant, neutrals=(), faces=())
    return replace(
        one,
        session=replace(
            session,
            participant=person,
            target_people=(),
            targets={name: _without_appearance(face) for name, face in session.targets.items()},
            mimics=tuple(replace(mimic, face=_without_appearance(mimic.face)) for mimic in session.mimics),
        ),
        comparisons=tuple(tuple(replace(parts, distance_mm=nothing) for parts in row) for row in one.comparisons),
    )


def _without_appearance(face: MeasuredFace) -> MeasuredFace:
    return replace(face, appearance=None)

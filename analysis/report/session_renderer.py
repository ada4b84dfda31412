"""Turn a measured session into its part of a page, in any process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from analysis.face.models.model import FaceModel
from analysis.face.similarity.metrics import Metric
from analysis.group.long_table import SessionRows, session_rows
from analysis.report.content import ReportFacts, SessionRow, factors_of, session_row
from analysis.report.face_pictures import DifferencePainter
from analysis.report.group_statistics import ScoredSession, scored_session
from analysis.report.html_page import session_html
from analysis.report.session_view import session_view
from analysis.report.trial_view import LARGEST_MM, Drawing
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.score_tables import session_tables


@dataclass(frozen=True, slots=True, eq=False)
class RenderedSession:
    """What remains of a session after its part of the page was made."""

    title: str
    row: SessionRow
    """Its line on the first page."""
    rows: SessionRows
    """Its rows of the long tables."""
    scored: ScoredSession
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
            title=session.title,
            row=session_row(view, one, tuple(self.factors)),
            rows=session_rows(one),
            scored=scored_session(one),
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

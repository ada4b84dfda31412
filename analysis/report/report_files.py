"""Write the report: one file, or a first page and a page for each participant.

A report in one file is easy to archive and to send. With many participants it would take minutes to open, so the
participants go to ``NAME_files/``. Every page has all that it shows in itself. The names of these pages do not begin
with ``sub-``: the deletion of a participant deletes all of them, since each page names its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from analysis.courses.figures.course_reading import measured_sessions
from analysis.face.models.model import FaceModel
from analysis.group.long_table import SessionRows
from analysis.report.content import SessionRow, group_content, trial_list
from analysis.report.courses_view import CoursesView
from analysis.report.faces3d import surface_data
from analysis.report.group_statistics import ScoredSession
from analysis.report.html_page import Fragment, Neighbours, Pages, SessionPart
from analysis.report.session_renderer import RenderedSession, SessionRenderer
from analysis.tables.output_files import derivatives, put
from experiment.record.session_record import SessionRecord

ONE_FILE_BYTES = 2_000_000
"""Largest total of the participants in a report of one file."""


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files of a report."""

    first: Path
    pages: tuple[Path, ...]
    """The pages of the participants; empty if the first page contains them."""
    folder: Path
    """The folder of these pages, which may not exist."""


@dataclass(slots=True)
class _Participants:
    """The rendered participants: in memory while one file is enough, then on disk."""

    order: Sequence[str]
    """All participants."""
    pages: Pages
    first: Path
    folder: Path
    waiting: list[tuple[str, Fragment]] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def add(self, participant: str, fragment: Fragment) -> None:
        """Take a rendered participant."""
        self.waiting.append((participant, fragment))
        if self.written or sum(len(one.html) for _, one in self.waiting) > ONE_FILE_BYTES:
            self.write()

    def write(self) -> None:
        """Write the participants in memory as pages."""
        for participant, fragment in self.waiting:
            place = self.order.index(participant)
            before, after = self._neighbour(place - 1), self._neighbour(place + 1)
            links = Neighbours(f"../{self.first.name}", before, after)
            self.written.append(put(self.folder / _name(participant), self.pages.participant_page(fragment, links)))
        self.waiting.clear()

    def _neighbour(self, place: int) -> tuple[str, str] | None:
        if not 0 <= place < len(self.order):
            return None
        return f"Participant {self.order[place]}", _name(self.order[place])


def write_report(
    rendered: Iterable[RenderedSession], records: Sequence[SessionRecord], renderer: SessionRenderer, first: Path
) -> ReportFiles:
    """Write the report of a data set; sessions are needed one after the other.

    Parameters
    ----------
    rendered : iterable of RenderedSession
        The sessions, those of one participant one after the other.
    records : sequence of SessionRecord
        The records of these sessions.
    renderer : SessionRenderer
        What rendered them.
    first : Path
        The first page.

    Returns
    -------
    ReportFiles
        What was written.
    """
    facts, model, dataset = renderer.facts, renderer.model, renderer.dataset
    pages = Pages(facts, surface_data(model))
    courses = _courses(records, model, dataset=dataset, faces=facts.faces)
    order = list(dict.fromkeys(record.participant for record in records))
    people = _Participants(order, pages, first, files_folder(first))
    rows: list[SessionRow] = []
    long_rows: list[SessionRows] = []
    scored: list[ScoredSession] = []
    for participant, own in groupby(rendered, lambda one: one.row.participant):
        sessions = list(own)
        long_rows += [one.rows for one in sessions]
        scored += [one.scored for one in sessions]
        rows += [one.row for one in sessions]
        parts = [SessionPart(one.row.label, one.title, one.html) for one in sessions]
        has_faces = any(one.has_faces for one in sessions)
        people.add(participant, pages.participant(participant, parts, courses, has_faces=has_faces))
    rows = list(_addressed(rows, people.folder.name if people.written else ""))
    group = group_content(long_rows, scored, facts, dataset)
    fragments = [fragment for _, fragment in people.waiting]
    put(first, pages.group_page(group, courses, rows, trial_list(rows, renderer.factors), fragments=fragments))
    return ReportFiles(first, tuple(people.written), people.folder)


def _courses(records: Sequence[SessionRecord], model: FaceModel, *, dataset: Path, faces: bool) -> CoursesView | None:
    """Return the section of faces over time; None if nothing was measured."""
    if not measured_sessions(records, derivatives(dataset) / "courses"):
        return None
    from analysis.report.courses_section import courses_view  # loading its figures takes half a second

    return courses_view(records, model, dataset=dataset, faces=faces)


def files_folder(first: Path) -> Path:
    """Return the folder of the participants' pages."""
    return first.with_name(f"{first.stem}_files")


def _addressed(rows: Iterable[SessionRow], folder: str) -> Iterator[SessionRow]:
    """Yield the lines with their addresses, in the folder or in the first page."""
    for row in rows:
        page = f"{folder}/{_name(row.participant)}" if folder else ""
        yield replace(row, address=f"{page}#{row.label}")


def _name(participant: str) -> str:
    return f"participant-{participant}.html"

"""Write the page and tables about single movements and sides of one trainee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from analysis.face.models.model import FaceModel
from analysis.face.models.movements import SIDES, Movement
from analysis.face.movements.measured import MEASURED
from analysis.face.movements.requested import AS_ASKED, MIRRORED
from analysis.tables.column_descriptions import put_table
from analysis.tables.movement_files import movement_tables
from analysis.tables.output_files import Row, put
from analysis.terminal import many
from analysis.training.learning import Trainee
from analysis.training.side_chart import side_chart
from analysis.training.side_sessions import (
    MovementSeries,
    OtherMean,
    OtherMovements,
    SideSessions,
    affected_side,
    session_name,
    side_sessions,
)

_TEMPLATE = Path(__file__).with_name("sides.html")
_ROOM = 1.1
"""The axis ends above the largest value by this factor."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    moved: bool


@dataclass(frozen=True, slots=True)
class _MatrixRow:
    name: str
    cells: tuple[_Cell, ...]


def write_sides(trainee: Trainee, base: Path, *, model: FaceModel, dataset: Path) -> list[Path]:
    """Write page and tables, if a target has single movements; return the files.

    Parameters
    ----------
    trainee : Trainee
        The attempts.
    base : Path
        Path of the files without their ends.
    model : FaceModel
        The model that fitted the faces.
    dataset : Path
        The folder of the data set, with ``participants.tsv``.

    Raises
    ------
    RecordError
        If a file cannot be read or written, or the affected side is written wrongly.
    """
    found = side_sessions(trainee.sessions, model, affected=affected_side(dataset, trainee.participant))
    if found is None:
        return []
    return [
        *movement_tables(trainee.sessions, base, model=model),
        *put_table(base.with_name(f"{base.name}_side_sessions.csv"), list(_session_rows(found))),
        put(base.with_name(f"{base.name}_sides.html"), sides_html(trainee, found)),
    ]


def sides_html(trainee: Trainee, found: SideSessions) -> str:
    """Return the page.

    Parameters
    ----------
    trainee : Trainee
        The attempts.
    found : SideSessions
        Its single movements.
    """
    highest = {
        one.movement: max(
            max(side.asked_mm, side.mean_mm + side.error_mm)
            for other in found.series
            if other.movement == one.movement
            for point in other.points
            for side in point.sides
        )
        for one in found.series
    }
    tried = {one.session for one in found.others}
    names = [name for name in dict.fromkeys(map(session_name, trainee.sessions)) if name in tried]
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    return environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        title=f"sub-{trainee.participant}, {trainee.task}: sides of the face",
        sessions=many(len(trainee.sessions), "session"),
        found=found,
        notes=list(_notes(trainee)),
        charts=[(one, Markup(side_chart(one, highest_mm=_ROOM * highest[one.movement]))) for one in found.series],
        changes=[(one, change) for one in found.series for change in one.changes],
        symmetries=list(_symmetries(found, names)),
        session_names=names,
        both_kinds=len({one.kind for one in found.series}) > 1,
        matrices=[_matrix(found, name) for name in dict.fromkeys((names[0], names[-1]))],
    )


def _notes(trainee: Trainee) -> Iterator[str]:
    for session in trainee.sessions:
        if session.calibration != "neutral":
            yield (
                f"Session {session_name(session)} has no usable neutral frame: its strengths are much less"
                " certain than stated here."
            )
        if session.record.pilot:
            yield f"Session {session_name(session)} is a pilot session."


def _symmetries(found: SideSessions, names: Sequence[str]) -> Iterator[tuple[MovementSeries, list[float | None]]]:
    for series in found.series:
        by_session = {point.session: point.symmetry(found.affected) for point in series.points}
        if any(value is not None for value in by_session.values()):
            yield series, [by_session.get(name) for name in names]


def _matrix(found: SideSessions, session: str) -> tuple[str, list[Movement], list[_MatrixRow]]:
    """Return what moved in a session without being asked for: columns and rows."""
    own = [one for one in found.others if one.session == session]
    moved = {other.movement for one in own for other in one.others if other.moved}
    columns = [movement for movement in MEASURED if movement in moved]
    return session, columns, [_MatrixRow(_row_name(one, own), tuple(_cells(one, columns))) for one in own]


def _row_name(one: OtherMovements, own: Sequence[OtherMovements]) -> str:
    kinds = {other.kind for other in own}
    return f"{one.target}, {one.kind} ({one.pictures})" if len(kinds) > 1 else f"{one.target} ({one.pictures})"


def _cells(one: OtherMovements, columns: Sequence[Movement]) -> Iterator[_Cell]:
    for movement in columns:
        own = sorted((other for other in one.others if other.movement == movement), key=_side_number)
        texts = [f"{other.mean_mm:.1f}" if other.moved else "\N{MIDDLE DOT}" for other in own]
        yield _Cell(" / ".join(texts) if own else "asked for", any(other.moved for other in own))


def _side_number(other: OtherMean) -> int:
    return SIDES.index(other.side) if other.side in SIDES else 0


def _session_rows(found: SideSessions) -> Iterator[Row]:
    for series in found.series:
        changes = {change.side: change for change in series.changes}
        for point in series.points:
            for side in point.sides:
                change = changes.get(side.side) if point is series.points[-1] else None
                yield {
                    "session": point.session,
                    "target": series.target,
                    "kind": series.kind,
                    "movement": series.movement.plain,
                    "action_unit": series.movement.facs,
                    "side": side.side,
                    "affected": {"": "", side.side: "yes", "both": "yes"}.get(found.affected, "no"),
                    "pictures": point.pictures,
                    "asked_mm": side.asked_mm,
                    "mean_mm": side.mean_mm,
                    "mean_error_mm": side.error_mm,
                    "as_asked": point.made.get(AS_ASKED, 0),
                    "mirrored_pictures": point.made.get(MIRRORED, 0),
                    "correct_pictures": point.correct,
                    "session_symmetry": point.symmetry(found.affected),
                    "change_mm": change.change_mm if change else None,
                    "change_detectable_mm": change.detectable_mm if change else None,
                    "change_result": change.verdict if change else "",
                }

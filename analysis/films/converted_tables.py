"""Convert tables of other programs to those of this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from analysis.courses.measured_courses import method_fingerprint
from analysis.errors import DataSetError
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.films.agreement import film_agreement
from analysis.films.course_table import CourseTable
from analysis.films.film_results import FilmResult, ResultOptions, composite_notes, inputs_of, source_of, write_result
from analysis.films.output_names import output_stems, require_own_files, result_names
from analysis.films.readers.any_table import read_any_table
from analysis.films.readers.own import OWN
from analysis.films.target_films import check_targets, measure_targets
from analysis.films.trial_files import ComparedTrials
from analysis.films.trials import FilmTrial, about_trials, require_within
from analysis.tables.measurement_provenance import program


def convert_tables(
    tables: Sequence[Path],
    *,
    folder: Path,
    options: ResultOptions,
    rate_hz: float | None = None,
    model_name: str = DEFAULT_MODEL,
    trials: Sequence[FilmTrial] = (),
) -> Iterator[FilmResult]:
    """Convert tables and write their results; yield each one in its turn.

    All tables are read before the first result is written.

    Parameters
    ----------
    tables : sequence of Path
        The tables; one that is named twice is converted once.
    folder : Path
        Folder of the results.
    options : ResultOptions
        What to write.
    rate_hz : float, optional
        Frames per second, for tables without times.
    model_name : str
        Name of the face model that measures target films.
    trials : sequence of FilmTrial
        Trials of the films.

    Raises
    ------
    DataSetError
        If a table cannot be read, or its results would replace other files.
    """
    unique = list({table.resolve(): table for table in tables}.values())
    read: list[tuple[Path, str, str, CourseTable]] = []
    for source, stem in zip(unique, output_stems(unique), strict=True):
        name, table = read_any_table(source, rate_hz=rate_hz)
        if (folder / f"{stem}.csv").resolve() == source.resolve():
            raise DataSetError(f"{source} would be replaced by its own result; name another folder with --out")
        require_own_files(folder, stem, result_names(stem), source_of(source, folder))
        require_within([trial for trial in trials if trial.is_of(source)], source, table.duration_s)
        read.append((source, stem, name, table))
    model = load_model(model_name) if check_targets(trials) else None
    targets = {} if model is None else measure_targets(trials, model, rate_hz=rate_hz)
    for source, stem, name, table in read:
        own = [trial for trial in trials if trial.is_of(source)]
        agreement = None if model is None else film_agreement(table, own, targets, model)
        about = {
            "source": source_of(source, folder),
            "converted_from": name,
            "rate_hz": rate_hz,
            "columns": options.columns,
            "composites": {name: dict(weights) for name, weights in options.composites.items()},
            "trials": about_trials(own),
            "target_films": check_targets(own),
            "method": method_fingerprint(Path(__file__).parent),
            "program": program(),
        }
        trusted = replace(options, all_measures=options.all_measures or name != OWN.name)
        yield write_result(
            folder,
            stem,
            table,
            about={
                "inputs": inputs_of(about),
                **about,
                "neutral": {"how": table.neutral},
                "remarks": [*(agreement.notes if agreement else ()), *composite_notes(table, trusted)],
            },
            options=trusted,
            compared=ComparedTrials(own, agreement),
        )

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.table_text import (
    cell_texts,
    decimals,
    file_stem,
    finding,
    table_csv,
    table_latex,
    table_markdown,
    table_text,
)

# The mimic of sad_face could not be measured.
TABLE = SimilarityTable(
    ("anger", "sad_face"), ("anger",), np.array([[0.1 + 0.2], [-1 / 3]]), names=("anger", "sad_face")
)
FULL = SimilarityTable(("anger", "sad_face"), ("anger", "sad_face"), np.array([[0.1 + 0.2, 0.25], [-1 / 3, 0.98]]))


@pytest.mark.parametrize(
    ("session", "metric", "expected"),
    [
        (None, "points", "sub-01_task-facialmimicry_metric-points"),
        ("a", "emotion-blend", "sub-01_ses-a_task-facialmimicry_metric-emotionblend"),
        ("a", None, "sub-01_ses-a_task-facialmimicry"),
    ],
)
def test_files_are_named_as_bids_requires(session: str | None, metric: str | None, expected: str) -> None:
    assert file_stem("01", session, "facial-mimicry", metric=metric) == expected


def test_csv_keeps_every_digit_and_leaves_missing_cells_empty() -> None:
    rows = list(csv.reader(io.StringIO(table_csv(TABLE))))
    assert rows[0] == ["target", "anger", "sad_face"]
    assert rows[1] == ["anger", "0.30000000000000004", ""]
    assert float(rows[2][1]) == -1 / 3


def test_markdown_has_the_matching_cells_in_bold() -> None:
    text = table_markdown(TABLE, title="Participant 01, session a", caption="Whole face.", notes=("one", "two"))
    assert text.splitlines() == [
        "**Participant 01, session a.** Whole face.",
        "",
        "| target \\ mimic | anger | sad_face |",
        "|---|---:|---:|",
        "| anger | **0.300** | – |",
        "| sad_face | -0.333 | **–** |",
        "",
        "- one",
        "- two",
    ]


def test_latex_puts_matching_cells_on_grey_and_escapes_names() -> None:
    text = table_latex(TABLE, caption="50 % & more", label="tab:01")
    assert r"\cellcolor[gray]{0.85}$0.300$ & -- \\" in text
    assert r"sad\_face & $-0.333$ & \cellcolor[gray]{0.85}-- \\" in text
    assert r"50 \% \& more" in text
    assert text.count("{") == text.count("}")
    columns = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)[0]
    assert len(columns) == 3


def _square_table(names: list[str], *, scale: float = 1.0) -> SimilarityTable:
    scores = scale * np.linspace(-1.0, 1.0, len(names) ** 2).reshape(len(names), len(names))
    return SimilarityTable(tuple(names), tuple(names), scores)


EMOTIONS = ["anger", "disgust", "fear", "happiness", "sadness", "surprise"]


@pytest.mark.slow  # needs what `scripts/setup --tests` installs
def test_latex_tables_fit_a_two_column_page(tmp_path: Path) -> None:
    """Six tables of all sizes; the log of LaTeX names every line that is too wide."""
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    tables = [
        TABLE,
        _square_table(EMOTIONS),
        _square_table(EMOTIONS, scale=0.001),
        _square_table([f"{name} of an older woman, left side" for name in EMOTIONS]),
        _square_table([f"{name}_{poser:02d}" for name in EMOTIONS for poser in range(3)]),
        _square_table([f"WWWWWW_{number:02d}" for number in range(40)]),
    ]
    body = "\n".join(table_latex(table, caption="50 % & more", label=f"tab:{i}") for i, table in enumerate(tables))
    document = (
        r"\documentclass[twocolumn]{article}\usepackage{booktabs,graphicx}\usepackage[table]{xcolor}\begin{document}"
        + f"\nText.\n{body}\n"
        + r"\end{document}"
    )
    (tmp_path / "paper.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert re.findall(r"Overfull .hbox.*", done.stdout) == []


def test_latex_uses_one_column_where_the_table_fits_it() -> None:
    floats = [
        re.findall(r"begin\{(table\*?)\}", table_latex(table, caption="", label=""))[0]
        for table in (_square_table(EMOTIONS), _square_table([*EMOTIONS, "contempt", "pain", "neutral"]))
    ]
    assert floats == ["table", "table*"]


def test_latex_turns_long_names_and_has_minus_signs() -> None:
    text = table_latex(_square_table(["anger", "happiness"]), caption="", label="")
    assert r"Target & \rotatebox{90}{anger} & \rotatebox{90}{happiness} \\" in text
    assert "$-1.000$" in text


def test_text_marks_the_matching_cells() -> None:
    assert table_text(TABLE).splitlines() == [
        "target \\ mimic      anger  sad_face",
        "anger             [0.300]        –",
        "sad_face          -0.333        [–]",
    ]
    on_grey = table_text(TABLE, grey=True)
    assert "\x1b[30;48;5;250m 0.300 \x1b[0m" in on_grey
    plain = re.sub(r"\x1b\[[0-9;]*m", "", on_grey)
    assert [len(line) for line in plain.splitlines()][2] == len(table_text(TABLE).splitlines()[2])


def test_the_finding_names_the_cells_and_the_published_pattern() -> None:
    scores = np.array([[0.99, 0.97, 0.10], [0.20, 0.95, 0.30], [0.40, 0.50, 0.985]])
    assert finding(SimilarityTable(tuple("abc"), tuple("abc"), scores)) == (
        "smallest matching cell 0.950 (b), largest other cell 0.970 (target a, mimic b); 2 of 3 mimics score highest "
        'on their own target; "> 0.98 / < 0.94" does not hold.'
    )


def test_the_finding_counts_hits_on_a_target_of_the_same_expression_apart() -> None:
    scores = np.array([[0.99, 0.97, 0.10], [0.20, 0.95, 0.30], [0.40, 0.30, 0.985]])
    expressions = {"a": "anger", "b": "anger", "c": "calm"}
    assert finding(SimilarityTable(tuple("abc"), tuple("abc"), scores, expressions)).startswith(
        "smallest matching cell 0.950 (b), largest cell of another expression 0.400 (target c, mimic a); 2 of 3 mimics "
        "score highest on their own target, 3 on a target of the expression they imitated;"
    )


def test_a_table_without_cells_has_a_finding() -> None:
    assert finding(SimilarityTable((), (), np.empty((0, 0)), names=("a", "b"))).startswith("too few mimics")


def test_a_missing_cell_is_reported_in_the_finding() -> None:
    assert finding(SimilarityTable(("a", "b"), ("a",), np.array([[0.99], [0.1]]), names=("a", "b"))).endswith(
        '"> 0.98 / < 0.94" cannot be said, cells are missing.'
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0.1, 0.99, 3), (-1, 1, 3), (0.95, 0.99, 4), (0.996, 0.9997, 5), (0.5, 0.5, 3)]
)
def test_cells_that_are_close_together_get_more_decimals(low: float, high: float, expected: int) -> None:
    table = SimilarityTable(("a",), ("a", "b"), np.array([[high, low]]), names=("a", "b"))
    assert decimals(table) == expected
    assert cell_texts(table) == {
        "a": {"a": f"{high:.{expected}f}", "b": f"{low:.{expected}f}"},
        "b": {"a": "–", "b": "–"},
    }


def test_one_cell_and_no_cell_have_three_decimals() -> None:
    assert decimals(SimilarityTable((), (), np.empty((0, 0)))) == 3
    assert decimals(SimilarityTable(("a",), ("a",), np.array([[0.5]]))) == 3

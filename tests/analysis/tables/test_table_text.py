from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.tables.table import ParticipantTable
from analysis.tables.table_text import stem, table_csv, table_latex, table_markdown, table_text

TABLE = ParticipantTable(
    "01",
    "a",
    "facial-mimicry",
    "points",
    ("anger", "sad_face"),
    {("anger", "anger"): 0.1 + 0.2, ("sad_face", "anger"): -1 / 3, ("sad_face", "sad_face"): 0.98},
)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("01", None, "facial-mimicry", "points"), "sub-01_task-facialmimicry_metric-points"),
        (("01", "a", "facial-mimicry", "emotion-blend"), "sub-01_ses-a_task-facialmimicry_metric-emotionblend"),
        (("01", "a", "facial-mimicry"), "sub-01_ses-a_task-facialmimicry"),
    ],
)
def test_files_are_named_as_bids_wants(arguments: tuple[str, str | None, str], expected: str) -> None:
    assert stem(*arguments) == expected


def test_csv_keeps_every_digit_and_leaves_missing_cells_empty() -> None:
    rows = list(csv.reader(io.StringIO(table_csv(TABLE))))
    assert rows[0] == ["target", "anger", "sad_face"]
    assert rows[1] == ["anger", "0.30000000000000004", ""]
    assert float(rows[2][1]) == -1 / 3


def test_markdown_has_the_matching_cells_in_bold() -> None:
    text = table_markdown(TABLE, caption="Whole face.", notes=("one", "two"))
    assert text.splitlines() == [
        "**Participant 01, session a.** Whole face.",
        "",
        "| target \\ mimic | anger | sad_face |",
        "|---|---:|---:|",
        "| anger | **0.300** | – |",
        "| sad_face | -0.333 | **0.980** |",
        "",
        "- one",
        "- two",
    ]


def test_latex_puts_matching_cells_on_grey_and_escapes_names() -> None:
    text = table_latex(TABLE, caption="50 % & more", label="tab:01")
    assert r"\cellcolor[gray]{0.85}$0.300$ & -- \\" in text
    assert r"sad\_face & $-0.333$ & \cellcolor[gray]{0.85}$0.980$ \\" in text
    assert r"50 \% \& more" in text
    assert text.count("{") == text.count("}")
    columns = re.findall(r"\\begin\{tabular\}\{(\w+)\}", text)[0]
    assert len(columns) == 3


@pytest.mark.slow  # needs what `scripts/setup --tests` installs
def test_latex_compiles(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex")
    body = table_latex(TABLE, caption="50 % & more", label="tab:01")
    document = (
        r"\documentclass{article}\usepackage{booktabs}\usepackage[table]{xcolor}\begin{document}"
        + f"\n{body}\n"
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


def test_text_marks_the_matching_cells() -> None:
    assert table_text(TABLE).splitlines() == [
        "target \\ mimic      anger  sad_face",
        "anger             [0.300]        –",
        "sad_face          -0.333    [0.980]",
    ]
    on_grey = table_text(TABLE, grey=True)
    assert "\x1b[30;48;5;250m 0.300 \x1b[0m" in on_grey
    plain = re.sub(r"\x1b\[[0-9;]*m", "", on_grey)
    assert [len(line) for line in plain.splitlines()][2] == len(table_text(TABLE).splitlines()[2])

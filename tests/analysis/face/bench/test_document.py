from __future__ import annotations

from pathlib import Path

import pytest

from analysis.face.bench.document import BEGIN, END, markdown_table, write_figures
from analysis.face.bench.speed import STAGES
from analysis.face.errors import AnalysisError

FACTS = {
    **dict.fromkeys(STAGES, 1.25),
    "eos_fit_ms": None,
    "fit_speedup_over_eos": None,
    "processor_ms": {name: 1.0 for name in STAGES if name != "eos_fit_ms"},
    "tracking_fps": 123.4,
    "detection_fps": 56.7,
    "machine": {
        "processor": "a processor",
        "cores": 2,
        "load_average": 0.1,
        "python": "3.11",
        "numpy": "2",
        "dlib-bin": "20",
        "eos-py": "not installed",
    },
    "model": "makehuman",
}


def test_figures_are_written_between_the_markers_and_other_text_stays(tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n")
    for _ in range(2):
        write_figures(document, FACTS)
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old figures" not in text
    assert text.count("123 frames a second") == 1
    assert "| not measured |" in text


@pytest.mark.parametrize("text", ["nothing", BEGIN, f"{END} {BEGIN}"])
def test_a_document_without_markers_is_refused_and_unchanged(text: str, tmp_path: Path) -> None:
    document = tmp_path / "a.md"
    document.write_text(text)
    with pytest.raises(AnalysisError, match="no place for figures"):
        write_figures(document, FACTS)
    assert document.read_text() == text


def test_a_missing_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="cannot be read"):
        write_figures(tmp_path / "none.md", FACTS)


def test_a_table_is_aligned_for_numbers() -> None:
    assert list(markdown_table(("a", "b"), [("x", "1")])) == ["| a | b |", "|---|---:|", "| x | 1 |"]

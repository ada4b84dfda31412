"""Write the R script and the Python notebook that compute all statistics again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from analysis.tables.output_files import put

SOURCES = Path(__file__).parent / "reproduction"
_CODE = re.compile(r"^```python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)


def write_reproduction(folder: Path) -> list[Path]:
    """Write ``group.R`` and ``group.ipynb`` next to the data; return the files.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    notebook = notebook_of((SOURCES / "notebook.md").read_text("utf-8"))
    return [
        put(folder / "group.R", (SOURCES / "group.R").read_bytes()),
        put(folder / "group.ipynb", json.dumps(notebook, indent=1) + "\n"),
    ]


def notebook_of(text: str) -> dict[str, Any]:
    """Return a notebook with a cell for each block of code and each text between."""
    cells: list[dict[str, Any]] = []
    for number, part in enumerate(_CODE.split(text)):
        if source := part.strip():
            cell: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
            if number % 2:
                cells.append({"cell_type": "code", "execution_count": None, "outputs": [], **cell})
            else:
                cells.append({"cell_type": "markdown", **cell})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}

"""The import directions of docs/architecture.md, and the start-up promise that rests on them."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import PROJECT


def test_import_contracts_are_kept() -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_analysis_starts_without_psychopy() -> None:
    code = "import sys, analysis.cli; sys.exit('psychopy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_the_laboratory_command_line_starts_without_psychopy() -> None:
    code = "import sys, experiment.cli; sys.exit('psychopy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0

"""The source files and documents that the tests of the writing rules read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import PROJECT

PACKAGES = ("analysis", "experiment", "mimicry_lab")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    """Return the Python files of the program, without tests."""
    return sorted(
        [PROJECT / "run_experiment.py", *(file for name in PACKAGES for file in (PROJECT / name).rglob("*.py"))]
    )


def documents() -> list[Path]:
    """Return the documents, protocols, templates and scripts."""
    folders = [PROJECT / name for name in ("docs", "protocols", "scripts", ".ci", *PACKAGES)]
    files = [file for folder in folders for file in folder.rglob("*") if is_document(file)]
    return sorted([*files, *PROJECT.glob("*.md"), PROJECT / "data" / "README.md", PROJECT / "pyproject.toml"])


def is_document(file: Path) -> bool:
    return file.is_file() and (
        file.suffix in (".md", ".html", ".css", ".js", ".yaml") or file.parent.name in ("scripts", ".ci")
    )


def place(file: Path, line: int) -> str:
    return f"{file.relative_to(PROJECT)}:{line}"


def public_functions(tree: ast.Module) -> Iterator[tuple[Function, str]]:
    """Yield every public function and method, with its docstring.

    The docstring of ``__init__`` includes that of its class. Functions in functions are not public.
    """
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node, ast.get_docstring(node) or ""
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for method in node.body:
                if not isinstance(method, Function):
                    continue
                if method.name == "__init__":
                    yield method, (ast.get_docstring(node) or "") + (ast.get_docstring(method) or "")
                elif not method.name.startswith("_"):
                    yield method, ast.get_docstring(method) or ""

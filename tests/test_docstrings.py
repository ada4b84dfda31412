"""Docstrings: short first lines, and a section about the parameters where a function has several or arrays."""

from __future__ import annotations

import ast
import re

from tests.source_files import Function, place, public_functions, python_files

LONGEST = 80
MANY_PARAMETERS = 3
ARRAY = re.compile(r"\b(FloatArray|IntArray|BoolArray|ImageArray|NDArray|Image)\b")


def long_first_lines(tree: ast.Module) -> list[int]:
    """Return the lines of the docstrings with a first line that is too long."""
    return [
        node.body[0].lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, Function))
        if len((ast.get_docstring(node) or "").split("\n")[0]) > LONGEST
    ]


def functions_without_parameters_section(tree: ast.Module) -> list[Function]:
    """Return the public functions that need a section ``Parameters`` and have none."""
    return [
        function
        for function, docstring in public_functions(tree)
        if needs_section(function) and "Parameters\n---" not in docstring
    ]


def needs_section(function: Function) -> bool:
    parameters = [
        one
        for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        if one.arg not in ("self", "cls")
    ]
    types = [ast.unparse(one.annotation) for one in parameters if one.annotation is not None]
    if any("typer." in name for name in types):  # the options of a command carry their help text
        return False
    return len(parameters) >= MANY_PARAMETERS or any(ARRAY.search(name) for name in types)


def test_the_first_line_of_a_docstring_has_at_most_80_characters() -> None:
    found = [
        place(file, line)
        for file in python_files()
        for line in long_first_lines(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == [], f"{len(found)} first lines are too long"


def test_public_functions_with_many_or_array_parameters_describe_them() -> None:
    found = [
        f"{place(file, function.lineno)} {function.name}"
        for file in python_files()
        for function in functions_without_parameters_section(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == [], f"{len(found)} functions have no section Parameters"


def test_a_long_first_line_is_found() -> None:
    assert long_first_lines(ast.parse(f'"""{"x" * 80}"""')) == []
    assert long_first_lines(ast.parse(f'"""{"x" * 81}"""')) == [1]


def test_a_missing_section_is_found() -> None:
    source = '''
def few(a, b): ...
def many(a, b, *, c):
    """Return the sum."""
def described(a, b, c):
    """Return the sum.

    Parameters
    ----------
    a, b, c : float
        Summands.
    """
def array(points: FloatArray): ...
def _private(a, b, c): ...
def command(a: Annotated[str, typer.Option()], b: int, c: int): ...
class Circle:
    """A circle."""
    def __init__(self, x, y, radius): ...
'''
    found = functions_without_parameters_section(ast.parse(source))
    assert [function.name for function in found] == ["many", "array", "__init__"]

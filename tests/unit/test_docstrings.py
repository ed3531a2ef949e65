"""Docstrings serve those who use the library; beside the code they must not become the larger part."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "colorquant"
# Docstring lines for each line of code.
MOST = 0.45
NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def docstring_lines(text):
    """Give the numbers of the lines that docstrings take, with their blank ones."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED)]
    told = [node.body[0] for node in nodes if ast.get_docstring(node, clean=False) is not None]
    return {line for each in told for line in range(each.lineno, each.end_lineno + 1)}


def code_lines(text):
    """Give the numbers of the lines that are neither blank, nor a comment, nor a docstring."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {
        line for each in tokens if each.type not in NO_CODE for line in range(each.start[0], each.end[0] + 1)
    }
    return lines - docstring_lines(text)


def test_lines_are_told_apart():
    text = '"""One.\n\nTwo.\n"""\n# why\n\nx = (\n    1\n)\n\n\ndef f():\n    """Three."""\n'
    assert (len(docstring_lines(text)), len(code_lines(text))) == (5, 4)


def test_docstrings_are_not_the_larger_part():
    texts = [path.read_text() for path in PACKAGE.rglob("*.py")]
    told = sum(len(docstring_lines(text)) for text in texts)
    code = sum(len(code_lines(text)) for text in texts)
    assert told <= MOST * code, f"{told} lines of docstrings beside {code} of code"

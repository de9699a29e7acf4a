"""The code in documents: README blocks, docstring examples and notebooks, as texts whose lines are the file's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ...project.files import EXAMPLES
from ...text.source import SourceText, SyntaxProblem, parse_module
from ..repository.parsed import ParsedFile
from . import examples, markup, notebook
from .blocks import virtual_texts

SUFFIXES = (".md", ".rst", ".ipynb")


def code_in(source: SourceText) -> Iterator[ParsedFile]:
    """The Python in a document, one text for each block that stands for itself."""
    if source.file.endswith(".ipynb"):
        texts = notebook.texts(source)
    else:
        texts = virtual_texts(source, markup.blocks(source.lines))
    yield from _parsed(texts, PurePath(source.file).stem)


def examples_in(source: SourceText, module: str) -> Iterator[ParsedFile]:
    """The examples in the docstrings of a Python file that is imported as `module`."""
    yield from _parsed(examples.texts(source, module), f"{module}.{EXAMPLES}")


def _parsed(texts: Iterable[SourceText], name: str) -> Iterator[ParsedFile]:
    for text in texts:
        tree = parse_module(text.normal)
        if not isinstance(tree, SyntaxProblem):
            yield ParsedFile(text, tree, name)

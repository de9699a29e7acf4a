"""The code in documents: README blocks, docstring examples and notebooks, as texts whose lines are the file's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from ...project.files import EXAMPLES
from ...text.source import SourceText, SyntaxProblem, parse_module
from ..repository.parsed import ParsedFile
from . import examples, markup, notebook
from .blocks import virtual_text, virtual_texts

NOTEBOOKS = (".ipynb",)
SUFFIXES = (".md", ".rst", *NOTEBOOKS)


def code_in(source: SourceText) -> Iterator[ParsedFile]:
    """The Python in a document, one text for each block that stands for itself."""
    if source.file.endswith(NOTEBOOKS):
        texts = notebook.texts(source)
    else:
        texts = virtual_texts(source, markup.blocks(source.lines))
    yield from _parsed(texts, PurePath(source.file).stem)


def whole_code_in(source: SourceText) -> SourceText:
    """All the Python in a document as one text, for what asks which classes it defines."""
    if source.file.endswith(NOTEBOOKS):
        return next(iter(notebook.texts(source)), SourceText(source.file, ""))
    return virtual_text(source, (each for each in markup.blocks(source.lines) if each.tree is not None))


def is_document(file: str) -> bool:
    """Whether a file is no Python, but may hold some."""
    return file.endswith(SUFFIXES)


def examples_in(source: SourceText, module: str) -> Iterator[ParsedFile]:
    """The examples in the docstrings of a Python file that is imported as `module`."""
    yield from _parsed(examples.texts(source, module), f"{module}.{EXAMPLES}")


def _parsed(texts: Iterable[SourceText], name: str) -> Iterator[ParsedFile]:
    for text in texts:
        tree = parse_module(text.normal)
        if not isinstance(tree, SyntaxProblem):
            yield ParsedFile(text, tree, name)

"""The comment that silences a line is proposed only where it does."""

from __future__ import annotations

import pytest
from fullgraph.text.source import SourceText
from fullgraph_server.presentation.suppress_edit import ignoring

RULE = "data-dependent-branch"
COMMENT = f"# fullgraph: ignore[{RULE}]"


@pytest.mark.parametrize(
    ("text", "line", "after"),
    [
        ("if x:\n    y\n", 0, f"if x:  {COMMENT}\n    y\n"),
        ("x  # why\n", 0, f"x  # why  {COMMENT}\n"),
        (
            "x  # fullgraph: ignore[export-error]\n",
            0,
            f"x  # fullgraph: ignore[export-error, {RULE}]\n",
        ),
        ("if a and \\\n   b:\n    y\n", 0, f"{COMMENT}\nif a and \\\n   b:\n    y\n"),
        ('  x = f("""\n  """)\n', 0, f'  {COMMENT}\n  x = f("""\n  """)\n'),
    ],
)
def test_an_edit_that_silences(text: str, line: int, after: str) -> None:
    source = SourceText("/f.py", text)
    edit = ignoring(source, line, RULE)
    assert edit is not None
    start, end = (source.offset_at(edge) for edge in (edit.place.range.start, edit.place.range.end))
    assert text[:start] + edit.new_text + text[end:] == after


def test_within_a_string_there_is_no_such_edit() -> None:
    assert ignoring(SourceText("/f.py", 'x = """\n  a\n  b\n"""\n'), 1, RULE) is None

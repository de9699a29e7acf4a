"""Comments that silence findings, and those that try."""

from __future__ import annotations

import pytest
from fullgraph.model import Finding, Position, Range
from fullgraph.settings.suppress import Suppressions, suppressed, suppressions
from fullgraph.text.source import SourceText
from hypothesis import given
from hypothesis import strategies as st

RULES = ("data-dependent-branch", "graph-break", "lost-state")


def read(text: str) -> tuple[SourceText, Suppressions]:
    source = SourceText("/project/cases.py", text)
    return source, suppressions(source, RULES)


def suppressed_lines(text: str, rule: str) -> list[int]:
    source, here = read(text)
    places = [source.place(Range(Position(n, 0), Position(n, 1))) for n in range(len(source.lines))]
    findings = [Finding(rule, "error", "", place) for place in places]
    return [finding.place.range.start.line for finding in findings if suppressed(finding, here)]


@pytest.mark.parametrize(
    ("text", "branches", "breaks"),
    [
        ("if x:  # fullgraph: ignore\n    pass\n", [0], [0]),
        ("if x:  # fullgraph: ignore[graph-break]\n    pass\n", [], [0]),
        ("if x:  #fullgraph:ignore [ data-dependent-branch ,graph-break, ]  # why\n    pass\n", [0], [0]),
        ("if x:  # noqa  # fullgraph: ignore[graph-break] since it is so\n    pass\n", [], [0]),
        ("if x:  # fullgraph: ignore[graph-break]  # fullgraph: ignore\n    pass\n", [0], [0]),
        ("if x:  # fullgraph: ignore[lost-state]  # fullgraph: ignore[graph-break]\n    pass\n", [], [0]),
        ("# fullgraph: ignore[graph-break]\n\n# A comment.\n\nif x:\n    pass\n", [], [0, 4]),
        ("# fullgraph: ignore\n# fullgraph: ignore[graph-break]\nx\ny\n", [0, 2], [0, 1, 2]),
        ("x\n# fullgraph: ignore", [1], [1]),
        ("# fullgraph: args=(x,)  # fullgraph: ignore[graph-break]\nclass Gate: pass\n", [], [0]),
        ("x = '''\n# fullgraph: ignore\n'''\n", [], []),
        ("x = '# fullgraph: ignore'\n", [], []),
        ("x  # fullgraph: ignored\n", [], []),
        ("x  # fullgraph: ignore=True\n", [], []),
        ("x  # please fullgraph: ignore\n", [], []),
        ("x\r\ny  # fullgraph: ignore\r\n", [1], [1]),
        ("x\n", [], []),
    ],
)
def test_which_lines_are_suppressed(text: str, branches: list[int], breaks: list[int]) -> None:
    assert suppressed_lines(text, "data-dependent-branch") == branches
    assert suppressed_lines(text, "graph-break") == breaks


def test_findings_in_other_files_are_left_alone() -> None:
    source, here = read("x  # fullgraph: ignore\n")
    finding = Finding("graph-break", "error", "", source.place(source.whole))
    assert suppressed(finding, here)
    assert not suppressed(finding, Suppressions("/project/other.py", here.by_line))


@pytest.mark.parametrize(
    ("text", "underlined", "message"),
    [
        (
            "é  # fullgraph: ignore[graf-break]\n",
            "graf-break",
            "unknown rule `graf-break`: did you mean `graph-break`?",
        ),
        ("x  # fullgraph: ignore[graph-break, no such]\n", "no such", "unknown rule `no such`: expected"),
        ("x  # fullgraph: ignore graph-break\n", "graph-break", "this comment suppresses nothing"),
        ("x  # fullgraph: ignore[graph-break\n", "[graph-break", "this comment suppresses nothing"),
        (
            "x  # fullgraph: ignore: graph-break # because\n",
            ": graph-break",
            "this comment suppresses nothing",
        ),
    ],
)
def test_comments_that_do_not_say_what_they_mean(text: str, underlined: str, message: str) -> None:
    source, here = read(text)
    (finding,) = here.findings
    assert source.between(finding.place.range) == underlined
    assert finding.message.startswith(message)
    assert (finding.rule, finding.severity) == ("invalid-ignore-comment", "warning")
    assert not suppressed(finding, here)


def test_a_wrong_name_leaves_the_others() -> None:
    assert suppressed_lines("x  # fullgraph: ignore[nothing, graph-break]\n", "graph-break") == [0]
    assert suppressed_lines("x  # fullgraph: ignore graph-break\n", "graph-break") == []


def test_a_file_that_does_not_parse_is_read_as_far_as_it_goes() -> None:
    assert suppressed_lines("x  # fullgraph: ignore\n'''\n", "graph-break") == [0]


_WORDS = st.sampled_from(
    ["ignore", "[", "]", ",", "graph-break", "#", "# fullgraph:", " ", "é", "=", "'", "\n", "\r"]
)


@given(st.lists(_WORDS, max_size=20).map("".join))
def test_no_words_make_it_fail(words: str) -> None:
    source, here = read(f"x  # fullgraph: ignore{words}\n")
    for finding in here.findings:
        assert source.between(finding.place.range)

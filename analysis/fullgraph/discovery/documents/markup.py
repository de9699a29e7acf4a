"""Code blocks of Markdown and reStructuredText: fences, `code-block` directives, and `>>>` of the doctest kind.

CommonMark 4.5 (fenced code blocks); docutils' `code` directive and its like; doctest's prompts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .blocks import CodeBlock, dedented

_FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|~{3,})\s*\{?\.?(?P<language>[\w+-]*)[^`]*$")
_DIRECTIVE = re.compile(
    r"^(?P<indent>\s*)\.\. +(code|code-block|sourcecode|testcode)::\s*(?P<language>[\w+-]*)\s*$"
)
_LITERAL = re.compile(r"^(?P<indent>\s*)(?!\.\. )\S.*::\s*$")
_OPTION = re.compile(r"^\s+:[\w-]+:")
_PROMPT = re.compile(r"^(?P<indent>\s*)(>>>|In \[\d*\]:)( |$)")
_PYTHON = frozenset({"", "python", "py", "python3", "pycon", "ipython", "ipython3", "pytorch", "default"})


def blocks(lines: Sequence[str], offset: int = 0) -> Iterator[CodeBlock]:
    """The blocks of some lines of a file, the first of which is line `offset`."""
    at = 0
    while at < len(lines):
        found = _at(lines, at)
        if found is None:
            at += 1
            continue
        start, end, after, is_python = found
        body = lines[start:end]
        if is_python and any(_PROMPT.match(each) for each in body):
            yield from _prompts(body, offset + start)
        elif is_python:
            yield dedented(offset + start, body)
        at = max(after, at + 1)


_Span = tuple[
    int, int, int, bool
]  # the code's first line, the one behind it, where to go on, whether it is Python


def _at(lines: Sequence[str], at: int) -> _Span | None:
    if match := _FENCE.match(lines[at]):
        fence = match["fence"]
        end = next((i for i in range(at + 1, len(lines)) if _closes(lines[i], fence)), len(lines))
        return at + 1, end, end + 1, match["language"].lower() in _PYTHON
    if match := _DIRECTIVE.match(lines[at]) or _LITERAL.match(lines[at]):
        start = at + 1
        while start < len(lines) and _OPTION.match(lines[start]):
            start += 1
        end = _end_of_indented(lines, start, len(match["indent"]))
        language = match.groupdict().get("language") or ""
        return start, end, end, language.lower() in _PYTHON
    if _PROMPT.match(lines[at]):
        end = next((i for i in range(at, len(lines)) if not lines[i].strip()), len(lines))
        return at, end, end, True
    return None


def _closes(line: str, fence: str) -> bool:
    closing = line.strip()
    return len(closing) >= len(fence) and set(closing) == {fence[0]}


def _end_of_indented(lines: Sequence[str], start: int, indent: int) -> int:
    end = start
    for number in range(start, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            break
        end = number + 1 if line.strip() else end
    return end


def _prompts(lines: Sequence[str], offset: int) -> Iterator[CodeBlock]:
    """A session: the lines behind prompts, without what was printed."""
    code = ["" for _ in lines]
    inside = False
    for number, line in enumerate(lines):
        text = line.lstrip()
        inside = bool(_PROMPT.match(line)) or (inside and text.startswith("..."))
        if inside:
            code[number] = _PROMPT.sub("", line, count=1) if _PROMPT.match(line) else text[4:]
    yield CodeBlock(offset, tuple(code))

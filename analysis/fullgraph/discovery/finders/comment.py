"""Targets said in a comment directly above the class, or the function, that builds the model.

    # fullgraph: args=(torch.randn(2, 64),), dynamic_shapes={"x": {0: Dim("batch")}}
    class Gate(nn.Module):

The arguments are those of a call, `model`, `args`, `kwargs`, `dynamic_shapes` and `strict`; `model` is
`Gate()` unless said. Each such comment is a target of its own. It goes on in the comment lines below it
while a bracket is open or an operator wants its operand, and after a comma unless the next line is prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...model import Expression, Finding, Place, Position, Range, Target
from ...python import lexer
from ...python.syntax.definitions import Definition, definitions
from ...text.messages import target_error
from ...text.source import Comment, SourceText, comments
from ..finder import Discovered, Finder, Module, target_name
from ..inputs.arguments import KEYS, ArgumentText, read_arguments

START = re.compile(r"#\s*fullgraph\s*:(?!\s*ignore\b(?!\s*=))")
"""`# fullgraph: ignore…` is not a target: it suppresses findings."""

_NEXT_ARGUMENT = re.compile(rf"\s*(?:,|(?:{'|'.join(KEYS)})\s*=(?!=))")
_PROSE = re.compile(r"\s*(?:\w+(?:\s+\w.*)?\.?)?$")
_WANTS_MORE = frozenset("=+-*/%@&|^~<>!:.\\")

Block = Sequence[Comment]
"""Comments one directly below the other; only the first may share its line with code."""


def has_target(text: str) -> bool:
    """Whether a text, Python or not, looks as if it had such a comment."""
    return "fullgraph" in text and bool(START.search(text))


def find(module: Module) -> Discovered:
    if not has_target(module.source.normal):
        return Discovered()
    tops = {line: found for found in definitions(module.tree, module.source) for line in found.tops}
    result = Discovered()
    for block in _blocks(comments(module.source)):
        owner = tops.get(block[-1].line + 1)
        for index, comment in enumerate(block):
            if START.match(comment.text):
                result += _target(block[index:], owner, module)
    return result


def _blocks(found: Sequence[Comment]) -> Iterator[Block]:
    block: list[Comment] = []
    for comment in found:
        if block and not (comment.alone and comment.line == block[-1].line + 1):
            yield block
            block = []
        block.append(comment)
    if block:
        yield block


def _target(block: Block, owner: Definition | None, module: Module) -> Discovered:
    written = _argument_text(block, module.source)
    said = read_arguments(written)
    if isinstance(said, tuple):
        return Discovered(findings=said)
    if owner is None or not block[0].alone:
        return Discovered(findings=(_nowhere(block, module.source),))
    if owner.inside and "model" not in said.expressions:
        return Discovered(findings=(_nested(block[0], owner, module.source),))
    model = said.expressions.get("model") or Expression(f"{owner.name}()", owner.place)
    target = Target(
        name=target_name(module.name, model.text),
        module=module.name,
        file=module.source.file,
        origin="comment",
        place=owner.place,
        model=model,
        args=said.expressions.get("args"),
        kwargs=said.expressions.get("kwargs"),
        dynamic_shapes=said.expressions.get("dynamic_shapes"),
        strict=module.strict if said.strict is None else said.strict,
    )
    return Discovered((target,))


def _place(comment: Comment, source: SourceText) -> Place:
    start = Position(comment.line, comment.character)
    return source.place(Range(start, Position(comment.line, comment.character + len(comment.text))))


def _nowhere(block: Block, source: SourceText) -> Finding:
    below = block[-1].line + 1
    hint = "move it directly above a class, or above a function that builds the model and takes no arguments"
    if below < len(source.lines) and not source.lines[below].strip():
        hint += ", without a blank line between them"
    return target_error("this target is not above a class or a function", _place(block[0], source), hint)


def _nested(comment: Comment, owner: Definition, source: SourceText) -> Finding:
    return target_error(
        f"`{owner.name}` is not at module level: it is nested in `{owner.inside}`",
        _place(comment, source),
        "move it above a class or function at module level, and pass `model=` to build the model from there",
    )


# -- the text of the arguments -----------------------------------------------------------------------


def _argument_text(block: Block, source: SourceText) -> ArgumentText:
    first = block[0]
    match = START.match(first.text)
    assert match, "a target's block begins with its comment"
    start = Position(first.line, first.character + match.end())
    lines = ["f(".ljust(start.character) + first.text[match.end() :]]
    for comment in block[1:]:
        text = comment.text[1:]
        if START.match(comment.text) or not _goes_on("\n".join(lines)[start.character :], text):
            break
        lines.append(" " * (comment.character + 1) + text)
    blank = SourceText(source.file, "\n" * first.line + "\n".join(lines))
    return ArgumentText(blank, Range(start, blank.whole.end))


def _goes_on(said: str, line: str) -> bool:
    """Whether the comment line `line` belongs to the arguments `said` so far."""
    code = lexer.code(lexer.tokens(said))
    if not code or code[-1].kind == "unclosed" or lexer.brackets(code).open:
        return True
    if code[-1].text == ",":
        return not _PROSE.match(line)
    # A comma that was forgotten is a mistake to report, and not the end of the target.
    return code[-1].text in _WANTS_MORE or bool(_NEXT_ARGUMENT.match(line))


FINDER = Finder("comment", "declared", "comment", find)

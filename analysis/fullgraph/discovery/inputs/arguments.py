"""The arguments of one target comment: `args=(x,), dynamic_shapes={…}`, read as those of a call.

They are parsed in a copy of the file in which all else is blank, so that each position in the tree is
the position in the file, and nothing has to be mapped back.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...model import Expression, Finding, Position, Range
from ...python import lexer
from ...python.syntax.expressions import mistake, shifted
from ...text.messages import target_error, unknown
from ...text.source import SourceText, SyntaxProblem, parse_module

KEYS = ("model", "args", "kwargs", "dynamic_shapes", "strict")
EXAMPLE = "as in `# fullgraph: args=(torch.randn(2, 64),)`"


@dataclass(frozen=True, slots=True)
class ArgumentText:
    """`source` is blank but for the arguments; `range` is where they stand.

    The room before them, where the file has `# fullgraph:`, holds a `f(` that makes a call of them.
    """

    source: SourceText
    range: Range

    def code(self, where: Range) -> tuple[lexer.Token, ...]:
        start, end = self.source.offset_at(where.start), self.source.offset_at(where.end)
        return lexer.code(lexer.tokens(self.source.normal, start, end))

    def range_of_tokens(self, first: lexer.Token, last: lexer.Token) -> Range:
        return Range(self.source.position_at(first.start), self.source.position_at(last.end))


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a comment says; `strict` is absent where it does not say it."""

    expressions: Mapping[str, Expression] = field(default_factory=dict)
    strict: bool | None = None


def read_arguments(text: ArgumentText) -> Arguments | tuple[Finding, ...]:
    """The arguments, or all the mistakes in them."""
    if not text.code(text.range):
        comment = Range(Position(text.range.start.line, 0), text.range.start)
        place = text.source.place(text.source.visible(comment))
        return (target_error("this target has no example inputs", place, f"declare them, {EXAMPLE}"),)
    call = _call(text)
    if isinstance(call, Finding):
        return (call,)
    findings = (*_positional(call, text), *_wrong_keywords(call, text), *_wrong_values(call, text))
    return findings or _arguments(call, text)


def _call(text: ArgumentText) -> ast.Call | Finding:
    tree = parse_module(f"{text.source.normal}\n)")
    if isinstance(tree, SyntaxProblem):
        return _syntax_finding(tree, text)
    match tree.body:
        # Our `f(`, and not a call that the user's own `)` made of it, as in `args=1)(` or `args=1) + g(`.
        case [ast.Expr(value=ast.Call(func=ast.Name(col_offset=0)) as call)]:
            return call
    return _syntax_finding(SyntaxProblem("invalid syntax", text.range), text)


def _syntax_finding(problem: SyntaxProblem, text: ArgumentText) -> Finding:
    if not problem.message.startswith("unterminated"):
        # Python blames our brackets where the user's do not fit: it counts ours as closed by theirs.
        found = lexer.brackets(text.code(text.range))
        if found.wrong:
            return _at(found.wrong[0].token, found.wrong[0].message, text)
        if found.open:
            return _at(found.open[-1], f"`{found.open[-1].text}` is never closed", text)
    message = problem.message.split(" (detected at line ")[0]
    # What Python misses before our `)` is missing after the user's last word.
    first, last = text.range.start, text.range.end
    start, end = (min(max(edge, first), last) for edge in (problem.range.start, problem.range.end))
    return target_error(f"syntax error: {message}", text.source.place(text.source.visible(Range(start, end))))


def _at(token: lexer.Token, message: str, text: ArgumentText) -> Finding:
    return target_error(message, text.source.place(text.range_of_tokens(token, token)))


def _positional(call: ast.Call, text: ArgumentText) -> Iterator[Finding]:
    for argument in call.args:
        place = text.source.place(text.source.range_of(argument))
        yield target_error(
            "a target's arguments must be keyword arguments", place, f"pass it by name, {EXAMPLE}"
        )


def _wrong_keywords(call: ast.Call, text: ArgumentText) -> Iterator[Finding]:
    seen: set[str] = set()
    for keyword in call.keywords:
        place = text.source.place(_name_range(keyword, text))
        if keyword.arg is None:
            yield target_error("a target's arguments must be passed one by one, without `**`", place)
        elif keyword.arg not in KEYS:
            yield target_error(unknown("key", keyword.arg, KEYS), place)
        elif keyword.arg in seen:
            yield target_error(f"duplicate argument `{keyword.arg}`", place)
        seen.add(keyword.arg or "")


def _name_range(keyword: ast.keyword, text: ArgumentText) -> Range:
    """The name alone, or all of `**kwargs`."""
    whole = text.source.range_of(keyword)
    if keyword.arg is None:
        return whole
    name = text.code(whole)[0]
    return text.range_of_tokens(name, name)


def _wrong_values(call: ast.Call, text: ArgumentText) -> Iterator[Finding]:
    for keyword, where in _values(call, text):
        source, value = text.source, keyword.value
        if keyword.arg != "strict":
            finding = mistake(source.between(where), source, shifted(where.start))
            yield from (finding,) if finding else ()
        elif not (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            yield target_error("`strict` must be `True` or `False`", source.place(where))


def _values(call: ast.Call, text: ArgumentText) -> Iterator[tuple[ast.keyword, Range]]:
    """Each named argument with the range of its value, the brackets around it included.

    A node's own range leaves them out, and `(a\n + b)` does not parse without.
    """
    # `a=1, *b` is a call too: what is not named has its own finding and belongs to no value.
    parts: tuple[ast.keyword | ast.expr, ...] = (*call.keywords, *call.args)
    starts = [text.source.range_of(part).start for part in parts]
    for keyword in (keyword for keyword in call.keywords if keyword.arg is not None):
        start = text.source.range_of(keyword).start
        end = min((other for other in starts if other > start), default=text.range.end)
        _name, _equals, *value = text.code(Range(start, end))
        if value[-1].text == ",":
            value.pop()
        yield keyword, text.range_of_tokens(value[0], value[-1])


def _arguments(call: ast.Call, text: ArgumentText) -> Arguments:
    expressions: dict[str, Expression] = {}
    strict: bool | None = None
    for keyword, where in _values(call, text):
        if isinstance(keyword.value, ast.Constant) and keyword.arg == "strict":
            strict = bool(keyword.value.value)
        else:
            expressions[str(keyword.arg)] = Expression(text.source.between(where), text.source.place(where))
    return Arguments(expressions, strict)

"""What a loop or a call writes several times, spelled out: `[Dim(n) for n in "ab"]` is `[Dim("a"), Dim("b")]`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from ...python.syntax.names import call_name, last_part
from .written import Part

Texts = Mapping[str, str]
_MOST = 32

Follow = Callable[[Part], Part]
Loop = ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp


def turns(loop: Loop, part: Part, follow: Follow) -> list[Texts] | None:
    """What the variables of a comprehension stand for in each turn; None where the text does not tell."""
    if len(loop.generators) != 1 or loop.generators[0].ifs:
        return None
    generator = loop.generators[0]
    values = _values(part.of(generator.iter), follow)
    found = [_unpacked(generator.target, value) for value in values or ()]
    whole = [turn for turn in found if turn is not None]
    return whole if values and len(whole) == len(values) <= _MOST else None


def _unpacked(target: ast.expr, value: str) -> Texts | None:
    if isinstance(target, ast.Name):
        return {target.id: value}
    tree = _parsed(value)
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(tree, ast.Tuple | ast.List):
        return None
    names = [each.id for each in target.elts if isinstance(each, ast.Name)]
    if not len(names) == len(target.elts) == len(tree.elts):
        return None
    texts = (ast.get_source_segment(value, each) or "" for each in tree.elts)
    return dict(zip(names, texts, strict=True))


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _values(part: Part, follow: Follow) -> list[str] | None:
    """The text of each value that an iterable gives."""
    part = follow(part)
    node = part.node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [_quoted(letter, part) for letter in node.value]
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return [part.of(each).text for each in node.elts]
    if isinstance(node, ast.Call):
        return _called(node, part, follow)
    return None


def _called(node: ast.Call, part: Part, follow: Follow) -> list[str] | None:
    name = last_part(call_name(node)) or getattr(node.func, "attr", "")
    if name == "split" and isinstance(node.func, ast.Attribute) and not node.args:
        text = node.func.value
        words = text.value.split() if isinstance(text, ast.Constant) and isinstance(text.value, str) else None
        return None if words is None else [_quoted(word, part) for word in words]
    if name == "range" and all(isinstance(each, ast.Constant) for each in node.args):
        return [str(number) for number in range(*(each.value for each in node.args))][:_MOST]  # type: ignore[attr-defined]
    if name not in ("zip", "enumerate"):
        return None
    columns = [_values(part.of(each), follow) for each in node.args[: None if name == "zip" else 1]]
    if not columns or any(column is None for column in columns):
        return None
    rows = zip(*(column for column in columns if column), strict=False)
    texts = [", ".join(row) for row in rows]
    return [f"({text},)" if name == "zip" else f"({number}, {text})" for number, text in enumerate(texts)]


def _quoted(text: str, part: Part) -> str:
    return repr(text) if "'" in part.text and '"' not in part.text else f'"{text}"'


def with_texts(part: Part, texts: Texts, binds: Iterable[str] = ()) -> str | None:
    """The text of an expression with other texts in place of some names; None where one stands in a string."""
    given = {name: text for name, text in texts.items() if name not in set(binds)}
    instead: list[tuple[ast.expr, str]] = []
    pending: list[ast.AST] = [part.node]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.JoinedStr):
            text = _filled(node, given, part)
            if text is None:
                return None
            instead.append((node, text))
        elif isinstance(node, ast.Name) and node.id in given:
            instead.append((node, given[node.id]))
        else:
            pending.extend(ast.iter_child_nodes(node))
    return _put(part, instead)


def _filled(node: ast.JoinedStr, texts: Texts, part: Part) -> str | None:
    """An f-string of names alone as the string that it is; as it stands where it needs none of them."""
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    if not names & texts.keys():
        return part.of(node).text
    words = []
    for each in node.values:
        value = each.value if isinstance(each, ast.FormattedValue) else each
        if isinstance(each, ast.FormattedValue) and (each.format_spec or each.conversion != -1):
            return None
        text = _parsed(texts.get(value.id, "")) if isinstance(value, ast.Name) else value
        if not isinstance(text, ast.Constant):
            return None
        words.append(str(text.value))
    return _quoted("".join(words), part)


def _put(part: Part, instead: list[tuple[ast.expr, str]]) -> str:
    source, text = part.written.source, part.text
    first = source.offset_at(source.range_of(part.node).start)
    for node, new in sorted(instead, key=lambda each: (each[0].lineno, each[0].col_offset), reverse=True):
        where = source.range_of(node)
        start, end = (source.offset_at(edge) - first for edge in (where.start, where.end))
        text = text[:start] + new + text[end:]
    return text


def spelled_out(loop: Loop, part: Part, follow: Follow) -> tuple[str, Part | None] | None:
    """A comprehension as a literal, and the part of it that is the same in each turn, if there is one."""
    found = turns(loop, part, follow)
    if found is None:
        return None
    value = part.of(loop.value if isinstance(loop, ast.DictComp) else loop.elt)
    texts = [with_texts(value, turn) for turn in found]
    if any(text is None for text in texts):
        return None
    template = value if all(text == value.text for text in texts) else None
    if isinstance(loop, ast.DictComp):
        keys = [with_texts(part.of(loop.key), turn) for turn in found]
        pairs = (f"{key}: {text}" for key, text in zip(keys, texts, strict=True))
        return f"{{{', '.join(pairs)}}}", template
    return f"[{', '.join(str(text) for text in texts)}]", template


def mapped(node: ast.Call, part: Part, follow: Follow) -> str | None:
    """`[Dim("a"), Dim("b")]` of `map(Dim, "ab")` and of `dims("a", "b")`."""
    name = last_part(call_name(node))
    if name == "map" and len(node.args) == 2:
        values = _values(part.of(node.args[1]), follow)
        maker = part.of(node.args[0]).text
        return None if values is None else f"[{', '.join(f'{maker}({value})' for value in values)}]"
    if name == "dims" and not any(isinstance(each, ast.Starred) for each in node.args):
        rest = "".join(f", {each.arg}={part.of(each.value).text}" for each in node.keywords)
        spelling = f"{call_name(node).removesuffix('dims')}Dim"
        return f"[{', '.join(f'{spelling}({part.of(each).text}{rest})' for each in node.args)}]"
    return None

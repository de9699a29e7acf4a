"""One entry of a spec in the kind of container that its input is, with the user's own parts.

`fits`, of a fault, is such an entry as text, with None for each tensor: `[None, {"mask": None}]`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ...model import Edit, SpecFault
from ...python.syntax.names import call_name, last_part
from ...text.source import parse_expression
from ..spec.written import Part, quote_in


def is_dict_call(node: ast.expr) -> bool:
    """Whether it is `dict(x=…, y=…)`, with nothing else in it."""
    plain = isinstance(node, ast.Call) and last_part(call_name(node)) == "dict" and not node.args
    return plain and all(keyword.arg for keyword in getattr(node, "keywords", ()))


def items_of(part: Part) -> dict[str | int, Part]:
    """The entries of a dict, by their keys; those of anything else by their numbers."""
    node = part.node
    if isinstance(node, ast.Call) and is_dict_call(node):
        return {str(keyword.arg): Part(keyword.value, part.written) for keyword in node.keywords}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {key.value: Part(v, part.written) for key, v in pairs if isinstance(key, ast.Constant)}  # type: ignore[misc]
    parts = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
    return {index: Part(each, part.written) for index, each in enumerate(parts)}


def counted(root: Part, fault: SpecFault) -> tuple[Edit, ...]:
    """A tuple or list with as many entries as there are inputs."""
    node, wanted = root.node, int(fault.wanted)
    if not isinstance(node, (ast.Tuple, ast.List)) or not node.elts:
        return ()
    end = root.written.range(node.elts[-1]).end
    if len(node.elts) > wanted > 0:
        start = root.written.range(node.elts[wanted - 1]).end
        single = wanted == 1 and isinstance(node, ast.Tuple) and not root.written.trailing_comma(node)
        return (root.written.between(start, end, "," if single else ""),)
    more = "".join(f", {each}" for each in list(elements(fault.fits).values())[len(node.elts) :])
    comma = root.written.trailing_comma(node) if len(node.elts) == 1 else None
    if comma is not None and isinstance(node, ast.Tuple):  # a tuple of more than one needs none
        return (root.written.between(end, comma, more),)
    return (root.written.between(end, end, more),)


def elements(fits: str) -> dict[str | int, str]:
    """The parts of an entry that fits, as texts by their keys or numbers."""
    node = _tree(fits)
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {str(k.value): ast.unparse(v) for k, v in pairs if isinstance(k, ast.Constant)}
    parts = node.args if isinstance(node, ast.Call) else getattr(node, "elts", [])
    return {index: ast.unparse(each) for index, each in enumerate(parts)}


def _tree(fits: str) -> ast.expr | None:
    tree = parse_expression(fits.replace("…", "..."))
    return tree.body if isinstance(tree, ast.Expression) else None


def contained(entry: Part, written: Part, fault: SpecFault) -> str | None:
    """The entry in the container that the input is."""
    empty = list(elements(fault.fits).values())
    if isinstance(written.node, ast.Constant) and written.node.value is None:
        return fault.fits
    if (own := _by_part(written, fault)) is not None:
        parts = [own.get(index, text) for index, text in enumerate(empty)]
    elif is_of_tensor(written.node) and "\n" not in entry.text:
        parts = [entry.text if text == "None" else text for text in empty]
    else:
        return None
    return in_place(fault.fits, parts, quote_in(entry.text))


def in_place(fits: str, parts: Sequence[str], quote: str) -> str:
    """`[a, b]`, `(a,)`, `{"k": a}` or `Graph(a, b)`, whichever the entry is to be."""
    node, inside = _tree(fits), ", ".join(parts)
    if isinstance(node, ast.Dict):
        keyed = (f"{quote}{key}{quote}: {part}" for key, part in zip(elements(fits), parts, strict=True))
        return f"{{{', '.join(keyed)}}}"
    if isinstance(node, ast.Call):
        return f"{ast.unparse(node.func)}({inside})"
    return f"[{inside}]" if isinstance(node, ast.List) else f"({inside}{',' if len(parts) == 1 else ''})"


def _by_part(written: Part, fault: SpecFault) -> dict[int, str] | None:
    """The entries of another kind of container, by the number of the part: a dict by names, a list for a tuple."""
    node = written.node
    if isinstance(node, ast.Dict):
        keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
        if not keys or not set(keys) <= set(fault.parts):
            return None
        return {fault.parts.index(str(key)): part.text for key, part in items_of(written).items()}
    if isinstance(node, ast.Call) and not is_dim(node):
        named = {k.arg: written.written.text(k.value) for k in node.keywords if k.arg in fault.parts}
        by_name = {fault.parts.index(str(name)): text for name, text in named.items()}
        return {
            **{index: part.text for index, part in items_of(written).items() if isinstance(index, int)},
            **by_name,
        }
    if isinstance(node, (ast.Tuple, ast.List)) and not is_of_tensor(node):
        return {index: part.text for index, part in items_of(written).items() if isinstance(index, int)}
    return None


def is_of_tensor(node: ast.expr) -> bool:
    """Whether an entry plainly says dimensions: `{0: batch}`, `[batch, None]`."""
    if isinstance(node, ast.Dict):
        return all(isinstance(key, ast.Constant) and isinstance(key.value, int) for key in node.keys)
    return isinstance(node, (ast.Tuple, ast.List)) and any(map(is_dim, node.elts))


def is_dim(node: ast.AST) -> bool:
    """Whether an expression plainly is `Dim("name", …)`, `Dim.AUTO`, `Dim.DYNAMIC(max=…)` or the like."""
    return bool(dim_in(node))


def dim_in(node: ast.AST) -> str:
    """How an expression says `Dim`: `torch.export.Dim`."""
    name = call_name(node)
    maker, _, hint = name.rpartition(".")
    said = maker if hint in ("AUTO", "DYNAMIC", "STATIC") else name
    return said if last_part(said) == "Dim" else ""

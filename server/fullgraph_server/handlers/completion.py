"""Completion in `dynamic_shapes`: the parameters of forward, dimensions with their sizes, forms of `Dim`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fullgraph.model import Position, Tensor
from fullgraph.text.source import SourceText
from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..presentation import model_ranges
from ..session.documents import Module, inward

OPTIONS = types.CompletionOptions(trigger_characters=["{", '"', "'", ",", ":", " ", "("])

_SPEC = re.compile(r"\bdynamic_shapes\s*=\s*")
_BRACKETS = {"{": "}", "[": "]", "(": ")"}
_OWN_DIM = re.compile(r"^\s*(\w+)\s*=\s*(?:torch\.export\.)?Dim\(", re.MULTILINE)
_FAR = 4000
"""Characters before the cursor that are searched for the start of a spec."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Where in a spec the cursor is: within how many brackets, and below which argument."""

    depth: int
    argument: str | None
    value: bool
    """After a colon, where a value is expected and not a key."""
    comment: bool = False
    """In a target's comment, where `Dim` is known."""


def complete(app: App, params: types.CompletionParams) -> types.CompletionList | None:
    found = app.session.documents.part(params.text_document.uri)
    if found is None:
        return None
    module, part = found
    position = inward(part, convert.position_in(part.document.source, params.position, app.client.encoding))
    inside = _inside(module.source, position)
    if inside is None:
        return None
    return types.CompletionList(is_incomplete=False, items=list(_items(app, module, inside)))


def _inside(source: SourceText, position: Position) -> Inside | None:
    """None where the cursor is in no spec: the last one above is over, or there is none."""
    end = source.offset_at(source.clamped(position))
    before = source.normal[max(0, end - _FAR) : end]
    specs = list(_SPEC.finditer(before))
    if not specs:
        return None
    last = specs[-1]
    line_start = before.rfind("\n", 0, last.start()) + 1
    comment = before[line_start:].lstrip().startswith("#")
    if comment and re.search(r"\n(?!\s*#)", before[last.end() :]):
        return None  # the comment is over
    written = re.sub(r"\n[ \t]*#", "\n", before[last.end() :])  # a target's comment over several lines
    opened = _open_brackets(written)
    if opened is None or not opened:
        return None if opened is None or written.strip() else Inside(0, None, value=True, comment=comment)
    outer = re.search(r"""["'](\w+)["']\s*:\s*$""", written[: opened[1]]) if len(opened) > 1 else None
    tail = re.split(r"[,{\[(]", written[opened[-1] :])[-1]
    return Inside(len(opened), outer[1] if outer else None, ":" in tail, comment)


def _open_brackets(text: str) -> list[int] | None:
    """Where the brackets that are still open stand; None where more were closed than opened."""
    opened: list[int] = []
    for index, character in enumerate(text):
        if character in _BRACKETS:
            opened.append(index)
        elif character in _BRACKETS.values():
            if not opened:
                return None
            opened.pop()
    return opened


def _items(app: App, module: Module, inside: Inside) -> Iterator[types.CompletionItem]:
    inputs = _inputs(app, module)
    if inside.depth <= 1 and not inside.value:
        yield from (_argument(name, tensor) for name, tensor in inputs.items())
    elif inside.argument is not None and not inside.value:
        tensor = inputs.get(inside.argument)
        for index, size in enumerate(tensor.shape if tensor else ()):
            yield _item(f"{index}: ", f"now {size}", types.CompletionItemKind.Field)
    if inside.depth and (inside.value or inside.depth > 1):
        yield from _dims(module, "" if inside.comment else _prefix(module))


def _inputs(app: App, module: Module) -> dict[str, Tensor | None]:
    """The arguments of forward: as the last trace saw them, else as they are written."""
    finished = app.session.finished.get(module.file)
    found: dict[str, Tensor | None] = {}
    for each in model_ranges.classes(module.source):
        found.update((name, None) for name, _ in (each.forward.parameters if each.forward else ()))
    for checked in finished.checked if finished else ():
        found.update((tensor.name, tensor) for tensor in checked.facts.inputs)
    return found


def _argument(name: str, tensor: Tensor | None) -> types.CompletionItem:
    detail = f"{tensor.dtype}[{', '.join(map(str, tensor.shape))}]" if tensor else "parameter of forward"
    item = _item(f'"{name}": ', detail, types.CompletionItemKind.Property)
    item.filter_text = name
    return item


def _prefix(module: Module) -> str:
    """What has to stand before `Dim`, so that what is put in runs."""
    text = module.source.normal
    if not module.file.endswith(".py") or _IMPORTED.search(text):
        return ""
    return "export." if _EXPORT.search(text) else "torch.export."


_IMPORTED = re.compile(r"^\s*from torch\.export\S* import\b[^#\n]*(\bDim\b|\()", re.MULTILINE)
_EXPORT = re.compile(r"^\s*from torch import\b[^#\n]*\bexport\b", re.MULTILINE)


def _dims(module: Module, prefix: str) -> Iterator[types.CompletionItem]:
    for name in dict.fromkeys(_OWN_DIM.findall(module.source.normal)):
        yield _item(name, "Dim defined in this module", types.CompletionItemKind.Variable)
    for text, detail, kind in _FORMS:
        yield _item(f"{prefix}{text}", detail, kind)


_FORMS = (
    ("Dim.AUTO", "dynamic if possible, else specialized", types.CompletionItemKind.EnumMember),
    ("Dim.DYNAMIC", "dynamic; export fails if specialized", types.CompletionItemKind.EnumMember),
    ("Dim.STATIC", "static, as in the example inputs", types.CompletionItemKind.EnumMember),
    ('Dim("batch")', "named dimension", types.CompletionItemKind.Constructor),
    ('Dim("batch", min=1, max=64)', "named dimension with a range", types.CompletionItemKind.Constructor),
)


def _item(text: str, detail: str, kind: types.CompletionItemKind) -> types.CompletionItem:
    label = text.strip()
    # Who types `Dim` means also what is called `torch.export.Dim` here.
    typed = label[label.index("Dim") :] if "Dim" in label else label
    return types.CompletionItem(label=label, insert_text=text, detail=detail, kind=kind, filter_text=typed)

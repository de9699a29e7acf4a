"""Hover: the traced value of the expression under the pointer."""

from __future__ import annotations

from lsprotocol import types

from ..app import App
from ..lsp import convert
from ..presentation import hover_text
from ..session.documents import inward


def hover(app: App, params: types.HoverParams) -> types.Hover | None:
    found = app.session.documents.part(params.text_document.uri)
    if found is None:
        return None
    module, part = found
    position = convert.position_in(part.document.source, params.position, app.client.encoding)
    told = hover_text.at(app.session, module, inward(part, position))
    if told is None:
        return None
    outward = module.outward(told.range)
    where = (
        convert.range_out(outward[0].document.source, outward[1], app.client.encoding) if outward else None
    )
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, told.markdown), where)

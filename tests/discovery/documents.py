"""TOML documents of every shape, for hypothesis: valid by how they are put together, or thrown together."""

from __future__ import annotations

from hypothesis import strategies as st

_BLANK = st.sampled_from(["", " ", "\t", "  "])
_GAP = st.sampled_from(["\n", "\r\n", "\n\n", '  # é [x] = \'y\' """\n', "\n\t# a\r\n"])
_CHARS = st.characters(exclude_categories=["Cs", "Cc"])
_PLAIN = st.text(_CHARS | st.sampled_from("ab=#,[]{}().\t'"), max_size=8)


def _basic(text: str) -> str:
    return "".join({"\\": "\\\\", '"': '\\"', "\n": "\\n"}.get(c, c) for c in text)


_ESCAPES = st.sampled_from(["\\n", "\\t", "\\\\", '\\"', "\\u00e9", "\\U0001F525"])
_BREAKS = st.sampled_from(["\n", "\r\n", "\\\n  \n\t ", "\\  \r\n"])
_basic_body = st.lists(_PLAIN.map(_basic) | _ESCAPES, max_size=4).map("".join)
_multi_body = st.lists(_PLAIN.map(_basic) | _ESCAPES | _BREAKS | st.just('""a'), max_size=5).map("".join)
_literal_body = _PLAIN.map(lambda text: text.replace("'", ""))
_long_literal_body = st.lists(_literal_body | st.sampled_from(["\n", "\r\n", "''a", "\\"]), max_size=5).map(
    "".join
)

_short_strings = _basic_body.map(lambda body: f'"{body}"') | _literal_body.map(lambda body: f"'{body}'")
_strings = (
    _short_strings
    | st.tuples(_multi_body, st.sampled_from(["", '"', '""'])).map(lambda body: f'"""{body[0]}{body[1]}"""')
    | st.tuples(_long_literal_body, st.sampled_from(["", "'", "''"])).map(
        lambda body: f"'''{body[0]}{body[1]}'''"
    )
)
_numbers = st.sampled_from(["1", "0x1f", "+1_000", "1.5e3", "inf", "nan", "true", "false"])
_times = st.sampled_from(["1979-05-27 07:32:00", "1979-05-27T00:32:00.5-07:00", "07:32:00", "1979-05-27"])
_scalars = _numbers | _times
_keys = st.sampled_from(["a", "b", "c-d", "é", "x.y", "tool", "fullgraph", "targets", "", 'q"', "1"])


@st.composite
def _key(draw: st.DrawFn, name: str) -> str:
    bare = name.isascii() and name.replace("-", "").isalnum()
    spellings = [f'"{_basic(name)}"', f"'{name}'"] + ([name] if bare else [])
    return draw(st.sampled_from(spellings))


@st.composite
def _dotted(draw: st.DrawFn, path: tuple[str, ...]) -> str:
    parts = [draw(_key(name)) for name in path]
    return "".join(
        part if index == 0 else f"{draw(_BLANK)}.{draw(_BLANK)}{part}" for index, part in enumerate(parts)
    )


@st.composite
def _array(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    space = _BLANK | _GAP
    elements = [f"{draw(space)}{each}{draw(space)}" for each in draw(st.lists(values, max_size=3))]
    comma = draw(st.sampled_from(["", ","])) if elements else ""
    return f"[{','.join(elements)}{comma}{draw(space)}]"


@st.composite
def _inline(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    names = draw(st.lists(_keys, max_size=3, unique=True))
    pairs = [
        f"{draw(_BLANK)}{draw(_dotted((name, *draw(st.sampled_from([(), ('z',)])))))}"
        f"{draw(_BLANK)}={draw(_BLANK)}{draw(values)}{draw(_BLANK)}"
        for name in names
    ]
    return f"{{{','.join(pairs)}}}"


_values = st.recursive(_strings | _scalars, lambda inner: _array(inner) | _inline(inner), max_leaves=6)


@st.composite
def _pairs(draw: st.DrawFn) -> str:
    names = draw(st.lists(_keys, max_size=3, unique=True))
    rows = []
    for name in names:
        path = (name, *draw(st.sampled_from([(), ("z",), ("z", "w")])))
        rows.append(
            f"{draw(_BLANK)}{draw(_dotted(path))}{draw(_BLANK)}={draw(_BLANK)}{draw(_values)}{draw(_GAP)}"
        )
    return "".join(rows)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Documents that are nearly always valid; two tables of one name may clash."""
    rows = [draw(_BLANK | _GAP), draw(_pairs())]
    for path in draw(st.lists(st.lists(_keys, min_size=1, max_size=3).map(tuple), max_size=4)):
        start, end = draw(st.sampled_from([("[", "]"), ("[[", "]]")]))
        header = f"{draw(_BLANK)}{start}{draw(_BLANK)}{draw(_dotted(path))}{draw(_BLANK)}{end}{draw(_GAP)}"
        rows += [header, draw(_pairs()), draw(_BLANK)]
    return "".join(rows)


junk = st.lists(
    st.sampled_from(
        [*"[]{}=,.#'\"\\ \n\ta", '"""', "'''", "[[", "]]", "\r\n", "1", "true", "tool.fullgraph"]
    ),
    max_size=25,
).map("".join)
"""Text that is hardly ever TOML."""

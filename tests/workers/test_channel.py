"""Messages arrive whole, in order, and alone, however the bytes come and whatever lies between them."""

from __future__ import annotations

import os
from typing import Any

from fullgraph.model import wire
from fullgraph.tracing.isolation.channel import Channel, Lines, Tail, lifted
from hypothesis import given
from hypothesis import strategies as st

TOKEN = b"5ac3"
messages = st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(), max_size=3)
noise = st.binary(max_size=30).filter(lambda data: TOKEN not in data)


def sent(message: dict[str, object]) -> bytes:
    reading, writing = os.pipe()
    Channel(writing, TOKEN).send(message)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        return file.read()


@given(st.lists(st.tuples(noise, messages), max_size=4), noise, st.integers(1, 40))
def test_whatever_lies_between_them(parts: list[tuple[bytes, Any]], rest: bytes, chunk: int) -> None:
    data = b"".join(before + sent(message) for before, message in parts) + rest
    lines, found = Lines(TOKEN), []
    for start in range(0, len(data), chunk):
        found += lines.feed(data[start : start + chunk])
    assert [wire.loads(line) for line in found] == [message for _, message in parts]


def test_endless_noise_is_not_kept() -> None:
    lines = Lines(TOKEN)
    for _ in range(100):
        assert lines.feed(b"x" * 1000) == []
    assert len(lines._rest) < 10
    assert lines.feed(b"\n" + TOKEN + b"1\n") == [b"1"]


def test_the_end_of_a_stream() -> None:
    tail = Tail(5)
    for data in (b"abc", b"", b"defg", b"\xff"):
        tail.feed(data)
    assert tail.text == "defg\ufffd"


def test_a_file_is_out_of_the_way() -> None:
    reading, writing = os.pipe()
    high = lifted(writing)
    assert high >= 256
    assert not os.get_inheritable(high)
    os.write(high, b"x")
    assert os.read(reading, 1) == b"x"
    os.close(reading)
    os.close(high)

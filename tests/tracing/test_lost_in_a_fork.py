"""What a fork lacked of torch is known to the trace that started it."""

from __future__ import annotations

import pytest
from fullgraph.model import Lost
from fullgraph.tracing.isolation import steps_aside
from fullgraph.tracing.torch_compat import names

pytest.importorskip("torch")


@pytest.mark.parametrize("result", ["found", lambda: None], ids=["a result", "one that does not pickle"])
def test_it_comes_with_the_result(result: object) -> None:
    names.forget()
    try:
        names.note_loss("torch._gone", "what it told")
        line = steps_aside._packed("load", result)
        names.forget()
        came = steps_aside._unpacked("load", line)
        assert came == "found" or isinstance(came, steps_aside.Died)
        assert names.lost() == (Lost("torch._gone", "what it told"),)
    finally:
        names.forget()

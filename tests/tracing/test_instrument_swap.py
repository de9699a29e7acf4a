"""Swapping the code of living functions, and putting everything back."""

from __future__ import annotations

import builtins
import contextlib
import functools
import gc
import importlib.util
import inspect
import pickle
import sys
import threading
import types
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from fullgraph.tracing.instrumentation.instrument import OBSERVER, Observed, Swap, observe_source
from fullgraph.tracing.instrumentation.instrument import _Pairs as Pairs

TEXT = '''
import functools

class Model:
    """A class."""
    __slots__ = ("weight",)
    def __init__(self, weight): self.weight = weight
    def forward(self, x): return helper(x) * self.weight
    @property
    def doubled(self): return self.weight * 2
    @staticmethod
    def make(n): return [Model(i) for i in range(n)]
    @classmethod
    def one(cls): return cls(1)

def helper(x):
    return x + 1

def outer(n):
    def inner(x):
        return x + n
    return inner

def count(n):
    for i in range(n):
        yield i
    yield outer(i)

async def later(x): return x

wrapped = functools.lru_cache(maxsize=None)(lambda x: x * 2)
part = functools.partial(lambda x, y: x - y, 5)
kept = outer(10)
handlers = {"a": [lambda x: x.real]}
def fails(x): raise ValueError(helper(x))
def empty(): pass
'''


class Log:
    """An observer that writes down what it sees."""

    def __init__(self, files: Observed) -> None:
        self.files = files
        self.seen: list[tuple[str, str, object]] = []

    def __call__(self, number: int, value: object) -> object:
        site = self.files.site(number)
        self.seen.append((site.function, site.kind, value))
        return value

    def functions(self) -> set[str]:
        return {function for function, _, _ in self.seen}


@pytest.fixture
def module(tmp_path: Path) -> Iterator[types.ModuleType]:
    file = tmp_path / "swapped module é.py"
    file.write_text(TEXT, encoding="utf-8")
    yield loaded(file)
    assert getattr(builtins, OBSERVER)(1, "value") == "value"


def loaded(file: Path) -> types.ModuleType:
    """The module as the import system makes it: the second time from its `.pyc`."""
    for _ in range(2):
        loader = SourceFileLoader("swapped_module", str(file))
        spec = importlib.util.spec_from_file_location("swapped_module", file, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
    gc.collect()  # the functions of the first are gone
    return module


def observed(module: types.ModuleType) -> Observed:
    file = file_of(module)
    return observe_source(Path(file).read_text(encoding="utf-8"), file)


def noting(seen: list[int]) -> Callable[[int, Any], Any]:
    """An observer that notes the sites, and hands the values on."""

    def note(site: int, value: Any) -> Any:
        seen.append(site)
        return value

    return note


def file_of(module: types.ModuleType) -> str:
    assert module.__file__ is not None
    return module.__file__


def codes(module: types.ModuleType) -> list[types.CodeType]:
    functions = [module.helper, module.outer, module.count, module.kept, module.part.func, module.fails]
    methods = [module.Model.forward, module.Model.doubled.fget, module.Model.make, module.Model.one.__func__]
    more = [module.wrapped.__wrapped__, module.handlers["a"][0], module.Model.__init__, module.later]
    return [function.__code__ for function in functions + methods + more]


def test_living_functions_are_observed_wherever_they_are_held(module: types.ModuleType) -> None:
    files = observed(module)
    log = Log(files)
    before = codes(module)
    with Swap([files], log) as swap:
        assert module.Model(2).forward(3) == 8
        assert module.Model(2).doubled == 4
        assert [m.weight for m in module.Model.make(2)] == [0, 1]
        assert module.Model.one().weight == 1
        assert (module.wrapped(4), module.part(1), module.kept(1), module.handlers["a"][0](3)) == (
            8,
            4,
            11,
            3,
        )
        assert all(code is not old for code, old in zip(codes(module), before, strict=True))
    assert swap.functions == len(before)
    assert log.functions() == {
        "helper",
        "outer.<locals>.inner",
        "<lambda>",
        *(f"Model.{name}" for name in ("__init__", "forward", "doubled", "make", "one")),
    }
    assert ("Model.forward", "call", 4) in log.seen
    assert ("Model.forward", "binary", 8) in log.seen
    assert codes(module) == before


def test_afterwards_nothing_is_observed(module: types.ModuleType) -> None:
    files = observed(module)
    log = Log(files)
    with Swap([files], log):
        pass
    before = codes(module)
    module.Model(2).forward(3)
    module.outer(1)(2)
    assert log.seen == []
    assert all(OBSERVER not in code.co_names for code in before)


def test_functions_made_meanwhile_go_back_too(module: types.ModuleType) -> None:
    files = observed(module)
    log = Log(files)
    with Swap([files], log):
        made = module.outer(1)
        copy = types.FunctionType(module.helper.__code__, module.helper.__globals__)
        assert made(1) == 2
    seen = len(log.seen)
    assert (made(5), copy(1)) == (6, 2)
    assert len(log.seen) == seen
    assert OBSERVER not in made.__code__.co_names + copy.__code__.co_names


def test_an_exception_in_the_body_puts_everything_back(module: types.ModuleType) -> None:
    before = codes(module)
    with pytest.raises(ValueError, match="4") as raised, Swap([observed(module)], lambda site, value: value):
        module.fails(3)
    assert raised.traceback[-1].lineno == TEXT.split("\n").index("def fails(x): raise ValueError(helper(x))")
    assert codes(module) == before


def test_an_exception_of_the_observer_reaches_the_function(module: types.ModuleType) -> None:
    def observer(site: int, value: object) -> object:
        raise LookupError(site)

    with Swap([observed(module)], observer), pytest.raises(LookupError) as raised:
        module.helper(1)
    assert raised.traceback[-2].name == "helper"
    assert module.helper(1) == 2


def test_what_the_observer_returns_goes_on(module: types.ModuleType) -> None:
    with Swap([observed(module)], lambda site, value: 10 if value == 1 else value):
        assert module.helper(1) == 11


def test_a_generator_that_outlives_the_swap_goes_on(module: types.ModuleType) -> None:
    plain = module.count(3)
    assert next(plain) == 0
    log = Log(observed(module))
    with Swap([log.files], log):
        generator = module.count(3)
        assert (next(generator), next(plain)) == (0, 1)
    seen = len(log.seen)
    *rest, inner = generator
    assert rest == [1, 2]
    assert inner(1) == 3
    assert len(log.seen) == seen


def test_swaps_do_not_overlap(module: types.ModuleType) -> None:
    files = observed(module)
    with Swap([files], lambda site, value: value):
        with (
            pytest.raises(RuntimeError, match="another swap lasts"),
            Swap([files], lambda site, value: value),
        ):
            pass
        assert OBSERVER in module.helper.__code__.co_names
    with Swap([files], lambda site, value: value) as again:
        assert again.functions


def test_functions_that_ran_often_are_found(module: types.ModuleType) -> None:
    """The interpreter rewrites the instructions of hot code (3.11+)."""
    for _ in range(3000):
        module.Model(2).forward(3)
        list(module.count(3))
    log = Log(observed(module))
    with Swap([log.files], log) as swap:
        module.Model(2).forward(3)
    assert swap.functions == len(codes(module))
    assert ("Model.forward", "binary", 8) in log.seen


def test_threads_see_the_swap_and_its_end(module: types.ModuleType) -> None:
    begun, ended, results = threading.Event(), threading.Event(), []

    def work() -> None:
        results.append(module.helper(1))
        begun.set()
        ended.wait(600)
        results.append(module.helper(2))

    log = Log(observed(module))
    with Swap([log.files], log):
        thread = threading.Thread(target=work)
        thread.start()
        assert begun.wait(600)
    seen = len(log.seen)
    ended.set()
    thread.join()
    assert results == [2, 3]
    assert 0 < seen == len(log.seen)


def test_what_inspect_and_pickle_say_stays(module: types.ModuleType) -> None:
    def said() -> tuple[object, ...]:
        f = module.Model.forward
        facts = f.__name__, f.__qualname__, f.__doc__, f.__code__.co_firstlineno, str(inspect.signature(f))
        kinds = inspect.isgeneratorfunction(module.count), inspect.iscoroutinefunction(module.later)
        return *facts, inspect.getsource(f), *kinds, inspect.getsource(module.handlers["a"][0])

    sys.modules["swapped_module"] = module
    try:
        plain = said()
        with Swap([observed(module)], lambda site, value: value):
            assert said() == plain
            assert pickle.loads(pickle.dumps(module.helper)) is module.helper
    finally:
        del sys.modules["swapped_module"]


def test_functions_of_an_edited_file_stay_as_they_are(module: types.ModuleType) -> None:
    text = TEXT.replace("return x + 1", "return x + 2").replace("def outer(n):", "\ndef outer(n):")
    files = observe_source(text, file_of(module))
    with Swap([files], lambda site, value: value):
        assert OBSERVER not in module.helper.__code__.co_names
        assert OBSERVER not in module.outer.__code__.co_names
        assert OBSERVER in module.Model.forward.__code__.co_names
        assert module.helper(1) == 2


def test_functions_with_builtins_of_their_own_stay_as_they_are() -> None:
    text = "def f(x): return x.real"
    files = observe_source(text, "<sandbox>")
    namespace: dict[str, Any] = {"__builtins__": {}}
    exec(compile(text, "<sandbox>", "exec", dont_inherit=True), namespace)
    with Swap([files], lambda site, value: value) as swap:
        assert namespace["f"](1) == 1
    assert swap.functions == 0


def test_equal_functions_on_one_line() -> None:
    """Two equal lambdas: 3.10 cannot tell them apart and leaves them; later Pythons know their columns."""
    text = "fs = [lambda x: x.a, lambda x: x.a]\ndef make(): return [lambda x: x.b, lambda x: x.b]"
    files = observe_source(text, "<equal>")
    namespace: dict[str, Any] = {}
    exec(compile(text, "<equal>", "exec", dont_inherit=True), namespace)
    told_apart = namespace["fs"][0].__code__ is not namespace["fs"][1].__code__
    seen: list[int] = []
    with Swap([files], noting(seen)):
        value = types.SimpleNamespace(a=1, b=2)
        assert [f(value) for f in namespace["fs"]] == [1, 1]
        fs = namespace["make"]()
        assert [f(value) for f in fs] == [2, 2]
    assert [f.__code__ for f in namespace["make"]()] == [f.__code__ for f in fs]
    assert told_apart == (sys.version_info >= (3, 11))
    equal = [skipped.line for skipped in files.skipped]
    assert equal == ([] if told_apart else [0, 1])
    columns = [
        files.site(number).range.start.character for number in seen if files.site(number).kind == "name"
    ]
    assert columns == ([16, 31] if told_apart else []) + [30, 45]


def test_two_files_with_the_same_text() -> None:
    text = "def f(x): return x.real"
    one = observe_source(text, "<one>")
    two = observe_source(text, "<two>", base=one.end)
    functions = []
    for file in ("<one>", "<two>"):
        namespace: dict[str, Any] = {}
        exec(compile(text, file, "exec", dont_inherit=True), namespace)
        functions.append(namespace["f"])
    seen: list[int] = []
    with Swap([one, two], noting(seen)):
        assert [function(1) for function in functions] == [1, 1]
    assert seen == [0, 1, 2, 3]


def test_a_function_that_does_not_match_is_left_out_with_those_that_make_it() -> None:
    """The two forms always match; were they not to, no function must be left that has no way back."""
    text = "def e(x):\n  def f(y):\n    def g(): return {}\n    return g\n  return f\ndef h(x): return {}"
    plain = compile(text.format("x", "x"), "<pairs>", "exec")
    other = compile(text.format("x, y", "x, x"), "<pairs>", "exec")
    pairs = Pairs()
    assert not pairs.match(plain, other)
    assert [code.co_name for code in pairs.twins] == ["h"]
    reasons = {skipped.function.split(".")[-1]: skipped.reason for skipped in pairs.skipped.values()}
    assert reasons == {
        "f": "its observed form could not be matched",
        "e": "a function inside it could not be matched",
    }


def test_twins_take_each_others_place() -> None:
    """Of all of `functools` and `contextlib`: the same arguments, locals, cells, flags, and first line."""
    for library in (functools, contextlib):
        files = observe_source(inspect.getsource(library), file_of(library))
        assert len(files.twins) > 40
        for plain, twin in files.twins.items():
            for name in (
                "co_freevars",
                "co_cellvars",
                "co_varnames",
                "co_flags",
                "co_firstlineno",
                "co_argcount",
            ):
                assert getattr(plain, name) == getattr(twin, name)
            assert set(twin.co_names) - set(plain.co_names) == {OBSERVER} or twin.co_names == plain.co_names
            assert files.originals[twin] == plain


def test_type_parameters_have_their_functions_swapped() -> None:
    if sys.version_info < (3, 12):
        pytest.skip("type parameters came with 3.12")
    text = dedent("""
        def first[T](xs: list[T]) -> T: return xs[0]
        class Box[T]:
            def get[U](self, u: U) -> U: return (lambda v: v)(u)
    """)
    files = observe_source(text, "<generic>")
    namespace: dict[str, Any] = {}
    exec(compile(text, "<generic>", "exec", dont_inherit=True), namespace)
    with Swap([files], lambda site, value: value) as swap:
        assert (namespace["first"]([1]), namespace["Box"]().get(2)) == (1, 2)
    assert swap.functions == 2

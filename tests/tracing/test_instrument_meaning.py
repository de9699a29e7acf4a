"""Observed code means what plain code means: what it returns, what it raises and where, what it sees.

Each case is a module with a function `case`. It is run plain and observed, and the two outcomes compared,
down to the line and columns of every frame of a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from textwrap import dedent
from types import CodeType, TracebackType
from typing import Any

import pytest
from fullgraph.tracing.instrumentation.instrument import Swap, observe_source

CASES = {
    "super, with no arguments and in all its forms": """
        class A:
            def f(self, x=1): return ("A", x)
            @classmethod
            def g(cls): return ("A", cls.__name__)
        class B(A):
            def f(self, x=2):
                s = super
                return super().f(x), s().f(), super(B, self).f(), [super().f for _ in "a"] and __class__.__name__
            @classmethod
            def g(cls): return super().g(), __class__
        def case(): return B().f(), B.g()[0]
    """,
    "locals, vars, dir, eval and exec see the function's names and no others": """
        def case():
            a, b = 1, [2]
            c = eval("a + b[0]")
            exec("a = 5")
            d = [sorted(locals()), sorted(vars()), dir(), sorted(eval("locals()"))]
            return a, c, d, "b" in locals()
    """,
    "assignment expressions, in comprehensions too": """
        def case():
            if (n := len([1, 2])) > 1 and (m := n + 1):
                pass
            a = [last := x * n for x in range(4) if (y := x % 2)]
            while (n := n - 1): pass
            return n, m, a, last, y, [z for z in range(3) if (k := z) > 0], k
    """,
    "comprehensions keep their scopes": """
        x = "outer"
        class C:
            x = "class"
            y = [x for _ in range(2)]
            z = [lambda: x for _ in range(1)][0]()
        def case():
            x = 1
            fs = [lambda: x for x in range(3)]
            return C.y, C.z, [f() for f in fs], x, {x: y for x, y in [(1, 2)]}, {i for i in (x for x in [1])}
    """,
    "nested comprehensions with a class between": """
        def case():
            n = 3
            class K:
                n = 4
                rows = [[n for _ in range(i)] for i in range(n)]
                def size(self): return n
            return K.rows, K().size()
    """,
    "generators: yield, send, throw, yield from, return": """
        def inner(k):
            got = yield k
            while got:
                got = yield got * 2
            return "end"
        def outer():
            try:
                value = yield from inner((yield 0))
            except KeyError as error:
                value = repr(error)
            finally:
                yield "finally"
            return value
        def case():
            g = outer(); out = [next(g), g.send(7), g.send(3), g.send(None)]
            h = outer(); out += [next(h), h.send(1), h.throw(KeyError("k"))]
            for it in g, h:
                try: next(it)
                except StopIteration as stop: out.append(stop.value)
            return out
    """,
    "coroutines: await, async for, async with, async comprehensions": """
        import asyncio
        from contextlib import asynccontextmanager
        async def numbers(n):
            for i in range(n):
                await asyncio.sleep(0)
                yield i
        @asynccontextmanager
        async def manager(log):
            log.append("in"); yield log; log.append("out")
        async def double(x): return x * 2
        async def main():
            log = []
            async with manager(log) as same:
                async for i in numbers(2): same.append(await double(i))
            odd = [await double(i) async for i in numbers(5) if i % 2]
            return log, odd, sum([i async for i in numbers(3)]), {i: 1 async for i in numbers(1)}
        def case(): return asyncio.run(main())
    """,
    "match: values, classes, sequences, mappings, guards": """
        from dataclasses import dataclass
        @dataclass
        class P:
            x: int
            y: int = 0
        class Color: RED = 1
        def kind(v):
            match v:
                case Color.RED: return "red"
                case P(x=a, y=0) | P(0, a): return "axis", a
                case [first, *rest] if rest and not first: return first, rest
                case {"k": k, **others}: return k, others
                case (1 | 2) as n: return n
                case str() | None: return "text"
            return "none"
        def case():
            v = 1, 2
            match v, *v:
                case _, one, two: pass
            return [kind(v) for v in (1, P(3), P(0, 4), [0, 1], [1, 1], {"k": 1, "l": 2}, 2, "s", 9)], one, two
    """,
    "closures and nonlocal": """
        def counter():
            n = 0
            def step(by=1, *, twice=False):
                nonlocal n
                n += by * (2 if twice else 1)
                return n
            def peek(): return n
            return step, peek
        def case():
            step, peek = counter()
            return step(), step(3), step(twice=True), peek(), step.__closure__[0].cell_contents, \\
                step.__code__.co_freevars, counter.__code__.co_cellvars
    """,
    "lambdas, defaults and decorators": """
        from functools import lru_cache, partial, reduce
        key = lambda p, q=(lambda: 1)(): (p[1], q)
        def twice(f): return lambda *a, **k: f(f(*a, **k))
        @twice
        @lru_cache(maxsize=None)
        def inc(x, by=(lambda: 2)()): return x + by
        def case():
            @twice
            def dec(x, by=key((0, 1))[0]): return x - by
            return sorted([(1, 2), (2, 1)], key=key), inc(1), dec(5), partial(key, (1, 2))(), reduce(lambda a, b: a + b, [1, 2])
    """,
    "stars in calls, displays, assignments, subscripts": """
        class Index:
            def __getitem__(self, i): return i
            def __setitem__(self, i, v): self.last = i, v
            def __delitem__(self, i): self.last = i
        def f(*a, **k): return a, k
        def case():
            a, *b, (c, *d) = 1, 2, 3, (4, 5)
            i = Index(); i[a, b] = c; got = i.last; i[1:a, None] += (1,) ; del i[a:], i[::a, ...]
            return f(*b, a, *d, x=1, **{"y": a}, **{}), [*b, *d], {**{"k": a}}, (*b,), i[a:c, ..., ::2], got, i.last, {*b}
    """,
    "f-strings": """
        def case():
            x, w, s = 3.14159, 8, "é"
            return f"{x:.{w - 5}f}|{s!r:>{w}}|{x=}|{'a' if w else 'b'}|{ {k: k for k in [s]} }", f'''{
                x + 1:{w}.2f}''' f"{(lambda: w)()}"
    """,
    "chains of comparisons stop where they are decided": """
        log = []
        def v(x): log.append(x); return x
        def case():
            r = v(1) < v(2) > v(3) < v(4), v(1) == v(1) != v(2), 1 if v(2) in [v(1)] is not v(0) else 2
            return r, log
    """,
    "del, global, augmented and annotated assignment": """
        total = [1]
        def case():
            global made
            made = total[0]
            total[0] += made; total[0] *= 2
            x: "never evaluated" = made
            y: undefined
            d = {"a": 1, "b": {"c": 2}}; d["b"]["c"] -= x; d["e"]: undefined_too = 4 if 0 else 5
            del d["a"], x
            try: return x
            except UnboundLocalError as e: return str(e), total, d, made
    """,
    "private names of a class are mangled, ours is not": """
        class A:
            __secret = 1
            def __init__(self): self.__own = 2
            def f(self):
                __local = self.__secret
                return __local, self.__own, sorted(vars(self)), [n for n in locals()]
        def case(): return A().f()
    """,
    "__debug__ and assert": """
        def case():
            if not __debug__: return 1
            try: assert (x := []), f"message {x}"
            except AssertionError as e: return str(e)
    """,
    "slots, dataclasses, enumerations, named tuples, properties, metaclasses": """
        from dataclasses import dataclass, field
        from enum import Enum, auto
        from typing import NamedTuple
        @dataclass(order=True)
        class D:
            __slots__ = ("a", "b")
            a: int
            b: list
            def __post_init__(self): self.b = self.b + [self.a]
        class E(Enum):
            A = auto()
            B = auto()
            @property
            def next(self): return list(E)[(self.value) % 2]
        class N(NamedTuple):
            x: int
            def up(self): return self._replace(x=self.x + 1)
        class M(type):
            def __new__(m, name, bases, ns, **k): return super().__new__(m, name, bases, {**ns, "k": k})
            def __call__(cls, *a): o = super().__call__(); o.a = a; return o
        class C(metaclass=M, flag=True):
            def __set_name__(self, owner, name): self.name = name
            def __init_subclass__(cls, **k): super().__init_subclass__(**k); cls.sub = True
        class S(C): pass
        def case(): return D(1, [2]) < D(2, []), D(1, []), E.A.next, N(1).up(), C.k, C(1).a, S.sub
    """,
    "try, finally, return and break": """
        def f(x):
            for i in range(3):
                try:
                    if i == x: return ("return", i)
                    if x == 9: break
                    if x == 8: 1 / (x - 8)
                except ZeroDivisionError as e: return str(e)
                finally:
                    if x == 7: continue
                    x = x + 1 if x > 100 else x
            else: return "else"
            return "after"
        def case(): return [f(x) for x in (0, 2, 5, 7, 8, 9)]
    """,
    "with, several managers, exceptions swallowed": """
        class M:
            def __init__(self, log): self.log = log
            def __enter__(self): self.log.append("in"); return self.log
            def __exit__(self, kind, value, tb): self.log.append(kind and kind.__name__); return True
        def case():
            log = []
            with M(log) as a, M(a) as b: b.append({}["missing"])
            return log
    """,
    "docstrings and the source of a function": """
        def f():
            "the words"
            return f.__doc__
        def g(): f"no {f} docstring"
        def case():
            "its own"
            return f(), g.__doc__, case.__doc__, (lambda: "x").__doc__, f.__name__, f.__qualname__
    """,
    "future statements": '''
        """module docstring"""
        from __future__ import annotations
        def f(x: undefined_name[1 + 2], *y: (lambda: 1)) -> "a" | None: return f.__annotations__
        def case():
            def g(a: also.undefined): return g.__annotations__
            return f(1), g(1), __doc__
    ''',
    "literals stay the same objects": """
        def t(): return (1, 2, ("a", -3))
        def case(): return t() is t(), 1 in {1, 2}, "a" "b" % (), [1, 2], -1, 3 * "x"
    """,
    "in-place operators and operators of user types": """
        class V:
            def __init__(self, *a): self.a = a
            def __add__(self, o): return V("+", self, o)
            def __radd__(self, o): return V("r+", o, self)
            def __iadd__(self, o): return V("+=", self, o)
            def __matmul__(self, o): return V("@", self, o)
            def __neg__(self): return V("-", self)
            def __contains__(self, o): return True
            def __getattr__(self, name): return V(".", name)
            def __repr__(self): return "".join(map(str, self.a))
        def case():
            v = w = V("v"); v += 1; x = [v]; x[0] += 2
            return repr([v + 1, 1 + w, v @ w, -v, v.x.y, x, w, 3 in v, 3 not in v])
    """,
    "recursion goes on": """
        def down(n): return n and 1 + down(n - 1)
        def case(): return down(300)
    """,
    "an exception in the midst of a long call": """
        def broken(x):
            return (x
                .upper()
                .missing(
                    1,
                    x))
        def case(): return [y for y in map(lambda v: broken(
            v), ["a"])]
    """,
    "an exception in each kind of expression: division": "def case(n=0): return [1, 2 + (\n 3 // n)]",
    "an exception in each kind of expression: subscript": "def case(d={}): return (1 and d['é'][\n 'k'])",
    "an exception in each kind of expression: comparison": "def case(n=0): return 0 < (n < 'a')",
    "an exception in each kind of expression: name": "def case(n=0):\n  x = n if n else nowhere\n  return x",
    "an exception in each kind of expression: unbound": "def case(n=0):\n  m = n\n  del n\n  return f'{n}'",
    "an exception in each kind of expression: iteration": "def case(n=0):\n  for x in n: pass",
    "an exception in each kind of expression: unpacking": "def case(n=0):\n  a, b = [\n  n]",
    "an exception in each kind of expression: star": "def case(n=0): return print(*n, **n)",
    "an exception in each kind of expression: unary": "def case(n='s'): return [-n]",
    "an exception in each kind of expression: call": "def case(n=0): return print(n, n(1))",
    "an exception in each kind of expression: with": "def case(n=0):\n  with n as x: pass",
    "an exception in each kind of expression: comprehension": "def case(n=0): return {\n k: 1/n for k in 'ab'}",
    "an exception in each kind of expression: assert": "def case(n=0): assert n and \\\n n.x, 'why'",
    "an exception raised on purpose, chained": """
        def case():
            try: {}["k"]
            except KeyError as e: raise ValueError(f"{e}") from e
    """,
}

CASES_OF_3_11 = {
    "exception groups": """
        def case():
            out = []
            try: raise ExceptionGroup("g", [ValueError(1), KeyError(2), OSError(3)])
            except* (ValueError, KeyError) as g: out.append(g.exceptions)
            except* OSError as g: out.append(len(g.exceptions))
            return repr(out)
    """,
    "a star in a subscript": "def case():\n  t = (1, 2)\n  return dict[*t], [tuple[*t, 3]]",
}

CASES_OF_3_12 = {
    "type statements and type parameters": """
        type Pair[T] = tuple[T, undefined_until_asked]
        class Box[T: (int, str)](list[T]):
            def get[U](self, u: U) -> T | U: return self[0] or u
        def first[T](xs: list[T], at=len([0]) - 1) -> T: return xs[at]
        def case():
            n = 5
            type Local = list[n]
            def inner[V: n](v: V): return v, n
            class Own[W](Box[W]):
                def get(self): return super().get(n), W.__name__
            return Box([0]).get(1), first([2]), Local.__value__, inner(3), Own([7]).get(), Box.__type_params__
    """,
    "quotes nested in f-strings": """
        def case():
            d = {"k": {"l": 1}}
            return f"{d["k"]["l"]} {f"{f"{d}"}":>{len("abc")}} {"\\n".join(["é", "b"])}", f"{d!r:^{20}}"
    """,
    "inlined comprehensions share the frame": """
        def case():
            x, z = "before", 0
            r = [(z, sorted(locals())) for z in [1] for _ in [2]]
            f = [lambda: (x, y) for y in [3]]
            return r, x, z, f[0](), [y for y in [[y for y in [1]]]]
    """,
}

AVAILABLE = {
    **CASES,
    **(CASES_OF_3_11 if sys.version_info >= (3, 11) else {}),
    **(CASES_OF_3_12 if sys.version_info >= (3, 12) else {}),
}


@pytest.mark.parametrize("name", AVAILABLE)
def test_both_forms_do_the_same(name: str) -> None:
    seen: list[int] = []

    def observer(site: int, value: object) -> object:
        seen.append(site)
        return value

    text = dedent(AVAILABLE[name]).strip()
    assert observed_outcome(text, observer) == plain_outcome(text)
    assert seen


def test_an_observer_that_meddles_is_noticed() -> None:
    text = "def case(n=1): return [1, n]"
    assert observed_outcome(text, lambda site, value: 2 if value == 1 else value) != plain_outcome(text)


def test_a_place_that_moved_is_noticed() -> None:
    one, other = plain_outcome("def case(n=1): return [n.x]"), plain_outcome("def case(n=1):\n  return [n.x]")
    assert one[:2] == other[:2]
    assert one != other


def plain_outcome(text: str) -> tuple[object, ...]:
    return outcome(load(compile(text, "<case>", "exec", dont_inherit=True)))


def observed_outcome(text: str, observer: Callable[[int, object], object]) -> tuple[object, ...]:
    files = observe_source(text, "<case>")
    namespace = load(files.plain)
    with Swap([files], observer) as swap:
        assert swap.functions
        assert not files.skipped
        return outcome(namespace)


def load(module: CodeType) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "cases"}
    exec(module, namespace)
    return namespace


def outcome(namespace: dict[str, Any]) -> tuple[object, ...]:
    """What `case` of the module returned, or raised and where."""
    try:
        return "returned", repr(namespace["case"]())
    except Exception as error:  # noqa: BLE001
        return "raised", repr(error), repr(error.__cause__), list(places(error.__traceback__, "<case>"))


def places(traceback: TracebackType | None, file: str) -> Iterator[object]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == file:
            columns: object = ()
            if sys.version_info >= (3, 11):
                columns = list(code.co_positions())[traceback.tb_lasti // 2]
            yield code.co_name, traceback.tb_lineno, columns
        traceback = traceback.tb_next

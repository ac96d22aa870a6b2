"""How large a document is."""

from __future__ import annotations

import time

import pytest
from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    SelectionSetNode,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from server.gate_measure import Size, measure


def size(text: str) -> Size:
    """The measure of a text."""
    return measure(parse(text))


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("{ a }", Size(definitions=1, depth=1, fields=1)),
        ("{ a { b c { d } } e }", Size(definitions=1, depth=3, fields=5)),
        ("query A { a } query B { a { b } }", Size(definitions=2, depth=2, fields=2)),
        ("{ a: b c: c d }", Size(definitions=1, depth=1, fields=3, aliases=2)),
        (
            "query ($x: Int @a) @b { c @d ...F @e ... @f { g } } fragment F on Q @h { i }",
            Size(definitions=2, depth=1, fields=3, directives=6, spreads=2),
        ),
        ("{ ...F ...F a } fragment F on Q { b c }", Size(definitions=2, depth=1, fields=5, spreads=2)),
        ("{ a { ...F } } fragment F on Q { b { c } }", Size(definitions=2, depth=3, fields=3, spreads=1)),
        ("{ ... on Q { a { ... { b } } } }", Size(definitions=1, depth=2, fields=2, spreads=2)),
        ("{ ...Nobody }", Size(definitions=1, spreads=1)),
        ("fragment F on Q { a { b } }", Size(definitions=1, depth=2, fields=2)),
        ("{ a } type A { b: Int }", Size(definitions=2, depth=1, fields=1)),
    ],
)
def test_everything_is_counted(text: str, measured: Size) -> None:
    """Fields count as they run, spread fragments included; the rest as it is written.

    Planted: fragments that count nothing, no directives of variables, no depth below a spread; seen to fail.
    """
    assert size(text) == measured


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("{ a { x } a { x } a { x } }", 2),
        ("{ a { x } b: a { x } a: b { x } }", 1),
        ("{ a a a }", 0),
        ("{ a { x } ... { a { x } ... on Q { a { x } } } }", 2),
        ("{ ... { a { x } } ... { a { x } } }", 1),
        ("{ a { a { a { x } } } }", 0),
        ("{ a { b { x } } c { b { x } } }", 0),
    ],
)
def test_repeats_are_what_has_to_merge(text: str, repeats: int) -> None:
    """Fields that have fields count once more where one of their name stands beside them already.

    Inline fragments are no shelter. Planted: names of their own for each inline fragment; seen to fail.
    """
    assert size(text).repeats == repeats


@pytest.mark.parametrize(
    "text",
    ["{ ...F } fragment F on Q { a ...F }", "{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }"],
)
def test_a_circle_ends(text: str) -> None:
    """Fragments inside themselves are measured once; validation refuses them."""
    assert size(text).fields <= 4


def test_a_bomb_is_counted_and_not_run() -> None:
    """Fragments that double eighteen times come to a quarter of a million fields, in a moment."""
    links = " ".join(f"fragment A{n} on Q {{ ...A{n + 1} ...A{n + 1} }}" for n in range(18))
    bomb = parse(f"{{ ...A0 }} {links} fragment A18 on Q {{ id }}")
    began = time.process_time()
    assert measure(bomb).fields == 2**18
    assert time.process_time() - began < 0.05


FRAGMENTS = ("F0", "F1", "F2")


def selections(of: int) -> st.SearchStrategy[str]:
    """Selections that spread fragments of a higher number only."""
    leaf = st.sampled_from(["a", "b: a", *(f"...{name}" for name in FRAGMENTS[of:])])
    inner = st.recursive(
        st.lists(leaf, min_size=1, max_size=4).map(" ".join),
        lambda more: st.lists(st.one_of(leaf, more.map("c {{ {} }}".format)), min_size=1, max_size=4).map(
            " ".join
        ),
        max_leaves=8,
    )
    return inner.map("{{ {} }}".format)


def expanded(document: DocumentNode) -> tuple[int, int]:
    """Fields and depth, by spreading every fragment out."""
    fragments = {
        each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
    }

    def of(part: SelectionSetNode | None, depth: int) -> tuple[int, int]:
        fields, deepest = 0, depth
        for node in () if part is None else part.selections:
            if isinstance(node, FragmentSpreadNode):
                more, deep = of(fragments[node.name.value].selection_set, depth)
            else:
                assert isinstance(node, FieldNode)
                more, deep = of(node.selection_set, depth + 1)
                more += 1
            fields, deepest = fields + more, max(deepest, deep)
        return fields, deepest

    parts = [each for each in document.definitions if isinstance(each, ExecutableDefinitionNode)]
    totals = [of(each.selection_set, 0) for each in parts]
    return max(fields for fields, _ in totals), max(depth for _, depth in totals)


@given(selections(0), st.tuples(*(selections(number + 1) for number in range(len(FRAGMENTS)))))
def test_the_walk_agrees_with_running_it(root: str, parts: tuple[str, ...]) -> None:
    """However fragments and fields are put together, both figures are those of the document spread out."""
    document = parse(
        root + "".join(f" fragment {name} on Q {part}" for name, part in zip(FRAGMENTS, parts, strict=True))
    )
    measured = measure(document)
    assert (measured.fields, measured.depth) == expanded(document)

"""Structures of arrays: taken apart and put together again, with and without the classes they were made of."""

from __future__ import annotations

import dataclasses
import json
from collections import OrderedDict, namedtuple
from types import MappingProxyType
from typing import Any, NamedTuple

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onnxp._src.program.tree import (
    MAX_DEPTH,
    check_keys,
    count_leaves,
    flatten,
    is_structure,
    names_of,
    path_text,
    record_types,
    unflatten,
)
from onnxp.errors import ModelFileError, NameCollisionError, NotAnArrayError, SpecError


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    _w: Any
    norm: Any = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "norm", None)


def frozen(w: Any, norm: Any) -> Frozen:
    made = Frozen(w)
    object.__setattr__(made, "norm", norm)
    return made


class ListOfOurs(list):
    pass


class TupleOfOurs(tuple):
    __slots__ = ()


def is_leaf(obj: object) -> bool:
    return isinstance(obj, int)


def take_apart(tree: object) -> tuple[list[int], Any]:
    leaves, treedef = flatten(tree, is_leaf, "the result")
    return [leaf for _, leaf in leaves], treedef


trees = st.recursive(
    st.integers(),
    lambda parts: st.one_of(
        st.lists(parts, max_size=3),
        st.lists(parts, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(0, 9)), parts, max_size=3),
        st.tuples(parts, parts).map(lambda ab: Pair(*ab)),
        st.tuples(parts, parts).map(lambda xy: Point(*xy)),
        st.tuples(parts, parts).map(lambda wn: frozen(*wn)),
    ),
    max_leaves=8,
)


def test_stand_ins_behave_like_what_they_stand_for():
    _, treedef = take_apart([Pair(1, 2), Point(3, 4), frozen(5, 6)])
    pair, point, other = unflatten(treedef, iter([1, 2, 3, 4, 5, 6]))
    a, b = pair
    assert (a, b) == (pair.a, pair.b) == (1, 2)
    assert (point.x, point.y) == (3, 4)
    assert (other._w, other.norm) == (5, 6)
    assert type(unflatten(treedef, iter(range(6)))[0]) is type(pair)


@given(trees)
def test_stand_ins_for_missing_classes(tree: object):
    leaves, treedef = take_apart(tree)
    again = unflatten(treedef, iter(leaves))
    assert repr(again) == repr(tree)
    assert take_apart(again) == (leaves, treedef)


@pytest.mark.parametrize(
    ("tree", "plain"),
    [
        (ListOfOurs([1, 2]), [1, 2]),
        (TupleOfOurs((1, 2)), (1, 2)),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (MappingProxyType({"b": 1}), {"b": 1}),
    ],
    ids=repr,
)
def test_subclasses_become_the_plain_kind(tree: object, plain: object):
    leaves, treedef = take_apart(tree)
    again = unflatten(treedef, iter(leaves))
    assert again == plain
    assert type(again) is type(plain)


@given(trees)
def test_round_trip(tree: object):
    leaves, treedef = take_apart(tree)
    check_keys(treedef, "the result")
    assert count_leaves(treedef) == len(leaves)
    saved = json.loads(json.dumps(treedef))
    assert saved == treedef
    again = unflatten(saved, iter(leaves), record_types(tree))
    assert again == tree
    assert repr(again) == repr(tree)  # with the same kinds and orders
    assert is_structure(tree) != is_leaf(tree)


@pytest.mark.parametrize(
    ("tree", "where", "what"),
    [
        (None, "", "None of type NoneType"),
        ([1, "a"], r"\[1\] ", "'a' of type str"),
        ({"a": [1, {"b": 1.5}]}, r"\['a'\]\[1\]\['b'\] ", "1.5 of type float"),
        (Point(1, "y"), r"\['y'\] ", "'y' of type str"),
        (Point, "", "of type type"),
        ((i for i in range(3)), "", "of type generator"),
        ({1, 2}, "", r"\{1, 2\} of type set"),
        ("x" * 1000, "", r"xxx\.\.\.xxx.* of type str"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_structure(tree: object, where: str, what: str):
    needed = "it must be an array, or a tuple, list, dict, dataclass or named tuple of these"
    with pytest.raises(NotAnArrayError, match=f"^the result (at {where})?is .*{what}; {needed}"):
        take_apart(tree)
    with pytest.raises(SpecError, match="it must be a spec, or a tuple"):
        flatten(tree, is_leaf, "the spec", needed="a spec", error=SpecError)


def test_a_structure_that_contains_itself():
    cycle: list[Any] = [1]
    cycle.append(cycle)
    with pytest.raises(NotAnArrayError, match=f"at most {MAX_DEPTH} deep"):
        take_apart(cycle)


def test_depth():
    tree: Any = 1
    for _ in range(MAX_DEPTH):
        tree = [tree]
    leaves, treedef = take_apart(tree)
    assert count_leaves(treedef) == 1
    assert unflatten(treedef, iter(leaves)) == tree


@pytest.mark.parametrize("key", [None, (1, 2), True, 1.5, b"a"], ids=repr)
def test_keys_that_a_model_can_not_keep(key: object):
    leaves, treedef = take_apart([{key: 1}])
    assert unflatten(treedef, iter(leaves)) == [{key: 1}]
    with pytest.raises(
        NotAnArrayError, match=r"the result has a dict with the key .* strings or integers"
    ):
        check_keys(treedef, "the result")


def test_classes_of_one_name():
    other = namedtuple("Pair", ["a", "b"])
    with pytest.raises(NameCollisionError, match="two classes of a structure have the name 'Pair'"):
        record_types([Pair(1, 2), {"x": other(1, 2)}])
    assert record_types([Pair(1, Point(2)), (Pair(1, 2),)]) == {"Pair": Pair, "Point": Point}


class Bunch(tuple[Any, ...]):
    """A tuple with names, but no named tuple: the results of scipy's tests are of this kind."""

    _fields = ("statistic", "pvalue")


def test_a_tuple_with_names():
    leaves, treedef = take_apart(Bunch((1, 2)))
    restored = unflatten(treedef, iter(leaves), {"Bunch": Bunch})
    assert (type(restored).__name__, restored.statistic, restored.pvalue) == ("Bunch", 1, 2)


@dataclasses.dataclass
class NeedsMore:
    x: Any
    extra: dataclasses.InitVar[int]


def test_a_dataclass_that_its_fields_do_not_make():
    leaves, treedef = take_apart(NeedsMore(1, 2))
    with pytest.raises(
        NotAnArrayError, match=r"NeedsMore cannot be created from its fields \['x'\].*extra"
    ):
        unflatten(treedef, iter(leaves), {"NeedsMore": NeedsMore})


@pytest.mark.parametrize(
    ("paths", "root", "names"),
    [
        ([()], "output", ["output"]),
        ([(0,), (1,)], "output", ["output_0", "output_1"]),
        ([("X",), ("params", "w"), ("params", 0)], "", ["X", "params_w", "params_0"]),
        ([("a b/c",)], "", ["a_b_c"]),
        ([("größe",)], "", ["größe"]),
    ],
)
def test_names(paths: list, root: str, names: list[str]):
    assert names_of(paths, root, "outputs") == names


def test_names_that_collide():
    with pytest.raises(
        NameCollisionError,
        match=r"two outputs would have the name 'a_b': \['a_b'\] and \['a'\]\['b'\]",
    ):
        names_of([("a", "b"), ("a_b",)], "", "outputs")
    assert path_text(("a", 0)) == "['a'][0]"


LEAF_DICT = {"kind": "dict", "name": "", "keys": ["a"], "items": [None]}


@pytest.mark.parametrize(
    "treedef",
    [
        3,
        "list",
        [None],
        {},
        {**LEAF_DICT, "extra": 1},
        {**LEAF_DICT, "kind": "set"},
        {**LEAF_DICT, "kind": []},
        {**LEAF_DICT, "keys": []},
        {**LEAF_DICT, "keys": "a"},
        {**LEAF_DICT, "keys": [["a"]]},
        {**LEAF_DICT, "keys": ["a", "a"], "items": [None, None]},
        {**LEAF_DICT, "items": [4]},
        {"kind": "namedtuple", "name": "A", "keys": ["_a"], "items": [None]},
        {"kind": "namedtuple", "name": "class", "keys": ["a"], "items": [None]},
        {"kind": "namedtuple", "name": "A", "keys": ["a.b"], "items": [None]},
        {"kind": "dataclass", "name": "import os", "keys": ["a"], "items": [None]},
        {"kind": "dataclass", "name": None, "keys": ["a"], "items": [None]},
        {"kind": "dataclass", "name": "A", "keys": [1], "items": [None]},
    ],
    ids=str,
)
def test_skeletons_from_a_damaged_file(treedef: object):
    with pytest.raises(
        ModelFileError, match="the metadata of the model contain an invalid structure"
    ):
        count_leaves(treedef)


def test_a_skeleton_without_end():
    treedef: Any = None
    for _ in range(1000):
        treedef = {"kind": "list", "name": "", "keys": [0], "items": [treedef]}
    with pytest.raises(ModelFileError):
        count_leaves(treedef)

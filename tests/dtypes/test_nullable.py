"""The dtypes of elements that may be null: names, identity, promotion."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest

import onnxp as xp
from onnxp._src.dtypes import DTYPES, as_dtype, of_host
from onnxp.errors import DTypeError, FeedError, ModelFileError, PromotionError, SpecError

PLAIN = [*DTYPES, xp.string]


@pytest.mark.parametrize("plain", PLAIN, ids=str)
def test_there_is_one_object_for_each_dtype(plain):
    dtype = xp.nullable(plain)
    assert xp.nullable(plain.name) is xp.nullable(dtype) is dtype
    assert as_dtype(str(dtype)) is as_dtype(f"{plain}?") is dtype
    assert pickle.loads(pickle.dumps(dtype)) is dtype
    assert eval(repr(dtype), {"onnxp": xp}) is dtype
    assert (dtype.is_nullable, dtype.plain, plain.is_nullable) == (True, plain, False)
    assert dtype == f"{plain}?"
    assert dtype != plain
    assert dtype != plain.numpy
    assert dtype.planes[-1].dtype is xp.bool


def test_names_of_planes():
    assert [p.name for p in xp.nullable(xp.int8).planes] == ["values", "null"]
    assert [p.name for p in xp.nullable(xp.complex64).planes] == ["real", "imag", "null"]


@pytest.mark.parametrize(
    ("of_pandas", "name"),
    [
        (pd.Int64Dtype(), "int64?"),
        (pd.UInt8Dtype(), "uint8?"),
        (pd.BooleanDtype(), "bool?"),
        (pd.Float32Dtype(), "float32?"),
        (pd.StringDtype(), "string?"),
        ("Int64", "int64?"),
        ("UInt16", "uint16?"),
        ("boolean", "bool?"),
        ("Float64", "float64?"),
    ],
    ids=str,
)
def test_dtypes_of_pandas(of_pandas, name):
    assert as_dtype(of_pandas) == name


def test_times_have_nat():
    with pytest.raises(DTypeError, match="NaT"):
        xp.nullable("datetime64[s]")
    with pytest.raises(DTypeError, match="missing elements of its own"):
        xp.nullable(xp.category(["a"]))
    with pytest.raises(DTypeError):
        xp.nullable("int128")


@pytest.mark.parametrize(
    ("a", "b", "promoted"),
    [
        ("int8?", "int16", "int16?"),
        ("int8", "int16?", "int16?"),
        ("int64?", "float64?", "float64?"),
        ("uint64?", "int64", "float64?"),
        ("bool?", "bool", "bool?"),
        ("string", "string?", "string?"),
        ("timedelta64[s]", "int64?", "timedelta64[s]"),
    ],
)
def test_promotion(a, b, promoted):
    assert xp.result_type(a, b) == promoted
    assert xp.result_type(b, a) == promoted
    assert xp.can_cast(a, promoted)


def test_promotion_of_several_and_of_scalars():
    assert xp.result_type("int8?", "int8", "float32") == "float32?"
    assert xp.result_type("int8?", 1) == "int8?"
    assert xp.result_type("int8?", 1.5) == "float64?"
    assert not xp.can_cast("int8?", "int8")
    with pytest.raises(PromotionError):
        xp.result_type("int8?", "string")


def test_kinds_do_not_have_them():
    assert not xp.isdtype("int64?", "integral")
    assert xp.isdtype("int64?", "int64?")
    assert not xp.isdtype("int64?", "int64")


def test_dtypes_of_numpy_data():
    masked = np.ma.masked_array([1, 2], [False, True])
    assert of_host(masked) == "int64?"
    assert of_host(masked.data) == "int64"
    assert of_host(masked.astype("M8[s]")) == "datetime64[s]"


@pytest.mark.parametrize("text", ["int64?[N]", "string? [N, 2]", "complex64?[]", "bool?[2*N]"])
def test_specs(text):
    program = xp.trace(lambda x: x, text)
    assert program.inputs[0].dtype is as_dtype(text.split("?")[0] + "?")
    assert xp.load(bytes(program)).inputs[0].text == program.inputs[0].text


@pytest.mark.parametrize(
    ("dtype", "null", "shown"),
    [
        ("float64?", "nan", "nan"),
        ("float32?", float("nan"), "nan"),
        ("float32?", -1, -1),
        ("float16?", 65504.0, 65504.0),
        ("float64?", 0.1, 0.1),
        ("int8?", -128, -128),
        ("string?", "", ""),
        ("string?", "nan", "nan"),
        ("complex64?", "nan", "nan"),
    ],
)
def test_encodings_of_specs(dtype, null, shown):
    spec = xp.spec(("N",), dtype, null=null)
    assert repr(spec) == f"{dtype}[N] (null={shown!r})"
    assert xp.spec(f"{dtype}[N]", null=null) == spec != xp.spec(("N",), dtype)
    program = xp.load(bytes(xp.trace(lambda x: x, spec)))
    assert program.inputs[0].encoding == shown
    assert [x.name for x in program.model.graph.input] == ["x"] or dtype == "complex64?"


@pytest.mark.parametrize(
    ("dtype", "null"),
    [
        ("float64", "nan"),
        ("int64?", "nan"),
        ("int8?", 128),
        ("bool?", -1),
        ("int64?", True),
        ("string?", 0),
        ("float64?", ""),
        ("float64?", float("inf")),
        ("float32?", 1e300),
        ("float32?", 0.1),
        ("float16?", 65505.0),
        ("float64?", 2**53 + 1),
        ("float64?", 10**400),
        ("complex64?", 0),
    ],
)
def test_encodings_that_cannot_stand_for_null(dtype, null):
    with pytest.raises(SpecError, match="null="):
        xp.spec("N", dtype, null=null)


def test_metadata_with_an_impossible_encoding():
    model = xp.trace(lambda x: x, xp.spec("float64?[N]", null="nan")).model
    entry = next(e for e in model.metadata_props if e.key == "onnxp.schema")
    entry.value = entry.value.replace('"encoding":"nan"', '"encoding":[1]')
    with pytest.raises(ModelFileError):
        xp.load(model)


@pytest.mark.parametrize(
    ("dtype", "fed", "advice"),
    [
        (
            "int64?",
            np.array([1, np.nan]),
            r"use np.ma.array\(np.nan_to_num\(x\), dtype='int64', mask",
        ),
        ("int64?", [1, np.nan], r"use np.ma.array\(np.nan_to_num\(np.asarray\(x\)\)"),
        ("int64?", np.array([1, 2.5, np.nan]), "int64 does not hold 2.5: trace with 'float64'"),
        ("int64?", np.ma.MaskedArray([1.5, 2], [0, 1]), "int64 does not hold 1.5"),
        ("int64?", np.ma.MaskedArray([1.0, 2.5], [0, 1]), r"use x.astype\('int64'\)"),
        ("int64", np.array([1, np.nan]), "no missing values: fill them, or trace with 'int64\\?'"),
        ("int64", [1, None], "no missing values: fill them, or trace with 'int64\\?'"),
        ("int64", [1, 2.5], "int64 does not hold 2.5"),
        ("int64", [1, 2.0], r"use np.asarray\(x\).astype\('int64'\)"),
        ("int64", np.ma.MaskedArray([1, 2], [0, 1]), "or trace with 'int64\\?' to keep them null"),
        ("uint8", np.array([1, 300]), "uint8 does not hold 300"),
        ("float32", np.array([1e300]), "float32 does not hold 1e\\+300"),
        ("float32", np.array([1.5, np.inf]), r"use x.astype\('float32'\)"),
        ("float32", np.array([1j]), "float32 has no imaginary parts"),
        ("string", np.ma.MaskedArray(np.array(["a"], object), [1]), r"x.filled\(''\).*'string\?'"),
    ],
)
def test_advice_keeps_values(dtype, fed, advice):
    program = xp.trace(lambda x: x, f"{dtype}[N]")
    with pytest.raises(FeedError, match=advice):
        program(fed)


@pytest.mark.parametrize("x", [np.array([1, np.nan]), [1, np.nan], np.array([1.0]), [2.0]])
def test_advice_can_be_followed(x):
    program = xp.trace(lambda x: x, "int64?[N]")
    with pytest.raises(FeedError) as caught:
        program(x)
    advice = re.search("; use (.*)", str(caught.value)).group(1)
    result = program(eval(advice, {"np": np, "x": x}))
    assert result.tolist() == [None if v != v else v for v in np.asarray(x).tolist()]

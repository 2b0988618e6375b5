"""Exchange of elements with numpy, DLPack and pickle, for arrays as a dtype and its planes."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnxp._src.array.device import DLPACK_CPU
from onnxp._src.dtypes import DTYPES, FILL_ADVICE, DType, from_numpy, nullable
from onnxp._src.graph.values import constant
from onnxp._src.lowering.nulls import none
from onnxp._src.lowering.planes import Planes
from onnxp._src.runtime.evaluate import data_of, evaluate
from onnxp._src.runtime.questions import traced_error
from onnxp.errors import ArgumentError, DTypeError, ExchangeError

STORED_AS_THEY_ARE = frozenset(dtype for dtype in DTYPES if dtype.is_own_plane)
"""The dtypes whose elements are stored in one array of numpy, which has the same dtype."""

_NUMPY_HAS_DLPACK_1 = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 1)

NOT_FOR_NUMPY = (
    "the elements of a traced array are not known before the model runs, so numpy cannot make an array of it "
    "or of a list with it, index an array of its own by it, or write it into one. Write np.stack([x, y]) for "
    "np.array([x, y]), xp.asarray(a)[i] or np.asarray(a, like=i)[i] for a[i], xp.zeros or np.zeros_like "
    "for np.zeros; or compute what does not depend on the input outside of the traced function"
)
NOT_FOR_PANDAS = (
    "pandas needs the elements of an array for its frames and Series, and a traced array has none before the "
    "model runs: compute with arrays, as X[:, 0] for a column. A function of a DataFrame is traced by "
    "onnxp.sklearn.trace_estimator(FunctionTransformer(function), 'transform', example=df)"
)
NOT_FOR_SCIPY = (
    "scipy needs the elements of an array here, and a traced array has none before the model runs: write it "
    "with array functions. A function that supports the array API accepts it if the traced function calls it "
    "by name, or if the environment variable SCIPY_ARRAY_API is 1 before scipy is imported"
)
NOT_FOR = {"pandas": NOT_FOR_PANDAS, "scipy": NOT_FOR_SCIPY}
"""By the package that asks for the elements."""
NOT_FOR_PICKLE = (
    "a traced array cannot be pickled or sent to another process: its elements are not known before the model "
    "runs. Return it from the traced function, and pickle the program or what the program returns"
)


def from_host(data: np.ndarray[Any, Any]) -> tuple[DType, Planes]:
    """Return the dtype and planes of numpy data, which must never be written to again.

    Raises
    ------
    DTypeError
        If onnxp has no such dtype, or objects are not text.
    """
    if isinstance(data, np.ma.MaskedArray):
        return _from_masked(data)
    dtype = from_numpy(data.dtype)
    if dtype.family == "stored":  # of ml_dtypes
        return dtype, (constant(data.astype(dtype.host), dtype),)
    if dtype.planes[0].dtype is dtype and dtype.family != "string":
        return dtype, (constant(data),)
    return dtype, tuple(map(constant, dtype.split(data)))


def _from_masked(data: np.ndarray[Any, Any]) -> tuple[DType, Planes]:
    """Return masked data as those of a nullable dtype; of times NaT is masked."""
    plain = from_numpy(data.dtype)
    if plain.unit:
        return plain, tuple(map(constant, plain.split(np.ma.filled(data, data.dtype.type("NaT")))))
    dtype = nullable(plain)
    *values, null = dtype.split(data)
    return dtype, (*map(constant, values), constant(null) if null.any() else none(null.shape))


def to_host(dtype: DType, planes: Planes, reason: str = "") -> np.ndarray[Any, Any]:
    """Return the elements: a view that must not be written to, or a copy for complex numbers and strings.

    Raises
    ------
    TracedValueError
        If the planes are traced; its message says `reason` if that is not empty.
    """
    if planes[0].trace is not None:
        raise traced_error(planes[0], reason)
    if len(planes) > 1:  # in one run
        evaluate(planes)
    return dtype.join(map(data_of, planes))


class _Null:
    """What a null is printed as."""

    def __repr__(self) -> str:
        return "null"


_NULL = _Null()


def with_null_text(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return masked data as objects, which are printed as ``null`` where they are masked."""
    result = np.ma.getdata(data).astype(object)
    result[np.ma.getmaskarray(data)] = _NULL
    return result


def to_numpy(
    data: np.ndarray[Any, Any],
    dtype: np.dtype[Any] | None,
    copy: bool | None,
    *,
    for_mask: bool = False,
) -> np.ndarray[Any, Any]:
    """Return elements as ``__array__`` does: cast to `dtype`, read-only, without a copy if possible.

    With `for_mask`, the caller asks for the mask of nullable arrays as well.

    Raises
    ------
    DTypeError
        If elements are null, and the caller does not ask for a mask.
    ArgumentError
        If a cast needs a copy, and `copy` is False.
    """
    if isinstance(data, np.ma.MaskedArray):
        if data.mask.any() and not for_mask:
            raise DTypeError(
                "an array of numpy has no nulls, and elements are null; write np.ma.asarray(x) for a masked "
                f"array, or {FILL_ADVICE}"
            )
        data = data.data
    target = data.dtype if dtype is None else np.dtype(dtype)
    if target != data.dtype:
        if copy is False:
            raise ArgumentError(f"__array__: {data.dtype} as {target} needs a copy")
        return data.astype(target)
    return data.copy() if copy else read_only(data)


def read_only(data: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return a view that cannot be written to."""
    view = data.view()
    view.setflags(False)  # type: ignore[call-arg]  # by name, as the stubs have it, it takes twice as long
    return view


def to_dlpack(
    dtype: DType,
    planes: Planes,
    *,
    stream: object,
    max_version: tuple[int, int] | None,
    dl_device: tuple[int, int] | None,
    copy: bool | None,
) -> Any:
    """Return a capsule with the elements; `onnxp.Array.__dlpack__` describes the parameters."""
    if stream is not None or dl_device not in (None, DLPACK_CPU):
        raise ExchangeError(
            f"__dlpack__: the elements are on DLPack device {DLPACK_CPU}, a CPU without streams; "
            f"device {dl_device} and stream {stream!r} are not supported"
        )
    if dtype.family in ("string", "category", "extension", "nullable") or dtype.unit:
        use = "np.ma.asarray" if dtype.is_nullable else "np.asarray"
        raise ExchangeError(f"__dlpack__: DLPack has no dtype for {dtype}; use {use}")
    data = to_host(dtype, planes)
    if max_version is not None and max_version >= (1, 0) and _NUMPY_HAS_DLPACK_1:
        data = read_only(data)
        return data.__dlpack__(max_version=max_version, copy=copy)
    if copy is False and not data.flags.writeable:
        raise ExchangeError(
            "__dlpack__: memory cannot be marked as read-only before DLPack 1.0, so this array needs a copy, "
            "but copy is False"
        )
    return (data.copy() if copy or not data.flags.writeable else data).__dlpack__()

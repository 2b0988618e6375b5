"""Objects of numpy that act on arrays, in traced code: generators, vectorized functions, polynomials."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from onnxp._src.namespace import namespace as xp
from onnxp._src.numpy.constants import made
from onnxp._src.numpy.dispatch import FUNCTIONS, has_arrays, without_tables
from onnxp._src.numpy.operands import as_array
from onnxp._src.numpy.python_calls import as_python, refuse_text, with_elements
from onnxp._src.numpy.ways import of_all_ways, of_python
from onnxp._src.shapes.shape import broadcast_all, product
from onnxp.errors import NumpyFunctionError, ShapeError


def class_for(kind: Any) -> Any:
    """Return the class that stands for one of numpy, None if it stands for itself."""
    if kind is np.vectorize:
        return Vectorized
    module = getattr(kind, "__module__", "")
    if module.startswith("numpy.random") and kind.__name__ in ("Generator", "RandomState"):
        return _generator_class(kind)
    if module.startswith("numpy.polynomial") and hasattr(kind, "_val"):
        return _polynomial_class(kind)
    return None


def stands_for_object(obj: Any) -> Any:
    """Return the object that stands for one of numpy, with the same state, None if it stands for itself."""
    subclass = class_for(type(obj))
    if subclass is None:
        return None
    if issubclass(subclass, np.vectorize):
        result = Vectorized.__new__(Vectorized)
        result.__dict__.update(vars(obj))
        return result
    if hasattr(obj, "coef"):
        return subclass(obj.coef, obj.domain, obj.window)
    return subclass(getattr(obj, "bit_generator", None) or obj._bit_generator)


# Random numbers


@cache
def _generator_class(kind: Any) -> Any:
    """Return a class whose random numbers traced arrays can index, and which does not shuffle these."""
    names = [
        name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))
    ]
    methods = {name: _drawing(kind, name) for name in names}
    return type(kind.__name__, (kind,), {**methods, "__module__": kind.__module__})


def _drawing(kind: Any, name: str) -> Callable[..., Any]:
    method = getattr(kind, name)

    def draw(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name in _OF_ELEMENTS and has_arrays((args, kwargs), traced=name != "shuffle"):
            raise NumpyFunctionError(
                f"numpy.random.{kind.__name__}.{name}: random numbers are drawn when the function is traced; "
                "write x[order] with order = rng.permutation(n) of a fixed size n, or pass the order as an "
                "argument"
            )
        return made(method(self, *args, **kwargs))

    return draw


_OF_ELEMENTS = ("choice", "permutation", "permuted", "shuffle")


# Functions of elements


class Vectorized(np.vectorize):
    """`numpy.vectorize`, whose function is recorded once, and runs for each element of traced arrays."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function to the elements, or to the parts that the signature names."""
        args = without_tables(args)
        if not has_arrays((args, kwargs), traced=True):
            return super().__call__(*args, **kwargs)
        if has_arrays(kwargs):
            raise NumpyFunctionError("numpy.vectorize: pass traced arrays by position, not by name")
        places = [
            i for i, arg in enumerate(args) if i not in self.excluded and not isinstance(arg, str)
        ]
        shape, rows = self._rows([as_array(args[i]) for i in places])
        function: Any = with_elements(self.pyfunc)
        several: list[bool] = []
        texts = _Texts()

        def step(carry: Any, elements: Any) -> tuple[Any, tuple[Any, ...]]:
            def call(*elements: Any) -> tuple[Any, ...]:
                given = list(args)
                for i, element in zip(places, elements, strict=True):
                    given[i] = element.copy()  # which the function may change
                token = of_python.set(self.signature is None)
                try:
                    results = function(*given, **kwargs)
                except (AttributeError, TypeError) as error:
                    raise _of_text(error) if _has_text(elements) else error from None
                finally:
                    of_python.reset(token)
                several.append(isinstance(results, tuple))
                results = results if several[-1] else (results,)
                if _is_text_of(elements, results):
                    refuse_text()
                return self._cast(results, texts, kinds)

            return carry, of_all_ways(call, elements, "numpy.vectorize")

        kinds: Any = self.otypes or None
        if self.signature is None:
            numbers = tuple(map(as_python, rows))
            if not kinds and any(a is not b for a, b in zip(numbers, rows, strict=True)):
                # numpy asks for the dtypes of results by its own scalars
                kinds = [part.dtype.numpy for part in xp().scan(step, xp().asarray(0), rows)[1]]
            rows = numbers
        _, results = xp().scan(step, xp().asarray(0), rows)
        results = tuple(
            texts.of_codes(i, xp().reshape(r, (*shape, *r.shape[1:])))
            for i, r in enumerate(results)
        )
        return results if several[0] else results[0]

    def _rows(self, arrays: list[Any]) -> tuple[Any, tuple[Any, ...]]:
        """Return the shape that the calls form, and the arguments of all calls along the first axis."""
        dimensions = self._in_and_out_core_dims  # type: ignore[attr-defined]  # private
        ranks = [0] * len(arrays) if dimensions is None else [len(names) for names in dimensions[0]]
        if len(ranks) != len(arrays) or any(x.ndim < n for x, n in zip(arrays, ranks, strict=True)):
            raise ShapeError(
                f"numpy.vectorize: the arguments do not fit the signature {self.signature!r}"
            )
        splits = [x.ndim - n for x, n in zip(arrays, ranks, strict=True)]
        loops = [x.shape[:split] for x, split in zip(arrays, splits, strict=True)]
        shape = broadcast_all(loops, "numpy.vectorize")
        rows = []
        for x, split in zip(arrays, splits, strict=True):
            core = x.shape[split:]
            wide = xp().broadcast_to(x, (*shape, *core))
            rows.append(xp().reshape(wide, (product(shape), *core)))
        return shape, tuple(rows)

    def _cast(self, results: tuple[Any, ...], texts: _Texts, kinds: Any) -> tuple[Any, ...]:
        """Return results in the dtypes that were asked for, if any; a text is its code."""
        kinds = kinds or "O" * len(results)
        return tuple(
            texts.code(i, result)
            if isinstance(result, str)
            else as_array(result)
            if kind == "O"
            else xp().astype(as_array(_of_none(kind, result)), np.dtype(kind), copy=False)
            for i, (result, kind) in enumerate(zip(results, kinds, strict=True))
        )


def _has_text(elements: Any) -> bool:
    return any(element.dtype == xp().string for element in elements)


def _is_text_of(elements: Any, results: tuple[Any, ...]) -> bool:
    """Return whether a text among results has an element in it, as of a function without a source file."""
    texts = [result for result in results if isinstance(result, str)]
    return any(repr(element) in text for text in texts for element in elements)


def _of_text(error: Exception) -> NumpyFunctionError:
    return NumpyFunctionError(
        f"numpy.vectorize: {error}; functions of elements compare text, and look it up in dicts and sets; "
        "write the rest of the whole array, as np.strings.lower(x) or np.strings.str_len(x)"
    )


def _of_none(kind: str, result: Any) -> Any:
    """Return NaN for None among floating-point numbers, as numpy does."""
    return np.nan if result is None and np.dtype(kind).kind == "f" else result


class _Texts:
    """The texts that a function returns for elements: a model has numbers for them until all are computed."""

    def __init__(self) -> None:
        self._codes: dict[int, dict[str, int]] = {}

    def code(self, place: int, text: str) -> Any:
        """Return the number of a text among those of a result."""
        codes = self._codes.setdefault(place, {})
        return as_array(np.array(codes.setdefault(str(text), len(codes)), np.int64))

    def of_codes(self, place: int, codes: Any) -> Any:
        """Return the texts of numbers; a result that is no text is returned as it is."""
        texts = self._codes.get(place)
        if texts is None:
            return codes
        return xp().take(as_array(np.array(list(texts))), codes)


class FromPython(Vectorized):
    """What `numpy.frompyfunc` returns: a function of elements."""

    def __init__(self, func: Any, nin: int, nout: int, **kwargs: Any) -> None:
        super().__init__(func)
        self._of_numbers = np.frompyfunc(func, nin, nout, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the function to the elements; of traced arrays, the results have a common dtype."""
        if has_arrays((args, kwargs), traced=True):
            return super().__call__(*args, **kwargs)
        return self._of_numbers(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_numbers, name)


FUNCTIONS[np.frompyfunc] = FromPython


# Polynomials


@cache
def _polynomial_class(kind: Any) -> Any:
    """Return a class of polynomials of traced arrays."""

    def call(self: Any, arg: Any) -> Any:
        if not has_arrays(arg):
            return kind.__call__(self, arg)
        offset, scale = sys.modules["numpy.polynomial.polyutils"].mapparms(self.domain, self.window)
        return self._val(offset + scale * as_array(arg), self.coef)

    return type(kind.__name__, (kind,), {"__call__": call, "__module__": kind.__module__})

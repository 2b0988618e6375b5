"""One class per mistake that a user can make.

Every error derives from `OnnxpError` and from the exception that numpy or the standard would raise, so
``except ValueError`` keeps working. Each has a wrong and a right example.
"""

from __future__ import annotations

import numpy as np

DOCUMENTATION = "https://onnxp.readthedocs.io/en/stable/"  # for the addresses in messages


class OnnxpError(Exception):
    """Base of every error that onnxp raises on purpose.

    Tracebacks end with the address of the class's page, which is a note of the exception: ``str(error)``
    is the message alone.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2]) + xp.asarray([0.5, 1.5])
    Traceback (most recent call last):
        ...
    onnxp.errors.PromotionError: add: int64 and float64 do not promote to a common dtype. ...
    See https://onnxp.readthedocs.io/en/stable/errors.html#onnxp.errors.PromotionError

    Right, where both can happen:

    >>> try:
    ...     total = xp.asarray([1, 2]) + xp.asarray([0.5, 1.5])
    ... except TypeError as error:  # or xp.errors.OnnxpError
    ...     print(str(error).partition(".")[0])
    add: int64 and float64 do not promote to a common dtype
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        page = next(kind for kind in type(self).__mro__ if kind.__module__ == __name__)
        self.add_note(f"See {DOCUMENTATION}errors.html#{__name__}.{page.__name__}")


class DTypeError(OnnxpError, TypeError):
    """A dtype that a function does not accept, or that is no dtype at all.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.sin(xp.asarray([0, 1]))
    Traceback (most recent call last):
        ...
    onnxp.errors.DTypeError: sin: int64 is not a floating-point dtype; allowed are float16, float32, ...

    Right:

    >>> xp.sin(xp.asarray([0.0, 1.0])).dtype
    onnxp.float64
    """


class PromotionError(DTypeError):
    """Two dtypes that the standard forbids to mix, such as int64 and float32.

    Write ``xp.astype(x, dtype)`` on one of them.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2]) + xp.asarray([0.5, 1.5])
    Traceback (most recent call last):
        ...
    onnxp.errors.PromotionError: add: int64 and float64 do not promote to a common dtype. ...

    Right:

    >>> xp.astype(xp.asarray([1, 2]), xp.float64) + xp.asarray([0.5, 1.5])
    Array([1.5, 3.5], dtype=float64)
    """


class ScalarError(OnnxpError, TypeError):
    """A Python scalar whose kind does not go with the array's dtype, such as ``1.5`` with int64.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2]) * 0.5
    Traceback (most recent call last):
        ...
    onnxp.errors.ScalarError: multiply: the Python scalar 0.5 does not go with int64; ...

    Right:

    >>> xp.astype(xp.asarray([1, 2]), xp.float64) * 0.5
    Array([0.5, 1. ], dtype=float64)
    """


class ScalarRangeError(OnnxpError, OverflowError, ValueError):
    """A Python integer that does not fit the dtype that it takes.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2], dtype=xp.uint8) + 300
    Traceback (most recent call last):
        ...
    onnxp.errors.ScalarRangeError: add: 300 does not fit uint8, which holds 0 to 255...

    Right:

    >>> xp.asarray([1, 2], dtype=xp.int16) + 300
    Array([301, 302], dtype=int16)
    """


class ShapeError(OnnxpError, ValueError):
    """Sizes that do not fit what a function does with them.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.ones((2, 3)) @ xp.ones((2, 3))
    Traceback (most recent call last):
        ...
    onnxp.errors.ShapeError: matmul: shapes (2, 3) and (2, 3) do not multiply: ...

    Right:

    >>> (xp.ones((2, 3)) @ xp.ones((2, 3)).T).shape
    (2, 2)
    """


class BroadcastError(ShapeError):
    """Shapes that do not broadcast.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.ones((2, 3)) + xp.ones(2)
    Traceback (most recent call last):
        ...
    onnxp.errors.BroadcastError: broadcasting: shapes (2, 3) and (2,) do not broadcast; ...

    Right:

    >>> (xp.ones((2, 3)) + xp.ones(2)[:, None]).shape
    (2, 3)
    """


class AxisError(OnnxpError, ValueError, IndexError):
    """An axis that is out of range or given twice.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.sum(xp.ones((2, 3)), axis=2)
    Traceback (most recent call last):
        ...
    onnxp.errors.AxisError: sum: axis 2 is out of range for an array of rank 2...

    Right:

    >>> xp.sum(xp.ones((2, 3)), axis=-1).shape
    (2,)
    """


class IndexingError(OnnxpError, IndexError):
    """A key that does not index the array: too many indices, out of range, or of the wrong kind.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.arange(3)[5]
    Traceback (most recent call last):
        ...
    onnxp.errors.IndexingError: indexing: index 5 is out of range for axis 0 of size 3; ...

    Right:

    >>> int(xp.arange(3)[-1])
    2
    """


class ArgumentError(OnnxpError, ValueError):
    """A value that a parameter does not accept.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.linspace(0, 1, num=-1)
    Traceback (most recent call last):
        ...
    onnxp.errors.ArgumentError: linspace: a size must be at least 0, not -1...

    Right:

    >>> xp.linspace(0, 1, num=3)
    Array([0. , 0.5, 1. ], dtype=float64)
    """


class ArgumentTypeError(OnnxpError, TypeError):
    """An object of a type that a parameter does not accept.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.ones(2.0)
    Traceback (most recent call last):
        ...
    onnxp.errors.ArgumentTypeError: full: a size must be an integer, not 2.0 of type float...

    Right:

    >>> xp.ones(2)
    Array([1., 1.], dtype=float64)
    """


class ExchangeError(OnnxpError, BufferError, ValueError):
    """Memory that cannot be handed over to or from another library as asked.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> columns = np.ones((4, 3))[:, :2]
    >>> xp.from_dlpack(columns, copy=False)
    Traceback (most recent call last):
        ...
    onnxp.errors.ExchangeError: from_dlpack: float64 in this memory layout needs a copy, but copy is False; ...

    Right:

    >>> xp.from_dlpack(columns).shape
    (4, 2)
    """


class TracedValueError(OnnxpError, TypeError):
    """Python asked for the value of a traced array, which has none before the model runs.

    ``if``, ``bool``, ``int``, ``float``, ``range`` and ``np.asarray`` need a number; a traced array
    is a promise of one. Write ``xp.where(condition, a, b)`` for a branch, keep the computation in
    array functions, or take what does not depend on the input out of the traced function.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> def clipped(x):
    ...     if xp.max(x) > 1:
    ...         x = x / xp.max(x)
    ...     return x
    >>> xp.trace(clipped, "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.TracedValueError: the value of a traced array is not known before the model runs: ...

    Right:

    >>> def clipped(x):
    ...     largest = xp.max(x)
    ...     return xp.where(largest > 1, x / largest, x)
    >>> xp.trace(clipped, "float32[N]")
    Program(clipped(x: float32[N]) -> output: float32[N])
    """


class ExampleError(OnnxpError, ValueError):
    """An example that is not what the spec of its argument declares.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> xp.trace(lambda x: x * 2, "float32[N, 2]", example=np.ones((3, 5), np.float32))
    Traceback (most recent call last):
        ...
    onnxp.errors.ExampleError: the example does not fit its spec: input 'x' has shape (3, 5), ...

    Right:

    >>> xp.trace(lambda x: x * 2, "float32[N, 2]", example=np.ones((3, 2), np.float32))
    Program(<lambda>(x: float32[N, 2]) -> output: float32[N, 2])
    """


class AssumptionError(OnnxpError, ValueError):
    """A model was traced under an assumption that does not hold for the data that it is given.

    Trace it again with an example that is more like the data, or write the branch with ``xp.where``.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> def root(x):
    ...     if xp.any(x < 0):
    ...         raise ValueError("a negative number")
    ...     return xp.sqrt(x)
    >>> program = xp.trace(root, "float64[N]", example=np.ones(3))
    >>> program(np.asarray([4.0, -1.0]), check=True)
    Traceback (most recent call last):
        ...
    onnxp.errors.AssumptionError: an assumption does not hold for the data given: any(x < 0.0) is False...

    Right: data for which it holds, or no assumption.

    >>> program(np.asarray([4.0, 1.0]), check=True)
    array([2., 1.])
    >>> program = xp.trace(lambda x: xp.sqrt(xp.abs(x)), "float64[N]")
    >>> program(np.asarray([4.0, -1.0]), check=True)
    array([2., 1.])
    """


class FixedSizeWarning(UserWarning):
    """Python asked for a symbolic size as a number, and the example's was taken.

    The model is right for data of that size only. Give the size to array functions as it is, or declare
    it as a number in the spec.

    Examples
    --------
    Wrong, if it is meant for data of any size:

    >>> import warnings
    >>> import numpy as np
    >>> import onnxp as xp
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     program = xp.trace(
    ...         lambda x: x / len(x), "float32[N]", example=np.ones(3, np.float32)
    ...     )
    >>> print(caught[0].message)
    the size N is needed as a number, and 3 was taken from the example: the model is right for N = 3 only

    Right:

    >>> program = xp.trace(lambda x: x / x.shape[0], "float32[N]")
    """


class UnknownSizeError(OnnxpError, TypeError, ValueError):
    """Python asked for the number behind a symbolic size, or for a comparison that it leaves open.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> def total(x):
    ...     result = 0
    ...     for i in range(x.shape[0]):
    ...         result = result + x[i, :]
    ...     return result
    >>> xp.trace(total, "float32[N, 2]")
    Traceback (most recent call last):
        ...
    onnxp.errors.UnknownSizeError: the size N is not known before the model runs, ...

    Right:

    >>> xp.trace(lambda x: xp.sum(x, axis=0), "float32[N, 2]")
    Program(<lambda>(x: float32[N, 2]) -> output: float32[2])
    """


class MixedTracesError(OnnxpError, ValueError):
    """Arrays of two different traces in one computation.

    An array that was made inside a traced function must not be kept and used in another one.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> def outer(x):
    ...     shifted = xp.trace(lambda y: y - xp.mean(x), "float32[M]")
    ...     return x
    >>> xp.trace(outer, "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.MixedTracesError: arrays of two different traces meet: ...

    Right:

    >>> shifted = xp.trace(lambda x, y: y - xp.mean(x), "float32[N]", "float32[M]")
    """


class LeakedArrayError(MixedTracesError, TracedValueError):
    """A traced array was kept, and used after its function had been traced.

    Return it from the function; do not keep it in a global, a closure or an attribute.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> kept = []
    >>> def center(x):
    ...     kept.append(xp.mean(x))
    ...     return x - kept[0]
    >>> program = xp.trace(center, "float32[N]")
    >>> kept[0] + 1
    Traceback (most recent call last):
        ...
    onnxp.errors.LeakedArrayError: a traced array is used after the trace of center ... has ended. ...

    Right:

    >>> def center(x):
    ...     mean = xp.mean(x)
    ...     return {"centered": x - mean, "mean": mean}
    >>> program = xp.trace(center, "float32[N]")
    """


class MissingArgumentError(OnnxpError, ValueError):
    """An output depends on an argument that is not among the model's inputs.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> x = xp.argument("N", xp.float32, name="x")
    >>> bias = xp.argument((), xp.float32, name="bias")
    >>> model = xp.build({"x": x}, {"y": x + bias})
    Traceback (most recent call last):
        ...
    onnxp.errors.MissingArgumentError: an output depends on the argument bias (float32()), ...

    Right:

    >>> model = xp.build({"x": x, "bias": bias}, {"y": x + bias})
    """


class NameCollisionError(OnnxpError, ValueError):
    """Two inputs or outputs of a model would have the same name.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> x = xp.argument("N", xp.float32)
    >>> model = xp.build({"x": x}, {"x": xp.exp(x)})
    Traceback (most recent call last):
        ...
    onnxp.errors.NameCollisionError: 'x' is the name of an input and of an output; ...

    Right:

    >>> model = xp.build({"x": x}, {"exp_x": xp.exp(x)})
    """


class ScopeError(OnnxpError, RuntimeError):
    """A name scope was left before another one that was entered later, or elsewhere than entered.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> outer, inner = xp.name_scope("outer"), xp.name_scope("inner")
    >>> _ = outer.__enter__(), inner.__enter__()
    >>> outer.__exit__(None, None, None)
    Traceback (most recent call last):
        ...
    onnxp.errors.ScopeError: name_scope: 'outer' was left before 'inner'; ...

    Right:

    >>> with xp.name_scope("outer"), xp.name_scope("inner"):
    ...     y = xp.ones(2) + 1
    """


class NotAnArrayError(OnnxpError, TypeError):
    """Something that is not an array where an array, or a structure of arrays, is needed.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> def scale(x):
    ...     x / 2
    >>> xp.trace(scale, "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.NotAnArrayError: the result is None of type NoneType; ...

    Right:

    >>> def scale(x):
    ...     return x / 2
    >>> xp.trace(scale, "float32[N]")
    Program(scale(x: float32[N]) -> output: float32[N])
    """


class SpecError(OnnxpError, ValueError):
    """The description of an input's dtype and shape cannot be understood.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.trace(xp.exp, "float32 N, 2")
    Traceback (most recent call last):
        ...
    onnxp.errors.SpecError: 'float32 N, 2' is not a spec; write it like 'float32[N, 2]', ...

    Right:

    >>> xp.trace(xp.exp, "float32[N, 2]")
    Program(exp(x: float32[N, 2]) -> output: float32[N, 2])
    """


class FeedError(OnnxpError, TypeError, ValueError):
    """A program was called with arrays that are not what its inputs declare.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> program = xp.trace(lambda x: x * 2, "float32[N, 2]")
    >>> program(np.ones((3, 5), np.float32))
    Traceback (most recent call last):
        ...
    onnxp.errors.FeedError: input 'x' has shape (3, 5), but float32[N, 2] is needed...

    Right:

    >>> program(np.ones((3, 2), np.float32)).shape
    (3, 2)
    """


class ModelFileError(OnnxpError, ValueError):
    """A file that cannot be read as an ONNX model, or that this version does not understand.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "notes.onnx").write_text("no model")
    >>> xp.load(folder / "notes.onnx")
    Traceback (most recent call last):
        ...
    onnxp.errors.ModelFileError: ...notes.onnx is not an ONNX model, or is cut short: ...

    Right:

    >>> xp.trace(xp.exp, "float32[N]").save(folder / "exp.onnx")
    >>> xp.load(folder / "exp.onnx")
    Program(exp(x: float32[N]) -> output: float32[N])
    """


class SaveError(OnnxpError, OSError):
    """A model could not be written; no half-written file is left.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> program = xp.trace(xp.exp, "float32[N]")
    >>> program.save(folder / "missing" / "exp.onnx")
    Traceback (most recent call last):
        ...
    onnxp.errors.SaveError: [Errno 2] cannot write the model: No such file or directory; ...

    Right:

    >>> (folder / "missing").mkdir()
    >>> program.save(folder / "missing" / "exp.onnx")
    """


class OpsetError(OnnxpError, ValueError):
    """A function needs a newer opset than the one allowed.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.trace(xp.exp, "float32[N]", opset=18)
    Traceback (most recent call last):
        ...
    onnxp.errors.OpsetError: every model needs opset 21, but opset=18 was given...

    Right:

    >>> xp.trace(xp.exp, "float32[N]", opset=21).model.opset_import[0].version
    21
    """


class InlineError(OnnxpError, ValueError):
    """A model that was called on traced arrays cannot become a part of the model that is traced.

    Some things of foreign models have no place there: sequences and maps, and operators that an older opset
    defines in another way and that nobody knows how to convert. Export the other model anew, for a newer
    opset or without them (``zipmap=False`` for classifiers), or run it beside the traced one. And what a
    program assumes needs a place to be noted.

    Examples
    --------
    Wrong:

    >>> import numpy as np
    >>> import onnxp as xp
    >>> program = xp.trace(lambda x: -x if xp.any(x < 0) else x, "float64[N]", example=np.ones(3))
    >>> program(xp.argument("M", xp.float64))
    Traceback (most recent call last):
        ...
    onnxp.errors.InlineError: <lambda> was traced with an example, and its assumptions have no place in ...

    Right:

    >>> program(xp.argument("M", xp.float64, example=np.ones(2)))
    Array(traced float64[M])
    """


class OperatorError(OnnxpError, TypeError, ValueError):
    """``xp.onnx.op`` was called for an operator that does not exist, or not as the operator is defined.

    The message says what inputs and attributes the operator takes.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> x = xp.asarray([-1.0, 2.0], dtype=xp.float32)
    >>> xp.onnx.op("LeakyRelu", x, slope=0.5)
    Traceback (most recent call last):
        ...
    onnxp.errors.OperatorError: LeakyRelu: there is no attribute 'slope'. LeakyRelu of opset 16 takes ...

    Right:

    >>> xp.onnx.op("LeakyRelu", x, alpha=0.5)
    Array([-0.5,  2. ], dtype=float32)
    """


class EvaluationError(OnnxpError, RuntimeError, IndexError, ValueError):
    """The runtime failed while it computed a value: out-of-range indices, sizes that do not fit.

    It is an `IndexError` and a `ValueError` too, which numpy raises for the same mistakes.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> program = xp.trace(lambda x, i: x[i], "float32[N]", "int64[M]")
    >>> program(np.ones(3, np.float32), np.asarray([7]))
    Traceback (most recent call last):
        ...
    onnxp.errors.EvaluationError: ... failed in program '<lambda>' at ...

    Right:

    >>> program(np.ones(3, np.float32), np.asarray([2]))
    array([1.], dtype=float32)
    """


class DeviceError(OnnxpError, ValueError):
    """A device that does not exist here.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.ones(3, device="gpu")
    Traceback (most recent call last):
        ...
    onnxp.errors.DeviceError: full: there is no device 'gpu'; ...

    Right:

    >>> xp.ones(3, device="cpu").shape
    (3,)
    """


class MissingPackageError(OnnxpError, ImportError):
    """A package that an optional part needs is missing, or older than it may be.

    The message says how to install it.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> from unittest import mock
    >>> program = xp.trace(lambda x: -x, "float32[N]")
    >>> with mock.patch.dict("sys.modules", netron=None):  # as if it were not installed
    ...     program.view()
    Traceback (most recent call last):
        ...
    onnxp.errors.MissingPackageError: Program.view needs Netron ...: pip install 'onnxp[view]', ...

    Right, if it shall not be installed: the same as text.

    >>> print(program)
    <lambda>(x: float32[N]) -> output: float32[N]:
        # 1 node, 0 initializers of 0 bytes, opset 21
        output: float32[N] = Neg(x)  # ...:1
        return output
    """


class NumpyFunctionError(OnnxpError, TypeError):
    """A numpy function that has no translation was called on an onnxp array.

    Use a function of the array's namespace instead: ``xp = x.__array_namespace__()``.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> xp.trace(lambda x: np.ediff1d(x), "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.NumpyFunctionError: numpy.ediff1d has no translation, ...

    Right:

    >>> xp.trace(lambda x: x[1:] - x[:-1], "float32[N]")
    Program(<lambda>(x: float32[N]) -> output: float32[N-1])
    """


class LinearAlgebraError(OnnxpError, np.linalg.LinAlgError):
    """A matrix that has no inverse, no Cholesky factor, or whose decomposition is not found.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.linalg.inv(xp.ones((2, 2)))
    Traceback (most recent call last):
        ...
    onnxp.errors.LinearAlgebraError: inv: Singular matrix ...

    Right:

    >>> xp.linalg.pinv(xp.ones((2, 2)))
    Array([[0.25, 0.25],
           [0.25, 0.25]], dtype=float64)
    """


class EstimatorError(OnnxpError, TypeError):
    """A method of a scikit-learn estimator that cannot be traced, because it is not array API code.

    The message has the line of scikit-learn's where it left the array API. If that line asks for a value
    of the input, an example answers.

    Examples
    --------
    Wrong:

    >>> import numpy as np
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from onnxp.sklearn import trace_estimator
    >>> def percent(X):
    ...     return X / 100 if X.max() > 1 else X
    >>> X = np.asarray([[20.0, 30.0]])
    >>> trace_estimator(FunctionTransformer(percent).fit(X), "transform")
    Traceback (most recent call last):
        ...
    onnxp.errors.EstimatorError: FunctionTransformer.transform cannot be traced: it leaves the array API at ...

    Right:

    >>> trace_estimator(FunctionTransformer(percent).fit(X), "transform", example=X)
    Program(FunctionTransformer.transform(X: float64[N, 2]) -> transformed: float64[N, 2])
    """

"""One class per mistake that a user can make.

Every class derives from `OnnxpError` and from the builtin that numpy or the standard would raise,
so ``except ValueError`` keeps working. The docstring of a class is its page in the documentation.
"""

from __future__ import annotations


class OnnxpError(Exception):
    """Base of every error that onnxp raises on purpose."""


class DTypeError(OnnxpError, TypeError):
    """A dtype that a function does not accept, or that is no dtype at all."""


class PromotionError(DTypeError):
    """Two dtypes that the standard forbids to mix, such as int64 and float32.

    Write ``xp.astype(x, dtype)`` on one of them.
    """


class ScalarError(OnnxpError, TypeError):
    """A Python scalar whose kind does not go with the array's dtype, such as ``1.5`` with int64."""


class ScalarRangeError(OnnxpError, OverflowError, ValueError):
    """A Python integer that does not fit the dtype that it takes."""


class ShapeError(OnnxpError, ValueError):
    """Sizes that do not fit what a function does with them."""


class BroadcastError(ShapeError):
    """Shapes that do not broadcast."""


class AxisError(OnnxpError, ValueError, IndexError):
    """An axis that is out of range or given twice."""


class IndexingError(OnnxpError, IndexError):
    """A key that does not index the array: too many indices, out of range, or of the wrong kind."""


class ArgumentError(OnnxpError, ValueError):
    """A value that a parameter does not accept."""


class ArgumentTypeError(OnnxpError, TypeError):
    """An object of a type that a parameter does not accept."""


class ExchangeError(OnnxpError, BufferError, ValueError):
    """Memory that can not be handed over to or from another library as asked."""


class TracedValueError(OnnxpError, TypeError):
    """Python asked for the value of a traced array, which has none before the model runs.

    ``if``, ``bool``, ``int``, ``float``, ``range`` and ``np.asarray`` need a number; a traced array
    is a promise of one. Write ``xp.where(condition, a, b)`` for a branch, keep the computation in
    array functions, or take what does not depend on the input out of the traced function.
    """


class ExampleError(OnnxpError, ValueError):
    """An example that is not what the spec of its argument declares."""


class AssumptionError(OnnxpError, ValueError):
    """A model was traced under an assumption that does not hold for the data that it is given.

    Trace it again with an example that is more like the data, or write the branch with ``xp.where``.
    """


class FixedSizeWarning(UserWarning):
    """Python asked for a symbolic size as a number, and the example's was taken.

    The model is right for data of that size only. Give the size to array functions as it is, or declare
    it as a number in the spec.
    """


class UnknownSizeError(OnnxpError, TypeError, ValueError):
    """Python asked for the number behind a symbolic size, or for a comparison that it leaves open."""


class MixedTracesError(OnnxpError, ValueError):
    """Arrays of two different traces in one computation.

    An array that was made inside a traced function must not be kept and used in another one.
    """


class LeakedArrayError(MixedTracesError, TracedValueError):
    """A traced array was kept, and used after its function had been traced.

    Return it from the function; do not keep it in a global, a closure or an attribute.
    """


class MissingArgumentError(OnnxpError, ValueError):
    """An output depends on an argument that is not among the model's inputs."""


class NameCollisionError(OnnxpError, ValueError):
    """Two inputs or outputs of a model would have the same name."""


class ScopeError(OnnxpError, RuntimeError):
    """A name scope was left before another one that was entered later, or elsewhere than entered."""


class NotAnArrayError(OnnxpError, TypeError):
    """Something that is not an array where an array, or a structure of arrays, is needed."""


class SpecError(OnnxpError, ValueError):
    """The description of an input's dtype and shape can not be understood."""


class FeedError(OnnxpError, TypeError, ValueError):
    """A program was called with arrays that are not what its inputs declare."""


class ModelFileError(OnnxpError, ValueError):
    """A file that can not be read as an ONNX model, or that this version does not understand."""


class SaveError(OnnxpError, OSError):
    """A model could not be written; no half-written file is left."""


class OpsetError(OnnxpError, ValueError):
    """A function needs a newer opset than the one allowed."""


class InlineError(OnnxpError, ValueError):
    """A model that was called on traced arrays can not become a part of the model that is traced.

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
    """


class DeviceError(OnnxpError, ValueError):
    """A device that does not exist here."""


class MissingPackageError(OnnxpError, ImportError):
    """A function needs a package that is not installed; the message says how to install it."""


class NumpyFunctionError(OnnxpError, TypeError):
    """A numpy function that has no translation was called on an onnxp array.

    Use a function of the array's namespace instead: ``xp = x.__array_namespace__()``.
    """

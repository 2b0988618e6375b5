"""The exceptions that onnxp raises, and the warnings that it gives.

Each class is also the exception that numpy or the standard would raise, so ``except ValueError``
keeps working::

    OnnxpError                        also a
        DTypeError                    TypeError
            PromotionError
        ScalarError                   TypeError
        ScalarRangeError              OverflowError, ValueError
        ShapeError                    ValueError
            BroadcastError
        AxisError                     ValueError, IndexError
        IndexingError                 IndexError
        ReadOnlyError                 ValueError
        ArgumentError                 ValueError
        ArgumentTypeError             TypeError
        NotAnArrayError               TypeError
        ExchangeError                 BufferError, ValueError
        DeviceError                   ValueError
        TracedValueError              TypeError
        UnknownSizeError              ValueError
        MixedTracesError              ValueError
            LeakedArrayError          TracedValueError
        ExampleError                  ValueError
        AssumptionError               ValueError
        SpecError                     ValueError
        FeedError                     TypeError, ValueError
        MissingArgumentError          ValueError
        NameCollisionError            ValueError
        ScopeError                    RuntimeError
        ModelFileError                ValueError
        SaveError                     OSError
        OpsetError                    ValueError
        TargetError                   ValueError
        InlineError                   ValueError
        OperatorError                 TypeError, ValueError
        EvaluationError               RuntimeError, IndexError, ValueError
        RunTimeoutError               TimeoutError
        LinearAlgebraError            numpy.linalg.LinAlgError
        NumpyFunctionError            TypeError
            NumpyAttributeError       AttributeError
        VerificationError             ValueError
        EstimatorError                TypeError
            FrameError                AttributeError
        MissingPackageError           ImportError
        ProviderError                 ValueError
    CaughtErrorWarning                UserWarning
    FixedSizeWarning                  UserWarning
    FrozenValueWarning                UserWarning
    ProviderWarning                   UserWarning
    RuntimeBugWarning                 UserWarning
    TiesWarning                       UserWarning
    UntestedVersionWarning            UserWarning

The documentation of a class says what happened, and shows code that raises it and code that does not.
"""

from __future__ import annotations

import numpy as np


class OnnxpError(Exception):
    """Base class of all errors that onnxp raises on purpose.

    A traceback ends with a note that names the documentation of the class; ``str(error)`` is the message
    without it.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2]) + xp.asarray(["a", "b"])
    Traceback (most recent call last):
        ...
    onnxp.errors.PromotionError: add: int64 and string have no common dtype; ...
    For an explanation and examples: help("onnxp.errors.PromotionError")

    Right, if the error is expected:

    >>> try:
    ...     total = xp.asarray([1, 2]) + xp.asarray(["a", "b"])
    ... except TypeError as error:  # or xp.errors.OnnxpError
    ...     print(str(error).partition(";")[0])
    add: int64 and string have no common dtype
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        documented = next(kind for kind in type(self).__mro__ if kind.__module__ == __name__)
        self.add_note(f'For an explanation and examples: help("{__name__}.{documented.__name__}")')


class DTypeError(OnnxpError, TypeError):
    """The function does not accept the dtype, or the object is not a dtype.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.bitwise_and(xp.asarray([0.0, 1.0]), 1)
    Traceback (most recent call last):
        ...
    onnxp.errors.DTypeError: bitwise_and: float64 is not an integer or boolean dtype; allowed are bool, ...

    Right:

    >>> xp.bitwise_and(xp.asarray([0, 1]), 1).dtype
    onnxp.int64
    """


class PromotionError(DTypeError):
    """The two dtypes have no common dtype, such as int64 and string.

    Numbers and truth values of different dtypes are combined by the standard's rules, and by numpy's where the
    standard has none. Convert one of the arrays with ``xp.astype(x, dtype)``.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.concat([xp.asarray([1, 2]), xp.asarray(["3"])])
    Traceback (most recent call last):
        ...
    onnxp.errors.PromotionError: concat: int64 and string have no common dtype; ...

    Right:

    >>> xp.concat([xp.asarray([1, 2]), xp.astype(xp.asarray(["3"]), xp.int64)])
    Array([1, 2, 3], dtype=int64)
    """


class ScalarError(OnnxpError, TypeError):
    """The Python scalar cannot be combined with the dtype of the array, such as text with int64.

    Convert the array, or use a scalar of another type.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.asarray([1, 2]) == "2"
    Traceback (most recent call last):
        ...
    onnxp.errors.ScalarError: equal: the Python scalar '2' cannot be combined with int64; ...

    Right:

    >>> xp.asarray([1, 2]) == int("2")
    Array([False,  True], dtype=bool)
    """


class ScalarRangeError(OnnxpError, OverflowError, ValueError):
    """The Python integer is outside the range of the dtype.

    Use a wider dtype.

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
    """The shapes of the arrays do not fit the function, or do not fit each other.

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
    """The shapes cannot be broadcast to a common shape.

    Sizes are compared from the last axis to the first; each pair must be equal, or one of them 1.

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
    """The axis is out of range, or given twice.

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
    """The key cannot index the array: too many indices, an index out of range, or of an unsupported type.

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


class ReadOnlyError(OnnxpError, ValueError):
    """The array cannot be written to, because of the elements that it shares with another array.

    As in numpy, the result of `broadcast_to` is read-only. And where numpy would decide by sizes that are
    not known, or by the memory, whether `reshape` gives a view or a copy, neither may be written to.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.broadcast_to(xp.asarray([1, 2]), (2, 2))[0, 0] = 5
    Traceback (most recent call last):
        ...
    onnxp.errors.ReadOnlyError: assignment: this view is read-only, as in numpy; write x.copy() and ...

    Right:

    >>> x = xp.broadcast_to(xp.asarray([1, 2]), (2, 2)).copy()
    >>> x[0, 0] = 5
    >>> x
    Array([[5, 2],
           [1, 2]], dtype=int64)
    """


class ArgumentError(OnnxpError, ValueError):
    """The function does not accept the value of an argument.

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
    """The function does not accept the type of an argument.

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


class NotAnArrayError(OnnxpError, TypeError):
    """The object is not an array, nor a structure of arrays.

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


class ExchangeError(OnnxpError, BufferError, ValueError):
    """The memory cannot be shared with another library as requested.

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


class DeviceError(OnnxpError, ValueError):
    """The device does not exist.

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


class TracedValueError(OnnxpError, TypeError):
    """Python needs the value of a traced array, which has no value before the model runs.

    ``if``, ``bool``, ``int``, ``float``, ``range`` and ``np.asarray`` need a value.

    Examples
    --------
    **A branch.** Wrong:

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

    **A conversion to a number.** Wrong:

    >>> xp.trace(lambda x: x / float(xp.max(x)), "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.TracedValueError: the value of a traced array is not known before the model runs: ...

    Right, with an array of rank 0 instead of a number:

    >>> xp.trace(lambda x: x / xp.max(x), "float32[N]")
    Program(<lambda>(x: float32[N]) -> output: float32[N])

    **An indexed numpy array.** Wrong:

    >>> import numpy as np
    >>> classes = np.asarray([10, 20, 30])
    >>> xp.trace(lambda x: classes[xp.argmax(x)], "float32[3]")
    Traceback (most recent call last):
        ...
    onnxp.errors.TracedValueError: ...

    Right:

    >>> xp.trace(lambda x: xp.asarray(classes)[xp.argmax(x)], "float32[3]")
    Program(<lambda>(x: float32[3]) -> output: int64[])
    """


class UnknownSizeError(OnnxpError, ValueError):
    """The value of a symbolic size, or of a comparison of sizes, is not known before the model runs.

    ``range``, ``int`` and numpy's functions for creating arrays need a number. Use array functions, which
    accept symbolic sizes. For comparisons, declare bounds in the spec, as in ``"float32[N>=2]"``.

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
    """A computation uses arrays of two different traces.

    An array of one traced function cannot be used in another one. Pass it as an argument.

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
    """A traced array is used after the trace of its function has ended.

    Return the array from the function instead of storing it in a global, a closure or an attribute.

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


class ExampleError(OnnxpError, ValueError):
    """The example does not match the spec of its argument.

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
    """The data violate an assumption under which the program was traced.

    Trace again with an example that is closer to the data, or write the branch with ``xp.where``.

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
    onnxp.errors.AssumptionError: an assumption does not hold for these data: any(x < 0.0) is False...

    Right, with data that meet the assumption, or with code that needs none:

    >>> program(np.asarray([4.0, 1.0]), check=True)
    array([2., 1.])
    >>> program = xp.trace(lambda x: xp.sqrt(xp.abs(x)), "float64[N]")
    >>> program(np.asarray([4.0, -1.0]), check=True)
    array([2., 1.])
    """


class SpecError(OnnxpError, ValueError):
    """The spec of an input, which declares its dtype and shape, cannot be parsed.

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
    """The arguments of a program do not match its inputs in number, name, dtype or shape.

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


class MissingArgumentError(OnnxpError, ValueError):
    """An output depends on an argument that is not an input of the model.

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
    """Two inputs or outputs of the model have the same name.

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
    """A name scope was exited before one that was entered after it, or in another thread.

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


class ModelFileError(OnnxpError, ValueError):
    """The file is not a valid ONNX model, or this version of onnxp cannot read it.

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
    onnxp.errors.ModelFileError: ...notes.onnx is not an ONNX model, or is cut short...

    Right:

    >>> xp.trace(xp.exp, "float32[N]").save(folder / "exp.onnx")
    >>> xp.load(folder / "exp.onnx")
    Program(exp(x: float32[N]) -> output: float32[N])
    """


class SaveError(OnnxpError, OSError):
    """A model, or the scores of a file, could not be written. No partial file is left behind.

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
    """The model needs a newer opset than the one requested.

    The oldest opset is 17. Models are written for opset 21 and rewritten for older ones, but some operators
    have no form there, such as those of bits before opset 18.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.trace(lambda x: x & 7, "int32[N]", opset=17)
    Traceback (most recent call last):
        ...
    onnxp.errors.OpsetError: BitwiseAnd (BitwiseAnd) at ... needs opset 18, but opset=17 was given...

    Right:

    >>> xp.trace(lambda x: x & 7, "int32[N]", opset=18).model.opset_import[0].version
    18
    """


class TargetError(OnnxpError, ValueError):
    """The model has a node that runtimes of the target cannot run.

    The message names the node and the line that recorded it. `Program.targets` lists such nodes.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.trace(lambda x: x + 1, "float64[N]", target="webgpu")
    Traceback (most recent call last):
        ...
    onnxp.errors.TargetError: the target webgpu does not have Add (Add) at ...: float64...

    Right:

    >>> xp.trace(lambda x: x + 1, "float32[N]", target="webgpu").targets()["webgpu"]
    ()
    """


class InlineError(OnnxpError, ValueError):
    """The model that was called on traced arrays cannot be inlined into the model being traced.

    Outputs that are sequences or maps, and operators of an old opset that have no conversion to the
    current one, are not supported. Export the inner model again with a newer opset, or without these outputs
    (``zipmap=False`` for classifiers of skl2onnx). A program that was traced with an example can only
    be inlined where its assumptions can be recorded, which needs an example as well.

    Examples
    --------
    Wrong:

    >>> import numpy as np
    >>> import onnxp as xp
    >>> program = xp.trace(lambda x: -x if xp.any(x < 0) else x, "float64[N]", example=np.ones(3))
    >>> program(xp.argument("M", xp.float64))
    Traceback (most recent call last):
        ...
    onnxp.errors.InlineError: <lambda> was traced with an example, so its assumptions must be recorded, ...

    Right:

    >>> program(xp.argument("M", xp.float64, example=np.ones(2)))
    Array(traced float64[M])
    """


class OperatorError(OnnxpError, TypeError, ValueError):
    """The operator does not exist, or does not take these inputs and attributes.

    The message lists the inputs and attributes of the operator.

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
    """The runtime failed while computing, because of an index out of range or sizes that do not match.

    numpy raises an `IndexError` or a `ValueError` in these cases, so this class is both.

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


class RunTimeoutError(OnnxpError, TimeoutError):
    """A run took longer than the timeout of the call, and was ended. The program remains usable.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> def halve(x):
    ...     return xp.while_loop(lambda x: xp.max(x) >= 0, lambda x: x / 2, x)
    >>> program = xp.trace(halve, "float64[N]")
    >>> program(np.ones(3), timeout=0.5)
    Traceback (most recent call last):
        ...
    onnxp.errors.RunTimeoutError: program 'halve': the run took more than 0.5 s, and was ended...

    Right:

    >>> def halve(x):
    ...     return xp.while_loop(lambda x: xp.max(x) > 1e-3, lambda x: x / 2, x)
    >>> xp.trace(halve, "float64[N]")(np.ones(3), timeout=5)
    array([0.00097656, 0.00097656, 0.00097656])
    """


class LinearAlgebraError(OnnxpError, np.linalg.LinAlgError):
    """The matrix has no inverse or no Cholesky factor, or its decomposition does not converge.

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


class NumpyFunctionError(OnnxpError, TypeError):
    """The numpy function does not support onnxp arrays.

    Use a function of the namespace of the array instead, ``xp = x.__array_namespace__()``.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> import numpy as np
    >>> xp.trace(lambda x: np.polymul(x, x), "float32[2]")
    Traceback (most recent call last):
        ...
    onnxp.errors.NumpyFunctionError: numpy.polymul is not supported for traced arrays and sizes: ...

    Right:

    >>> xp.trace(lambda x: np.convolve(x, x), "float32[2]")
    Program(<lambda>(x: float32[2]) -> output: float32[3])
    """


class NumpyAttributeError(NumpyFunctionError, AttributeError):
    """The attribute of numpy's arrays needs their memory, or cannot be set.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> xp.trace(lambda x: x.view("int32") >> 23, "float32[N]")
    Traceback (most recent call last):
        ...
    onnxp.errors.NumpyAttributeError: ndarray.view: an array of onnxp has no memory of its own, so that its ...

    Right:

    >>> xp.trace(lambda x: x.astype("int32") >> 23, "float32[N]")
    Program(<lambda>(x: float32[N]) -> output: int32[N])
    """


class VerificationError(OnnxpError, ValueError):
    """The model and its function give different results for the example.

    The function has another branch for traced arrays, or a library computes something else for them.

    Examples
    --------
    Wrong:

    >>> import numpy as np
    >>> import onnxp as xp
    >>> def double(x):
    ...     return x * 3 if isinstance(x, xp.Array) else x * 2
    >>> xp.trace(double, "float64[N]", example=np.ones(2))
    Traceback (most recent call last):
        ...
    onnxp.errors.VerificationError: the model of double and its function disagree on the example:
    output: differs (rtol=1e-06, atol=2e-06): 1 absolute, 0.5 relative (float64[2])...

    Right:

    >>> xp.trace(lambda x: x * 2, "float64[N]", example=np.ones(2))
    Program(<lambda>(x: float64[N]) -> output: float64[N])
    """


class EstimatorError(OnnxpError, TypeError):
    """The method of the scikit-learn estimator cannot be traced, because it uses more than the array API.

    The message names the first such line of scikit-learn. If the line needs a value of the input, trace
    with an example.

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


class FrameError(EstimatorError, AttributeError):
    """The data frame of a trace lacks a part of pandas, or the operation needs the values of rows.

    In a trace, functions of the user get a frame with traced columns. It has operators and methods that
    compute with whole columns, and none that select rows, or call Python for each element.

    Examples
    --------
    Wrong:

    >>> import pandas as pd
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from onnxp.sklearn import trace_estimator
    >>> df = pd.DataFrame({"a": [1.0, 2.0], "b": [4.0, 5.0]})
    >>> def centered(df):
    ...     return df - df["a"].mean()
    >>> trace_estimator(FunctionTransformer(centered).fit(df), "transform", example=df)
    Traceback (most recent call last):
        ...
    onnxp.errors.FrameError: a traced column has no 'mean': ...

    Right:

    >>> mean = df["a"].mean()
    >>> def centered(df):
    ...     return df - mean
    >>> trace_estimator(FunctionTransformer(centered).fit(df), "transform", example=df)
    Program(FunctionTransformer.transform(a: float64[N], b: float64[N]) -> transformed: float64[N, 2])
    """


class MissingPackageError(OnnxpError, ImportError):
    """An optional dependency is not installed, or too old.

    The message says how to install it.

    Examples
    --------
    Wrong:

    >>> import onnxp as xp
    >>> from unittest import mock
    >>> program = xp.trace(lambda x: -x, "float32[N]")
    >>> with mock.patch.dict("sys.modules", netron=None):  # as if not installed
    ...     program.view()
    Traceback (most recent call last):
        ...
    onnxp.errors.MissingPackageError: Program.view needs Netron ...: pip install 'onnxp[view]', ...

    Right, without the package:

    >>> print(program)
    <lambda>(x: float32[N]) -> output: float32[N]:
        # 1 node, 0 initializers of 0 bytes, opset 21
        output: float32[N] = Neg(x)  # ...:1
        return output
    """


class ProviderError(OnnxpError, ValueError):
    """The installed onnxruntime lacks an execution provider, or cannot start it.

    The package ``onnxruntime`` has the CPU only; other packages, such as ``onnxruntime-gpu``, take its place. A
    provider that is there cannot start if a library that it needs is missing, or if it does not know an option.

    Examples
    --------
    Wrong, without onnxruntime-gpu:

    >>> import onnxp as xp
    >>> program = xp.trace(lambda x: -x, "float32[N]")
    >>> program.to(["CUDAExecutionProvider"])
    Traceback (most recent call last):
        ...
    onnxp.errors.ProviderError: onnxruntime has no 'CUDAExecutionProvider' here: it has [...]. Install ...

    Right:

    >>> program.to(["CPUExecutionProvider"]).providers
    ['CPUExecutionProvider']
    """


class CaughtErrorWarning(UserWarning):
    """The function caught the error that it raised by asking for the value of a traced array.

    The model computes what the function returns after the error, whatever the data are.

    Examples
    --------
    Wrong:

    >>> import warnings
    >>> import onnxp as xp
    >>> def scale(x):
    ...     try:
    ...         return x / float(xp.max(x))
    ...     except Exception:
    ...         return x
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     program = xp.trace(scale, "float64[N]")
    >>> caught[0].category.__name__
    'CaughtErrorWarning'

    Right:

    >>> program = xp.trace(lambda x: x / xp.max(x), "float64[N]")
    """


class FixedSizeWarning(UserWarning):
    """Python needed a symbolic size as a number, and the size of the example was used.

    The model is correct only for data of that size. Pass the size to array functions without converting
    it to a number, or declare it as a number in the spec.

    Examples
    --------
    Wrong, if the model is used with data of any size:

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


class FrozenValueWarning(UserWarning):
    """The function reads the clock or draws random numbers, and the model keeps what the trace got.

    Pass the time or the numbers as an argument. Random numbers of a seed that the function sets are the same
    each time, and not told of.

    Examples
    --------
    Wrong, if the model is used in another year:

    >>> from datetime import date
    >>> import onnxp as xp
    >>> program = xp.trace(lambda born: date.today().year - born, "int64[N]")

    Right:

    >>> program = xp.trace(lambda born, year: year - born, "int64[N]", "int64[]")
    """


class ProviderWarning(UserWarning):
    """The installed onnxruntime lacks an execution provider, or cannot start it, and others are used.

    It is given where ``fallback=True``. Results are those of the providers that are used.

    Examples
    --------
    >>> import warnings
    >>> import onnxp as xp
    >>> program = xp.trace(lambda x: -x, "float32[N]")
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     program = program.to(["CUDAExecutionProvider"], fallback=True)
    >>> print(caught[0].message)
    onnxruntime has no 'CUDAExecutionProvider' here: it has [...]. The model runs on ['CPU...'] instead

    Right, where there may be no GPU:

    >>> import onnxruntime
    >>> program = program.to(onnxruntime.get_available_providers())
    """


class RuntimeBugWarning(UserWarning):
    """A loaded model has nodes that end the process for some inputs, in the runtime that is installed.

    Models that onnxp records avoid them. ``xp.load(path, guard=True)`` puts nodes around them.

    Examples
    --------
    Wrong, if the divisor may be 0 or -1:

    >>> import pathlib, tempfile, warnings
    >>> import onnx
    >>> import onnxp as xp
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "divide.onnx"
    >>> model = onnx.parser.parse_model(
    ...     '''<ir_version: 10, opset_import: ["" : 21]>
    ...     divide (int64[N] x, int64[N] y) => (int64[N] z) { z = Div(x, y) }'''
    ... )
    >>> onnx.save(model, path)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     program = xp.load(path)
    >>> print(str(caught[0].message).partition("onnxruntime ")[2])
    1... ends the process for some inputs of Div... ('z'): ...

    Right:

    >>> program = xp.load(path, guard=True)
    """


class TiesWarning(UserWarning):
    """Fitted rows are equally far from rows of the example, and the model takes others than scikit-learn does.

    scikit-learn does not define which of them are the nearest: it takes those that its selection happens to
    find first. The model takes those that were fitted first, so its results differ for such rows, of which
    columns of whole numbers have many.

    Examples
    --------
    Wrong, if each row shall have the result of scikit-learn:

    >>> import warnings
    >>> import numpy as np
    >>> from sklearn.impute import KNNImputer
    >>> from onnxp.sklearn import trace_estimator
    >>> X = np.random.default_rng(0).integers(0, 4, (200, 3)).astype(float)
    >>> X[::9, 0] = np.nan
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     program = trace_estimator(KNNImputer().fit(X), "transform", example=X)
    >>> print(str(caught[0].message).partition(":")[0])
    KNNImputer.transform

    Right: columns in which no two rows are equally far, or an imputer that does not depend on their order.

    >>> from sklearn.impute import SimpleImputer
    >>> program = trace_estimator(SimpleImputer().fit(X), "transform", example=X)
    """


class UntestedVersionWarning(UserWarning):
    """The installed scikit-learn is newer than those that onnxp is tested with.

    The code of scikit-learn runs as it is. Functions that onnxp replaces may have another name there; the
    warning lists them, and estimators that use them raise an error or need their replacement.

    Examples
    --------
    Right, if results are compared with those of scikit-learn:

    >>> import warnings
    >>> import numpy as np
    >>> from sklearn.preprocessing import StandardScaler
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # of onnxp.errors.UntestedVersionWarning
    ...     from onnxp.sklearn import trace_estimator
    >>> X = np.asarray([[1.0], [3.0]])
    >>> bool(trace_estimator(StandardScaler().fit(X), "transform").check(X))
    True
    """

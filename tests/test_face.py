"""What users meet first: the names of `onnxp`, the modules they say they live in, pickles, and hints."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pickle
import pickletools
import pkgutil
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import onnxp as xp
from onnxp._src import public
from onnxp.errors import ArgumentTypeError, DeviceError

ROOT = Path(__file__).parents[1]
DOORS = [xp, xp.dates, xp.fft, xp.linalg, xp.nulls, xp.onnx, xp.special, xp.testing]


class TestNames:
    def test_star_imports_do_not_hide_other_packages(self):
        script = "import onnx, sklearn; from onnxp import *; print(onnx.__name__, sklearn.__name__, Array)"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert done.stdout == "onnx sklearn <class 'onnxp.Array'>\n"

    @pytest.mark.parametrize(
        "door", ["dates", "fft", "linalg", "nulls", "onnx", "sklearn", "special", "testing"]
    )
    def test_doors_are_imported_when_they_are_first_used(self, door: str):
        script = f"import sys, onnxp; name = 'onnxp.{door}'; before = name in sys.modules; "
        script += f"print(before, onnxp.{door} is sys.modules[name], '{door}' in dir(onnxp))"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert done.stdout == "False True True\n"

    def test_modules_are_imported_when_the_first_name_is_used(self):
        script = "import sys, onnxp; before = set(sys.modules); onnxp.asarray; "
        script += "print(sorted(name for name in before if name.startswith('onnxp')))"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        modules = ["onnxp", "onnxp._src", "onnxp._src.namespace", "onnxp._version", "onnxp.errors"]
        assert done.stdout == f"{modules}\n"

    def test_names_that_are_first_used_at_once_are_there(self):
        script = """
            import threading, onnxp
            names, absent = ["asarray", "Program", "pi", "load", "linalg", "__all__"] * 4, []
            def use(name):
                if not hasattr(onnxp, name):
                    absent.append(name)
            threads = [threading.Thread(target=use, args=(name,)) for name in names]
            [t.start() for t in threads], [t.join() for t in threads]
            print(absent)
        """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "[]\n"

    def test_names_are_those_of_the_module_behind(self):
        own = {"linalg", "__array_api_version__", "__version__"}
        assert set(xp.__all__) == {*public.__all__, *own}
        assert all(getattr(xp, name) is getattr(public, name) for name in public.__all__)

    def test_operators_are_imported_by_from(self):
        from onnxp.onnx import op

        assert op is xp.onnx.op

    @pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
    def test_public_names_say_that_they_live_in_the_public_module(self, door: ModuleType):
        exported = {name: getattr(door, name) for name in door.__all__}
        homes = {
            name: obj.__module__
            for name, obj in exported.items()
            if inspect.isfunction(obj) or inspect.isclass(obj)
        }
        assert homes
        for name, home in homes.items():
            assert home in ("onnxp", door.__name__), name
            assert getattr(sys.modules[home], exported[name].__qualname__) is exported[name]

    def test_the_package_is_typed(self):
        assert (Path(xp.__file__).parent / "py.typed").exists()


class TestConstructor:
    @pytest.mark.parametrize(
        "arguments", [(), (1,), ([1, 2],), ((2, 3), xp.float32), (xp.int64, ())]
    )
    def test_of_arrays_names_asarray(self, arguments):
        with pytest.raises(ArgumentTypeError, match=r"xp\.asarray"):
            xp.Array(*arguments)
        with pytest.raises(ArgumentTypeError, match=r"xp\.asarray"):
            xp.Array(dtype=xp.float32)

    def test_of_devices(self):
        assert xp.Device("cpu") == xp.asarray(1).device == "cpu"
        with pytest.raises(DeviceError, match=r"'gpu'.*cpu"):
            xp.Device("gpu")


@xp.jit
def decorated(x):
    return x + 1


def plain(x):
    return x + 1


def _program() -> xp.Program:
    return xp.trace(
        lambda x: x + 1 if xp.any(x > 0) else x,
        "float32[N, 2]",
        example=np.ones((3, 2), np.float32),
    )


PICKLED = {
    "array": lambda: xp.asarray([1.5, 2.5]),
    "array of rank 0": lambda: xp.asarray(1, dtype=xp.int8),
    "empty array": lambda: xp.zeros((0, 3), dtype=xp.uint64),
    "complex array": lambda: xp.asarray([1j, 2.0]),
    "array of strings": lambda: xp.asarray(["a", ""]),
    "computed array": lambda: xp.asarray([True, False]) & True,
    "device": lambda: xp.asarray(1).device,
    "dtype": lambda: xp.float32,
    "bool": lambda: xp.bool,
    "dtype of times": lambda: xp.datetime64("s"),
    "dtype of spans": lambda: xp.timedelta64("D"),
    "dtype of categories": lambda: xp.category(("S", "M"), ordered=True),
    "nullable dtype": lambda: xp.nullable(xp.int8),
    "array of times": lambda: xp.asarray(["2024-02-29"], dtype=xp.datetime64("D")),
    "array of categories": lambda: xp.asarray(["M"], dtype=xp.category(("S", "M"))),
    "array of nulls": lambda: xp.asarray([1, None]),
    "info": xp.__array_namespace_info__,
    "finfo": lambda: xp.finfo(xp.float16),
    "iinfo": lambda: xp.iinfo(xp.uint8),
    "dim": lambda: xp.spec(("N",), xp.int8).shape[0] * 2 + 1,
    "dims": lambda: xp.spec(("N>=0", "max(M, 3) // 2", 3), xp.int8).shape,
    "spec": lambda: xp.spec(("N>=0", 3), xp.complex64),
    "name scope": lambda: xp.name_scope("scaler"),
    "jit": lambda: xp.jit(plain, opset=22),
    "decorated": lambda: decorated,
    "program": _program,
    "scorer": lambda: _program().on(["a", "b"]),
    "assumption": lambda: _program().assumptions[0],
    "comparison": lambda: _program().check(np.ones((3, 2), np.float32)),
    "difference": lambda: _program().check(np.ones((3, 2), np.float32))[0],
    "unique_all": lambda: xp.unique_all(xp.asarray([1, 1])),
    "unique_counts": lambda: xp.unique_counts(xp.asarray([1, 1])),
    "unique_inverse": lambda: xp.unique_inverse(xp.asarray([1, 1])),
    "eig": lambda: xp.linalg.eig(xp.asarray([[2.0]])),
    "eigh": lambda: xp.linalg.eigh(xp.asarray([[2.0]])),
    "qr": lambda: xp.linalg.qr(xp.asarray([[2.0]])),
    "slogdet": lambda: xp.linalg.slogdet(xp.asarray([[2.0]])),
    "svd": lambda: xp.linalg.svd(xp.asarray([[2.0]])),
    "function": lambda: xp.mean,
    "function of linalg": lambda: xp.linalg.inv,
    "operator": lambda: xp.onnx.op,
    "error": lambda: xp.errors.ShapeError("text"),
}


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("name", PICKLED)
def test_pickles_name_public_modules(name: str, protocol: int):
    """So that a pickle outlives a move of the private modules."""
    obj = PICKLED[name]()
    data = pickle.dumps(obj, protocol)
    texts = [arg for _, arg, _ in pickletools.genops(data) if isinstance(arg, str)]
    assert not [text for text in texts if "onnxp._" in text or "onnxp.linalg._" in text]
    again = pickle.loads(data)
    assert type(again) is type(obj)
    assert repr(again) == repr(obj) or name in ("jit", "error")


def test_examples_in_public_classes_are_collected():
    """Doctest passes over the methods of a class whose ``__module__`` is another, but for ``__test__``."""
    names = [name for name in xp.__all__ if inspect.isclass(getattr(xp, name))]
    classes = [getattr(xp, name) for name in names]
    homes = {}
    for info in pkgutil.walk_packages([str(ROOT / "src/onnxp/_src")], "onnxp._src."):
        module = importlib.import_module(info.name)
        for cls in classes:
            if (
                vars(module).get(cls.__name__) is cls
                and cls in getattr(module, "__test__", {}).values()
            ):
                homes[cls] = module
    for cls in classes:
        examples = {
            f"{cls.__name__}.{name}"
            for name, member in vars(cls).items()
            if inspect.isfunction(member) and ">>>" in (member.__doc__ or "")
        }
        found = {test.name for test in doctest.DocTestFinder().find(homes[cls])} if examples else ()
        assert all(any(name.endswith(example) for name in found) for example in examples), cls

"""Programs on chosen execution providers: those that are there, that are not, and that do not start."""

from __future__ import annotations

import importlib.metadata
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

import onnxp as xp
from onnxp._src.ops.versions import installed_runtime
from onnxp._src.program import runnable
from onnxp._src.runtime import shared
from onnxp.errors import (
    ArgumentError,
    ArgumentTypeError,
    ModelFileError,
    ProviderError,
    ProviderWarning,
)

CPU, CUDA, AZURE = "CPUExecutionProvider", "CUDAExecutionProvider", "AzureExecutionProvider"
AVAILABLE = onnxruntime.get_available_providers()
X = np.asarray([1.0, 2.0], np.float32)
pytestmark = pytest.mark.filterwarnings("ignore:Specified provider")  # of onnxruntime, if told so
without_cuda = pytest.mark.skipif(CUDA in AVAILABLE, reason="there is a GPU")
with_azure = pytest.mark.skipif(AZURE not in AVAILABLE, reason="this onnxruntime is without Azure")


@pytest.fixture
def program() -> xp.Program:
    return xp.trace(lambda x: x * 3, "float32[N]")


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let onnxruntime say that it has CUDA, which does not start, as where its libraries are missing."""
    names = [CUDA, *AVAILABLE]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(names))


def jitted(providers: Any, *, fallback: bool = False) -> Any:
    return xp.jit(lambda x: x * 3, providers=providers, fallback=fallback)(X)


def moved(providers: Any, *, fallback: bool = False) -> Any:
    return xp.trace(lambda x: x * 3, "float32[N]").to(providers, fallback=fallback)(X)


def loaded(providers: Any, *, fallback: bool = False) -> Any:
    content = bytes(xp.trace(lambda x: x * 3, "float32[N]"))
    return xp.load(content, providers=providers, fallback=fallback)(X)


ways = pytest.mark.parametrize("way", [moved, loaded, jitted], ids=lambda way: way.__name__)
Way = Callable[..., Any]


class TestAvailable:
    @ways
    @pytest.mark.parametrize(
        "providers",
        [
            [CPU],
            (CPU,),
            [(CPU, {})],
            [(CPU, {"use_arena": 1})],
            pytest.param([AZURE], marks=with_azure),
            pytest.param([AZURE, (CPU, {})], marks=with_azure),
        ],
        ids=repr,
    )
    def test_results_are_those_of_the_cpu(self, way: Way, providers: Sequence[Any]):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert way(providers).tolist() == [3.0, 6.0]

    @with_azure
    def test_the_session_has_them(self, program: xp.Program):
        assert program.session().get_providers() == [CPU]
        assert program.to([AZURE]).session().get_providers() == [AZURE, CPU]
        assert program.session().get_providers() == [CPU]  # another program is returned
        options = onnxruntime.SessionOptions()
        assert program.to([AZURE]).session(options).get_providers() == [AZURE, CPU]

    @pytest.mark.parametrize("given", [[CPU], [(CPU, {"a": "1", "b": "x"})]], ids=repr)
    def test_a_program_says_what_was_chosen(self, program: xp.Program, given: list[Any]):
        assert program.providers == [CPU]
        assert program.to(given).providers == given
        assert program.to(given).to(program.to(given).providers).providers == given

    def test_none_is_the_cpu(self, program: xp.Program):
        assert program.to([(CPU, {"a": 1})]).to(None).providers == [CPU]

    def test_values_of_options_are_text_for_the_runtime(self, program: xp.Program):
        moved = program.to([(CPU, {"a": np.int64(1), "path": Path("x"), "on": True})])
        assert moved.providers == [(CPU, {"a": "1", "path": "x", "on": "True"})]

    def test_a_loaded_program_says_so_too(self, program: xp.Program, tmp_path: Path):
        program.to([(CPU, {"a": "1"})]).save(tmp_path / "model.onnx")
        assert xp.load(tmp_path / "model.onnx").providers == [CPU]  # a file does not keep them
        assert xp.load(tmp_path / "model.onnx", providers=[(CPU, {"a": "1"})]).providers == [
            (CPU, {"a": "1"})
        ]

    @with_azure
    def test_models_of_other_tools(self, program: xp.Program):
        model = program.model
        del model.metadata_props[:]
        loaded = xp.load(model, providers=[AZURE])
        assert loaded.session().get_providers() == [AZURE, CPU]
        (result,) = loaded(X).values()
        assert result.tolist() == [3.0, 6.0]

    @with_azure
    def test_models_too_large_for_a_message(
        self, program: xp.Program, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(runnable, "fits_protobuf", lambda model: False)
        moved = program.to([AZURE])
        assert moved.session().get_providers() == [AZURE, CPU]
        assert moved(X).tolist() == [3.0, 6.0]

    def test_the_copy_keeps_all_else(self):
        program = xp.trace(
            lambda x: x if xp.all(x > 0) else -x, "float32[N]", example=X, check_assumptions=True
        )
        moved = program.to([CPU])
        assert moved.assumptions == program.assumptions
        assert moved.check(X)
        assert str(moved) == str(program)
        with pytest.raises(xp.errors.AssumptionError):
            moved(-X, check=True)
        assert moved.convert(opset=20).to([CPU])(X).tolist() == [1.0, 2.0]

    @with_azure
    def test_a_converted_program_keeps_them(self, program: xp.Program):
        converted = program.to([AZURE], fallback=True).convert(opset=20)
        assert converted.session().get_providers() == [AZURE, CPU]

    @with_azure
    def test_large_batches_and_timeouts(self, program: xp.Program):
        large = np.ones(3_000_000, np.float32)
        moved = program.to([AZURE])
        assert np.array_equal(moved(large), program(large))
        assert np.array_equal(moved(large, timeout=60.0, threads=2), program(large))

    @with_azure
    def test_a_traced_call_inlines_the_model(self, program: xp.Program):
        outer = xp.trace(lambda x: program.to([AZURE])(x) + 1, "float32[N]")
        assert outer.providers == [CPU]
        assert outer(X).tolist() == [4.0, 7.0]


class TestSharing:
    def test_the_cpu_is_the_default(self, program: xp.Program):
        assert program.to([CPU]).session() is program.session()
        assert program.to([(CPU, {})], fallback=True).session() is program.session()

    @with_azure
    def test_each_choice_has_its_own_session(self, program: xp.Program):
        choices: list[list[Any]] = [[CPU], [AZURE], [(AZURE, {"a": "1"})], [CPU, AZURE]]
        sessions = [program.to(choice).session() for choice in choices]
        assert len(set(map(id, sessions))) == len(choices)
        again = xp.load(bytes(program), providers=[(AZURE, {"a": 1})])
        assert again.session() is sessions[2]

    @with_azure
    def test_the_order_of_options_does_not_matter(self, program: xp.Program):
        first = program.to([(AZURE, {"a": "1", "b": "2"})])
        second = program.to([(AZURE, {"b": "2", "a": "1"})])
        assert first.session() is second.session()

    @pytest.mark.usefixtures("claimed")
    def test_a_fallback_does_not_serve_those_without(self, program: xp.Program):
        with pytest.warns(ProviderWarning):
            fallen = program.to([CUDA], fallback=True)
        assert fallen.session() is program.session()
        with pytest.raises(ProviderError):
            program.to([CUDA])
        assert not any(pairs[0][0] == CUDA for _, pairs in shared._in_use)


@without_cuda
class TestMissing:
    @ways
    def test_the_error_says_what_to_write(self, way: Way):
        with pytest.raises(ProviderError) as caught:
            way([CUDA, CPU])
        assert str(caught.value) == (
            f"onnxruntime has no {CUDA!r} here: it has {AVAILABLE}. Install onnxruntime-gpu in the place of "
            "onnxruntime, or pass fallback=True to run on the CPU instead"
        )

    @pytest.mark.parametrize("short", ["CUDA", "cuda", "cudaexecutionprovider"])
    def test_of_a_short_name_the_whole_one(self, program: xp.Program, short: str):
        with pytest.raises(ProviderError, match=f"no {short!r} here: .*Write {CUDA!r}"):
            program.to([short])

    def test_of_an_unknown_one(self, program: xp.Program):
        with pytest.raises(ProviderError, match="Install an onnxruntime that has it, or pass fall"):
            program.to(["NoExecutionProvider"])

    @ways
    @pytest.mark.parametrize(
        "providers", [[CUDA], [CUDA, CPU], [(CUDA, {"device_id": 0})]], ids=repr
    )
    def test_the_cpu_stands_in(self, way: Way, providers: Sequence[Any]):
        with pytest.warns(ProviderWarning, match=f"no {CUDA!r} here.*runs on .{CPU!r}. inst") as w:
            assert way(providers, fallback=True).tolist() == [3.0, 6.0]
        assert [Path(warning.filename).name for warning in w] == [Path(__file__).name]

    @with_azure
    def test_those_that_are_there_stand_in(self, program: xp.Program):
        with pytest.warns(ProviderWarning, match=AZURE):
            moved = program.to([CUDA, AZURE], fallback=True)
        assert moved.session().get_providers() == [AZURE, CPU]
        assert moved.providers == [CUDA, AZURE]


@without_cuda
@pytest.mark.usefixtures("claimed")
class TestNotStarting:
    """onnxruntime runs the model on the CPU, without an error, if CUDA's libraries are missing."""

    @ways
    def test_raises(self, way: Way):
        with pytest.raises(ProviderError, match=f"cannot start {CUDA!r} .*Install the libraries"):
            way([CUDA])

    @ways
    def test_the_cpu_stands_in(self, way: Way):
        with pytest.warns(ProviderWarning, match="cannot start .* instead"):
            assert way([CUDA], fallback=True).tolist() == [3.0, 6.0]


class TestFailing:
    @pytest.fixture(autouse=True)
    def refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let onnxruntime say that it has a provider which it then refuses."""
        names = ["NoExecutionProvider", *AVAILABLE]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(names))

    def test_raises(self, program: xp.Program):
        with pytest.raises(ProviderError, match=r"cannot \w+ .*NoExecutionProvider"):
            program.to([("NoExecutionProvider", {"device_id": 99})])

    def test_the_cpu_stands_in(self, program: xp.Program):
        with pytest.warns(ProviderWarning, match="NoExecutionProvider"):
            moved = program.to(["NoExecutionProvider"], fallback=True)
        assert moved(X).tolist() == [3.0, 6.0]

    @pytest.mark.parametrize("fallback", [False, True])
    def test_a_model_that_cannot_be_loaded_is_not_their_fault(
        self, program: xp.Program, fallback: bool
    ):
        model = program.model
        del model.metadata_props[:]
        model.graph.node[0].op_type = "NoOperator"
        with pytest.raises(ModelFileError, match="NoOperator"):
            xp.load(model, providers=["NoExecutionProvider"], fallback=fallback)


class TestPickles:
    @with_azure
    def test_keep_the_choice(self, program: xp.Program):
        copy = pickle.loads(pickle.dumps(program.to([(AZURE, {"a": 1})])))
        assert copy.providers == [(AZURE, {"a": "1"})]
        assert copy.session().get_providers() == [AZURE, CPU]
        assert copy(X).tolist() == [3.0, 6.0]

    @without_cuda
    def test_without_the_provider_raise_when_called(
        self, program: xp.Program, monkeypatch: pytest.MonkeyPatch
    ):
        """As where a program with a GPU is sent to a worker without one."""
        copy = pickle.loads(pickle.dumps(cuda_program(program, monkeypatch, fallback=False)))
        assert copy.providers == [CUDA]
        with pytest.raises(ProviderError, match="has no"):
            copy(X)

    @without_cuda
    def test_keep_the_fallback(self, program: xp.Program, monkeypatch: pytest.MonkeyPatch):
        copy = pickle.loads(pickle.dumps(cuda_program(program, monkeypatch, fallback=True)))
        assert copy.providers == [CUDA]
        with pytest.warns(ProviderWarning, match="has no"):
            assert copy(X).tolist() == [3.0, 6.0]

    @with_azure
    def test_of_scorers_and_jitted_functions(self, program: xp.Program):
        scorer = pickle.loads(pickle.dumps(program.to([AZURE]).on(["x"])))
        assert scorer({"x": X})["output"].tolist() == [3.0, 6.0]
        jitted = pickle.loads(pickle.dumps(xp.jit(np.negative, providers=[AZURE], fallback=True)))
        assert (jitted.providers.as_given, jitted.providers.fallback) == ([AZURE], True)
        assert jitted(X).tolist() == [-1.0, -2.0]


def cuda_program(
    program: xp.Program, monkeypatch: pytest.MonkeyPatch, *, fallback: bool
) -> xp.Program:
    """Return a program on CUDA, as if there was a GPU."""
    with monkeypatch.context() as patch:
        patch.setattr(xp.Program, "_start", lambda self, source=None: None)
        return program.to([CUDA], fallback=fallback)


class TestBadArguments:
    @ways
    @pytest.mark.parametrize(
        ("providers", "text"),
        [
            (CUDA, rf"providers must be a list .*write providers=\['{CUDA}'\]"),
            ((CUDA, {"device_id": 0}), rf"write providers=\[\('{CUDA}', {{'device_id': 0}}\)\]"),
            ({CUDA: {}}, "providers must be a list .*of type dict"),
            (7, "providers must be a list .*not 7 of type int"),
            ([None], "a provider must be a name or a pair .*not None of type NoneType"),
            ([[CUDA, {}]], "a provider must be a name or a pair .*of type list"),
            ([(CUDA,)], "a provider must be a name or a pair"),
            ([(CUDA, "device_id=0")], "a provider must be a name or a pair"),
            ([(CUDA, {1: 0})], "an option of 'CUDAExecutionProvider' must have a name"),
            ([(CUDA, {"device_id": None})], "an option of .*not 'device_id': None; write it"),
            ([(CUDA, {"device_id": [0]})], "an option of .*text, a number or a path"),
        ],
        ids=repr,
    )
    def test_types(self, way: Way, providers: Any, text: str):
        with pytest.raises(ArgumentTypeError, match=text):
            way(providers)

    @ways
    @pytest.mark.parametrize(
        ("providers", "text"),
        [
            ([], r"providers is empty; write providers=\['CPUExecutionProvider'\]"),
            ([CPU, (CPU, {})], "'CPUExecutionProvider' is given twice"),
        ],
        ids=repr,
    )
    def test_values(self, way: Way, providers: Any, text: str):
        with pytest.raises(ArgumentError, match=text):
            way(providers)

    @ways
    def test_fallback(self, way: Way):
        with pytest.raises(ArgumentTypeError, match="fallback must be True or False, not 1"):
            way([CPU], fallback=1)

    def test_jit_raises_where_it_decorates(self):
        with pytest.raises(ArgumentTypeError, match="jit: providers must be a list"):
            xp.jit(providers=CUDA)  # type: ignore[call-overload] # tested


def test_a_package_of_another_name_has_the_runtime(monkeypatch: pytest.MonkeyPatch):
    def version(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert installed_runtime.__wrapped__() == onnxruntime.__version__


class TestEvaluation:
    """The environment variable for arrays, which a process reads once."""

    @staticmethod
    def evaluated(providers: str) -> subprocess.CompletedProcess[str]:
        code = "import onnxp as xp; print(float(xp.exp(xp.asarray(0.0)) + 2))"
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "ONNXP_PROVIDERS": providers},
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.mark.parametrize("providers", ["", CPU, f" {CPU} ,"])
    def test_the_cpu(self, providers: str):
        assert self.evaluated(providers).stdout == "3.0\n"

    @without_cuda
    def test_one_that_is_missing(self):
        error = self.evaluated(f"{CUDA},{CPU}").stderr
        assert f"ProviderError: onnxruntime has no '{CUDA}' here" in error
        assert "unset ONNXP_PROVIDERS to run on the CPU" in error

    def test_one_that_is_named_twice(self):
        error = self.evaluated(f"{CPU},{CPU}").stderr
        assert f"ONNXP_PROVIDERS: the provider '{CPU}' is given twice" in error

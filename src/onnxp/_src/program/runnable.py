"""A model that runs: it is parsed, and given a session, when that is needed."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from onnxp._src.model.files import Blobs, File, attach, detach, fits_protobuf, parse, save_model
from onnxp._src.model.unparsed import Unparsed
from onnxp._src.program.direct import DirectCall, direct_call
from onnxp._src.program.rowwise import RowCutter
from onnxp._src.program.signature import Signature, signature_of
from onnxp._src.runtime.failures import plain_text
from onnxp._src.runtime.interrupt import SessionRunner, has_loops
from onnxp._src.runtime.session import session_options
from onnxp._src.runtime.shared import shared_runner
from onnxp.errors import ModelFileError

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto

_parsing = threading.Lock()


class Runnable:
    """A model and the session that calls use.

    Attributes
    ----------
    runner : SessionRunner or None
        The session, once there is one.
    direct : DirectCall or None
        The short way into the session, if there is one.
    rows : RowCutter
        How to cut runs into blocks of rows.
    """

    __slots__ = ("_lock", "_model", "_signature", "direct", "rows", "runner")

    def __init__(self, model: ModelProto | Unparsed, signature: Signature) -> None:
        self._model = model
        self._signature = signature
        self._lock = threading.Lock()
        self.rows = RowCutter(model, signature.guard)
        self.runner: SessionRunner | None = None
        self.direct: DirectCall | None = None

    def parsed(self) -> ModelProto:
        """Return the model, which is parsed at the first call."""
        model = self._model
        if not isinstance(model, Unparsed):
            return model
        with _parsing:
            if isinstance(self._model, Unparsed):
                self._model = parse(self._model.content)
            return self._model

    def start(self, source: str | None = None) -> SessionRunner:
        """Return the session that calls use, which is created if there is none.

        Parameters
        ----------
        source : str, optional
            The file that the model was read from.
        """
        with self._lock:
            if self.runner is None:
                content = self.content()
                if content is None:
                    self.use(self.new_session(session_options(), source))
                else:
                    self._use(shared_runner(content, lambda: self._new_runner(content)))
            assert self.runner is not None
            return self.runner

    def use(self, session: onnxruntime.InferenceSession) -> None:
        """Let calls use a session of the model."""
        self._use(self._runner_of(session, cutter=None))

    def _use(self, runner: SessionRunner) -> None:
        self.runner = runner
        self.direct = direct_call(self._signature, runner)

    def _new_runner(self, content: bytes) -> SessionRunner:
        session = session_of(content, session_options(), self._signature.name)
        return self._runner_of(session, self.rows)

    def _runner_of(
        self, session: onnxruntime.InferenceSession, cutter: RowCutter | None
    ) -> SessionRunner:
        model = self._model
        if isinstance(model, Unparsed):
            nodes, loops = model.nodes, model.loops
        else:
            parts = [model.graph.node, *(function.node for function in model.functions)]
            nodes, loops = sum(map(len, parts)), any(map(has_loops, parts))
        return SessionRunner(session, nodes, loops=loops, cutter=cutter)

    def content(self) -> bytes | None:
        """Return the serialised model, or None if it is too large for that."""
        model = self._model
        if isinstance(model, Unparsed):
            return model.content
        content: bytes | None = model.SerializeToString() if fits_protobuf(model) else None
        return content

    def new_session(
        self, options: onnxruntime.SessionOptions, source: str | None = None
    ) -> onnxruntime.InferenceSession:
        """Create a session; `source` is the file that the model was read from, if any."""
        import tempfile

        content = self.content()
        if content is not None or source is not None:
            return session_of(content or source, options, self._signature.name)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = os.path.join(folder, "model.onnx")
            save_model(self.parsed(), path)
            return session_of(path, options, self._signature.name)

    def state(self) -> tuple[bytes, Blobs]:
        """Return the model for a pickle: its message and the tensors that are too large for it."""
        if isinstance(self._model, Unparsed):
            return self._model.content, []
        model = self.parsed()
        light, blobs = (model, []) if fits_protobuf(model) else detach(model)
        return light.SerializeToString(deterministic=True), blobs


def of_state(content: bytes, blobs: Blobs) -> tuple[ModelProto | Unparsed, Signature]:
    """Return the model of a pickle, and its signature."""
    unparsed = None if blobs else File("", content).unparsed()
    if unparsed is not None:
        model, message = unparsed
        return model, signature_of(message)
    parsed = parse(content)
    attach(parsed, blobs)
    return parsed, signature_of(parsed)


def session_of(
    model: bytes | str | None, options: onnxruntime.SessionOptions, name: str
) -> onnxruntime.InferenceSession:
    """Create a session of a serialised model or a file."""
    import onnxruntime

    try:
        # without the fallback, which prints a message and tries the same provider again
        return onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except OSError:
        raise
    except Exception as error:
        raise ModelFileError(
            f"onnxruntime cannot load the model {name!r}: {plain_text(str(error))}"
        ) from None

"""A model that runs: it is parsed, and given a session, when that is needed."""

from __future__ import annotations

import os
from _thread import allocate_lock
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from onnxp._src.model.files import Blobs, File, attach, detach, fits_protobuf, parse, save_model
from onnxp._src.model.unparsed import Unparsed
from onnxp._src.program.direct import DirectCall, direct_call
from onnxp._src.program.rowwise import RowCutter
from onnxp._src.program.signature import Signature, signature_of
from onnxp._src.runtime.failures import plain_text
from onnxp._src.runtime.interrupt import SessionRunner, has_loops
from onnxp._src.runtime.providers import CPU, Pairs, Providers, check_started, start_on
from onnxp._src.runtime.session import session_options
from onnxp._src.runtime.shared import shared_runner
from onnxp.errors import ModelFileError, ProviderError

if TYPE_CHECKING:
    import onnxruntime
    from onnx import ModelProto

_parsing = allocate_lock()


class Runnable:
    """A model and the session that calls use.

    Attributes
    ----------
    providers : Providers
        What the session runs on.
    runner : SessionRunner or None
        The session, once there is one.
    direct : DirectCall or None
        The short way into the session, if there is one.
    rows : RowCutter
        How to cut runs into blocks of rows.
    """

    __slots__ = ("_lock", "_model", "_signature", "direct", "providers", "rows", "runner")

    def __init__(
        self, model: ModelProto | Unparsed, signature: Signature, providers: Providers
    ) -> None:
        self._model = model
        self._signature = signature
        self._lock = allocate_lock()
        self.providers = providers
        self.rows = RowCutter(model, signature.guard)
        self.runner: SessionRunner | None = None
        self.direct: DirectCall | None = None

    @property
    def model(self) -> ModelProto | Unparsed:
        """The model, parsed or not."""
        return self._model

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
                    new = partial(self._new_runner, content)
                    self._use(
                        start_on(
                            self.providers,
                            lambda pairs: shared_runner(content, pairs, partial(new, pairs)),
                        )
                    )
            assert self.runner is not None
            return self.runner

    def use(self, session: onnxruntime.InferenceSession) -> None:
        """Let calls use a session of the model."""
        self._use(self._runner_of(session, cutter=None))

    def _use(self, runner: SessionRunner) -> None:
        self.runner = runner
        self.direct = direct_call(self._signature, runner)

    def _new_runner(self, content: bytes, pairs: Pairs) -> SessionRunner:
        session = session_of(content, session_options(), self._signature.name, pairs)
        return self._runner_of(session, self.rows if pairs == CPU else None)

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

        def on(model: bytes | str | None) -> onnxruntime.InferenceSession:
            name = self._signature.name
            return start_on(self.providers, lambda pairs: session_of(model, options, name, pairs))

        content = self.content()
        if content is not None or source is not None:
            return on(content or source)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = os.path.join(folder, "model.onnx")
            save_model(self.parsed(), path)
            return on(path)

    def state(self) -> tuple[bytes, Blobs]:
        """Return the model for a pickle: its message and the tensors that are too large for it."""
        if isinstance(self._model, Unparsed):
            return self._model.content, []
        model = self.parsed()
        light, blobs = (model, []) if fits_protobuf(model) else detach(model)
        return light.SerializeToString(deterministic=True), blobs


def of_state(content: bytes, blobs: Blobs) -> tuple[ModelProto | Unparsed, Signature]:
    """Return the model of a pickle, and its signature."""
    if not blobs:
        unparsed = (_read if len(content) <= MAX_BYTES else _read.__wrapped__)(content)
        if unparsed is not None:
            return unparsed
    parsed = parse(content)
    attach(parsed, blobs)
    return parsed, signature_of(parsed)


MAX_BYTES = 8 * 2**20
"""Bytes of a model, up to which it is kept for other pickles."""


@lru_cache(8)
def _read(content: bytes) -> tuple[Unparsed, Signature] | None:
    """Return a model and its signature, which workers of engines ask for in each task; None to parse it."""
    unparsed = File("", content).unparsed()
    if unparsed is None:
        return None
    model, message = unparsed
    return model, signature_of(message)


def session_of(
    model: bytes | str | None, options: onnxruntime.SessionOptions, name: str, pairs: Pairs
) -> onnxruntime.InferenceSession:
    """Create a session of a serialised model or a file."""
    import onnxruntime

    try:
        # without the fallback, which prints a message and tries the same provider again
        session = onnxruntime.InferenceSession(
            model, options, providers=[(p, dict(o)) for p, o in pairs], enable_fallback=0
        )
    except OSError:
        raise
    except Exception as error:
        text = plain_text(str(error))
        if pairs == CPU:
            raise ModelFileError(f"onnxruntime cannot load the model {name!r}: {text}") from None
        session_of(model, options, name, CPU)  # fails if it is the model's fault
        raise ProviderError(
            f"onnxruntime cannot load the model {name!r} on {Providers(pairs).as_given}: {text}. Change "
            "options, or pass fallback=True to run on the CPU"
        ) from None
    check_started(name, pairs, session.get_providers())
    return session

"""Functions of scipy and array-api-extra on traced arrays: ``python -m benchmarks.scipy_functions --write``.

Each is traced on arrays with a symbolic number of rows, in a process with ``SCIPY_ARRAY_API=1``. The model must
give what the function gives for numpy arrays. The page says for which it does, and what the others raise.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

PAGE = Path(__file__).parent.parent / "docs" / "scipy.rst"
WAYS: dict[str, tuple[str, bool]] = {
    "any number of rows": ("float64[N>=2, 5]", False),
    "by an example": ("float64[N>=2, 5]", True),
    "a fixed number of rows": ("float64[6, 5]", False),
}
"""How functions are traced: the argument, and whether branches follow an example."""
HEAD = """\
scipy on traced arrays
======================

Functions of scipy that support the array API accept arrays of onnxp in a traced function, and everywhere with
``SCIPY_ARRAY_API=1`` in the environment before scipy is imported. They are traced as your own code is. Special
functions are those of ``onnxp.special``, which scipy finds by itself. Rotations need that variable in traced
functions, too.

``python -m benchmarks.scipy_functions --write`` generates this page. It traces each function on an array of
shape (N, 5) with that variable, along rows if it reduces, and compares the results with those for numpy arrays;
here with scipy {scipy} and array-api-extra {extra}. *By an example* is ``xp.trace(f, spec, example=x)``, which
follows the branches that the example takes (:doc:`assumptions`)."""
NOTES = {
    "scipy.signal": """\
``convolve`` and ``correlate`` are sums of products, which are exact for integers, where scipy computes them so:
for integers, with ``method="direct"``, and by default for short arrays. Symbolic sizes count as short.
A model takes a step for each element of the second array then, and little memory; for a long one, write
``method="fft"``, or ``fftconvolve``."""
}
"""What a section says before its lists."""
X = np.random.default_rng(0).uniform(0.1, 0.9, size=(6, 5))
Function = Callable[[Any], Any]


def special_functions() -> dict[str, Function]:
    """Return the special functions that scipy looks up, and those that are array code of scipy."""
    from scipy import special

    calls: dict[str, Function] = {}
    for row in special._support_alternative_backends._special_funcs:
        name, count = row.name, row.n_args
        calls[name] = _special(getattr(special, name), name, count)
    for name in ("logsumexp", "softmax", "log_softmax"):
        calls[name] = _along_rows(getattr(special, name))
    return dict(sorted(calls.items()))


def _along_rows(function: Callable[..., Any]) -> Function:
    return lambda x: function(x, axis=1)


def _of_two(function: Callable[..., Any]) -> Function:
    return lambda x: function(x, x[:, ::-1] ** 2 + 0.1, axis=1)


def _special(function: Callable[..., Any], name: str, count: int) -> Function:
    if name == "multigammaln":
        return lambda x: function(x + 2.0, 3)
    if name in ("polygamma", "expn", "yn"):
        return lambda x: function(2, x)
    if name in ("bdtr", "bdtrc", "bdtri", "nbdtr", "nbdtrc", "nbdtri"):
        return lambda x: function(x * 0.0 + 2, x * 0.0 + 5, x)
    if name in ("zeta",):
        return lambda x: function(x + 1.5, x)
    return lambda x: function(*(x,) * count)


def stats_functions() -> dict[str, Function]:
    """Return statistics of rows."""
    from scipy import stats

    rows = """circmean circstd circvar describe directional_stats entropy expectile gmean gstd hmean iqr
        kstat kstatvar kurtosis kurtosistest jarque_bera median_abs_deviation mode moment normaltest pmean
        sem sigmaclip skew skewtest tmax tmean tmin trim_mean tstd tsem tvar ttest_1samp variation zmap
        zscore gzscore lmoment boxcox_llf rankdata quantile xp_mean xp_var
        ttest_ind ttest_rel pearsonr spearmanr bartlett levene fligner f_oneway kruskal chisquare
        power_divergence combine_pvalues false_discovery_control linregress wilcoxon mannwhitneyu
        ks_1samp""".split()
    second: dict[str, Function] = {
        "expectile": lambda x: stats.expectile(x, 0.3),
        "pmean": lambda x: stats.pmean(x, 2, axis=1),
        "ttest_1samp": lambda x: stats.ttest_1samp(x, 0.4, axis=1),
        "zmap": lambda x: stats.zmap(x, x, axis=1),
        "trim_mean": lambda x: stats.trim_mean(x, 0.1, axis=1),
        "boxcox_llf": lambda x: stats.boxcox_llf(0.5, x, axis=1),
        "quantile": lambda x: stats.quantile(x, 0.5, axis=1),
        "sigmaclip": lambda x: stats.sigmaclip(x),
        "directional_stats": lambda x: stats.directional_stats(x, axis=1),
        "false_discovery_control": lambda x: stats.false_discovery_control(x, axis=1),
        "combine_pvalues": lambda x: stats.combine_pvalues(x, axis=1),
        "linregress": lambda x: stats.linregress(x[:, 0], x[:, 1]),
        "ks_1samp": lambda x: stats.ks_1samp(x, stats.norm.cdf, axis=1),
    }
    two = """ttest_ind ttest_rel pearsonr spearmanr wilcoxon mannwhitneyu bartlett levene fligner f_oneway
        kruskal""".split()
    calls: dict[str, Function] = {}
    for name in rows:
        function = getattr(stats, name, None)
        if function is None:
            continue
        if name in second:
            calls[name] = second[name]
        elif name in two:
            calls[name] = _of_two(function)
        else:
            calls[name] = _along_rows(function)
    return dict(sorted(calls.items()))


def _calls(module: Any, names: str, *arguments: Any, **options: Any) -> dict[str, Function]:
    """Return calls of functions of a module with an array and the same other arguments."""

    def call(function: Callable[..., Any]) -> Function:
        return lambda x: function(x, *arguments, **options)

    return {name: call(getattr(module, name)) for name in names.split()}


def fft_functions() -> dict[str, Function]:
    """Return transforms of rows."""
    from scipy import fft

    calls = _calls(fft, "fft ifft rfft irfft hfft ihfft dct idct dst idst", axis=1)
    calls |= _calls(fft, "fftn ifftn rfftn dctn idctn dstn idstn", axes=(1,))
    calls |= _calls(fft, "fftshift ifftshift")
    calls["fht"] = lambda x: fft.fht(x, 0.1, 0.5)
    return dict(sorted(calls.items()))


def signal_functions() -> dict[str, Function]:
    """Return filters and spectra of rows."""
    from scipy import signal

    b, a = signal.butter(2, 0.3)
    sos = signal.butter(2, 0.3, output="sos")
    kernel = np.ones((1, 2))
    calls: dict[str, Function] = {
        **_calls(signal, "convolve convolve2d correlate correlate2d", kernel),
        **_calls(signal, "fftconvolve oaconvolve", kernel),
        **_calls(signal, "spectrogram stft welch", nperseg=4),
        "coherence": lambda x: signal.coherence(x, x[:, ::-1] ** 2, nperseg=4),
        "csd": lambda x: signal.csd(x, x[:, ::-1] ** 2, nperseg=4),
        "argrelmax": lambda x: signal.argrelmax(x[0, :]),
        "decimate": lambda x: signal.decimate(x, 2, ftype="fir"),
        "detrend": lambda x: signal.detrend(x, axis=1),
        "envelope": lambda x: signal.envelope(x, axis=1),
        "filtfilt": lambda x: signal.filtfilt(b, a, x, padlen=2),
        "find_peaks": lambda x: signal.find_peaks(x[0, :])[0],
        "freqz": lambda x: signal.freqz(x[0, :])[1],
        "hilbert": lambda x: signal.hilbert(x, axis=1),
        "lfilter": lambda x: signal.lfilter(b, a, x),
        "lombscargle": lambda x: signal.lombscargle(X[0], x[0, :], [1.0, 2.0]),
        "medfilt": lambda x: signal.medfilt(x, [1, 3]),
        "periodogram": lambda x: signal.periodogram(x),
        "resample": lambda x: signal.resample(x, 8, axis=1),
        "resample_poly": lambda x: signal.resample_poly(x, 2, 1, axis=1),
        "savgol_filter": lambda x: signal.savgol_filter(x, 5, 2),
        "sawtooth": lambda x: signal.sawtooth(x),
        "sosfilt": lambda x: signal.sosfilt(sos, x),
        "sosfiltfilt": lambda x: signal.sosfiltfilt(sos, x, padlen=2),
        "square": lambda x: signal.square(x),
        "upfirdn": lambda x: signal.upfirdn([1.0, 0.5], x),
        "wiener": lambda x: signal.wiener(x, 3),
    }
    return dict(sorted(calls.items()))


def linalg_functions() -> dict[str, Function]:
    """Return functions of matrices, of what does not depend on signs of vectors."""
    from scipy import linalg

    def square(x: Any) -> Any:
        return x.T @ x + np.eye(5)

    def projection(x: Any) -> Any:
        return x @ x.T

    def of_square(function: Function) -> Function:
        return lambda x: function(square(x))

    names = "cholesky det eigvalsh expm inv ldl logm lu pinv pinvh polar schur sqrtm svdvals"
    calls: dict[str, Function] = {
        **{name: of_square(function) for name, function in _calls(linalg, names).items()},
        "cho_factor": lambda x: linalg.cho_factor(np.triu(square(x)))[0],
        "cho_solve": lambda x: linalg.cho_solve((square(x), True), x[0, :]),
        "circulant": lambda x: linalg.circulant(x[0, :]),
        "eig": lambda x: np.sort(np.abs(linalg.eig(square(x))[0])),
        "eigh": lambda x: linalg.eigh(square(x), square(2 * x))[0],
        "eigvals": lambda x: np.sort(np.abs(linalg.eigvals(square(x)))),
        "hankel": lambda x: linalg.hankel(x[0, :], x[1, :]),
        "lstsq": lambda x: linalg.lstsq(x, X[:, 0])[0],
        "lu_factor": lambda x: linalg.lu_factor(square(x)),
        "norm": lambda x: linalg.norm(x, 2),
        "null_space": lambda x: projection(linalg.null_space(x[:3, :])),
        "orth": lambda x: projection(linalg.orth(x[:3, :].T)),
        "orthogonal_procrustes": lambda x: linalg.orthogonal_procrustes(x, x[:, ::-1]),
        "qr": lambda x: linalg.qr(x, mode="economic"),
        "solve": lambda x: linalg.solve(square(x), x[0, :], assume_a="pos"),
        "solve_banded": lambda x: linalg.solve_banded((1, 1), x[:3, :] + 1, x[3, :]),
        "solve_triangular": lambda x: linalg.solve_triangular(square(x), x[0, :]),
        "svd": lambda x: linalg.svd(x)[1],
        "toeplitz": lambda x: linalg.toeplitz(x[0, :]),
    }
    return dict(sorted(calls.items()))


def rotation_functions() -> dict[str, Function]:
    """Return conversions and operations of rotations."""
    from scipy.spatial.transform import Rotation

    def of(x: Any) -> Any:
        return Rotation.from_rotvec(x[:, :3])

    return {
        "apply": lambda x: of(x).apply(x[:, 1:4]),
        "as_euler": lambda x: of(x).as_euler("xyz"),
        "as_matrix": lambda x: of(x).as_matrix(),
        "as_mrp": lambda x: of(x).as_mrp(),
        "as_quat": lambda x: of(x).as_quat(),
        "as_rotvec": lambda x: of(x).as_rotvec(),
        "from_euler": lambda x: Rotation.from_euler("xyz", x[:, :3]).as_quat(),
        "from_matrix": lambda x: Rotation.from_matrix(of(x).as_matrix()).as_quat(),
        "from_mrp": lambda x: Rotation.from_mrp(x[:, :3]).as_quat(),
        "from_rotvec": lambda x: of(x).as_quat(),
        "inv": lambda x: of(x).inv().as_quat(),
        "magnitude": lambda x: of(x).magnitude(),
        "mean": lambda x: of(x).mean().as_matrix(),
        "mul": lambda x: (of(x) * of(x)).as_quat(),
        "pow": lambda x: (of(x) ** 2).as_quat(),
    }


def extra_functions() -> dict[str, Function]:
    """Return functions of array-api-extra."""
    import array_api_extra as xpx

    def space(x: Any) -> Any:
        return x.__array_namespace__()

    return {
        "angle": lambda x: xpx.angle(x + 1j * x),
        "apply_where": lambda x: xpx.apply_where(x > 0.5, x, lambda v: v * 2, lambda v: -v),
        "argpartition": lambda x: xpx.argpartition(x, 1, axis=1)[:, 1],
        "at": lambda x: xpx.at(x, x > 0.5).set(0.0),
        "atleast_nd": lambda x: xpx.atleast_nd(x, ndim=3),
        "broadcast_shapes": lambda x: space(x).zeros(xpx.broadcast_shapes(x.shape, (1, 5))),
        "cov": lambda x: xpx.cov(x.T),
        "create_diagonal": lambda x: xpx.create_diagonal(x[0, :]),
        "default_dtype": lambda x: space(x).astype(x, xpx.default_dtype(space(x))),
        "expand_dims": lambda x: xpx.expand_dims(x, axis=(0, 1)),
        "isclose": lambda x: xpx.isclose(x, x + 1e-9),
        "isin": lambda x: xpx.isin(x, x[0, :]),
        "kron": lambda x: xpx.kron(x, x),
        "nan_to_num": lambda x: xpx.nan_to_num(x),
        "nunique": lambda x: xpx.nunique(x),
        "one_hot": lambda x: xpx.one_hot(space(x).astype(x * 3, space(x).int64), 3),
        "pad": lambda x: xpx.pad(x, 1),
        "partition": lambda x: xpx.partition(x, 1, axis=1)[:, 1],
        "searchsorted": lambda x: xpx.searchsorted(space(x).sort(x[:, 0]), x[:, 1]),
        "setdiff1d": lambda x: xpx.setdiff1d(x[:, 0], x[:, 1]),
        "sinc": lambda x: xpx.sinc(x),
        "union1d": lambda x: xpx.union1d(x[:, 0], x[:, 1]),
    }


GROUPS: dict[str, Callable[[], dict[str, Function]]] = {
    "scipy.special": special_functions,
    "scipy.stats": stats_functions,
    "scipy.fft": fft_functions,
    "scipy.signal": signal_functions,
    "scipy.linalg": linalg_functions,
    "scipy.spatial.transform.Rotation": rotation_functions,
    "array_api_extra": extra_functions,
}


def leaves(result: Any) -> list[np.ndarray[Any, Any]]:
    """Return the arrays of a result."""
    if isinstance(result, tuple | list):
        return [leaf for part in result for leaf in leaves(part)]
    if hasattr(result, "statistic") and hasattr(result, "pvalue"):
        return leaves((result.statistic, result.pvalue))
    if hasattr(result, "mean_direction"):
        return leaves((result.mean_direction, result.mean_resultant_length))
    return [np.asarray(result)]


def _plain(function: Function) -> Function:
    """Return a function whose results a program can return."""

    def call(x: Any) -> Any:
        result = function(x)
        if hasattr(result, "statistic") and hasattr(result, "pvalue"):
            return result.statistic, result.pvalue
        if hasattr(result, "mean_direction"):
            return result.mean_direction, result.mean_resultant_length
        return tuple(result) if isinstance(result, tuple) else result

    return call


class Verdict(NamedTuple):
    """How a function is traced, if it is, else what is wrong."""

    way: str
    wrong: str


def verdict(function: Function) -> Verdict:
    """Trace a function in the first way that works and gives the right results."""
    try:
        expected = leaves(_plain(function)(X))
    except Exception as error:
        return Verdict("", f"numpy arrays: {_said(error)}")
    wrong = ""
    for way in WAYS:
        complaint = _complaint(way, function, expected)
        if not complaint:
            return Verdict(way, "")
        wrong = wrong or complaint
    return Verdict("", wrong)


def _complaint(way: str, function: Function, expected: list[np.ndarray[Any, Any]]) -> str:
    import onnxp as xp

    spec, example = WAYS[way]
    try:
        program = xp.trace(_plain(function), spec, example=X if example else None)
        results = leaves(program(X))
    except Exception as error:
        return _said(error)
    if len(results) != len(expected):
        return f"{len(results)} results, not {len(expected)}"
    for result, other in zip(results, expected, strict=True):
        if not np.allclose(result, other, rtol=1e-9, atol=1e-12, equal_nan=True):
            return "another result than of numpy arrays"
    return ""


def _said(error: Exception) -> str:
    """Return the class and the first sentence of an error."""
    line = (str(error).splitlines() or [""])[0]
    line = re.sub(r"(<module '[^']*') from '[^']*'>", r"\1>", line)  # not where it is installed
    return f"{type(error).__name__}: {line.partition('. ')[0].partition('; ')[0]}"


def verdicts() -> dict[str, dict[str, Verdict]]:
    """Try everything, in this process."""
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    return {
        group: {name: verdict(function) for name, function in functions().items()}
        for group, functions in GROUPS.items()
    }


def page(found: dict[str, dict[str, Verdict]]) -> str:
    """Return the text of the page."""
    from benchmarks.numpy_functions import wrapped

    lines = [HEAD.format(scipy=version("scipy"), extra=version("array-api-extra"))]
    for group, rows in found.items():
        lines += ["", group, "-" * len(group)]
        lines += ["", NOTES[group]] if group in NOTES else []
        for way in WAYS:
            names = [f"``{name}``" for name, row in rows.items() if row.way == way]
            if names:
                start = f"Traced for {way}" if way.startswith("a") else f"Traced {way}"
                first = f"{start}, {len(names)} of {len(rows)}:".split()
                lines += [
                    "",
                    *wrapped([*first, *(n + "," for n in names[:-1]), names[-1]], join=" "),
                ]
        wrong = {name: row.wrong for name, row in rows.items() if row.wrong}
        if wrong:
            lines += ["", ".. list-table:: Not traced", "   :header-rows: 1", ""]
            lines += ["   * - Function", "     - Error"]
            for name, text in wrong.items():
                lines += [f"   * - ``{name}``", f"     - ``{text.replace('`', '')}``"]
    return "\n".join(lines) + "\n"


def main(argv: list[str]) -> int:
    """Try everything, and print or write what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scipy_functions")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    options = parser.parse_args(argv)
    if os.environ.get("SCIPY_ARRAY_API") != "1":
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.scipy_functions", *argv]
        return subprocess.run(
            command, env={**os.environ, "SCIPY_ARRAY_API": "1"}, check=False
        ).returncode
    found = verdicts()
    for group, rows in found.items():
        for way in WAYS:
            print(f"{group}, {way}: {sum(row.way == way for row in rows.values())} of {len(rows)}")
        for name, row in rows.items():
            if row.wrong:
                print(f"   {name}: {row.wrong}")
    if options.write:
        PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

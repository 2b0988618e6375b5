"""Run the public array API conformance suite against onnxp.

    python array-api-tests-config/run.py [--traced] [--max-examples N] [--seed S] [-- pytest args]

The suite's commit is in the file ``pin``. Its checkout is looked for in ``$ARRAY_API_TESTS_DIR``,
then in the user's cache (``onnxp/array-api-tests``), and cloned into the cache if it is in neither.
Exit codes are pytest's; 77 says that there is no suite and none could be cloned.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SUITE_URL = "https://github.com/data-apis/array-api-tests"
NO_SUITE = 77

STANDARD = "2025.12"
MODULES = {False: "onnxp", True: "onnxp.testing.traced"}


class NoSuiteError(Exception):
    """There is no usable checkout of the suite."""


def pinned_commit() -> str:
    """Return the suite's commit that onnxp is tested against."""
    return (HERE / "pin").read_text().strip()


def cache_dir() -> Path:
    """Return where a checkout is kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "onnxp" / "array-api-tests"


def is_checkout(path: Path) -> bool:
    """Tell whether `path` holds the suite and the standard's text, which is its submodule."""
    return (path / "array_api_tests").is_dir() and (path / "array-api" / "spec" / STANDARD).is_dir()


def git(*args: str, cwd: Path | None = None) -> str:
    """Run git without ever asking for a password, and return what it printed."""
    done = subprocess.run(
        ["git", *args],
        cwd=cwd,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NoSuiteError(f"git {args[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def clone(path: Path) -> None:
    """Clone the suite at the pinned commit, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part-{os.getpid()}")
    try:
        git("clone", "--quiet", "--no-checkout", SUITE_URL, str(part))
        git("checkout", "--quiet", pinned_commit(), cwd=part)
        git("submodule", "--quiet", "update", "--init", cwd=part)
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def find_suite() -> Path:
    """Return a checkout of the suite, cloned now if need be."""
    given = os.environ.get("ARRAY_API_TESTS_DIR")
    if given:
        if not is_checkout(Path(given)):
            raise NoSuiteError(
                f"ARRAY_API_TESTS_DIR={given} holds no checkout of {SUITE_URL} with its submodule"
            )
        return Path(given).resolve()
    cached = cache_dir()
    if not is_checkout(cached):
        if cached.exists():
            raise NoSuiteError(f"{cached} is no whole checkout of {SUITE_URL}: remove it")
        clone(cached)
    return cached


def check_pin(suite: Path) -> None:
    """Warn about a checkout of another commit: its results are not comparable."""
    try:
        found = git("rev-parse", "HEAD", cwd=suite)
    except NoSuiteError:
        found = "an unknown commit"
    if found != pinned_commit():
        print(f"warning: the suite in {suite} is at {found}, not at the pinned {pinned_commit()}")


def pytest_command(args: argparse.Namespace, suite: Path) -> list[str]:
    """Return the command that runs the suite from the root of its checkout."""
    return [
        sys.executable,
        "-m",
        "pytest",
        "array_api_tests",
        "-p",
        "no:cacheprovider",
        f"--max-examples={args.max_examples}",
        f"--hypothesis-seed={args.seed}",
        # A first call builds a session; how long that takes says nothing about being right.
        "--disable-deadline",
        f"--skips-file={HERE / 'skips.txt'}",
        f"--xfails-file={HERE / 'xfails.txt'}",
        "-o",
        "xfail_strict=True",
        "--tb=short",
        "-W",
        "ignore:case for .* not machine-readable:UserWarning",
        *args.pytest,
    ]


def parse(argv: list[str]) -> argparse.Namespace:
    """Split the command line at ``--``: ours before it, pytest's after it."""
    at = argv.index("--") if "--" in argv else len(argv)
    parser = argparse.ArgumentParser(
        description="Run the array API conformance suite against onnxp.",
        epilog="Arguments after -- go to pytest, such as: -- -n 2 -k test_where",
    )
    parser.add_argument(
        "--traced",
        action="store_true",
        help="every call is traced with symbolic sizes, exported and run in a bare onnxruntime",
    )
    parser.add_argument("--module", help="test another namespace, such as array_api_strict")
    parser.add_argument("--max-examples", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S")
    args = parser.parse_args(argv[:at])
    args.pytest = argv[at + 1 :]
    return args


def main(argv: list[str]) -> int:
    """Run the suite as the command line says and return the exit code."""
    args = parse(argv)
    try:
        suite = find_suite()
    except NoSuiteError as error:
        print(f"No conformance suite: {error}", file=sys.stderr)
        print(
            f"Clone {SUITE_URL} with its submodule and name the folder in ARRAY_API_TESTS_DIR.",
            file=sys.stderr,
        )
        return NO_SUITE
    check_pin(suite)
    module = args.module or MODULES[args.traced]
    environment = {
        **os.environ,
        "ARRAY_API_TESTS_MODULE": module,
        "ARRAY_API_TESTS_VERSION": STANDARD,
    }
    print(f"{module}: {args.max_examples} examples, seed {args.seed}, suite in {suite}", flush=True)
    return subprocess.run(
        pytest_command(args, suite), cwd=suite, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

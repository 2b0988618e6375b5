# Every target installs what it needs into .venv first; `make demo` and `make test` are the two to know.
SHELL := bash
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
WORKERS ?= 2
EXAMPLES ?= 20
SEED ?= 0
SECONDS ?= 120
MUTATIONS ?= 3000

# The older runtimes that models promise to run on; the first is the oldest, tried with our oldest dependencies.
COMPAT := 1.20.1 1.23.2
OLDEST := numpy==2.0.* onnx==1.17.*

.NOTPARALLEL:
.PHONY: help demo test lint types docs bench sklearn boosters libraries engines cli deployment runtimes conformance conformance-long compat properties hostile hostile-files fuzz kernels dist dist-check clean

help:
	@echo "make demo              train, export, run and compare five models, with their speed; score a file"
	@echo "make test              unit tests and all documented examples"
	@echo "make lint types docs   ruff and codespell; mypy --strict; the HTML pages in docs/_build/html"
	@echo "make bench             timings beside ndonnx, numpy and a bare onnxruntime"
	@echo "make sklearn           which methods of scikit-learn are traced, and right, beside other tools"
	@echo "make boosters          the tests of xgboost, lightgbm and catboost, which is too large for every run"
	@echo "make libraries         the tests of imbalanced-learn, category_encoders and feature-engine"
	@echo "make engines           scorers in Dask, DuckDB, Polars, Ray and Spark (which needs Java 17), and their speed"
	@echo "make cli               the commands of onnxp, which make test runs, too"
	@echo "make deployment        the examples for Node, a browser, FastAPI and MLflow (needs npm; Chromium if installed),"
	@echo "                       and for C++, Java and C# with ONNXRUNTIME_HEADERS=, ONNXRUNTIME_JAR=, ONNXRUNTIME_ASSEMBLY="
	@echo "make runtimes          which runtimes run the models that are exported: onnxruntime in Python, Node and a browser, others"
	@echo "make conformance       the public array API suite, evaluated and traced (EXAMPLES=$(EXAMPLES) SEED=$(SEED))"
	@echo "make conformance-long  the same with 100 examples and several seeds"
	@echo "make compat            the tests against onnxruntime $(COMPAT)"
	@echo "make properties        linalg, fft and special at random, EXAMPLES for each function, on those runtimes and the newest"
	@echo "make hostile           hostile values for every function, EXAMPLES for each (e.g. EXAMPLES=500)"
	@echo "make hostile-files     damaged and hostile model files, MUTATIONS of them (e.g. MUTATIONS=10000 SEED=1)"
	@echo "make fuzz              random programs, functions of frames, calls of numpy's functions, and dtypes, for SECONDS"
	@echo "make kernels           compare those runtimes and the newest with the table of kernel gaps"
	@echo "make dist              wheel and sdist in dist/; make dist-check installs and tries both"

demo: $(VENV)/.has-demo
	@$(PY) examples/demo.py

test: $(VENV)/.has-test
	@$(PY) -m pytest -q -n $(WORKERS) $(ARGS)

lint: $(VENV)/.has-lint
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m codespell_lib

types: $(VENV)/.has-lint
	@$(PY) -m mypy

docs: $(VENV)/.has-docs
	@$(PY) -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build/html

bench: $(VENV)/.has-bench
	@$(PY) -m benchmarks $(ARGS)

sklearn: $(VENV)/.has-test $(VENV)/.has-bench
	@$(PY) -m benchmarks.sklearn_methods --all --parameters 3 --pipelines $(ARGS)

boosters: $(VENV)/.has-test $(VENV)/.has-catboost
	@$(PY) -m pytest -q -n $(WORKERS) tests/sklearn/test_boosters.py $(ARGS)

libraries: $(VENV)/.has-test $(VENV)/.has-libraries
	@$(PY) -m pytest -q -n $(WORKERS) tests/sklearn/test_libraries.py $(ARGS)

engines: $(VENV)/.has-test $(VENV)/.has-engines
	@$(PY) -m pytest -q tests/engines $(ARGS)
	@$(PY) -m benchmarks.engines

# Every command on files, in processes of its own where that matters; also a part of `make test`.
cli: $(VENV)/.has-test
	@$(PY) -m pytest -q -n $(WORKERS) tests/cli docs/command_line.rst docs/end_to_end.rst $(ARGS)

deployment: $(VENV)/.has-test $(VENV)/.has-deployment build/node/.installed
	@NODE_PATH=$(CURDIR)/build/node/node_modules \
		ONNXRUNTIME_HEADERS=$(ONNXRUNTIME_HEADERS) ONNXRUNTIME_JAR=$(ONNXRUNTIME_JAR) ONNXRUNTIME_ASSEMBLY=$(ONNXRUNTIME_ASSEMBLY) \
		$(PY) -m pytest -q tests/deployment $(ARGS)

# The packages hold their binaries; the script of one would fetch others.
build/node/.installed:
	@mkdir -p build/node
	npm install --prefix build/node --ignore-scripts --no-audit --no-fund onnxruntime-node onnxruntime-web playwright-core
	@touch $@

# Each runtime has an environment of its own; those in JavaScript are left out without npm, those in pages without
# Chromium. The page of targets gets the counts and causes.
OTHERS := reference openvino tract
PACKAGES_reference := onnx
PACKAGES_openvino := openvino
PACKAGES_tract := tract
NODE := $(if $(shell command -v npm),node)
CHROMIUM ?= $(shell command -v chromium)

# The version that is the newest for JavaScript, in Python.
ORT := $(COMPAT) 1.30.0

runtimes: $(VENV)/.has-test $(ORT:%=.venv-ort-%/.installed) $(OTHERS:%=.venv-runtime-%/.installed) $(NODE:%=build/%/.installed)
	@rm -rf build/runtimes
	@PYTHONPATH=$(CURDIR) PACKAGES=$(CURDIR)/build/node CHROMIUM=$(CHROMIUM) $(PY) -m benchmarks.runtimes build/runtimes \
		$(ORT:%=.venv-ort-%/bin/python:onnxruntime) $(PY):onnxruntime \
		$(if $(NODE),node:node node:wasm $(if $(CHROMIUM),node:chromium node:webgpu)) \
		$(foreach name,$(OTHERS),.venv-runtime-$(name)/bin/python:$(name))

.venv-runtime-%/.installed: | .venv-runtime-%/bin/python
	@echo "installing $(PACKAGES_$*) into $(@D)"
	$(call install,$(@D),numpy $(PACKAGES_$*))
	@touch $@

conformance: $(VENV)/.has-conformance
	@$(PY) array-api-tests-config/run.py --max-examples $(EXAMPLES) --seed $(SEED) -- -n $(WORKERS) $(ARGS)
	@$(PY) array-api-tests-config/run.py --traced --max-examples $(EXAMPLES) --seed $(SEED) -- -n $(WORKERS) $(ARGS)

conformance-long:
	@for seed in 0 1 2; do $(MAKE) --no-print-directory conformance EXAMPLES=100 SEED=$$seed || exit 1; done

compat: $(COMPAT:%=compat-%)

compat-%: .venv-ort-%/.installed
	@echo "onnxruntime $*:"
	@.venv-ort-$*/bin/python -m pytest -q -n $(WORKERS) tests $(ARGS)

properties: $(VENV)/.has-test $(COMPAT:%=.venv-ort-%/.installed)
	@for venv in $(COMPAT:%=.venv-ort-%) $(VENV); do \
	  ONNXP_PROPERTIES=$(EXAMPLES) $$venv/bin/python -m pytest -q -n $(WORKERS) --timeout 3600 \
	    tests/linalg/test_properties.py tests/fft/test_properties.py tests/special/test_properties.py \
	    tests/special/test_accuracy.py $(ARGS) || exit 1; \
	done
	@$(PY) -m benchmarks.special_bits build/special_bits $(COMPAT:%=.venv-ort-%/bin/python)

hostile: $(VENV)/.has-test
	@ONNXP_HOSTILE=$(EXAMPLES) $(PY) -m pytest -q -n $(WORKERS) --timeout 3600 tests/api/test_hostile.py $(ARGS)

# On the oldest runtime with the oldest onnx, on the others, and on the newest.
hostile-files: $(VENV)/.has-test $(COMPAT:%=.venv-ort-%/.installed)
	@for venv in $(COMPAT:%=.venv-ort-%) $(VENV); do \
	  $$venv/bin/python -m tests.helpers.hostile_files $(MUTATIONS) $(SEED) || exit 1; \
	done

fuzz: $(VENV)/.has-test
	@ONNXP_FUZZ_SECONDS=$(SECONDS) $(PY) -m pytest -q -n $(WORKERS) --timeout 0 \
	  tests/api/test_random_programs.py tests/numpy/test_against_numpy.py tests/array/test_views.py \
	  tests/api/test_every_dtype.py::test_more_results tests/sklearn/test_random_frames.py $(ARGS)

kernels: $(VENV)/.has-test $(COMPAT:%=.venv-ort-%/.installed)
	@for venv in $(COMPAT:%=.venv-ort-%) $(VENV); do $$venv/bin/python -m benchmarks.kernels || exit 1; done

dist: $(VENV)/bin/python
	$(call install,$(VENV),build)
	@rm -rf dist && mkdir -p build
	@$(PY) -m build --outdir dist . > build/dist.log 2>&1 || { cat build/dist.log; exit 1; }
	@ls dist

# What a user gets: wheel and sdist, each installed where nothing else is, each running the README's example.
dist-check: dist
	@for file in dist/*; do \
	  echo "installing $$file into build/clean"; rm -rf build/clean && $(PYTHON) -m venv build/clean && \
	  build/clean/bin/python -m pip --disable-pip-version-check --quiet install $$file && \
	  (cd build && clean/bin/python -W error ../tests/helpers/readme.py ../README.md) && echo "$$file works" || exit 1; \
	done

clean:
	@rm -rf build dist docs/_build docs/generated .mypy_cache .pytest_cache .ruff_cache .hypothesis

# pip install $(2) into the environment $(1): a line for each package, and all that pip says if it fails.
define install
@set -o pipefail; \
$(1)/bin/python -m pip --disable-pip-version-check install --progress-bar off $(2) 2>&1 | tee $(1)/pip.log | \
while read -r verb name rest; do \
  case "$$verb $$name" in \
    "Installing collected") echo "  unpacking $$(wc -w <<< "$${rest#* }") packages" ;; \
    "Collecting "* | "Processing "*.whl) echo "  $${name##*/}" ;; \
  esac; \
done \
|| { cat $(1)/pip.log; exit 1; }
endef

# One stamp for each extra; a change of pyproject.toml installs anew.
$(VENV)/.has-%: pyproject.toml | $(VENV)/bin/python
	@echo "installing onnxp[$*] into $(VENV)"
	$(call install,$(VENV),--editable '.[$*]')
	@touch $@

define new_venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "onnxp needs Python 3.11 or newer; say which: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
@$(PYTHON) -m venv $(patsubst %/bin/python,%,$@)
endef

$(VENV)/bin/python:
	$(new_venv)

.venv-ort-%/bin/python .venv-runtime-%/bin/python:
	$(new_venv)

.venv-ort-%/.installed: pyproject.toml | .venv-ort-%/bin/python
	@echo "installing onnxp[test] and onnxruntime $* into $(@D)"
	$(call install,$(@D),--editable '.[test]' 'onnxruntime==$*' \
	  $(if $(filter $(firstword $(COMPAT)),$*),$(OLDEST:%='%')))
	@touch $@

.PRECIOUS: $(VENV)/.has-% .venv-ort-%/.installed .venv-ort-%/bin/python .venv-runtime-%/.installed .venv-runtime-%/bin/python

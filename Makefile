# Nothing is needed but Python 3.10-3.13 with venv, a C++ compiler (g++ 12 or clang 16, or newer), git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
DEMO ?= demo
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)
SOURCES := $(shell find src agents references stage_tests -type f -not -path '*/__pycache__/*' 2>/dev/null)

.PHONY: demo test lint types bench clean
.DEFAULT_GOAL := demo

# Every check runs to its end; make fails if one of them did.
test: $(VENV)/.test
	@status=0; \
	$(MAKE) --no-print-directory lint || status=1; \
	$(MAKE) --no-print-directory types || status=1; \
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -q || status=1; \
	exit $$status

lint: $(VENV)/.test
	$(BIN)/ruff check .

types: $(VENV)/.test
	$(BIN)/mypy

bench: $(VENV)/.test
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# One spec, from nothing to a committed operation, in a workspace of its own.
demo: $(VENV)/.demo
	rm -rf $(DEMO)
	$(BIN)/pipeline init $(DEMO)
	cp examples/swish/* $(DEMO)/
	cd $(DEMO) && git init -q -b main . && git add -A && \
	  git -c user.name=demo -c user.email=demo@localhost commit -q -m "A workspace with one spec"
	cd $(DEMO) && GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@localhost \
	  GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@localhost $(abspath $(BIN))/pipeline run spec.md --backend template
	cd $(DEMO) && $(abspath $(BIN))/pipeline status

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

# The demo uses an ordinary install; the tests an editable one, so that what is tested is what is edited.
$(VENV)/.demo: $(BIN)/python pyproject.toml CMakeLists.txt $(SOURCES)
	$(BIN)/python -m pip install -q .
	@rm -f $(VENV)/.test; touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml CMakeLists.txt $(SOURCES)
	$(BIN)/python -m pip install -q -e ".[test]"
	@rm -f $(VENV)/.demo; touch $@

clean:
	rm -rf build $(VENV) $(DEMO)

# Two targets do everything: `make demo` runs the hub with its samples, `make test` passes the tests.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := -m pip install --quiet --disable-pip-version-check

# pysdmx cannot share an environment with the hub (it wants an older pyarrow), so the tests that
# harvest with it run it in one of its own.
PYSDMX := .venv-pysdmx

.PHONY: demo test test-clickhouse lint bench load fuzz clean

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) --editable '.[dev]'
	touch $@

$(PYSDMX)/.installed:
	$(PYTHON) -m venv $(PYSDMX)
	$(PYSDMX)/bin/python $(PIP) 'pysdmx[all]==1.21.0' 'requests>=2.32'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/mighub demo

test: $(VENV)/.installed $(PYSDMX)/.installed
	MIGHUB_PYSDMX_PYTHON=$(abspath $(PYSDMX)/bin/python) $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

# What readers ask has the same answers on the other query engine: the tests of queries once more.
QUERIES := query store/test_engine.py store/test_availability.py store/test_history.py \
	store/test_object_store.py \
	$(addprefix registry/test_, data_rest.py data_scope.py v1_data.py v1_available.py v2_data.py \
	v2_as_of.py available_rows.py availability_rest.py history_rest.py query_properties.py \
	clients.py client_shapes.py server.py v1_http.py provenance.py consumers_rest.py \
	eurostat_rest.py nothing_matches.py unreleased.py formats_rest.py history_sequences.py \
	pages.py mirror_browser.py) views

test-clickhouse: $(VENV)/.installed $(PYSDMX)/.installed
	MIGHUB_PYSDMX_PYTHON=$(abspath $(PYSDMX)/bin/python) MIGHUB_TEST_ENGINE=chdb \
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(addprefix tests/,$(QUERIES))

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed
	$(BIN)/python -m bench

# Twenty offices hand in at once while fifty readers ask; checks that nothing is lost or half seen.
load: $(VENV)/.installed
	$(BIN)/python -m bench.load

# Every reader on changed messages, guided by what they reach (minutes; Linux).
fuzz: $(VENV)/.installed
	$(BIN)/python $(PIP) --editable '.[fuzz]'
	$(BIN)/python tests/hostile/fuzz.py

clean:
	rm -rf $(VENV) $(PYSDMX) build *.egg-info

# One verb each. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
BUNDLE := models/champion
PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header
READER := .venv-reader/bin/python -m training.second_reader

.DEFAULT_GOAL := help
.PHONY: help kills run demo test lint audit train report font bench reader protos tables lock clean

help:  ## List the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or newer is needed; try make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BUNDLE)/manifest.json: | .venv/installed
	$(BIN)/wurao train
	$(BIN)/wurao models promote

run: $(BUNDLE)/manifest.json  ## Train if need be, serve, send the sample conversation, go on serving
	@$(BIN)/wurao demo --keep-serving

demo: $(BUNDLE)/manifest.json  ## The same, then stop
	@$(BIN)/wurao demo

test: .venv/installed  ## Run every test
	$(BIN)/python -m pytest

lint: .venv/installed  ## Format, rules, types, import contracts, vulnerable dependencies
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python .ci/audit.py

audit: .venv/installed  ## Hold the pinned dependencies against known vulnerabilities; needs the network
	$(BIN)/python .ci/audit.py --required

train: .venv/installed  ## Train a model from data/; it becomes the candidate in models/
	$(BIN)/wurao train

.venv/baselines: requirements-baselines.lock .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-baselines.lock
	@touch $@

report: $(BUNDLE)/manifest.json .venv/baselines  ## Goals, baselines, the evaluation report as a page; TRAFFIC=folder of real turns
	$(BIN)/wurao goals --bundle $(BUNDLE) $(if $(TRAFFIC),--traffic $(TRAFFIC))
	$(BIN)/wurao report --bundle $(BUNDLE)

font: .venv/installed  ## Cut the report's Chinese font anew, after its words changed
	$(BIN)/python -m training.report.page_font

kills: .venv/installed  ## Kill a writer of the registry 200 times on each store
	WURAO_TEST_KILLS=200 $(BIN)/python -m pytest -s tests/classifier/optouts/test_kills.py

bench: $(BUNDLE)/manifest.json  ## Time features and scorer beside jieba alone and the plain pipeline
	$(BIN)/python -m benchmarks.turn_cost

.venv-reader/installed: pyproject.toml
	$(PYTHON) -m venv .venv-reader
	.venv-reader/bin/pip install --quiet --disable-pip-version-check -e '.[reader,reader-training]'
	@touch $@

reader: .venv-reader/installed  ## Train the second reader anew: minutes on a GPU, a day on two cores
	$(READER) base build/reader/base.npz
	$(READER) teach build/reader/base.npz build/reader
	$(READER) learn --start build/reader/language.pt build/reader/base.npz build/reader
	$(READER) export build/reader/pupil.pt build/reader/base.npz training/second_reader/trained

protos: .venv/installed  ## Regenerate the stubs beside the protos
	$(BIN)/python -m protos.generate

tables: .venv/installed  ## Regenerate the character tables
	$(BIN)/python -m training.character_tables

lock:  ## Pin the dependencies anew; needs uv
	$(PIN) --extra reader --extra postgres --extra tracing --extra train --extra bulk --extra dev \
		pyproject.toml -o requirements.lock
	$(PIN) --extra baselines -c requirements.lock pyproject.toml -o requirements-baselines.lock
	$(PIN) --extra reader --extra postgres --extra tracing -c requirements.lock \
		pyproject.toml deploy/requirements.in -o requirements-serving.lock
	uv pip compile --python-version 3.11 --generate-hashes --no-header \
		examples/requirements.in -o requirements-adapters.lock

clean:  ## Remove what was built
	rm -rf .venv .venv-reader models build *.egg-info

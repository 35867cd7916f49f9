# One verb each. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
BUNDLE := models/champion
PIN := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header
READER := PYTHONPATH=protos .venv-reader/bin/python -m training.second_reader

# Many containers set it; then each of the hundreds of processes of a test run compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help walk kills fuzz run demo test lint audit train report font bench soak reader further adapters protos tables lock clean

help:  ## List the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# What pip installs names its folder; in one that was moved or copied it would run the old one's.
ifneq ($(shell cat .venv/installed 2>/dev/null),$(CURDIR))
.PHONY: .venv/installed
endif

.venv/installed: requirements.lock pyproject.toml setup.py $(wildcard classifier/text/*.pyx classifier/text/*.pxd)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: Python 3.11 or newer is needed; try make PYTHON=python3.12 …" >&2; exit 1; }
	@command -v c++ >/dev/null || \
		{ echo "make: a C++ compiler is needed; on Debian: apt-get install build-essential python3-dev python3-venv" >&2; exit 1; }
	@[ "$$(cat $@ 2>/dev/null)" = "$$(pwd -P)" ] || rm -rf .venv .venv-reader .venv-adapters
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	@# By all cores, which pip does not; silent, for jieba warns of its own escapes.
	@$(BIN)/python -W ignore -m compileall -q -j 0 -x '/tests/' .venv/lib/python3.*/site-packages
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@pwd -P > $@

$(BUNDLE)/manifest.json: | .venv/installed
	$(BIN)/wurao train
	$(BIN)/wurao models promote

run: $(BUNDLE)/manifest.json  ## Train if need be, serve, send the sample conversation, go on serving
	@$(BIN)/wurao demo --keep-serving

demo: $(BUNDLE)/manifest.json  ## The same, then stop
	@$(BIN)/wurao demo

# Two processes share the tests, a file of tests at a time; with more, those that bound what waits fail on busy cores.
test: .venv/installed  ## Run every test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

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

walk: $(BUNDLE)/manifest.json  ## Walk a week's labels from import to rollback, as the README tells, on copies under build
	$(BIN)/python -m tests.walk

font: .venv/installed  ## Cut the report's Chinese font anew, after its words changed
	$(BIN)/python -m training.report.page_font

kills: .venv/installed  ## Kill a writer and a server of the registry 200 times on each store
	WURAO_TEST_KILLS=200 $(BIN)/python -m pytest -s tests/classifier/optouts/test_kills.py tests/classifier/server/optouts/test_killed_server.py

fuzz: $(BUNDLE)/manifest.json  ## Hostile input at length: MINUTES=10, EXAMPLES=2000 of each property
	WURAO_FUZZ_EXAMPLES=$(or $(EXAMPLES),2000) WURAO_TEST_BUNDLE=$(BUNDLE) $(BIN)/python -m pytest tests/bad_input
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock || \
		echo "make: atheris does not install on this Python; hypothesis alone was run" >&2
	$(BIN)/python -m tests.fuzz $(BUNDLE) $(or $(MINUTES),10)

bench: $(BUNDLE)/manifest.json  ## Time a turn beside jieba, and the server beside an echo and a naive one; SECONDS=3 a row
	$(BIN)/python -m benchmarks.turn_cost $(BUNDLE)
	$(BIN)/python -m benchmarks.speed $(SECONDS)
	$(BIN)/python -m benchmarks.overload $(SECONDS)

soak: $(BUNDLE)/manifest.json  ## Ten minutes at 70 % load, nothing may grow; MINUTES=1 for a short one
	$(BIN)/python -m benchmarks.soak $(MINUTES)

.venv-reader/installed: requirements-reader.lock .venv/installed
	$(PYTHON) -m venv .venv-reader
	.venv-reader/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-reader.lock
	@touch $@

reader: .venv-reader/installed  ## Train a second reader of four layers anew: minutes on a GPU, a day on two cores
	$(READER) base build/reader/base.npz
	$(READER) teach build/reader/base.npz build/reader
	$(READER) learn --start build/reader/language.pt build/reader/base.npz build/reader
	$(READER) export build/reader/pupil training/second_reader/trained

further: .venv-reader/installed  ## Teach the second reader new files of data/train, half an hour on two cores: FILES="a.jsonl b.jsonl"
	$(READER) further build/reader/further $(foreach file,$(FILES),--file $(file))
	$(READER) average build/reader/averaged training/second_reader/trained build/reader/further
	$(READER) export build/reader/averaged training/second_reader/trained

.venv-adapters/installed: requirements-adapters.lock
	$(PYTHON) -m venv .venv-adapters
	.venv-adapters/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-adapters.lock
	@touch $@

# The platforms bring a protobuf of their own, so the stubs are generated by it.
adapters: .venv-adapters/installed $(BUNDLE)/manifest.json  ## Test the hooks for LiveKit Agents and Pipecat with those packages
	rm -rf build/adapters && mkdir -p build/adapters/wurao/v1
	cp protos/wurao/__init__.py build/adapters/wurao/ && cp protos/wurao/v1/__init__.py protos/wurao/v1/*.json build/adapters/wurao/v1/
	.venv-adapters/bin/python -m grpc_tools.protoc -Iprotos --python_out=build/adapters --grpc_python_out=build/adapters protos/wurao/v1/*.proto
	PYTHONPATH=build/adapters:. .venv-adapters/bin/python -m pytest -c /dev/null --rootdir . --import-mode=importlib -q examples/tests

protos: .venv/installed  ## Regenerate the stubs beside the protos
	$(BIN)/python -m protos.generate

tables: .venv/installed  ## Regenerate the character tables
	$(BIN)/python -m training.character_tables

lock:  ## Pin the dependencies anew; needs uv
	$(PIN) --extra reader --extra postgres --extra tracing --extra train --extra bulk --extra dask --extra mlflow --extra dev \
		pyproject.toml -o requirements.lock
	$(PIN) --extra fuzz -c requirements.lock pyproject.toml -o requirements-fuzz.lock
	$(PIN) --extra reader --extra reader-training -c requirements.lock pyproject.toml -o requirements-reader.lock
	$(PIN) --extra baselines -c requirements.lock pyproject.toml -o requirements-baselines.lock
	$(PIN) --extra reader --extra postgres --extra tracing -c requirements.lock \
		pyproject.toml deploy/requirements.in -o requirements-serving.lock
	uv pip compile --python-version 3.11 --generate-hashes --no-header \
		examples/requirements.in -o requirements-adapters.lock

clean:  ## Remove what was built; the models stay
	rm -rf .venv .venv-reader .venv-adapters build *.egg-info classifier/text/*.so classifier/text/*.cpp

# One recipe each for people and for continuous integration.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers

HOST ?= 127.0.0.1
PORT ?= 8000
WEB_WORKERS ?= 2
SECONDS ?= 60
BENCH ?= fanout connections storm latency rest steps

.PHONY: run migrate serve worker test test-faults test-ui coverage lint docs requirements audit bench bench-peers clean

$(VENV)/.runtime: requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.development: requirements.txt requirements-dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: export DEBUG := true
run: $(VENV)/.runtime  ## start everything on this machine, nothing else installed
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py create_administrator
	@$(BIN)/python manage.py create_demo_product
	@echo
	@echo "  Console      http://$(HOST):$(PORT)/"
	@echo "  Admin        http://$(HOST):$(PORT)/admin/"
	@echo "  Processes    http://$(HOST):$(PORT)/api/processes/"
	@echo "  Events       ws://$(HOST):$(PORT)/api/ws/events"
	@echo
	@echo "  Watch        DEBUG=true $(BIN)/python manage.py events tail"
	@echo "  Start        curl -X POST http://$(HOST):$(PORT)/api/processes/demo_slow_migration -d '[{}]'"
	@echo
	@exec $(BIN)/python -m orchestrator_ws.daphne_server --no-server-name -b $(HOST) -p $(PORT) orchestrator_ws.asgi:application

migrate: $(VENV)/.runtime  ## bring the database up to date
	$(BIN)/python manage.py migrate

serve: export HOST := $(HOST)
serve: export PORT := $(PORT)
serve: export WEB_WORKERS := $(WEB_WORKERS)
serve: $(VENV)/.runtime  ## the production server; migrate the database first
	@$(BIN)/python manage.py check --deploy --database default
	@exec $(BIN)/python -m orchestrator_ws.uvicorn_server

# What runs beside others is held to no time limits, so none of it may fail for being slow.
PYTEST := env TEST_TIME_FACTOR=3 $(BIN)/python -m pytest --numprocesses 3 --dist loadfile
PURE := processes/workflow/*,events/messages.py,events/positions.py,events/history.py,orchestrator_ws/sentinel_url.py

worker: export EXECUTOR := celery
worker: $(VENV)/.runtime  ## runs the processes of servers with EXECUTOR=celery
	@exec $(BIN)/python -m orchestrator_ws.celery_worker

test: $(VENV)/.development  ## everything, on PostgreSQL and Redis, then on SQLite and the in-memory layer
ifndef ARGS
	$(BIN)/python -m pytest tests/unit --cov --cov-report=
	$(BIN)/python -m coverage report --include '$(PURE)' --fail-under 100
endif
	$(BIN)/python tests/services.py -- $(PYTEST) $(if $(ARGS),-m "not long" $(ARGS),-m "not alone and not long" --ignore tests/unit)
	env -u REDIS_URL -u DATABASE_URL $(PYTEST) -m "not once" $(ARGS)
ifndef ARGS
	$(BIN)/python tests/services.py -- $(BIN)/python -m pytest -m "alone and not long"
endif

test-faults: $(VENV)/.development  ## every fault alone, then random ones for SECONDS; SEED repeats a run
	$(BIN)/python -m pytest -m long tests/faults
	$(BIN)/python tests/services.py -- $(BIN)/python -m pytest -m long tests/contract
	$(BIN)/python -m tests.faults --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))
	$(BIN)/python -m tests.faults --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --sentinels

UI := tests/ui/app

test-ui: $(VENV)/.development $(UI)/.next/BUILD_ID  ## the Orchestrator UI on this backend, in a browser; needs Node.js 20 and npm
	$(BIN)/python tests/services.py -- env TEST_TIME_FACTOR=3 $(BIN)/python -m pytest tests/browser/orchestrator_ui $(ARGS)

$(UI)/node_modules/.package-lock.json: $(UI)/package.json $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund

$(UI)/.next/BUILD_ID: $(UI)/node_modules/.package-lock.json $(UI)/next.config.js $(UI)/environment.js $(shell find $(UI)/pages -name '*.js')
	cd $(UI) && NEXT_TELEMETRY_DISABLED=1 npm run build

coverage: $(VENV)/.development  ## which lines and branches the tests reach
	$(BIN)/python tests/services.py -- $(PYTEST) --cov --cov-report=term-missing:skip-covered

lint: export DEBUG := true
lint: $(VENV)/.development
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

# With --quiet no warning is seen, not even by --strict.
docs: export DEBUG := true
docs: $(VENV)/.development  ## the documentation as a site, in site/
	$(BIN)/python -m mkdocs build --strict

COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
COMPILE += --no-strip-extras --custom-compile-command 'make requirements'

requirements: $(VENV)/.development  ## after a change of requirements*.in; delete the .txt files before to renew everything
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-dev.in --output-file requirements-dev.txt

audit: $(VENV)/.development  ## known vulnerabilities of the dependencies; asks the vulnerability database of PyPI
	$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

bench: $(VENV)/.development bench-peers  ## measure BENCH: fanout connections storm latency rest steps, or hostility or redis_deliveries
	missed=0; for name in $(BENCH); do $(BIN)/python -m benchmarks.$$name || missed=1; done; exit $$missed

bench-peers: $(PEERS)/.installed  ## what the benchmarks compare with, in an environment of its own

$(PEERS)/.installed: benchmarks/requirements-peers.txt
	test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

clean:
	rm -rf $(VENV) $(PEERS) $(UI)/node_modules $(UI)/.next site .coverage* .mypy_cache .ruff_cache .pytest_cache *.sqlite3*

# Everything sets itself up in .venv on a machine that has python3 (3.11 or newer) and make; `make` alone shows what there is.
PYTHON ?= python3
# Tests wait more than they compute.
WORKERS ?= 3
EXAMPLES ?= 5000
SEED ?= 1
MINUTES ?= 10
CASSETTE ?= cassettes/text-2026.yaml
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SETUP_LOG := $(VENV)/setup.log
APT := DEBIAN_FRONTEND=noninteractive apt-get -qq
PROGRAMS := git curl chromium
MAY_INSTALL := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null

# On a terminal one line names what pip is at, until it ends.
WATCH_PIP = if [ -t 1 ]; then while kill -0 $$pip 2>/dev/null; do \
	  now=$$(grep -aoE '^(Collecting|Building|Installing) [^ ]+ ?[^ (]*' $(SETUP_LOG) | tail -n 1); \
	  printf '\rsetup: %-60.60s' "$$now"; sleep 0.2; done; printf '\r%68s\r' ''; fi

.DEFAULT_GOAL := help
.PHONY: help docs pictures demo test test-all test-matrix identity client-model real-clients soak fuzz check figures read-cold record replay serve live bench bench-guard clean programs pairs
# Without bytecode kept, each of the hundreds of processes that the tests start compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# A recipe that fails leaves no half-made target behind.
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1  \2/p' $(MAKEFILE_LIST) \
	  | while read -r make target text; do printf 'make %-13s %s\n' "$$target" "$$text"; done

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "setup: Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(MAY_INSTALL) \
	  && echo "setup: installing python3-venv" && { $(APT) update && $(APT) install -y python3-venv; } >/dev/null 2>&1 \
	  && $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; } \
	  || { echo "setup: $(PYTHON) cannot make environments; run: sudo apt-get install -y python3-venv" >&2; exit 2; }
	@echo "setup: $(VENV): installing what constraints.txt pins (half a minute or more)"
	@rm -f $(SETUP_LOG); $(PYTHON) -m venv $(VENV) >/dev/null || exit 2; \
	  $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]' >$(SETUP_LOG) 2>&1 & pip=$$!; \
	  $(WATCH_PIP); wait $$pip \
	  || { echo "setup: failed: $$(grep -hom 1 -e 'Could not fetch URL .*' -e 'ERROR: .*' $(SETUP_LOG) 2>/dev/null) (see $(SETUP_LOG))" >&2; exit 2; }
	@touch $@

demo: $(STAMP) ## a fake Copilot, a client, a recording, and its replay with the service gone
	@$(BIN)/python -m harness.demo

# Tests with a browser are slow ones.
test: PROGRAMS := git curl
test: programs $(STAMP) ## the suite without its slow tests, offline: while you work
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not slow"

test-all: programs $(STAMP) ## the whole suite, offline; CI runs it, pairs and real-clients
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

test-matrix: programs $(STAMP) ## the suite with each Python here and each curl_cffi: make test-matrix VERSIONS="3.12" CURL="0.17.0" TESTS=tests/provider
	@$(BIN)/python -m tests.matrix $(VERSIONS:%=--python=%) $(CURL:%=--curl-cffi=%) -- -n $(WORKERS) --dist worksteal $(TESTS)

identity: $(STAMP) ## record and replay random services and clients: make identity EXAMPLES=5000 FEATURES=secrets,made
	@IDENTITY_EXAMPLES=$(EXAMPLES) IDENTITY_FEATURES=$(FEATURES) $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal $(if $(FEATURES),tests/identity/test_identity.py,tests/identity)

client-model: $(STAMP) ## any order of calls on two clients, against the fake: make client-model EXAMPLES=2000
	@CLIENT_MODEL_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q -n $(WORKERS) tests/client_model

soak: $(STAMP) ## a server under thousands of sockets, for MINUTES: memory, its slope, lost messages (IDLE=2000 STREAMING=1500 RECORDED=0 PAUSE=0.5)
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(IDLE),--idle $(IDLE)) $(if $(STREAMING),--streaming $(STREAMING)) \
	  $(if $(RECORDED),--recorded $(RECORDED)) $(if $(PAUSE),--pause $(PAUSE))

fuzz: $(STAMP) ## what reads untrusted input, with random input for MINUTES each: make fuzz MINUTES=10 TARGET=har
	@$(BIN)/python -c 'import atheris' 2>/dev/null || { echo "setup: installing atheris" \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary atheris -c constraints.txt -e '.[fuzz]' \
	    >$(SETUP_LOG) 2>&1; } || echo "setup: atheris cannot be installed here (see $(SETUP_LOG))" >&2
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES) $(TARGET)

real-clients: programs $(STAMP) ## other people's clients, unmodified, against the fake (needs node and npm)
	@$(BIN)/python -m tests.real_clients $(if $(WAY),--way $(WAY))
	@$(BIN)/python -m tests.real_clients $(if $(WAY),--way $(WAY)) --strict

pairs: programs $(STAMP) ## real clients and servers: directly, recorded, and replayed with the server gone (needs npm, mosquitto, nats-server)
	@$(BIN)/python -m tests.pairs $(PAIR)
	@$(if $(PAIR),,$(BIN)/python -m pytest -q -n 2 --dist worksteal -m pairs tests/pairs)

docs: $(STAMP) ## the documentation as a site, in build/docs/html; a warning is a failure
	@$(BIN)/python -c 'import sphinx' 2>/dev/null || { echo "setup: installing Sphinx" \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[docs]'; } >>$(SETUP_LOG) 2>&1 \
	  || { echo "setup: Sphinx cannot be installed (see $(SETUP_LOG))" >&2; exit 2; }
	@$(BIN)/python -m tests.site

pictures: programs $(STAMP) ## the pictures of README and docs, each from a real run in a headless Chromium
	@$(BIN)/python -m tests.pictures

# What the tests start besides Python. Root installs what is missing; for others one line names it, and tests of it are
# skipped, or fail where WIRETAPE_REQUIRE_PROGRAMS or WIRETAPE_REQUIRE_BROWSER is set. Google Chrome does for Chromium.
programs:
	@missing=; for each in $(PROGRAMS); do command -v $$each >/dev/null \
	    || { [ $$each = chromium ] && { [ -n "$$CHROME_PATH" ] || command -v google-chrome >/dev/null; }; } \
	    || missing="$$missing $$each"; done; \
	[ -z "$$missing" ] || { $(MAY_INSTALL) && echo "setup: installing$$missing" \
	    && { $(APT) update && $(APT) install -y --no-install-recommends $$missing; } >/dev/null 2>&1; } \
	  || { echo "setup: missing:$$missing; run: sudo apt-get install -y$$missing" >&2; \
	       [ -z "$$WIRETAPE_REQUIRE_PROGRAMS$$WIRETAPE_REQUIRE_BROWSER" ] || exit 2; }

check: $(STAMP) ## lint, format, types, import rules, pinned versions
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pip --disable-pip-version-check check
	@$(BIN)/python -m pytest -q tests/project/test_constraints.py

figures: $(STAMP) ## sizes, complexity, docstrings, import circles of each package (ALL=1 lists what is over a limit)
	@$(BIN)/python -m tests.project.figures $(if $(ALL),--all)

read-cold: $(STAMP) ## docstrings, errors and pages drawn at random, for a reader without the code: make read-cold SEED=1 (WHERE=1: their places)
	@$(BIN)/python -m tests.project.read_cold $(SEED) $(if $(WHERE),--where)

serve: $(STAMP) ## the fake Copilot, until Ctrl-C
	@$(BIN)/wiretape serve

record: $(STAMP) ## record cassettes/prompts.yaml against the live service, with your own account (YES=1 to confirm)
	@$(BIN)/wiretape live record cassettes/prompts.yaml --output cassettes/live $(if $(YES),--yes-live)

live: $(STAMP) ## ask the live service the same prompts again, and tell what changed (YES=1 to confirm)
	@$(BIN)/wiretape live compare cassettes/prompts.yaml --against cassettes/live $(if $(YES),--yes-live)

replay: $(STAMP) ## answer clients from a cassette: make replay CASSETTE=FILE
	@$(BIN)/wiretape replay $(CASSETTE)

bench: programs $(STAMP) ## measure beside peers, for ten minutes; writes docs/benchmarks.md and docs/benchmarks.svg
	@$(BIN)/python -m benchmarks $(GROUPS)

bench-guard: $(STAMP) ## fail if a ratio to a peer is below half of the kept one, in two runs
	@$(BIN)/python -m benchmarks.guard

clean: ## remove the environment and everything built
	@rm -rf $(VENV) .venv-clients .venv-matrix .venv-pairs .node-pairs build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Everything sets itself up in .venv; `make` alone tells what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo test check record replay serve live bench clean browser

help: ## Show this
	@echo "make demo    a fake Copilot, a client, a recording, and its replay with the service gone"
	@echo "make test    the whole suite, offline"
	@echo "make check   lint, types, import rules"
	@echo "make serve   run the fake Copilot"
	@echo "make record  record cassettes/prompts.yaml against the live service, with your own account"
	@echo "make live    run the same prompts again and tell what changed"
	@echo "make replay CASSETTE=FILE   answer clients from a cassette"
	@echo "make bench   measure, as ratios"
	@echo "make clean   remove the environment and everything built"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "wiretape needs Python 3.11 or newer; this is $$($(PYTHON) --version)" >&2; exit 2; }
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing python3-venv"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; \
	  else \
	    echo "Python's venv module is missing; run: sudo apt-get install -y python3-venv" >&2; exit 2; \
	  fi; \
	fi
	@echo "setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(STAMP) ## Record and replay, start to end
	@$(BIN)/python -m harness.demo

# Tests in a real browser want Chromium: installed where that is possible, else said.
browser:
	@if ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null && [ -z "$$CHROME_PATH" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing chromium"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else \
	    echo "Chromium is missing, its tests are skipped; run: sudo apt-get install -y chromium" >&2; \
	  fi; \
	fi

test: $(STAMP) browser ## The whole suite
	@$(BIN)/python -m pytest -q -n $(WORKERS)

check: $(STAMP) ## Lint, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

serve: $(STAMP) ## The fake Copilot
	@$(BIN)/wiretape serve

record: $(STAMP) ## Record the live service (your own account, one turn at a time)
	@$(BIN)/wiretape live record cassettes/prompts.yaml --output cassettes/live $(if $(YES),--yes-live)

live: $(STAMP) ## Compare the live service with what was recorded
	@$(BIN)/wiretape live compare cassettes/prompts.yaml --against cassettes/live $(if $(YES),--yes-live)

replay: $(STAMP) ## make replay CASSETTE=cassettes/text-2026.yaml
	@$(BIN)/wiretape replay $(or $(CASSETTE),cassettes/text-2026.yaml)

bench: $(STAMP) ## Ratios, in one run
	@$(BIN)/python -m benchmarks

clean: ## Remove what was built
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

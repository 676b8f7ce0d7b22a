# Two commands for a fresh machine: `make run` serves the talk page, `make test` runs every test.
# Each installs what is missing first.

UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BOT ?= receptionist

.PHONY: run test test-vendors lint format types setup browser

run: setup
	$(UV) run server.py

test: setup browser
	$(UV) run pytest -n 2 --dist loadgroup

# The same call against the real vendors whose keys are in the environment.
test-vendors: setup
	$(UV) run pytest tests/vendors_live -m vendor -rs

lint: setup
	$(UV) run ruff check .

format: setup
	$(UV) run ruff format --check .

types: setup
	$(UV) run pyright

setup: $(UV)
	@$(UV) sync --quiet --frozen

# uv is the only tool that has to exist before the lock file can be read.
.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/pip install --quiet uv

# Debian's Chromium drives the page's tests, its flite speaks the callers of the benchmarks.
browser:
	@.ci/packages chromium flite

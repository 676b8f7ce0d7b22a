# Two commands for a fresh machine: `make run` serves the talk page, `make test` runs every test.
# Each installs what is missing first.

UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BOT ?= receptionist
WITH := $(UV) run --no-sync

.PHONY: run test test-vendors warm lint format types setup setup-dev browser

run: setup
	$(WITH) server.py

# Speak what a bot is known to say ahead of time, so that it is heard at once.
warm: setup
	$(WITH) -m bots.warm $(BOT)

# What is heard in real time is tested apart from what takes all the machine.
test: setup-dev browser
	$(WITH) pytest -n 2 --dist loadgroup -m "not (vendor or browser or realtime)"
	$(WITH) pytest -n 2 --dist loadgroup -m "browser or realtime"

# The same call against the real vendors whose keys are in the environment.
test-vendors: setup-dev
	$(WITH) pytest tests/vendors_live -m vendor -rs

lint: setup-dev
	$(WITH) ruff check .

format: setup-dev
	$(WITH) ruff format --check .

types: setup-dev
	$(WITH) pyright

setup: $(UV)
	@$(UV) sync --quiet --frozen --no-dev --inexact

setup-dev: $(UV)
	@$(UV) sync --quiet --frozen

# uv is the only tool that has to exist before the lock file can be read.
.tools/bin/uv:
	@.ci/install-uv .tools

# Debian's Chromium drives the pages' tests, its flite and espeak-ng speak as the callers.
browser:
	@.ci/packages chromium flite espeak-ng

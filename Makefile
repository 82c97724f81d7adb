# Every target builds what it needs from nothing: a fresh Debian with Python >= 3.11, make and git is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := openipmi libopenipmi-dev ipmitool gcc libc6-dev chromium fonts-noto-cjk influxdb victoria-metrics nut-server prometheus-node-exporter prometheus-alertmanager mosquitto snmpd slurmctld slurmd slurmdbd slurm-client munge mariadb-server-core iproute2 nginx-light
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: install run test unit lint soak bench peers lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Wattlas needs Python 3.11 or newer: apt install python3, or make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python has no venv module: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q config collectors analytics ui
	@touch $@

run: install
	$(BIN)/wattlas demo

test: install
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not soak and not bench and not alone" --cov --cov-report=
	$(BIN)/python -m pytest -m "alone and not soak and not bench" --cov --cov-append --cov-report=term:skip-covered
	$(BIN)/python tests/coverage_floors.py

unit: install
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not soak and not bench and not peer and not alone" -x

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: install
	$(BIN)/python -m pytest -m soak -s tests/soak

bench: install
	$(BIN)/python -m pytest -m bench -s tests/bench

peers:
	$(SUDO) apt-get update -q
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(PEERS)

lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet uv
	$(VENV)-lock/bin/uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml --output-file requirements.lock
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

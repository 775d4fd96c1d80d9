# Everything lives in .venv; `make demo` and `make test` set it up on their own.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --editable

.PHONY: demo test check bench bench-all soak judge clean

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "framepick needs Python 3.11 or newer; name it with: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# what users install; the next stamp brings all of it and what the tests need
$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) '.$(if $(shell command -v nvidia-smi),[gpu])'
	@touch $@

$(VENV)/developed: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) '.[dev]'
	@touch $(VENV)/installed $@

demo: $(VENV)/installed
	$(BIN)/framepick pick samples/*.mp4 --count 3 --out picks
	@echo
	@echo "Open picks/report.html in a browser. The stills, contact sheet, picks.json and scores of"
	@echo "each video are in the folders beside it."

test: $(VENV)/developed
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/developed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# against the limits of the machine, against other tools, and against length: half an hour
bench: $(VENV)/developed
	$(BIN)/python -m benchmarks.end_to_end
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.profile_of_pick
	$(BIN)/python -m benchmarks.profile_of_pick --plan exact
	$(BIN)/python -m benchmarks.length --units 1 4
	$(BIN)/python -m benchmarks.long_film
	$(BIN)/python -m benchmarks.killed_picks
	$(BIN)/python -m benchmarks.table

# what networks, calibration, refining, stills, memory and plans cost and give, too
bench-all: bench
	$(BIN)/python -m benchmarks.speed_of_model
	$(BIN)/python -m benchmarks.runtimes
	@set -e; for name in handheld edited hunting; do \
		$(BIN)/framepick score samples/$$name.mp4 --out build/$$name.csv --overwrite; done
	$(BIN)/python -m benchmarks.calibration_of_curve build/*.csv
	$(BIN)/python -m benchmarks.refined_picks --clips 10
	$(BIN)/python -m benchmarks.cost_of_refine
	$(BIN)/python -m benchmarks.speed_of_parts
	@if command -v ffmpeg > /dev/null; then \
		$(BIN)/python -m benchmarks.stills_against_ffmpeg samples/*.mp4; \
		$(BIN)/python -m benchmarks.tone_against_ffmpeg; \
		else echo "without ffmpeg, stills are not compared"; fi
	$(BIN)/python -m benchmarks.memory --minutes 10
	$(BIN)/python -m benchmarks.length
	$(BIN)/python -m benchmarks.plans
	$(BIN)/python -m benchmarks.table

# batches that are killed at random moments, of very many files, of damaged ones, and of a film
# of ten hours; takes hours
soak: $(VENV)/developed
	rm -rf build/soak
	$(BIN)/python -m benchmarks.batch_faults build/soak/faults --kills 20
	$(BIN)/python -m benchmarks.batch_signals build/soak/signals --signals 18
	$(BIN)/python -m benchmarks.batch_many build/soak/many --files 10000 --bad 100
	$(BIN)/python -m benchmarks.soak_damaged build/soak/damaged --files 1000
	$(BIN)/python -m benchmarks.soak_long build/soak/long --hours 1 --plan exact
	$(BIN)/python -m benchmarks.soak_long build/soak/long --hours 10

# the scores and picks of the shipped weights on rated footage; AGAINST names other weights
judge: export FRAMEPICK_DATA ?= ../shared/data
judge: export FRAMEPICK_PRETRAINED ?= ../shared/pretrained
judge: $(VENV)/developed
	$(BIN)/framepick evaluate --footage "$$FRAMEPICK_DATA/footage" --out build/judge \
		--baselines "$$FRAMEPICK_PRETRAINED" $(addprefix --against ,$(AGAINST))

clean:
	rm -rf $(VENV) build dist picks

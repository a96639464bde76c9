# Two commands: `make run` opens the dashboard, `make test` checks everything.
SHELL := /bin/sh
BIN := .venv/bin
ARGS ?= -d 5m
PROTOS := muxbw_tui/pb/ping.proto muxbw_tui/pb/muxbw.proto

.PHONY: run test lint proto screenshots tour install dev clean help

help:         ## this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: install  ## the dashboard on the embedded network; ARGS='watch -d 30s …' for anything else
	@# What became of the run (1, 4) or leaving it early (130) is no failure of make's.
	@$(BIN)/muxbw-tui $(ARGS) || { code=$$?; case $$code in 1|4|130) ;; *) exit $$code ;; esac; }

test: dev lint  ## lint, types, import contracts, tests
	@# Two at a time: most of them wait for sockets and processes. A file's tests stay together and share what they set up.
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

proto: dev    ## the stubs in muxbw_tui/pb from proto/
	$(BIN)/python -m grpc_tools.protoc -I proto --python_out=. --pyi_out=. $(PROTOS)
	$(BIN)/python -m grpc_tools.protoc -I proto --grpc_python_out=. $(PROTOS)

screenshots: dev  ## screenshots/ from runs
	$(BIN)/python scripts/screenshots.py

tour: dev     ## every key in every place of the dashboard, at three sizes, in tmux
	@command -v tmux >/dev/null || { echo "make tour needs tmux: apt install tmux" >&2; exit 2; }
	$(BIN)/python scripts/tour.py

install:
	@PYTHON='$(PYTHON)' scripts/venv.sh run

dev:
	@PYTHON='$(PYTHON)' scripts/venv.sh dev

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache

# Each target does its own set-up: a fresh Debian 12 with Node 20, npm and root is enough.

.PHONY: demo test test-all bench docs lint build setup debian13 clean

demo: build ## ok, watch, act on real servers, a second host joins, Postgres moves under writes (four minutes)
	@npm run --silent demo

test: build ## what CI runs
	@npm run --silent test

test-all: build debian13 ## the same with the long proofs, and the move of a Postgres of 5 GB
	@OUTGROW_LONG=1 npm run --silent test
	@OUTGROW_LONG=1 npm run --silent bench:postgres

bench: build debian13 ## speed and memory, beside peers in the same run
	@npm run --silent bench

docs: setup ## writes docs/checks/ from the checks
	@npm run --silent docs

lint: setup
	@npm run --silent lint

build: setup
	@npm run --silent build

setup:
	@sh scripts/setup.sh

debian13: setup
	@sh scripts/debian13.sh

clean:
	rm -rf dist node_modules

# What people do with this repository. `make run` and `make test` set up what they need.

.PHONY: help run test bench demo build dashboard lint fuzz clean
.DEFAULT_GOAL := help

help:
	@echo "make run    build, and watch the interface of the default route (IFACE=eth1 for another)"
	@echo "make test   install what the tests need, and run all of them"
	@echo "make demo   replay the captured office that comes with the project (SPEED=10: faster)"
	@echo "make bench  ns per packet, beside other programs"
	@echo "make build  the release binary, dashboard included: target/release/netmonsec"
	@echo "make dashboard  the dashboard alone; cd dashboard && npm run dev serves it from disk"

build:
	@scripts/setup.sh build
	@scripts/dashboard.sh
	cargo build --release --locked --package netmonsec

dashboard:
	@scripts/dashboard.sh

run: build
	@scripts/run.sh $(if $(IFACE),-i $(IFACE))

demo: build
	@scripts/demo.sh

test:
	@scripts/setup.sh test
	@scripts/test.sh

lint:
	cargo fmt --all --check
	rustfmt --check --edition 2024 crates/dpi/src/protocols/*.rs crates/dpi/src/protocols/*/*.rs
	cargo clippy --workspace --all-targets --locked -- -D warnings

bench: build
	@scripts/bench.sh

fuzz:
	@cat fuzz/README.md

clean:
	cargo clean

# SPDX-License-Identifier: Apache-2.0
# Short names for developers; ninja knows what depends on what, so every target runs.
PREFIX = /usr/local
DESTDIR =
FUZZ_SECONDS = 60

.PHONY: all test run asan tsan fuzz lint bench install clean
all:
	@scripts/build -t weir
test:
	@./test
run:
	@./run
asan tsan:
	@.ci/run $@
lint:
	@.ci/run format layers symbols sizes spdx text generated tidy
fuzz:
	@scripts/fuzz $(FUZZ_SECONDS)
bench:
	@tests/bench/run
install:
	@scripts/build -d b-install --prefix=$(PREFIX) --buildtype=release -Dwerror=false
	@DESTDIR=$(DESTDIR) scripts/meson install -C b-install --no-rebuild
clean:
	rm -rf build b-*

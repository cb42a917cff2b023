# OpenSpeed: `make` builds, `make run` serves the example, `make help` lists the rest.
# The graph itself is Meson's; this file only gives its commands short names.

APP ?= examples/conduit
SANITIZED = -Doptimization=g -Db_lundef=false
BUILT = openspeed libopenspeed.a libopenspeed_test.a libopenspeed_dev.so
TESTED = unit torture load attack json_verdicts oracle_templates libround_main.a
FORMATTED = $(wildcard src/*/*.[ch] src/*/*/*.[ch] cli/*.[ch] tests/*.[ch] tests/*/*.[ch] fuzz/*.[ch] bench/*.[ch])

.DEFAULT_GOAL := build
.PHONY: build all run test check sanitized minimal asan tsan torture aarch64 fuzz oracle soft looks conformance-peers attack \
    kills writes handover goodput soak bench bench-conduit bench-dev site install deb abi fmt clean help

build: build/build.ninja           ## compile the library and the command into build/
	@ninja -C build $(BUILT) libopenspeed_dev_sanitized.so

all: build/build.ninja             ## the same, and all tests and benchmarks
	@ninja -C build

run: build/build.ninja             ## serve examples/conduit; PORT, HOST, DATABASE_URL, APP
	@tools/setup examples
	@ninja -C build openspeed libopenspeed.a
	build/openspeed db migrate $(APP)
	build/openspeed db seed --again $(APP)
	exec build/openspeed start $(APP)

test: build/build.ninja            ## unit, integration and negative tests, also with sanitizers
	@tools/setup build test
	@ninja -C build $(BUILT) $(addprefix tests/,$(TESTED))
	@$(MAKE) --no-print-directory asan tsan
	@tests/run

sanitized: asan tsan               ## every integration and conformance test under each sanitizer
	@ninja -C build-tsan tests/attack tests/json_verdicts tests/libround_main.a
	@tests/run --everywhere --build build-asan --build build-tsan integration

check:                             ## format, layers, sizes, compilers, fuzz smoke, instruction counts
	@tools/setup build test check
	@$(MAKE) --no-print-directory build all
	@tools/check

minimal: build-minimal/build.ninja ## the smallest build: an application against libc alone
	@ninja -C build-minimal
	@tools/minimal build-minimal

asan: build-asan/build.ninja       ## compile with AddressSanitizer and UBSan into build-asan/
	@ninja -C build-asan

tsan: build-tsan/build.ninja       ## compile with ThreadSanitizer into build-tsan/
	@ninja -C build-tsan

torture: all asan                  ## every allocation and system call of a request fails in turn; ONLY=stream:recv JOBS=4
	build/tests/torture --steady
	build/tests/torture $(if $(ONLY),--only $(ONLY),--all) --jobs $(or $(JOBS),4)
	build-asan/tests/torture $(if $(ONLY),--only $(ONLY),--all) --jobs $(or $(JOBS),4)

aarch64:                           ## compile for 64-bit ARM and run the unit tests under QEMU
	@tools/setup build aarch64
	@tools/aarch64

fuzz: build-fuzz/build.ninja       ## compile the fuzz targets and run each; SECONDS_EACH=60
	@ninja -C build-fuzz fuzz-targets
	@tools/fuzz --seconds $(or $(SECONDS_EACH),60)

oracle: all                        ## compare with other validators, which npm fetches once; SEED=1 COUNT=100000
	@tools/setup oracle
	@node tests/oracle/templates.mjs build/tests/oracle_templates build/oracle --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@node tests/oracle/formats.mjs build/tests/oracle_formats build/oracle
	@node tests/oracle/accept.mjs build/tests/oracle_accept build/oracle --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@node tests/oracle/cors.mjs build/tests/oracle_cors build/oracle --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@node tests/oracle/events.mjs build/tests/oracle_events build/oracle --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@for router in next kit; do node tests/oracle/routes.mjs $$router build/tests/oracle_routes build/oracle/routers \
	    --seed $(or $(SEED),1) --count $(or $(COUNT),100000) || exit 1; done
	@node tests/oracle/patterns.mjs build/tests/oracle_routes build/oracle/routers --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@node tests/oracle/oracle.mjs --seed $(or $(SEED),1) --count $(or $(COUNT),100000)
	@node tests/oracle/openapi.mjs build/openspeed build/oracle
	@node tests/oracle/prism.mjs build/openspeed build/oracle
	@node tests/oracle/files.mjs build/openspeed build/oracle --seed $(or $(SEED),1)
	@node tests/oracle/forms.mjs build/oracle $(or $(SEED),1) $(or $(FORMS),2000)

soft: build                        ## random sites in a browser: what links show against what loading shows; SEED=1 COUNT=500
	@tools/setup test
	@node tests/browser/sweep.mjs build/openspeed --seed $(or $(SEED),1) --count $(or $(COUNT),500)

looks: build                       ## each page of examples/conduit at four widths, light and dark: none too wide, axe-core; pictures in build/looks
	@tools/setup test
	@node tests/browser/looks.mjs build/looks

conformance-peers: build           ## the cases of tests/conformance against other servers; LIST=nginx
	@tools/setup peers
	@node tests/conformance/peers.mjs $(LIST)

attack: all                        ## hostile clients, and what others notice of them; ATTACKS="idle deaf"
	@node tests/attack/run.mjs $(ATTACKS)

kills: all                         ## kill workers under load; COUNT=100
	@node tests/load/run.mjs kills $(COUNT)

writes: all                        ## kill workers while clients write to examples/conduit; COUNT=200
	@node tests/load/run.mjs writes $(COUNT)

handover: all                      ## reload and upgrade at 5,000 requests a second; COUNT=100 of each
	@node tests/load/run.mjs handover $(COUNT)

goodput: all                       ## ask for twice of what can be answered; COUNT=3 rounds
	@node tests/load/run.mjs goodput $(COUNT)

soak: all                          ## load with faults mixed in; SOAK_MIN=30
	@node tests/load/run.mjs soak $(SOAK_MIN)

bench:                             ## measure; instructions a request, then requests a second
	@tools/setup build check bench
	@$(MAKE) --no-print-directory all
	@tools/instructions --report
	@bench/json
	@test ! -x bench/run || bench/run

bench-conduit: build               ## Conduit beside Fastify and Elysia, which npm fetches once; ROUNDS=3 SECONDS=3 ONLY=write JSON=1
	@tools/setup bench
	@node bench/conduit/run.mjs --rounds $(or $(ROUNDS),3) --seconds $(or $(SECONDS),3) $(if $(ONLY),--only $(ONLY)) $(if $(JSON),--json)

bench-dev: build                   ## the developer's loop: from a saved file to its answer, and 1,000 edits under load; ROUNDS=15 EDITS=1000 ONLY=soak BROKEN=1
	@node bench/dev/run.mjs --rounds $(or $(ROUNDS),15) --edits $(or $(EDITS),1000) $(if $(ONLY),--only $(ONLY)) $(if $(BROKEN),--broken)

install: build                     ## install command, libraries, headers, pages; PREFIX=/usr/local DESTDIR=
	@$(if $(PREFIX),meson configure build -Dprefix="$$(realpath -ms -- "$(PREFIX)")")
	@ninja -C build package
	@meson install -C build --no-rebuild --quiet
	@$(if $(DESTDIR),,ldconfig 2>/dev/null || true)

deb:                               ## Debian packages into build/deb/
	@tools/setup build deb
	@tools/deb build/deb

abi: build                         ## accept what changed in the binary interface: package/libopenspeed.abi
	@tools/setup abi
	@ninja -C build package
	@tools/abi --write

site:                              ## the documentation as a site in build/site/, with the reference from the headers
	@tools/setup site
	@tools/reference
	@tools/site build/site
	@tools/links
	@tools/links --site build/site

fmt:                               ## format the C sources in place
	@clang-format -i $(FORMATTED)

clean:                             ## remove everything that was built
	rm -rf build build-asan build-tsan build-fuzz build-minimal build-aarch64
	find examples -name .openspeed -type d -prune -exec rm -rf {} +

help:                              ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /  make \1	/p' Makefile | expand -t 26

build/build.ninja:
	@tools/setup build
	meson setup build $$(cc -print-multiarch 2>/dev/null | sed 's,^.,--libdir=lib/&,') # which Meson asks dpkg-dev for
build-minimal/build.ninja: Makefile # whose options it has
	@tools/setup build
	rm -rf build-minimal && meson setup build-minimal -Dsqlite=disabled -Dsodium=disabled -Dpcre2=disabled -Doptimization=s
build-asan/build.ninja:
	@tools/setup build
	meson setup build-asan -Db_sanitize=address,undefined $(SANITIZED)
build-tsan/build.ninja:
	@tools/setup build
	meson setup build-tsan -Db_sanitize=thread $(SANITIZED)
build-fuzz/build.ninja:
	@tools/setup build test
	CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined $(SANITIZED)

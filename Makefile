# Builds, tests and installs the library. `make help` lists the targets.
#
#   PROFILE   release (what ships, default), small (for little room) or dev (quick to build)
#   TLS       none: without DTLS, TLS and secure WebSockets, as libcoap-3-notls is
#   PREFIX, LIBDIR, INCLUDEDIR, DESTDIR   as usual with make install

PROFILE    ?= release
CARGO      ?= cargo
CC         ?= cc
INSTALL    ?= install
STRIP      ?= strip
PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR = $(LIBDIR)/pkgconfig

# The version of libcoap whose interface this is: what pkg-config and LIBCOAP_PACKAGE_VERSION say.
API_VERSION = 4.3.4
SONAME      = libcoap-3.so.3

# Distributions ship the library once for every TLS library, under these names. Ours stands under all of them.
FLAVOURS         = -notls -openssl -gnutls -mbedtls -tinydtls
RUNTIME_FLAVOURS = -notls -openssl -gnutls

WITHOUT_TLS    = $(filter none,$(TLS))
CARGO_FEATURES = $(if $(WITHOUT_TLS),--no-default-features)

TARGET_DIR  = $(or $(CARGO_TARGET_DIR),target)
RUST_OUTPUT = $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
BUILD_ROOT  = $(if $(filter release,$(PROFILE)),build,build/$(PROFILE))
BUILD       = $(BUILD_ROOT)$(if $(WITHOUT_TLS),/notls)
LIB         = $(BUILD)/lib

SYSTEM_LIBS = -lgcc_s -lpthread -lm -ldl -lc
LINK_FLAGS  = -shared -Wl,-soname,$(SONAME) -Wl,--version-script=libcoap-3.map -Wl,--gc-sections \
              -Wl,--no-undefined -Wl,-z,relro,-z,now -Wl,-O1 $(if $(filter small,$(PROFILE)),-s)

RUNTIME_LINKS = $(RUNTIME_FLAVOURS:%=libcoap-3%.so.3)
DEV_LINKS     = libcoap-3.so $(FLAVOURS:%=libcoap-3%.so)
ARCHIVE       = libcoap-3.a
ARCHIVE_LINKS = $(FLAVOURS:%=libcoap-3%.a)
PC_FILES      = libcoap-3.pc $(FLAVOURS:%=libcoap-3%.pc)

.DELETE_ON_ERROR:
.PHONY: help lib demo demo-session load-session sessiond bench check needs style test miri install install-strip \
        uninstall generated FORCE

help:
	@echo 'make demo       build, then run a C server and a C client on loopback'
	@echo 'make demo-session  three nodes of coap-sessiond on loopback, and what goes through them'
	@echo 'make bench      measure beside the distribution'\''s libcoap, in one run'
	@echo 'make check      build and pass every test (installs what the tests need when root)'
	@echo 'make lib        the shared and the static library in $(LIB)'
	@echo 'make install    into DESTDIR and PREFIX; make uninstall takes it away again'
	@echo 'make install-strip  the same without what only debuggers read, most of the files'\'' length'
	@echo 'make generated  what is committed and made from the sources: headers, version script, matrix'

lib: $(addprefix $(LIB)/,$(SONAME) $(ARCHIVE) $(RUNTIME_LINKS) $(DEV_LINKS) $(ARCHIVE_LINKS))
lib: $(addprefix $(LIB)/pkgconfig/,$(PC_FILES))

# cargo knows whether anything is to be done; the files below it are rebuilt only if this one changed.
$(RUST_OUTPUT)/libcoap_3.a: FORCE
	$(CARGO) rustc --quiet $(CARGO_FLAGS) $(CARGO_FEATURES) --package ferrocoap --lib --crate-type staticlib --profile $(PROFILE)

# rustc hides C's symbols behind a version script of its own, so the shared library is linked from the static one.
$(LIB)/$(SONAME): $(RUST_OUTPUT)/libcoap_3.a libcoap-3.map Makefile
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(LINK_FLAGS) -o $@.new -Wl,--whole-archive $< -Wl,--no-whole-archive $(SYSTEM_LIBS)
	@mv -f $@.new $@

$(LIB)/$(ARCHIVE): $(RUST_OUTPUT)/libcoap_3.a
	@mkdir -p $(@D)
	@cp $< $@.new && mv -f $@.new $@

$(addprefix $(LIB)/,$(RUNTIME_LINKS) $(DEV_LINKS)): | $(LIB)/$(SONAME)
	@ln -sf $(SONAME) $@

$(addprefix $(LIB)/,$(ARCHIVE_LINKS)): | $(LIB)/$(ARCHIVE)
	@ln -sf $(ARCHIVE) $@

# pkg-config files: for the tree as it lies here, and for where it is installed.
pc_file = sed -e 's|@FLAVOUR@|$(patsubst libcoap-3%.pc,%,$(notdir $(1)))|' -e 's|@VERSION@|$(API_VERSION)|' \
          -e 's|@SYSTEM_LIBS@|$(SYSTEM_LIBS)|' \
          -e 's|@PREFIX@|$(2)|' -e 's|@LIBDIR@|$(3)|' -e 's|@INCLUDEDIR@|$(4)|' libcoap-3.pc.in

$(LIB)/pkgconfig/%.pc: libcoap-3.pc.in Makefile
	@mkdir -p $(@D)
	@$(call pc_file,$@,$(CURDIR),$(CURDIR)/$(LIB),$(CURDIR)/include) > $@

# Directories beneath PREFIX are named by it, so that pkg-config can move them.
beneath = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

HEADERS = $(wildcard include/coap3/*.h)

install: lib
	$(INSTALL) -d $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PKGCONFIGDIR) $(DESTDIR)$(INCLUDEDIR)/coap3
	$(INSTALL) -m 755 $(LIB)/$(SONAME) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(LIB)/$(ARCHIVE) $(DESTDIR)$(LIBDIR)
	cd $(DESTDIR)$(LIBDIR) && for link in $(RUNTIME_LINKS) $(DEV_LINKS); do ln -sf $(SONAME) $$link; done
	cd $(DESTDIR)$(LIBDIR) && for link in $(ARCHIVE_LINKS); do ln -sf $(ARCHIVE) $$link; done
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/coap3
	$(foreach pc,$(PC_FILES),$(call pc_file,$(pc),$(PREFIX),$(call beneath,$(LIBDIR)),$(call beneath,$(INCLUDEDIR))) \
	  > $(DESTDIR)$(PKGCONFIGDIR)/$(pc) &&) true
	$(if $(DESTDIR),,-ldconfig)

# Without the names and lines that backtraces and debuggers show.
install-strip: install
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/$(SONAME)
	$(STRIP) --strip-debug $(DESTDIR)$(LIBDIR)/$(ARCHIVE)

uninstall:
	cd $(DESTDIR)$(LIBDIR) && rm -f $(SONAME) $(ARCHIVE) $(RUNTIME_LINKS) $(DEV_LINKS) $(ARCHIVE_LINKS)
	rm -f $(addprefix $(DESTDIR)$(PKGCONFIGDIR)/,$(PC_FILES))
	rm -f $(addprefix $(DESTDIR)$(INCLUDEDIR)/coap3/,$(notdir $(HEADERS)))
	rmdir $(DESTDIR)$(INCLUDEDIR)/coap3
	$(if $(DESTDIR),,-ldconfig)

generated:
	$(CARGO) xtask

demo: lib
	examples/demo $(CURDIR)/$(LIB)

# The session daemon, which is no part of the library.
sessiond:
	$(CARGO) build --quiet $(CARGO_FLAGS) --package coap-sessiond --bins --examples --profile $(PROFILE)

demo-session: sessiond
	$(RUST_OUTPUT)/examples/demo-session $(RUST_OUTPUT)/coap-sessiond

# The daemon as it ships, for tests of whole nodes and for the bench, whatever PROFILE is.
SESSIOND       = $(abspath $(TARGET_DIR)/release/coap-sessiond)
build_sessiond = $(CARGO) build --quiet $(CARGO_FLAGS) --release --package coap-sessiond --bins

# What `make check` does with it: 64 connections that move 10 MB each way, 10,000 that come and go.
load-session: export FERROCOAP_SESSIOND = $(SESSIOND)
load-session:
	$(build_sessiond)
	$(CARGO) test --quiet --package coap-sessiond --test processes -- load::

# Both builds: what libcoap-3-notls is compared with is built without TLS, too. BENCH_FLAGS: --only WORD, --brief, --smoke.
bench: export FERROCOAP_LIB = $(CURDIR)/$(BUILD_ROOT)/lib
bench: export FERROCOAP_LIB_WITHOUT_TLS = $(CURDIR)/$(BUILD_ROOT)/notls/lib
bench: export FERROCOAP_SESSIOND = $(SESSIOND)
bench:
	$(MAKE) lib TLS=
	$(MAKE) lib TLS=none
	$(build_sessiond)
	$(CARGO) run --quiet --release --package ferrocoap-bench -- $(BENCH_FLAGS)

check: needs style test miri

# What the tests run besides the library: Debian's libcoap and its programs, valgrind, aiocoap.
needs:
	tests/install-needs

style:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --document-private-items --locked

test: export FERROCOAP_LIB = $(CURDIR)/$(LIB)
test: export FERROCOAP_PROFILE = $(PROFILE)
test: export FERROCOAP_SESSIOND = $(SESSIOND)
test: lib
	$(MAKE) lib PROFILE=dev TLS=none
	$(build_sessiond)
	$(CARGO) test --workspace --locked --no-fail-fast

# The ownership rules once more, by an interpreter that sees undefined behaviour. It comes with nightly toolchains only.
MIRI = $(CARGO) +nightly miri
miri: export MIRIFLAGS = -Zmiri-strict-provenance -Zmiri-disable-isolation
miri:
	@if $(MIRI) --version >/dev/null 2>&1; then \
	  $(MIRI) test --package ferrocoap --lib --locked; \
	else echo 'not run: Miri (rustup toolchain install nightly --component miri)'; fi

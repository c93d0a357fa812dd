# Builds, tests and installs the library. `make help` lists the targets.
#
#   PROFILE   release (what ships, default) or dev (quick to build)
#   PREFIX, LIBDIR, INCLUDEDIR, DESTDIR   as usual with make install

PROFILE    ?= release
CARGO      ?= cargo
CC         ?= cc
INSTALL    ?= install
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

TARGET_DIR  = $(or $(CARGO_TARGET_DIR),target)
RUST_OUTPUT = $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
BUILD       = $(if $(filter release,$(PROFILE)),build,build/$(PROFILE))
LIB         = $(BUILD)/lib

SYSTEM_LIBS = -lgcc_s -lpthread -lm -ldl -lc
LINK_FLAGS  = -shared -Wl,-soname,$(SONAME) -Wl,--version-script=libcoap-3.map -Wl,--gc-sections \
              -Wl,--no-undefined -Wl,-z,relro,-z,now $(if $(filter release,$(PROFILE)),-Wl,-O1)

RUNTIME_LINKS = $(RUNTIME_FLAVOURS:%=libcoap-3%.so.3)
DEV_LINKS     = libcoap-3.so $(FLAVOURS:%=libcoap-3%.so)
ARCHIVE       = libcoap-3.a
ARCHIVE_LINKS = $(FLAVOURS:%=libcoap-3%.a)
PC_FILES      = libcoap-3.pc $(FLAVOURS:%=libcoap-3%.pc)

.DELETE_ON_ERROR:
.PHONY: help lib FORCE

help:
	@echo 'make demo       build, then run a C server and a C client on loopback'
	@echo 'make check      build and pass every test (installs what the tests need when root)'
	@echo 'make lib        the shared and static library in $(LIB)'
	@echo 'make install    into DESTDIR and PREFIX; make uninstall takes it away again'

lib: $(LIB)/$(SONAME) $(LIB)/$(ARCHIVE) $(addprefix $(LIB)/,$(RUNTIME_LINKS) $(DEV_LINKS) $(ARCHIVE_LINKS))

# cargo knows whether anything is to be done; the files below it are rebuilt only if this one changed.
$(RUST_OUTPUT)/libcoap_3.a: FORCE
	$(CARGO) rustc --quiet $(CARGO_FLAGS) --package ferrocoap --lib --crate-type staticlib --profile $(PROFILE)

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

# SPDX-License-Identifier: MIT
#
# make            build/plain/weir, linked at ./weir
# make check      every test, plain, then asan+ubsan, then tsan
# make lint       form, clang-tidy, floors, exports, docs, shell, man pages
# make bench      the figures, against the peers that are installed
# make install    PREFIX (/usr/local), DESTDIR
#
# Modules and tests are found by their place: src/FLOOR/MODULE.c,
# tests/unit/FLOOR/MODULE_test.c, tests/support/NAME.c, tests/fuzz/NAME.c,
# tests/bench/NAME.c.

VERSION = 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= cc
AR ?= ar
INSTALL ?= install

# plain, asan (address and undefined behaviour) or tsan (threads)
VARIANT ?= plain
OUT = build/$(VARIANT)

MODULES = $(filter-out src/main.c,$(wildcard src/*.c src/*/*.c))
TESTS = $(wildcard tests/unit/*/*_test.c)
SUPPORT = $(wildcard tests/support/*.c)
FUZZ = $(wildcard tests/fuzz/*.c)
BENCHES = $(wildcard tests/bench/*.c)

LIBRARIES = libcurl jansson libcrypto zlib sqlite3 oniguruma
LIBRARY_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIBRARY_LIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null) -lev -lm
CHECK_LIBS = $(shell pkg-config --libs check 2>/dev/null)

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
    -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
    -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wswitch-enum
# CI adds -Werror by WERROR=1; at users it would break on newer compilers.
ifdef WERROR
WARNINGS += -Werror
endif

HARDENING = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
    -fPIE
VARIANT_CFLAGS_plain = -O2 -g $(HARDENING)
VARIANT_LDFLAGS_plain = -pie -Wl,-z,relro,-z,now,-z,noexecstack
VARIANT_CFLAGS_asan = -O1 -g -fno-omit-frame-pointer \
    -fsanitize=address,undefined -fno-sanitize-recover=all
VARIANT_LDFLAGS_asan = -fsanitize=address,undefined
VARIANT_CFLAGS_tsan = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
VARIANT_LDFLAGS_tsan = -fsanitize=thread

CPPFLAGS_ALL = -Isrc -Itests -D_POSIX_C_SOURCE=200809L \
    -DWEIR_VERSION='"$(VERSION)"' $(LIBRARY_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=c11 $(WARNINGS) $(VARIANT_CFLAGS_$(VARIANT)) -pthread \
    -MMD -MP $(CFLAGS)
LDFLAGS_ALL = $(VARIANT_LDFLAGS_$(VARIANT)) -pthread $(LDFLAGS)

MODULE_OBJECTS = $(MODULES:%.c=$(OUT)/%.o)
TEST_PROGRAMS = $(TESTS:%.c=$(OUT)/%)
SUPPORT_PROGRAMS = $(SUPPORT:%.c=$(OUT)/%)
FUZZ_PROGRAMS = $(FUZZ:%.c=$(OUT)/%)
BENCH_PROGRAMS = $(BENCHES:%.c=$(OUT)/%)

.PHONY: all programs check asan tsan plain lint format bench install \
    uninstall dist clean
.SECONDARY:

all: weir

weir: $(OUT)/weir
	@ln -sf $(OUT)/weir weir

programs: $(OUT)/weir $(TEST_PROGRAMS) $(SUPPORT_PROGRAMS) $(FUZZ_PROGRAMS)

$(OUT)/weir: $(OUT)/src/main.o $(OUT)/libweir.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARY_LIBS)

$(OUT)/libweir.a: $(MODULE_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

# The data path is many small functions in many files; joined at the link of the
# program itself they take a tenth to a fifth less time. The objects carry
# ordinary code too, for the tests. Not every compiler can.
LTO := -flto=auto -ffat-lto-objects
HAS_LTO := $(shell echo 'int x;' | $(CC) -Werror $(LTO) -c -x c -o /dev/null - \
    2>/dev/null && echo yes)
ifeq ($(VARIANT)$(HAS_LTO),plainyes)
DATA_PATH = $(filter src/base/% src/json/% src/jq/% src/work/transform%, \
    $(filter-out src/json/index_%,$(MODULES)))
$(DATA_PATH:%.c=$(OUT)/%.o): VARIANT_CFLAGS_plain += $(LTO)
$(OUT)/weir: VARIANT_LDFLAGS_plain += $(LTO) -O2
$(OUT)/tests/%: VARIANT_LDFLAGS_plain += -fno-lto
endif

# libev's watcher macros access one object through several struct types.
$(OUT)/src/io/loop.o: VARIANT_CFLAGS_$(VARIANT) += -fno-strict-aliasing

$(OUT)/tests/unit/%: $(OUT)/tests/unit/%.o $(OUT)/libweir.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARY_LIBS) $(CHECK_LIBS)

$(OUT)/tests/support/%: $(OUT)/tests/support/%.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^

# Here they only replay the inputs that were found; scripts/fuzz looks for more.
$(OUT)/tests/fuzz/%.o: CPPFLAGS += -DFUZZ_REPLAY

$(OUT)/tests/fuzz/%: $(OUT)/tests/fuzz/%.o $(OUT)/libweir.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARY_LIBS)

$(OUT)/tests/bench/%: $(OUT)/tests/bench/%.o $(OUT)/libweir.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARY_LIBS)

check: plain asan tsan

plain asan tsan:
	$(MAKE) VARIANT=$@ programs
	sh scripts/run-tests $@

lint:
	sh scripts/lint

format:
	clang-format -i $(wildcard src/*.[ch] src/*/*.[ch] tests/*/*.[ch] \
	    tests/unit/*/*.[ch])

bench: all $(BENCH_PROGRAMS)
	sh scripts/bench

install: $(OUT)/weir
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	    $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/man/man7
	$(INSTALL) -m 755 $(OUT)/weir $(DESTDIR)$(PREFIX)/bin/weir
	$(INSTALL) -m 644 $(wildcard man/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	$(INSTALL) -m 644 $(wildcard man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
	$(INSTALL) -m 644 $(wildcard man/*.7) $(DESTDIR)$(PREFIX)/share/man/man7

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/weir
	rm -f $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man1/%,\
	    $(wildcard man/*.1)) \
	    $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man5/%,\
	    $(wildcard man/*.5)) \
	    $(patsubst man/%,$(DESTDIR)$(PREFIX)/share/man/man7/%,\
	    $(wildcard man/*.7))

dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=weir-$(VERSION)/ \
	    -o build/weir-$(VERSION).tar.gz HEAD

clean:
	rm -rf build weir

-include $(wildcard $(OUT)/src/*.d $(OUT)/src/*/*.d $(OUT)/tests/*/*.d \
    $(OUT)/tests/unit/*/*.d)

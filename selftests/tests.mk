# SPDX-License-Identifier: GPL-2.0
#
# Shared by unit/, vectors/ and exchange/: each *_test.c is a program of its
# own, every other source of the directory, but those in $(apart), is linked
# into all of them. The library is the sanitizer build of the agent's (make -C
# agent SAN=1 lib).

BUILD ?= $(abspath ../../build)
SAN := 1
include ../../tools/userspace.mk
CFLAGS_ALL += -DTEST_TOP='"$(top)"' -I../pki -I../shared

dir := $(notdir $(CURDIR))
objects = $(patsubst %.c,$(out)/$(dir)/%.o,$(1))
# What several directories need stands beside them.
vpath %.c ../pki
helpers := $(call objects,$(filter-out %_test.c $(apart),$(wildcard *.c)) \
	$(shared))
tests := $(patsubst %.c,$(out)/$(dir)/%,$(wildcard *_test.c))

all: $(tests)

$(tests): %: %.o $(helpers) $(out)/agent/libagent.a
	$(say) LD $(dir)/$(@F)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS) $(shell $(PKG_CONFIG) --libs cmocka)

$(out)/$(dir)/%.o: %.c
	$(say) CC selftests/$(dir)/$<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MT $@ -c -o $@ $<

-include $(tests:=.d) $(helpers:.o=.d)
.SECONDARY:
.PHONY: all

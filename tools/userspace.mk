# SPDX-License-Identifier: GPL-2.0
#
# Flags common to every program of ours that runs in user space. Included by
# the Makefiles of agent/, tools/ and selftests/; BUILD is set by each of them.
# SAN=1 builds the same sources under the sanitizers, into a place of its own.

ifneq ($(CROSS_COMPILE),)
CC := $(CROSS_COMPILE)gcc
endif
AR := $(CROSS_COMPILE)ar
PKG_CONFIG ?= $(if $(shell command -v $(CROSS_COMPILE)pkg-config),$(CROSS_COMPILE))pkg-config

top := $(patsubst %/tools/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
out := $(BUILD)$(if $(SAN),/asan)
Q := $(if $(filter 1,$(V)),,@)
say := @printf '  %-4s%s\n'
comma := ,

packages := libcrypto libssl libcurl libnl-3.0 libnl-genl-3.0 libnl-route-3.0 libconfig \
	json-c libcap-ng
sanitize := -fsanitize=address$(comma)undefined

# Operations structs give their functions parameters that not every one needs.
CFLAGS_ALL := -std=gnu11 -O2 -g -D_GNU_SOURCE -I$(top)/uapi -I$(top)/agent \
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wno-unused-parameter -Wformat=2 -Wundef -Wvla -fstack-protector-strong -fPIE -MMD -MP \
	$(shell $(PKG_CONFIG) --cflags $(packages)) \
	$(if $(SAN),$(sanitize) -fno-omit-frame-pointer -fno-sanitize-recover=all,\
		-D_FORTIFY_SOURCE=2) \
	$(CFLAGS)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now $(if $(SAN),$(sanitize)) $(LDFLAGS)
LIBS := $(shell $(PKG_CONFIG) --libs $(packages))

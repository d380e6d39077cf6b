# SPDX-License-Identifier: GPL-2.0
#
# A thin front: builds the module, the agent, the tool and the iproute2
# plug-in, and calls the drivers of demo and tests. The work is in Kbuild,
# agent/Makefile, tools/Makefile and selftests/.
#
# Settings: KERNEL_SRC= (headers to build the module against), ARCH=,
# CROSS_COMPILE=, CC=, CFLAGS= (added to ours), PREFIX=, DESTDIR=,
# INSTALL_MOD_PATH=, BUILD= (where results go), V=1.

# Not called `build`: that name is Kbuild's, and settings are inherited.
BUILD := $(CURDIR)/build
export BUILD

# The running kernel's headers when there are any, else the newest installed.
installed := $(shell ls -d /usr/src/linux-headers-*-amd64 2>/dev/null | sort -V)
KERNEL_SRC := $(or $(KERNEL_SRC),$(wildcard /lib/modules/$(shell uname -r)/build),\
	$(lastword $(installed)))
# UTS_RELEASE is what the kernel calls itself at run time; on Debian the file
# config/kernel.release holds the upstream version instead.
kernelrelease := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KERNEL_SRC)/include/generated/utsrelease.h 2>/dev/null)
module_dir := $(BUILD)/module-$(kernelrelease)
# User Mode Linux says so only in its configuration.
user_mode := $(shell grep -s '^CONFIG_UML=y' $(KERNEL_SRC)/.config)
# Headers of another distribution want its compiler: KERNEL_ROOT= is its root.
kbuild = $(if $(KERNEL_ROOT:/=),selftests/qemu/in-root $(KERNEL_ROOT) $(CURDIR) $(BUILD) -- make,$(MAKE)) \
	-s -C $(KERNEL_SRC:$(KERNEL_ROOT:/=)%=%) M=$(module_dir) $(if $(user_mode),ARCH=um)

ifeq ($(V),1)
Q :=
else
Q := @
MAKEFLAGS += --no-print-directory
endif

PREFIX ?= /usr
INSTALL_MOD_PATH ?= $(DESTDIR)

all: module agent tools plugin

# The module is built in a shadow of the tree, so that several kernels can be
# served from one source without cleaning in between.
shadow:
	$(Q)test -n "$(kernelrelease)" || { echo "no kernel headers in" \
		"'$(KERNEL_SRC)': run tools/setup or give KERNEL_SRC=" >&2; exit 1; }
	$(Q)mkdir -p $(addprefix $(module_dir)/,$(shell find kernel uapi -type d))
	$(Q)find $(module_dir) -xtype l -delete
	$(Q)find Kbuild kernel uapi \( -name '*.[ch]' -o -name Kbuild \) | \
		while read -r f; do \
			[ -L $(module_dir)/$$f ] || \
			ln -s $(CURDIR)/$$f $(module_dir)/$$f || exit 1; \
		done

module: shadow
	$(Q)+$(if $(wildcard kernel/main.c),$(kbuild) $(KBUILD_FLAGS) modules)

agent:
	$(Q)+$(MAKE) -C agent

tools: agent
	$(Q)+$(MAKE) -C tools

plugin:
	$(Q)+$(MAKE) -C tools/iproute2

# Everything that the tests run but the user does not install.
tests: agent
	$(Q)+$(MAKE) -C selftests programs

install: all
	$(Q)+$(kbuild) INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) modules_install
	install -D -m 0755 $(BUILD)/agent/tunneld $(DESTDIR)$(PREFIX)/sbin/tunneld
	install -D -m 0755 $(BUILD)/tools/tunctl $(DESTDIR)$(PREFIX)/bin/tunctl
	install -D -m 0755 $(BUILD)/tools/tunnel-keysource $(DESTDIR)$(PREFIX)/sbin/tunnel-keysource
	install -D -m 0755 $(BUILD)/iproute2/link_tunnel_ip.so $(DESTDIR)$(PREFIX)/lib/ip/link_tunnel_ip.so
	install -D -m 0644 dist/tunnel-ip.conf $(DESTDIR)/etc/iproute2/rt_protos.d/tunnel-ip.conf
	install -d -m 0700 $(DESTDIR)/etc/tunnel-ip
	for f in $(wildcard dist/*.service); do \
		install -D -m 0644 $$f $(DESTDIR)$(PREFIX)/lib/systemd/system/$${f##*/} || exit 1; \
	done
	for f in $(wildcard Documentation/*.[58]); do \
		install -D -m 0644 $$f $(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/$${f##*/} || exit 1; \
	done

setup:
	$(Q)tools/setup

# The module of the guest's kernel, which need not be the running one; KERNEL=
# is a name of selftests/qemu/kernels.
KERNEL ?= 6.1
guest-module: $(if $(filter arm64,$(KERNEL)),guest-programs)
	$(Q)+$(MAKE) module KERNEL_SRC=$$(selftests/qemu/run --kernel $(KERNEL) --headers) \
		KERNEL_ROOT=$$(selftests/qemu/run --kernel $(KERNEL) --root) \
		$(if $(filter arm64,$(KERNEL)),$(cross))

# A guest of another architecture has programs of its own, too: the helpers of the
# scripts and the plug-in, linked with the libraries of its root.
cross := ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- BUILD=$(BUILD)/arm64
cross_root := /var/cache/tunnel-ip/arm64
guest-programs: export PKG_CONFIG_SYSROOT_DIR := $(cross_root)
guest-programs: export PKG_CONFIG_LIBDIR := $(cross_root)/usr/lib/aarch64-linux-gnu/pkgconfig
guest-programs:
	$(Q)+$(MAKE) -C selftests helpers $(cross) CFLAGS=--sysroot=$(cross_root) \
		LDFLAGS=--sysroot=$(cross_root)
	$(Q)+$(MAKE) -C tools/iproute2 $(cross) CFLAGS=--sysroot=$(cross_root)

demo: setup
	$(Q)+$(MAKE) all $(if $(NATIVE),,guest-module)
	$(Q)$(if $(NATIVE),,selftests/qemu/run --timeout 300) selftests/demo.sh

# KERNELS="6.1 7" or KERNELS=all: those whose guests run every script.
check: setup
	$(Q)$(if $(filter all,$(KERNELS)),tools/setup arm64 && selftests/qemu/fetch-arm64)
	$(Q)selftests/qemu/fetch-kernels
	$(Q)selftests/qemu/fetch-peers
	$(Q)selftests/check

# The guest scripts on a kernel with sanitizers and fault injection.
check-debug:
	$(Q)tools/setup debug
	$(Q)selftests/qemu/debug-kernel
	$(Q)KERNELS=debug selftests/check build selftests-debug

# Part of KERNELS=all, by itself.
check-smoke-arm64: setup
	$(Q)tools/setup arm64
	$(Q)selftests/qemu/fetch-arm64
	$(Q)+$(MAKE) guest-module KERNEL=arm64
	$(Q)KERNELS=all selftests/check smoke-arm64

# check-unit, check-selftests-6.1, ...: one stage (selftests/check --list).
check-%: setup
	$(Q)selftests/qemu/fetch-kernels
	$(Q)selftests/qemu/fetch-peers
	$(Q)selftests/check $*

# BENCH="ike ...": some parts of it only.
bench: setup
	$(Q)tools/setup debug
	$(Q)+$(MAKE) agent
	$(Q)+$(MAKE) -C selftests benchmarks
	$(Q)selftests/bench/run

vm: setup
	$(Q)+$(MAKE) all guest-module tests
	$(Q)selftests/qemu/run --interactive

clean:
	rm -rf $(BUILD)
	find selftests tools -name __pycache__ -prune -exec rm -rf {} +

.PHONY: all shadow module guest-module guest-programs agent tools plugin tests install setup demo check check-debug check-smoke-arm64 bench vm clean

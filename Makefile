# simmer: build, try, test, install. `make help` lists the targets.

PREFIX ?= /usr
DESTDIR ?=
SYSCONFDIR ?= /etc
# Units, sysusers.d and tmpfiles.d are read below /usr/lib and /usr/local/lib; a prefix elsewhere is for packagers.
LIBDIR = $(PREFIX)/lib
UNITDIR = $(LIBDIR)/systemd
# The programs carry the Swift runtime with them (they are installed where no toolchain is), which `swift test` cannot
# be built with: two build folders.
PROGRAMS = .build-programs
BUILD = $(PROGRAMS)/release
SWIFT = swift

.PHONY: help demo check build packages install uninstall format lint clean

help:
	@echo 'make demo                     install the Debian packages, build, and train a first network'
	@echo 'make check                    install what is missing and run all tests'
	@echo 'make build                    build simmer, simmerd and simmer-worker'
	@echo 'make install PREFIX= DESTDIR= programs, units, configuration, manual pages, completions'
	@echo 'make uninstall                take them away; jobs and configuration changed by hand stay'

packages:
	.ci/packages

build: packages
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path $(PROGRAMS)

demo: build
	.ci/demo

check: build
	.ci/test

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift

# What `install` writes, below $(DESTDIR); `uninstall` removes just these.
INSTALLED = \
	$(PREFIX)/bin/simmer $(PREFIX)/bin/simmerd $(PREFIX)/libexec/simmer/simmer-worker \
	$(UNITDIR)/system/simmerd.service $(UNITDIR)/system/simmerd.socket $(UNITDIR)/user/simmerd.service \
	$(UNITDIR)/system/simmer-backup.service $(UNITDIR)/system/simmer-backup.timer \
	$(UNITDIR)/catalog/simmer.catalog \
	$(LIBDIR)/sysusers.d/simmer.conf $(LIBDIR)/tmpfiles.d/simmer.conf \
	$(PREFIX)/share/man/man1/simmer.1 $(PREFIX)/share/man/man8/simmerd.8 \
	$(PREFIX)/share/man/man5/simmer-recipe.5 $(PREFIX)/share/man/man5/simmerd.conf.5 \
	$(PREFIX)/share/man/man7/io.simmer.7 $(PREFIX)/share/man/man7/simmer-checks.7 \
	$(PREFIX)/share/bash-completion/completions/simmer \
	$(PREFIX)/share/zsh/site-functions/_simmer \
	$(PREFIX)/share/fish/vendor_completions.d/simmer.fish

# The programs must be built: `sudo make install` does not build as root.
install:
	install -D -m 755 $(BUILD)/simmer $(DESTDIR)$(PREFIX)/bin/simmer
	install -D -m 755 $(BUILD)/simmerd $(DESTDIR)$(PREFIX)/bin/simmerd
	install -D -m 755 $(BUILD)/simmer-worker $(DESTDIR)$(PREFIX)/libexec/simmer/simmer-worker
	strip $(DESTDIR)$(PREFIX)/bin/simmer $(DESTDIR)$(PREFIX)/bin/simmerd $(DESTDIR)$(PREFIX)/libexec/simmer/simmer-worker
	install -d $(DESTDIR)$(UNITDIR)/system $(DESTDIR)$(UNITDIR)/user
	sed 's#/usr/bin/#$(PREFIX)/bin/#g' systemd/simmerd.service > $(DESTDIR)$(UNITDIR)/system/simmerd.service
	sed 's#/usr/bin/#$(PREFIX)/bin/#g' systemd/user/simmerd.service > $(DESTDIR)$(UNITDIR)/user/simmerd.service
	sed 's#/usr/bin/#$(PREFIX)/bin/#g' systemd/simmer-backup.service > $(DESTDIR)$(UNITDIR)/system/simmer-backup.service
	install -m 644 systemd/simmerd.socket $(DESTDIR)$(UNITDIR)/system/simmerd.socket
	install -m 644 systemd/simmer-backup.timer $(DESTDIR)$(UNITDIR)/system/simmer-backup.timer
	chmod 644 $(DESTDIR)$(UNITDIR)/system/simmerd.service $(DESTDIR)$(UNITDIR)/system/simmer-backup.service \
		$(DESTDIR)$(UNITDIR)/user/simmerd.service
	install -D -m 644 systemd/simmer.catalog $(DESTDIR)$(UNITDIR)/catalog/simmer.catalog
	install -D -m 644 systemd/simmer.sysusers $(DESTDIR)$(LIBDIR)/sysusers.d/simmer.conf
	install -D -m 644 systemd/simmer.tmpfiles $(DESTDIR)$(LIBDIR)/tmpfiles.d/simmer.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/simmer/simmerd.yaml || \
		install -D -m 644 config/simmerd.yaml $(DESTDIR)$(SYSCONFDIR)/simmer/simmerd.yaml
	install -d $(DESTDIR)$(PREFIX)/share/simmer/recipes
	install -m 644 config/recipes/*.yaml $(DESTDIR)$(PREFIX)/share/simmer/recipes
	for page in simmer.1 simmerd.8 simmer-recipe.5 simmerd.conf.5 io.simmer.7 simmer-checks.7; do \
		install -D -m 644 man/$$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$page || exit 1; done
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BUILD)/simmer completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/simmer
	$(BUILD)/simmer completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_simmer
	$(BUILD)/simmer completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/simmer.fish

uninstall:
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
	rm -rf $(DESTDIR)$(PREFIX)/share/simmer
	-rmdir $(DESTDIR)$(PREFIX)/libexec/simmer
	cmp -s config/simmerd.yaml $(DESTDIR)$(SYSCONFDIR)/simmer/simmerd.yaml && \
		rm -f $(DESTDIR)$(SYSCONFDIR)/simmer/simmerd.yaml || true
	-rmdir --ignore-fail-on-non-empty $(DESTDIR)$(SYSCONFDIR)/simmer

clean:
	rm -rf .build $(PROGRAMS)

# A front end to cmake and ctest that also installs what they need.
#
# LLVM=N chooses the version of LLVM; without it, the newest that is installed,
# or else can be installed, is taken. See "make help".

SETUP := cmake/scripts/setup.sh
JOBS ?= $(shell nproc)
# OFF leaves out tests that take long and depend little on the LLVM.
SLOW ?= ON
PREFIX ?= /usr/local

# Looked up once, and only by a target that needs it.
ifeq ($(LLVM),)
LLVM = $(eval LLVM := $$(shell $(SETUP) select))$(LLVM)
endif
BUILD = build/$(LLVM)
PLUGIN = $(BUILD)/lib/libthread-stop-tidy.so

.DEFAULT_GOAL := build
.PHONY: build lint test install package format format-check docs images bench model clean help

# A configured folder keeps its choice of tests, so that make build and make
# test do not undo each other's work.
build:
	@$(SETUP) build $(LLVM)
	@test -e $(BUILD)/build.ninja || cmake --preset llvm-$(LLVM)
	cmake --build $(BUILD) -j $(JOBS)

# The plugin only: whoever lints does not wait for the programs.
lint:
	@$(SETUP) build $(LLVM)
	@test -e $(BUILD)/build.ninja || cmake --preset llvm-$(LLVM)
	cmake --build $(BUILD) -j $(JOBS) \
	  --target thread_stop_module thread_stop_tidy_loader
	@LLVM=$(LLVM) PLUGIN=$(abspath $(PLUGIN)) cmake/scripts/lint.sh $(if $(DIR),"$(DIR)")

test:
	@$(SETUP) test $(LLVM)
	cmake --preset llvm-$(LLVM) -DTHREAD_STOP_BUILD_TESTS=ON \
	  -DTHREAD_STOP_SLOW_TESTS=$(SLOW)
	cmake --build $(BUILD) -j $(JOBS)
	cd $(BUILD) && ctest --output-on-failure -j $(JOBS) --output-junit ctest.xml

install: build
	cmake --install $(BUILD) --prefix $(PREFIX)
	@[ "$$(id -u)" -ne 0 ] || ldconfig # for the runtime

# Builds what goes into them, and no tests.
package:
	@$(SETUP) package $(LLVM)
	@test -e $(BUILD)/build.ninja || cmake --preset llvm-$(LLVM)
	cmake --build $(BUILD) -j $(JOBS) --target packages

format:
	@$(SETUP) format
	@cmake/scripts/format.sh

format-check:
	@$(SETUP) format
	@cmake/scripts/format.sh --check

docs:
	python3 cmake/scripts/gen_docs.py

images: build
	@$(SETUP) images
	python3 cmake/scripts/record_session.py --program $(BUILD)/bin/thread-stop

bench: build
	@$(SETUP) bench
	python3 bench/run.py --plugin $(abspath $(PLUGIN))
	python3 bench/cli/run.py --program $(BUILD)/bin/thread-stop --llvm $(LLVM)
	python3 bench/clangd/run.py --program $(BUILD)/bin/thread-stop-clangd
	python3 bench/runtime/run.py
	python3 bench/runtime/run.py --mode eventfd

model:
	@$(SETUP) model
	python3 runtime/model/check_model.py

clean:
	rm -rf build

help:
	@echo 'make build [LLVM=N]           build the plugin: build/N/lib/libthread-stop-tidy.so'
	@echo 'make lint [LLVM=N] [DIR=path] run all thread-stop checks over the code in DIR'
	@echo 'make test [LLVM=N] [SLOW=OFF] build and run all tests; OFF: not the long ones,'
	@echo '                              which depend little on the version of LLVM'
	@echo 'make install [LLVM=N] [PREFIX=/usr/local]'
	@echo '                              install to PREFIX/lib/thread-stop; once for each LLVM'
	@echo 'make package [LLVM=N]         make Debian packages: build/N/packages/*.deb'
	@echo 'make format, format-check     apply, or check, .clang-format to our sources'
	@echo 'make docs                     regenerate docs/checks/index.md'
	@echo 'make images [LLVM=N]          record the images of the README again'
	@echo 'make bench [LLVM=N]           measure what checks, programs and runtime cost'
	@echo 'make model                    check the protocol of the runtime with spin'
	@echo 'make clean                    remove build/'
	@echo
	@echo 'N is 14 to 22, by default the newest there is. Missing packages are installed'
	@echo 'by apt-get. JOBS=n limits the parallel jobs.'

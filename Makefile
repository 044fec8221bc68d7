# Every target in one line each; the work itself is in test.sh and in go.
.DEFAULT_GOAL := help
SHELL := bash
COUNT := 5

MODULES = $(shell go list -m -f '{{.Dir}}')
STATICCHECK = $(shell sed -n 's/^staticcheck=//p' test.sh)

.PHONY: help
help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: test
test: ## every check and every test, with real servers: what CI runs
	./test.sh

.PHONY: quick
quick: ## vet and the tests of every module; those without their server are skipped
	go vet work
	go test work

.PHONY: soak
soak: ## ten minutes of histories checked for linearizability, ten seconds of every fuzz target
	go test -count=1 -timeout 30m -v -run '^TestBackends$$' ./bench/linearizability -for 10m
	@grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's|/[^/]*:func | |' | sort | \
	while read -r dir target; do \
		echo "== $$target in $$dir"; \
		go test -run '^$$' -fuzz "^$$target$$" -fuzztime 10s "$$dir" </dev/null || exit; \
	done

.PHONY: bench
bench: ## every operation on every backend: at most eight minutes on two cores
	go test -run '^$$' -bench . ./bench

.PHONY: bench-smoke
bench-smoke: ## the same and the third party's benchmarks, each once: that they work, no figures
	go test -run '^$$' -bench . -benchtime 1x ./bench ./storetest
	go test -short -run '^$$' -bench 'Growth|Peers' -benchtime 1x ./bench

.PHONY: figures
figures: ## the report and the README's tables, from the published run in bench/results
	STORETEST_UPDATE=1 go test -count=1 ./bench/results

.PHONY: bench-bolt
bench-bolt: ## group commit against one commit per write, on this directory's disk
	go test -run '^$$' -bench . -count $(COUNT) ./bolt

.PHONY: bench-memory
bench-memory: ## the longest Get while a million sessions expire, and the heap
	go test -run '^$$' -bench . ./memory

.PHONY: images
images: ## redis, memcached and postgres for bench/containers; from Debian's packages where no registry is (as root)
	bench/containers/images.sh

.PHONY: lint
lint: ## golangci-lint where it is installed, else staticcheck
	@if command -v golangci-lint >/dev/null; then \
		for dir in $(MODULES); do (cd "$$dir" && golangci-lint run ./...) || exit; done; \
	else go run $(STATICCHECK) work; fi

.PHONY: fmt
fmt: ## gofmt
	gofmt -l -w .

.PHONY: tidy
tidy: ## exact go.mod and go.sum in every module, and go.work.sum where one is needed
	@for dir in $(MODULES); do (cd "$$dir" && GOWORK=off go mod tidy) || exit; done
	rm -f go.work.sum
	go vet work
	go list -m all >/dev/null # go doc asks for these

.PHONY: clean
clean: ## remove what programs and tests left in the clone, the sign-in program's users too
	git clean -fdX

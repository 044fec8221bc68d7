// Package bench has the benchmarks that compare the backends; they are tests,
// and so the package has no code of its own.
//
//	go test -run '^$' -bench . ./bench
//	go test -run '^$' -bench . ./bench -bench.full -timeout 0
//
// The first compares all backends, in each setting of durability, with sessions
// of 1 KiB and with 1 and 64 clients, and takes up to eight minutes on two
// cores. The second leaves nothing out. Each benchmark runs for half a second
// unless -benchtime says otherwise, and -bench chooses by name:
//
//	go test -run '^$' -bench 'Get$/./clients=64/backend=redis' ./bench
//
// Before the first result stand the lines that a figure means nothing without:
// the machine, the versions, the durability settings as each running server
// reports them, what is left out, and which backend could not run and why.
//
// benchstat makes a table of each operation, with the backends as its rows, of
// one run or of several side by side:
//
//	go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da \
//		-filter '/size:/./' -table .name,/size,/clients -row /backend,/durability results.txt
//
// SESSIONSTORE_SERVERS says where the servers come from; see package server.
// SESSIONSTORE_REQUIRE makes it a failure that a backend has none.
package bench

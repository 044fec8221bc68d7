package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// get returns what h answers.
func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("the metrics do not have the line %s:\n%s", line, text)
		}
	}
}

func TestMetricsOfVisits(t *testing.T) {
	s := newMemory(t)
	h, err := newHandler(s)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if code, body := get(t, h, "/"); code != http.StatusOK {
			t.Fatalf("a visit: got %d, %s", code, body)
		}
	}
	_, metrics := get(t, h, "/metrics")
	wantLines(t, metrics,
		`sessionstore_operation_duration_seconds_count{operation="Create",outcome="ok"} 100`,
		`sessionstore_operation_duration_seconds_count{operation="GetAndTouch",outcome="ok"} 100`,
		`sessionstore_operation_duration_seconds_count{operation="Delete",outcome="ok"} 100`,
		`sessionstore_data_bytes_sum{operation="GetAndTouch"} 1400`,
	)
	if n := strings.Count(metrics, "duration_seconds_count{"); n != 3 {
		t.Errorf("got %d series for 100 visitors, want one for each operation", n)
	}

	s.Close()
	if code, _ := get(t, h, "/"); code != http.StatusServiceUnavailable {
		t.Errorf("a visit without a store: got %d, want %d", code, http.StatusServiceUnavailable)
	}
	_, metrics = get(t, h, "/metrics")
	wantLines(t, metrics, `sessionstore_operation_duration_seconds_count{operation="Create",outcome="closed"} 1`)
}

func TestMetricsHoldNoSecret(t *testing.T) {
	registry := prometheus.NewRegistry()
	s, err := observe(newMemory(t), registry)
	if err != nil {
		t.Fatal(err)
	}
	const id = "a-secret-id"
	ctx := t.Context()
	done, cancel := context.WithCancel(ctx)
	cancel()
	s.Set(ctx, id, []byte("a secret"), time.Hour)
	s.Set(ctx, id+" that is invalid", []byte("a secret"), time.Hour)
	s.Get(done, id)
	sessionstore.CompareAndSwap(ctx, s, id, nil, []byte("another secret"), time.Hour)
	for range sessionstore.All(ctx, s) {
	}
	_, metrics := get(t, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), "/metrics")
	wantLines(t, metrics,
		`sessionstore_operation_duration_seconds_count{operation="Set",outcome="ok"} 1`,
		`sessionstore_operation_duration_seconds_count{operation="Set",outcome="invalid_id"} 1`,
		`sessionstore_operation_duration_seconds_count{operation="Get",outcome="canceled"} 1`,
		`sessionstore_operation_duration_seconds_count{operation="CompareAndSwap",outcome="conflict"} 1`,
		`sessionstore_operation_duration_seconds_count{operation="All",outcome="ok"} 1`,
	)
	if strings.Contains(metrics, "secret") {
		t.Errorf("the metrics hold an id or data:\n%s", metrics)
	}
}

func TestObserveTwice(t *testing.T) {
	registry := prometheus.NewRegistry()
	for _, wantError := range []bool{false, true} {
		if _, err := observe(newMemory(t), registry); (err != nil) != wantError {
			t.Errorf("observe: got error %v, want one: %v", err, wantError)
		}
	}
}

// onWrite is called by what is written to it.
type onWrite func(text string)

func (f onWrite) Write(b []byte) (int, error) { f(string(b)); return len(b), nil }

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var said string
	err := run(ctx, "memory:", "127.0.0.1:0", onWrite(func(text string) { said = text; cancel() }))
	if err != nil || !strings.Contains(said, "/metrics") {
		t.Errorf("run: got %q, %v, want the address and no error when its context ends", said, err)
	}
	if err := run(t.Context(), "nonsense:", "127.0.0.1:0", onWrite(func(string) {})); err == nil {
		t.Error("run with a wrong URL: got no error")
	}
}

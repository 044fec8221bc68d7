// Opentelemetry shows the spans and metrics of a session store, by the
// semantic conventions for databases. It signs somebody in and out, and prints
// what a collector would get.
//
//	go run ./examples/opentelemetry
//	go run ./examples/opentelemetry -store redis://localhost:6379/0
//
// What to copy is in observe.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/open"
)

func main() {
	store := flag.String("store", "memory:", "keep sessions in the store that `URL` names")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := run(ctx, *store, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "opentelemetry:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, url string, out io.Writer) (err error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(out), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	values, err := stdoutmetric.New(stdoutmetric.WithWriter(out), stdoutmetric.WithPrettyPrint())
	if err != nil {
		return err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
	metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(values)))
	defer func() { err = errors.Join(err, traces.Shutdown(ctx), metrics.Shutdown(ctx)) }() // these print

	opened, err := open.URL(ctx, url)
	if err != nil {
		return err
	}
	store, err := observe(opened, systemName(url), traces, metrics)
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	defer func() { err = errors.Join(err, sessionstore.Close(store)) }()
	return visit(ctx, store)
}

// systemName is what the conventions call a backend. They have no names for
// bolt and memory.
func systemName(url string) string {
	switch scheme, _, _ := strings.Cut(url, ":"); scheme {
	case "rediss":
		return "redis"
	case "postgres", "postgresql":
		return "postgresql"
	default:
		return scheme
	}
}

// visit is a sign-in, a request, a sign-out, and a request that comes too late.
func visit(ctx context.Context, s sessionstore.Store) error {
	id := sessionstore.NewID()
	if err := sessionstore.Create(ctx, s, id, []byte(`{"user":"ada"}`), time.Hour); err != nil {
		return err
	}
	if _, err := sessionstore.GetAndTouch(ctx, s, id, time.Hour); err != nil {
		return err
	}
	if err := s.Delete(ctx, id); err != nil {
		return err
	}
	if _, err := s.Get(ctx, id); !errors.Is(err, sessionstore.ErrNotFound) {
		return fmt.Errorf("the session after sign-out: got %v, want %v", err, sessionstore.ErrNotFound)
	}
	return nil
}

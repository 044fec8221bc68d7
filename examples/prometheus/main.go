// Prometheus shows metrics of a session store. Each request to it starts a
// session and ends it; /metrics tells what that cost.
//
//	go run ./examples/prometheus
//	go run ./examples/prometheus -store redis://localhost:6379/0
//
// What to copy is in observe.go. Queries to begin with:
//
//	sum by (operation) (rate(sessionstore_operation_duration_seconds_count[5m]))
//	histogram_quantile(0.99, sum by (operation, le) (rate(sessionstore_operation_duration_seconds_bucket[5m])))
//	sum(rate(sessionstore_operation_duration_seconds_count{outcome=~"error|timeout|unknown_outcome|corrupt|full|closed"}[5m]))
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/open"
)

func main() {
	url := flag.String("store", "memory:", "keep sessions in the store that `URL` names")
	addr := flag.String("addr", "127.0.0.1:8081", "serve on `host:port`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *url, *addr, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "prometheus:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, url, addr string, out io.Writer) (err error) {
	opened, err := open.URL(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	handler, err := newHandler(opened)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Visit http://%s/ now and then, and look at http://%[1]s/metrics\n", listener.Addr())
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newHandler serves visits and their metrics.
func newHandler(s sessionstore.Store) (http.Handler, error) {
	metrics := prometheus.NewRegistry()
	s, err := observe(s, metrics)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := visit(ctx, s); err != nil {
			http.Error(w, "the session store does not work", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "A session was started, read, and ended.")
	})
	return mux, nil
}

func visit(ctx context.Context, s sessionstore.Store) error {
	id := sessionstore.NewID()
	if err := sessionstore.Create(ctx, s, id, []byte(`{"user":"ada"}`), time.Hour); err != nil {
		return err
	}
	if _, err := sessionstore.GetAndTouch(ctx, s, id, time.Hour); err != nil {
		return err
	}
	return s.Delete(ctx, id)
}

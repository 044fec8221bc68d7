package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// telemetry collects what observe emits.
type telemetry struct {
	spans   *tracetest.InMemoryExporter
	traces  *sdktrace.TracerProvider
	values  *sdkmetric.ManualReader
	metrics *sdkmetric.MeterProvider
}

func newTelemetry() *telemetry {
	spans, values := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	return &telemetry{
		spans: spans, traces: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		values: values, metrics: sdkmetric.NewMeterProvider(sdkmetric.WithReader(values)),
	}
}

func (tel *telemetry) store(t *testing.T, inner sessionstore.Store) sessionstore.Store {
	t.Helper()
	s, err := observe(inner, "memory", tel.traces, tel.metrics)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// durations returns the points of the one metric.
func (tel *telemetry) durations(t *testing.T) metricdata.Histogram[float64] {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := tel.values.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.ScopeMetrics) != 1 || len(all.ScopeMetrics[0].Metrics) != 1 {
		t.Fatalf("got %v, want one metric", all.ScopeMetrics)
	}
	m := all.ScopeMetrics[0].Metrics[0]
	if m.Name != "db.client.operation.duration" || m.Unit != "s" {
		t.Errorf("got the metric %s in %s, want db.client.operation.duration in s", m.Name, m.Unit)
	}
	histogram, ok := m.Data.(metricdata.Histogram[float64])
	if !ok {
		t.Fatalf("got a %T, want a histogram", m.Data)
	}
	return histogram
}

// text writes attributes as key=value, sorted.
func text(attrs []attribute.KeyValue) string {
	var all []string
	for _, a := range attrs {
		all = append(all, fmt.Sprintf("%s=%s", a.Key, a.Value.String()))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func newMemory(t *testing.T) *memory.Store {
	t.Helper()
	s, err := memory.New(memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestSpansAndMetrics(t *testing.T) {
	tel, ctx := newTelemetry(), t.Context()
	s := tel.store(t, newMemory(t))
	side, err := sessionstore.Namespace(s, "side")
	if err != nil {
		t.Fatal(err)
	}
	s.Set(ctx, "id", []byte("x"), time.Hour)
	side.Get(ctx, "id")
	sessionstore.Close(s)
	s.Get(ctx, "id")

	want := []struct {
		name, attrs string
		status      codes.Code
	}{
		{"Set", "db.operation.name=Set db.system.name=memory sessionstore.outcome=ok", codes.Unset},
		{"Get side", "db.collection.name=side db.operation.name=Get db.system.name=memory sessionstore.outcome=not_found", codes.Unset},
		{"Get", "db.operation.name=Get db.system.name=memory error.type=closed sessionstore.outcome=closed", codes.Error},
	}
	spans, points := tel.spans.GetSpans(), tel.durations(t).DataPoints
	if len(spans) != len(want) || len(points) != len(want) {
		t.Fatalf("got %d spans and %d points, want %d each", len(spans), len(points), len(want))
	}
	for i, w := range want {
		got := spans[i]
		if got.Name != w.name || text(got.Attributes) != w.attrs || got.Status.Code != w.status || got.SpanKind != trace.SpanKindClient {
			t.Errorf("span %d: got %q %v %v, %s, want %q %v client, %s", i, got.Name, got.Status.Code, got.SpanKind,
				text(got.Attributes), w.name, w.status, w.attrs)
		}
		at := slices.IndexFunc(points, func(p metricdata.HistogramDataPoint[float64]) bool { return text(p.Attributes.ToSlice()) == w.attrs })
		if at < 0 {
			t.Errorf("no point of the metric has the attributes %s", w.attrs)
		} else if p := points[at]; p.Count != 1 || p.Sum != got.EndTime.Sub(got.StartTime).Seconds() || len(p.Bounds) != 9 {
			t.Errorf("%s: got %d values of sum %v, want one as long as the span", w.attrs, p.Count, p.Sum)
		}
	}
	if got := spans[2].Status.Description; got != "memory: get: session store is closed" {
		t.Errorf("the description of a failure: got %q", got)
	}
}

// client is a backend's client with spans of its own.
type client struct {
	*memory.Store
	tracer trace.Tracer
}

func (c client) Get(ctx context.Context, id string) ([]byte, error) {
	ctx, span := c.tracer.Start(ctx, "a client's span")
	defer span.End()
	return c.Store.Get(ctx, id)
}

func TestSpanIsParentOfTheClients(t *testing.T) {
	tel := newTelemetry()
	ctx, request := tel.traces.Tracer("http").Start(t.Context(), "request")
	tel.store(t, client{newMemory(t), tel.traces.Tracer("client")}).Get(ctx, "id")
	request.End()
	spans := tel.spans.GetSpans()
	if len(spans) != 3 {
		t.Fatalf("got %d spans, want those of client, store and request", len(spans))
	}
	for i := range 2 {
		if spans[i].Parent.SpanID() != spans[i+1].SpanContext.SpanID() {
			t.Errorf("the parent of %q is not %q", spans[i].Name, spans[i+1].Name)
		}
	}
}

// TestNoSecretsAndFewValues: a thousand visitors make no more series than one,
// and no id leaves the program.
func TestNoSecretsAndFewValues(t *testing.T) {
	tel := newTelemetry()
	s := tel.store(t, newMemory(t))
	for range 1000 {
		if err := visit(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	const id = "a-secret-id"
	s.Set(t.Context(), id, []byte("a secret"), time.Hour)
	s.Set(t.Context(), id+" that is invalid", []byte("a secret"), time.Hour)
	s.Touch(t.Context(), id+"?", time.Hour)
	points := tel.durations(t).DataPoints
	if len(points) > 10 {
		t.Errorf("got %d series, want one for each operation and outcome", len(points))
	}
	if told := fmt.Sprintf("%+v %+v", points, tel.spans.GetSpans()); strings.Contains(told, "secret") {
		t.Error("the telemetry holds an id or data")
	}
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), "memory:", &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"db.client.operation.duration", `"Name": "GetAndTouch"`, "not_found", "https://opentelemetry.io/schemas/1.43.0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output does not have %q:\n%s", want, out.String())
		}
	}
}

func TestSystemName(t *testing.T) {
	for url, want := range map[string]string{
		"redis://h": "redis", "rediss://h": "redis", "postgres://h/db": "postgresql", "memcached://h": "memcached",
		"bolt:file": "bolt", "memory:": "memory",
	} {
		if got := systemName(url); got != want {
			t.Errorf("%s: got %q, want %q", url, got, want)
		}
	}
}

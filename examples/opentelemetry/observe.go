package main

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/dbconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/coatcheck/sessionstore"
)

const scope = "github.com/coatcheck/sessionstore"

// buckets of the duration, in seconds, are those of the conventions.
var buckets = metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)

// observe gives each operation of s a span, and a value of the histogram
// db.client.operation.duration, by the semantic conventions for databases.
//
// No attribute holds an id or data, and each has few values: operations and
// outcomes are a dozen words each, namespaces are the program's own. What the
// conventions leave to us: a session that is not found, or that another was
// faster to change, is an answer and no error.
func observe(s sessionstore.Store, system string, traces trace.TracerProvider, metrics metric.MeterProvider) (sessionstore.Store, error) {
	tracer := traces.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
	duration, err := dbconv.NewClientOperationDuration(metrics.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL)), buckets)
	if err != nil {
		return nil, err
	}
	return sessionstore.Observe(s, func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		began := time.Now()
		attrs := []attribute.KeyValue{semconv.DBOperationName(op.Name)}
		if op.Namespace != "" {
			attrs = append(attrs, semconv.DBCollectionName(op.Namespace))
		}
		ctx, span := tracer.Start(ctx, strings.TrimSpace(op.Name+" "+op.Namespace), trace.WithTimestamp(began),
			trace.WithSpanKind(trace.SpanKindClient), // the spans of the backend's client are its children
			trace.WithAttributes(semconv.DBSystemNameKey.String(system)), trace.WithAttributes(attrs...))
		return ctx, func(o sessionstore.Outcome) {
			ended := time.Now()
			attrs = append(attrs, attribute.String("sessionstore.outcome", o.Kind()))
			if o.Failed() {
				attrs = append(attrs, semconv.ErrorTypeKey.String(o.Kind()))
				span.SetStatus(codes.Error, o.Err.Error()) // which never shows an id
			}
			span.SetAttributes(attrs...)
			span.End(trace.WithTimestamp(ended))
			duration.Record(ctx, ended.Sub(began).Seconds(), dbconv.SystemNameAttr(system), attrs...)
		}
	}), nil
}

package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/coatcheck/sessionstore"
)

// observe counts and times the operations of s, in
//
//	sessionstore_operation_duration_seconds{operation, outcome}
//	sessionstore_data_bytes{operation}
//
// Both labels come from fixed lists, of 13 operations and 16 outcomes; an id
// would be a new series for every visitor, and a secret in everybody's
// dashboards. Namespaces are no label: a program may make many.
func observe(s sessionstore.Store, metrics prometheus.Registerer) (sessionstore.Store, error) {
	duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "sessionstore_operation_duration_seconds",
		Help:    "Duration of operations of the session store.",
		Buckets: []float64{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10},
	}, []string{"operation", "outcome"})
	size := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "sessionstore_data_bytes",
		Help:    "Size of the data of sessions that were read or written.",
		Buckets: prometheus.ExponentialBuckets(64, 4, 8), // 64 bytes to 1 MiB
	}, []string{"operation"})
	for _, c := range []prometheus.Collector{duration, size} {
		if err := metrics.Register(c); err != nil {
			return nil, err
		}
	}
	return sessionstore.Observe(s, func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		began := time.Now()
		return ctx, func(o sessionstore.Outcome) {
			duration.WithLabelValues(op.Name, o.Kind()).Observe(time.Since(began).Seconds())
			if o.Bytes > 0 && op.Name != "All" { // which has the data of many
				size.WithLabelValues(op.Name).Observe(float64(o.Bytes))
			}
		}
	}), nil
}

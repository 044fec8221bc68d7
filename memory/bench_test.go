package memory

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	benchStored  = 100_000
	benchBytes   = 512 // of data in each session
	benchClients = 64
	benchRounds  = 40 // of each side, at most
	benchSample  = 64 // of so many operations one is timed
)

// The benchmarks compare the store with a plain one: a map of copies under one
// RWMutex. The two take turns in rounds of one run, so that whatever else the
// machine does falls on both. "ratio" is that of the median rounds, above 1
// where the store is faster; the 99th percentiles are of single operations.

func BenchmarkGet(b *testing.B) {
	benchSides(b, func(s sessionstore.Store, _ int, id string, _ []byte) error {
		_, err := s.Get(b.Context(), id)
		return err
	})
}

func BenchmarkSet(b *testing.B) {
	benchSides(b, func(s sessionstore.Store, _ int, id string, data []byte) error {
		return s.Set(b.Context(), id, data, time.Hour)
	})
}

func BenchmarkTouch(b *testing.B) {
	benchSides(b, func(s sessionstore.Store, _ int, id string, _ []byte) error {
		return s.Touch(b.Context(), id, time.Hour)
	})
}

// BenchmarkMixed is what a site with sliding sessions does: 90 Gets, 8 Touches
// and 2 Sets of a hundred operations.
func BenchmarkMixed(b *testing.B) {
	benchSides(b, func(s sessionstore.Store, i int, id string, data []byte) error {
		switch n := i % 100; {
		case n < 2:
			return s.Set(b.Context(), id, data, time.Hour)
		case n < 10:
			return s.Touch(b.Context(), id, time.Hour)
		}
		_, err := s.Get(b.Context(), id)
		return err
	})
}

type operation func(s sessionstore.Store, i int, id string, data []byte) error

func benchSides(b *testing.B, op operation) {
	b.Run(fmt.Sprintf("size=%dB/clients=%d/backend=memory", benchBytes, benchClients), func(b *testing.B) {
		sides := [2]sessionstore.Store{newStore(b, Options{}), &plainStore{sessions: map[string]plainSession{}}}
		ids := benchFill(b, sides[0].Set, "session", benchStored, time.Hour)
		benchFill(b, sides[1].Set, "session", benchStored, time.Hour)
		round := max(1000*benchClients, b.N/benchRounds)
		var took, single [2][]time.Duration
		b.ResetTimer()
		for done, turn := 0, 0; done < b.N || turn < 4; turn++ {
			side := turn % 2
			if turn/2%2 == 1 { // A B B A: a drift falls on both alike
				side = 1 - side
			}
			d, sample := benchRound(b, sides[side], op, ids, round)
			took[side] = append(took[side], d)
			single[side] = append(single[side], sample...)
			if side == 0 {
				done += round
			}
		}
		b.StopTimer()
		benchVerify(b, sides[0], ids)
		benchVerify(b, sides[1], ids)
		store, plain := percentile(took[0], 50), percentile(took[1], 50)
		b.ReportMetric(float64(plain)/float64(store), "ratio")
		b.ReportMetric(float64(store)/float64(round), "ns/op")
		b.ReportMetric(float64(plain)/float64(round), "plain-ns/op")
		b.ReportMetric(float64(percentile(single[0], 99)), "p99-ns")
		b.ReportMetric(float64(percentile(single[1], 99)), "plain-p99-ns")
	})
}

// benchRound does n operations with all clients, and returns how long they
// took and how long some single ones.
func benchRound(b *testing.B, s sessionstore.Store, op operation, ids []string, n int) (time.Duration, []time.Duration) {
	data := make([]byte, benchBytes)
	samples := make([][]time.Duration, benchClients)
	start := time.Now()
	var wait sync.WaitGroup
	for client := range benchClients {
		wait.Go(func() {
			for i := client; i < n; i += benchClients {
				timed := i/benchClients%benchSample == 0
				var begin time.Time
				if timed {
					begin = time.Now()
				}
				if err := op(s, i, ids[i*7919%len(ids)], data); err != nil {
					b.Error(err)
					return
				}
				if timed {
					samples[client] = append(samples[client], time.Since(begin))
				}
			}
		})
	}
	wait.Wait()
	return time.Since(start), slices.Concat(samples...)
}

type setFunc func(ctx context.Context, id string, data []byte, ttl time.Duration) error

// benchFill stores n sessions and returns their ids.
func benchFill(b *testing.B, set setFunc, name string, n int, ttl time.Duration) []string {
	data, ids := make([]byte, benchBytes), make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%038d", name, i)
		if err := set(b.Context(), ids[i], data, ttl); err != nil {
			b.Fatal(err)
		}
	}
	return ids
}

func benchVerify(b *testing.B, s sessionstore.Store, ids []string) {
	for _, id := range ids {
		if data, err := s.Get(b.Context(), id); err != nil || !bytes.Equal(data, make([]byte, benchBytes)) {
			b.Fatalf("Get: got %d bytes, %v", len(data), err)
		}
	}
}

func percentile(ds []time.Duration, p int) time.Duration {
	slices.Sort(ds)
	return ds[(len(ds)-1)*p/100]
}

// plainStore is the baseline: one map, one lock, no checks of arguments, no
// order by expiry.
type plainStore struct {
	mu       sync.RWMutex
	sessions map[string]plainSession // guarded by mu
}

type plainSession struct {
	data  []byte
	until time.Time
}

func (p *plainStore) Get(_ context.Context, id string) ([]byte, error) {
	p.mu.RLock()
	s, ok := p.sessions[id]
	p.mu.RUnlock()
	if !ok || !time.Now().Before(s.until) {
		return nil, sessionstore.ErrNotFound
	}
	return bytes.Clone(s.data), nil
}

func (p *plainStore) Set(_ context.Context, id string, data []byte, ttl time.Duration) error {
	data = bytes.Clone(data)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sessions[id] = plainSession{data, time.Now().Add(ttl)}
	return nil
}

func (p *plainStore) Touch(_ context.Context, id string, ttl time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.sessions[id]
	if !ok || !time.Now().Before(s.until) {
		return sessionstore.ErrNotFound
	}
	p.sessions[id] = plainSession{s.data, time.Now().Add(ttl)}
	return nil
}

func (p *plainStore) Delete(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.sessions, id)
	return nil
}

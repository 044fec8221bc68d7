package storetest

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// everyTenth reports true now and then: a store that is always wrong is no test
// of a benchmark.
type everyTenth struct{ n atomic.Int64 }

func (e *everyTenth) now() bool { return e.n.Add(1)%10 == 0 }

// TestLoadFailsOnBrokenStores: figures of a store that does not do its work
// would be good ones.
func TestLoadFailsOnBrokenStores(t *testing.T) {
	for _, c := range []struct {
		name, caught string
		workloads    []string
		wrap         func(s sessionstore.Store) *hooks
	}{
		{"loses writes", "acknowledged and is lost", []string{"Set", "Web", "YCSBA"}, losesWrites},
		{"loses swaps", "acknowledged and is lost", []string{"CompareAndSwap"}, losesSwaps},
		{"keeps what is deleted", "a deleted session", []string{"Delete"}, keepsDeleted},
		{"cuts a byte", "has 63 bytes, want 64", []string{"Get", "GetAndTouch", "CompareAndSwap", "Web", "YCSBA"}, reads(cut)},
		{"serves another session", "the data of another", []string{"Get", "GetAndTouch", "CompareAndSwap", "Web", "YCSBA"}, reads(others)},
		{"serves half of an old record", "ends with other data", []string{"Get", "GetAndTouch", "CompareAndSwap", "Web", "YCSBA"}, reads(halves)},
		{"changes a byte within", "other bytes", []string{"Set"}, reads(within40)},
		{"finds everything", "was never stored", []string{"GetMiss"}, findsEverything},
		{"misses at times", "session not found", []string{"Get", "Touch", "GetAndTouch", "Web", "YCSBA"}, misses},
	} {
		for _, name := range c.workloads {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				ref := newMemory(t)
				l := smallLoad(ref, workload(t, name))
				if err := l.Prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				broken := c.wrap(ref)
				broken.Store, l.Store = ref, broken
				_, err := l.Run(t.Context(), 2000)
				if err == nil || !strings.Contains(err.Error(), c.caught) {
					t.Errorf("got error %v, want one with %q", err, c.caught)
				}
			})
		}
	}
}

func losesWrites(s sessionstore.Store) *hooks {
	var e everyTenth
	return &hooks{set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if e.now() {
			return nil
		}
		return s.Set(ctx, id, data, ttl)
	}}
}

// losesSwaps loses the last swap of a session, which no later one notices.
func losesSwaps(s sessionstore.Store) *hooks {
	var n atomic.Int64
	return &hooks{swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
		if n.Add(1) > 1900 {
			return nil
		}
		return sessionstore.CompareAndSwap(ctx, s, id, old, new, ttl)
	}}
}

func keepsDeleted(s sessionstore.Store) *hooks {
	var e everyTenth
	return &hooks{delete: func(ctx context.Context, id string) error {
		if e.now() {
			return nil
		}
		return s.Delete(ctx, id)
	}}
}

// reads returns a store that spoils some of what it reads.
func reads(spoil func(data []byte) []byte) func(s sessionstore.Store) *hooks {
	return func(s sessionstore.Store) *hooks {
		var e everyTenth
		pass := func(data []byte, err error) ([]byte, error) {
			if err != nil || !e.now() {
				return data, err
			}
			return spoil(data), nil
		}
		return &hooks{
			get: func(ctx context.Context, id string) ([]byte, error) { return pass(s.Get(ctx, id)) },
			getAndTouch: func(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
				return pass(sessionstore.GetAndTouch(ctx, s, id, ttl))
			},
		}
	}
}

func cut(data []byte) []byte { return data[:len(data)-1] }

func others(data []byte) []byte {
	data[0]++
	return data
}

func halves(data []byte) []byte {
	data[len(data)-1]++
	return data
}

func within40(data []byte) []byte {
	data[40]++
	return data
}

func findsEverything(s sessionstore.Store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		return bytes.Repeat([]byte{1}, 64), nil
	}}
}

func misses(s sessionstore.Store) *hooks {
	var e everyTenth
	miss := func() error {
		if e.now() {
			return sessionstore.ErrNotFound
		}
		return nil
	}
	return &hooks{
		get: func(ctx context.Context, id string) ([]byte, error) {
			if err := miss(); err != nil {
				return nil, err
			}
			return s.Get(ctx, id)
		},
		touch: func(ctx context.Context, id string, ttl time.Duration) error {
			if err := miss(); err != nil {
				return err
			}
			return s.Touch(ctx, id, ttl)
		},
		getAndTouch: func(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
			if err := miss(); err != nil {
				return nil, err
			}
			return sessionstore.GetAndTouch(ctx, s, id, ttl)
		},
	}
}

package sessionstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/memory"
	"github.com/coatcheck/sessionstore/redis"
	"github.com/coatcheck/sessionstore/storetest"
)

// A stack is decorators around a backend, and what the suite grants them.
type stack struct {
	name    string
	wrap    func(storetest.T, sessionstore.Store) sessionstore.Store
	hashes  bool // around everything else
	encrypt int  // times
	guard   bool
	server  bool // the suite runs on a server, too
}

var stacks = []stack{
	{name: "HashIDs", wrap: hashIDs, hashes: true, server: true},
	{name: "HashIDs twice", wrap: chain(hashIDs, hashIDs), hashes: true},
	{name: "Encrypt", wrap: encrypt, encrypt: 1, server: true},
	{name: "Encrypt around HashIDs", wrap: chain(encrypt, hashIDs), hashes: true, encrypt: 1},
	{name: "Observe", wrap: observe, server: true},
	{name: "Guard", wrap: guard, guard: true, server: true},
	{name: "Guard twice around HashIDs", wrap: chain(guard, guard, hashIDs), hashes: true, guard: true},
	{name: "All", wrap: chain(observe, hashIDs, guard, encrypt, observe), hashes: true, encrypt: 1, guard: true, server: true},
}

func hashIDs(_ storetest.T, s sessionstore.Store) sessionstore.Store { return sessionstore.HashIDs(s) }

func encrypt(t storetest.T, s sessionstore.Store) sessionstore.Store {
	e, err := sessionstore.Encrypt(s, sessionstore.EncryptOptions{Keys: [][]byte{key(1)}, Purpose: "the suite"})
	if err != nil {
		t.Fatalf("Encrypt: %v", err)
	}
	return e
}

func guard(_ storetest.T, s sessionstore.Store) sessionstore.Store { return sessionstore.Guard(s, 0) }

// observe fails when an operation is not told of exactly once.
func observe(t storetest.T, s sessionstore.Store) sessionstore.Store {
	return sessionstore.Observe(s, func(ctx context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		var once sync.Mutex
		return ctx, func(o sessionstore.Outcome) {
			if !once.TryLock() {
				t.Errorf("%s has ended twice, now with %s", op.Name, o.Kind())
			}
		}
	})
}

// key returns a master key of the tests.
func key(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

// chain wraps a store by all of wraps, the first outermost.
func chain(wraps ...func(storetest.T, sessionstore.Store) sessionstore.Store) func(storetest.T, sessionstore.Store) sessionstore.Store {
	return func(t storetest.T, s sessionstore.Store) sessionstore.Store {
		for i := range wraps {
			s = wraps[len(wraps)-1-i](t, s)
		}
		return s
	}
}

// harness returns what all backends under the stack have in common. wrap has to
// be used to make every store.
func (k stack) harness() (h storetest.Harness, wrap func(storetest.T, sessionstore.Store) sessionstore.Store) {
	var bare sync.Map // what a decorated store is around
	wrap = func(t storetest.T, s sessionstore.Store) sessionstore.Store {
		wrapped := k.wrap(t, s)
		bare.Store(wrapped, s)
		t.Cleanup(func() { bare.Delete(wrapped); s.(sessionstore.Closer).Close() })
		return wrapped
	}
	h = storetest.Harness{
		OpaqueListedIDs: k.hashes,
		DeleteIsFinal:   k.guard,
		MaxDataBytes:    sessionstore.MaxDataBytes - k.encrypt*sessionstore.EncryptOverheadBytes,
	}
	if k.encrypt > 0 {
		h.Corrupt = func(t storetest.T, s sessionstore.Store, id string) {
			if k.hashes {
				id = sha(id)
			}
			inner, _ := bare.Load(s)
			if err := inner.(sessionstore.Store).Set(t.Context(), id, []byte("no record of ours"), time.Hour); err != nil {
				t.Fatalf("%v", err)
			}
		}
	}
	return h, wrap
}

// sha is the hash of an id by another route than the package's.
func sha(id string) string {
	h := sha256.New()
	h.Write([]byte(id))
	return base64.URLEncoding.WithPadding(base64.NoPadding).EncodeToString(h.Sum(nil))
}

// Why the suite leaves out some rules over decorators.
const (
	backends    = "a decorator keeps nothing outside of its backend, whose own conformance test has the rule"
	unpublished = "round trips are the backend's, times the operations that a decorator's comment names"
)

func TestDecoratorsOnMemory(t *testing.T) {
	for _, k := range stacks {
		t.Run(k.name, func(t *testing.T) {
			const gone = "memory ends with its process"
			h, wrap := k.harness()
			h.Around, h.Embedded = synctest.Test, true
			h.New = func(t storetest.T) sessionstore.Store { return wrap(t, newMemory(t)) }
			h.Lacks = map[string]string{"Restart/Clean": gone, "Restart/AppKilled": gone, "Trips/AsPublished": unpublished}
			storetest.Run(t, h)
		})
	}
}

func newMemory(t storetest.T) *memory.Store {
	s, err := memory.New(memory.Options{SweepInterval: -1})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestDecoratorsOnRedis has what memory has not: a network that loses replies,
// and other processes.
func TestDecoratorsOnRedis(t *testing.T) {
	server := testserver.Redis(t)
	for _, k := range stacks {
		if !k.server {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			h, wrap := k.harness()
			var prefixes sync.Map
			open := func(t storetest.T, prefix, url string) sessionstore.Store {
				bare, err := redis.Open(t.Context(), url, redis.Options{Prefix: prefix})
				if err != nil {
					t.Fatalf("%v", err)
				}
				s := wrap(t, bare)
				prefixes.Store(s, prefix)
				t.Cleanup(func() { prefixes.Delete(s) })
				return s
			}
			h.New = func(t storetest.T) sessionstore.Store { return open(t, sessionstore.NewID(), server.URL()) }
			h.Peer = func(t storetest.T, s sessionstore.Store) sessionstore.Store {
				prefix, _ := prefixes.Load(s)
				return open(t, prefix.(string), server.URL())
			}
			h.TTLSlack, h.TTLResolution = time.Millisecond, time.Millisecond
			h.Lacks = map[string]string{
				"Purge/OnlyExpired":    "redis removes expired sessions by itself",
				"Error/UnknownOutcome": "a decorator of several steps knows more after a lost reply; TestGuardLosesReplies loses each of them",
				"Error/Recovers":       backends,
				"Restart/Clean":        backends,
				"Restart/AppKilled":    backends,
				"Restart/ServerKilled": backends,
				"Trips/AsPublished":    unpublished,
			}
			storetest.Run(t, h)
		})
	}
}

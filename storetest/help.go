package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	// opTimeout bounds an operation of the suite that is expected to succeed.
	opTimeout = 20 * time.Second

	// long is a ttl that does not end while a rule runs.
	long = time.Hour
)

// patience is how long the suite waits for what need not happen at once. Its
// own tests wait less for what will not happen.
var patience = 10 * time.Second

// slack is how late an operation may return after its deadline.
const slack = 50 * time.Millisecond * slowdown

func mustSet(t T, s sessionstore.Store, id string, data []byte, ttl time.Duration) {
	t.Helper()
	if err := s.Set(within(t, opTimeout), id, data, ttl); err != nil {
		t.Fatalf("Set with %d bytes for %v: %v", len(data), ttl, err)
	}
}

func mustDelete(t T, s sessionstore.Store, id string) {
	t.Helper()
	if err := s.Delete(within(t, opTimeout), id); err != nil {
		t.Fatalf("Delete: %v", err)
	}
}

func mustTouch(t T, s sessionstore.Store, id string, ttl time.Duration) {
	t.Helper()
	if err := s.Touch(within(t, opTimeout), id, ttl); err != nil {
		t.Fatalf("Touch for %v of a live session: %v", ttl, err)
	}
}

// wantData fails unless Get returns want.
func wantData(t T, s sessionstore.Store, id string, want []byte, when string) {
	t.Helper()
	got, err := s.Get(within(t, opTimeout), id)
	if err != nil {
		t.Errorf("%s: Get: got error %v, want %d bytes", when, err, len(want))
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: Get: got %s, want %s", when, brief(got), brief(want))
	}
}

// wantMiss fails unless Get returns ErrNotFound.
func wantMiss(t T, s sessionstore.Store, id, when string) {
	t.Helper()
	if got, err := s.Get(within(t, opTimeout), id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("%s: Get: got %s and error %v, want ErrNotFound", when, brief(got), err)
	}
}

func wantError(t T, got, want error, when string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want one that matches %q", when, got, want)
	}
}

// brief shows data of the suite's own making.
func brief(data []byte) string {
	const most = 40
	if len(data) > most {
		return fmt.Sprintf("%q… (%d bytes)", data[:most], len(data))
	}
	return fmt.Sprintf("%q", data)
}

// pattern returns n bytes that tell which id they belong to.
func pattern(id string, n int) []byte {
	h := fnv.New64a()
	h.Write([]byte(id))
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// roundUp is the ttl that a store with the resolution unit grants.
func roundUp(ttl, unit time.Duration) time.Duration {
	if unit <= 0 || ttl%unit == 0 {
		return ttl
	}
	return ttl - ttl%unit + unit
}

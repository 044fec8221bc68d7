package storetest

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

func dataAny(t T, h *Harness) {
	s := h.New(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, data := range map[string][]byte{
		"nil":                nil,
		"empty":              {},
		"one zero byte":      {0},
		"line ends":          []byte("\r\n\r\nEND\r\n"),
		"every byte":         all,
		"64 KiB":             pattern("64 KiB", 64<<10),
		"one byte less":      pattern("less", h.maxData()-1),
		"MaxDataBytes":       pattern("most", h.maxData()),
		"MaxDataBytes zeros": make([]byte, h.maxData()),
	} {
		id := sessionstore.NewID()
		mustSet(t, s, id, data, long)
		wantData(t, s, id, data, name)
		if got, err := s.Get(within(t, opTimeout), id); err == nil && got == nil {
			t.Errorf("%s: Get: got nil, want a slice that is not nil", name)
		}
	}
}

// maxData is the most data that the harness's stores take.
func (h *Harness) maxData() int {
	if h.MaxDataBytes > 0 {
		return h.MaxDataBytes
	}
	return sessionstore.MaxDataBytes
}

func dataTooLarge(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	for _, size := range []int{h.maxData() + 1, 2 * h.maxData()} {
		err := s.Set(within(t, opTimeout), id, make([]byte, size), long)
		wantError(t, err, sessionstore.ErrTooLarge, fmt.Sprintf("Set of %d bytes", size))
		wantMiss(t, s, id, "after a refused Set of a new session")
	}
	mustSet(t, s, id, []byte("small"), long)
	err := s.Set(within(t, opTimeout), id, make([]byte, h.maxData()+1), long)
	wantError(t, err, sessionstore.ErrTooLarge, "Set over a stored session")
	wantData(t, s, id, []byte("small"), "after a refused Set of a stored session")
}

// getOwned keeps what Get returned while everything around it changes.
func getOwned(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	want := pattern(id, 3000)
	mustSet(t, s, id, want, long)

	scribbled, err := s.Get(within(t, opTimeout), id)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	clear(scribbled)
	wantData(t, s, id, want, "after the caller overwrote what Get had returned")

	kept, err := s.Get(within(t, opTimeout), id)
	if err != nil {
		t.Fatalf("Get: %v", err)
	}
	same := func(when string) {
		t.Helper()
		if !bytes.Equal(kept, want) {
			t.Fatalf("bytes that Get had returned changed %s", when)
		}
	}
	mustSet(t, s, id, pattern("other", 3000), long)
	same("after a Set of the same session")
	mustDelete(t, s, id)
	for range 100 {
		other := sessionstore.NewID()
		mustSet(t, s, other, pattern(other, 3000), long)
	}
	same("after a Delete and a hundred other Sets")
	if sessionstore.Close(s) == nil {
		same("after Close")
	}
}

// setCopies overwrites what it passed as soon as Set returns, with and without
// a deadline that ends the call early.
func setCopies(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	data := pattern(id, 500)
	mustSet(t, s, id, data, long)
	clear(data)
	wantData(t, s, id, pattern(id, 500), "after the caller overwrote what it had passed to Set")

	const callers, calls = 4, 50
	var wait sync.WaitGroup
	for c := range callers {
		wait.Go(func() {
			for i := range calls {
				id := fmt.Sprintf("early-%d-%d", c, i)
				early := pattern(id, 20_000)
				s.Set(within(t, time.Duration(i)*20*time.Microsecond), id, early, long) // whatever the outcome
				clear(early)
				got, err := s.Get(within(t, opTimeout), id)
				if err == nil && !bytes.Equal(got, pattern(id, 20_000)) {
					t.Errorf("bytes overwritten after a Set that returned early were stored")
					return
				}
			}
		})
	}
	wait.Wait()
}

func setReplaces(t T, h *Harness) {
	s := h.New(t)
	id := sessionstore.NewID()
	for _, data := range []string{"first", "a longer second", "3", "", "fifth"} {
		mustSet(t, s, id, []byte(data), long)
		wantData(t, s, id, []byte(data), "after a Set over a stored session")
	}

	short := shortTTL(h)
	longer, shorter := sessionstore.NewID(), sessionstore.NewID()
	mustSet(t, s, longer, []byte("short"), short)
	mustSet(t, s, longer, []byte("long"), long)
	mustSet(t, s, shorter, []byte("long"), long)
	mustSet(t, s, shorter, []byte("short"), short)
	time.Sleep(short + h.TTLSlack)
	wantData(t, s, longer, []byte("long"), "after a longer ttl replaced a shorter one")
	wantMiss(t, s, shorter, "after a shorter ttl replaced a longer one and passed")
}

package growth

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

// noted is a bulk that notes its batches.
type noted struct {
	sizes []int
	ttls  []time.Duration
}

func (n *noted) bulk(batch int) bulk {
	return bulk{batch, func(_ context.Context, batch []session, ttl time.Duration) error {
		n.sizes, n.ttls = append(n.sizes, len(batch)), append(n.ttls, ttl)
		time.Sleep(time.Second)
		return nil
	}, nothing}
}

// TestLoader: sessions are written in batches, the last one when they are
// flushed, to end at one moment; when that has passed, none is written.
func TestLoader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n noted
		l := &loader{bulk: n.bulk(3), deadline: time.Now().Add(2 * time.Second)}
		for i := range 4 {
			if err := l.Set(t.Context(), fmt.Sprint(i), nil, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(l.flush(t.Context()), l.flush(t.Context())); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Nanosecond)
		if err := errors.Join(l.Set(t.Context(), "late", nil, time.Hour), l.flush(t.Context())); !errors.Is(err, errLate) {
			t.Errorf("after the deadline: %v, want errLate", err)
		}
		want := "[3 1] [2s 1s] 1s"
		if got := fmt.Sprint(n.sizes, n.ttls, l.longest); got != want {
			t.Errorf("batches, their ttls and the longest: got %s, want %s", got, want)
		}
	})
}

// TestLoaderWithoutDeadline: the ttl is what the sessions come with, and their
// data is a copy.
func TestLoaderWithoutDeadline(t *testing.T) {
	var stored []session
	l := &loader{bulk: bulk{2, func(_ context.Context, batch []session, ttl time.Duration) error {
		stored = append(stored, batch...)
		if ttl != time.Hour {
			t.Errorf("ttl: got %v, want an hour", ttl)
		}
		return nil
	}, nothing}}
	data := []byte("a")
	for range 2 {
		if err := l.Set(t.Context(), "id", data, time.Hour); err != nil {
			t.Fatal(err)
		}
		data[0]++
	}
	if len(stored) != 2 || string(stored[0].data) != "a" || string(stored[1].data) != "b" {
		t.Errorf("got %q, want two sessions with what they had", stored)
	}
	if _, err := l.Get(t.Context(), "id"); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: %v, want ErrNotFound", err)
	}
}

package bolt

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// TestPurgeCounts purges numbers of expired sessions around the size of a batch,
// as many live ones beside them, half of them in a namespace.
func TestPurgeCounts(t *testing.T) {
	for _, expired := range []int{0, 1, maxBatch - 1, maxBatch, maxBatch + 1, 3*maxBatch + 1} {
		t.Run(fmt.Sprint(expired), func(t *testing.T) {
			s := openTest(t)
			fillTable(t, s, "over", expired/2, 1, -time.Hour)
			fillTable(t, s, "over:b", expired-expired/2, 1, -time.Hour)
			fillTable(t, s, "", expired, 1, time.Hour)
			for _, want := range []int{expired, 0} {
				if got, err := namespace(t, s, "a").DeleteExpired(t.Context()); got != want || err != nil {
					t.Errorf("DeleteExpired: got %d, %v, want %d", got, err, want)
				}
			}
			checkListed(t, s, expired)
			checkSound(t, s)
		})
	}
}

// TestPurgeTouched purges sessions whose index entries have lagged behind, or
// were moved: it counts those that are over, whatever was before.
func TestPurgeTouched(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	const short = 50 * time.Millisecond
	for id, ttls := range map[string][]time.Duration{
		"over":            {short},
		"over, shortened": {time.Hour, short},
		"over, both":      {short, time.Hour, short},
		"over, longer":    {short / 2, short},
		"live":            {time.Hour},
		"live, longer":    {short, time.Hour},
		"live, shortened": {2 * time.Hour, time.Hour},
	} {
		key := recordKey("", id)
		for i, ttl := range ttls {
			change(t, s, func(table table) error {
				if i == 0 {
					return table.set(key, newValue(nil), deadline(now(), ttl))
				}
				r, err := table.get(key)
				return errors.Join(err, table.touch(key, r, deadline(now(), ttl)))
			})
		}
	}
	time.Sleep(short)
	if got, err := s.DeleteExpired(ctx); got != 4 || err != nil {
		t.Errorf("DeleteExpired: got %d, %v, want those that are over, 4", got, err)
	}
	if got := count(t, s, recordKind); got != 3 {
		t.Errorf("got %d records, want the live ones, 3", got)
	}
	checkSound(t, s)
}

// TestPurgeWreck has a record that cannot be read: it stays and is reported,
// beside the number of all the others.
func TestPurgeWreck(t *testing.T) {
	s, ctx := openTest(t), t.Context()
	fillTable(t, s, "", maxBatch+1, 1, -time.Hour)
	corrupt(t, s, "session-7")
	got, err := s.DeleteExpired(ctx)
	if got != maxBatch || !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("DeleteExpired: got %d, %v, want %d, ErrCorrupt", got, err, maxBatch)
	}
	if err := second(s.Get(ctx, "session-7")); !errors.Is(err, sessionstore.ErrCorrupt) {
		t.Errorf("Get: got %v, want ErrCorrupt", err)
	}
}

// TestPurgeEnds purges with a context that is done, and a store that is closed.
func TestPurgeEnds(t *testing.T) {
	s := openTest(t)
	fillTable(t, s, "", 1, 1, -time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := s.DeleteExpired(ctx); got != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("DeleteExpired: got %d, %v, want 0, context.Canceled", got, err)
	}
	if got := count(t, s, recordKind); got != 1 {
		t.Errorf("got %d records, want it still there", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := s.DeleteExpired(t.Context()); got != 0 || !errors.Is(err, sessionstore.ErrClosed) {
		t.Errorf("DeleteExpired: got %d, %v, want 0, ErrClosed", got, err)
	}
}

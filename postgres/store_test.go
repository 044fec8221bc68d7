package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestQueryModes is what a pooler in between may ask for.
func TestQueryModes(t *testing.T) {
	server := testserver.Postgres(t)
	random := make([]byte, sessionstore.MaxDataBytes)
	rand.NewChaCha8([32]byte{}).Read(random)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			rawURL := with(t, server.URL(), "default_query_exec_mode", mode)
			s := opened(t, rawURL, Options{Table: newTable(t, rawURL)})
			use(t, s)
			for _, data := range [][]byte{nil, {}, {0}, []byte(`\x00`), []byte("'; DROP TABLE x; --"), random} {
				if err := s.Set(t.Context(), "a", data, time.Hour); err != nil {
					t.Fatal(err)
				}
				if got, err := s.Get(t.Context(), "a"); err != nil || got == nil || !bytes.Equal(got, data) {
					t.Errorf("%d bytes: got %d bytes (nil: %v) and error %v", len(data), len(got), got == nil, err)
				}
			}
			if err := s.Touch(t.Context(), "a", time.Microsecond); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(t.Context(), "a"); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("an expired session: got error %v, want ErrNotFound", err)
			}
			if err := s.Touch(t.Context(), "a", time.Hour); !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("Touch of an expired session: got error %v, want ErrNotFound", err)
			}
		})
	}
}

// TestIsolation: the database's defaults may be as strict as they like. Many
// writers of one session are refused at times, and try again.
func TestIsolation(t *testing.T) {
	server := testserver.Postgres(t)
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			rawURL := with(t, server.URL(), "default_transaction_isolation", level)
			s := opened(t, rawURL, Options{Table: newTable(t, rawURL), MaxConns: 8})
			if err := s.Set(t.Context(), "a", nil, time.Hour); err != nil {
				t.Fatal(err)
			}
			var wait sync.WaitGroup
			for range 8 {
				wait.Go(func() {
					for i := range 25 {
						if err := errors.Join(s.Set(t.Context(), "a", []byte{byte(i)}, time.Hour), s.Touch(t.Context(), "a", time.Hour)); err != nil {
							t.Errorf("%v", err)
							return
						}
						if _, err := s.Get(t.Context(), "a"); err != nil {
							t.Errorf("%v", err)
							return
						}
					}
				})
			}
			wait.Wait()
		})
	}
}

// TestTimeZones: sessions of the database in different zones, on the days on
// which a day has 23 or 25 hours as on any other, agree about every deadline.
func TestTimeZones(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	utc := opened(t, server.URL(), Options{Table: table})
	for _, zone := range []string{"UTC", "Asia/Kolkata", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"} {
		s := opened(t, with(t, server.URL(), "timezone", zone), Options{Table: table})
		for _, ttl := range []time.Duration{time.Microsecond, time.Second, 30 * time.Hour, sessionstore.MaxTTL} {
			if err := s.Set(t.Context(), "a", nil, ttl); err != nil {
				t.Fatal(err)
			}
			const left = `extract(epoch FROM expires_at - clock_timestamp())::numeric * 1000000 BETWEEN %d AND %d`
			want := ttl.Microseconds()
			if got := rows(t, utc, fmt.Sprintf(left, want-10_000_000, want+1)); got != 1 {
				t.Errorf("%s: a ttl of %v is not that long in UTC", zone, ttl)
			}
		}
		_, errHere := s.Get(t.Context(), "a")
		_, errThere := utc.Get(t.Context(), "a")
		if errHere != nil || errThere != nil {
			t.Errorf("%s: got errors %v and %v, want none", zone, errHere, errThere)
		}
	}
}

// TestApplicationClock runs a store in a bubble where it is the year 2000: what
// it writes lives and ends by the server's clock.
func TestApplicationClock(t *testing.T) {
	server := testserver.Postgres(t)
	table := newTable(t, server.URL())
	s := opened(t, server.URL(), Options{Table: table})
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		past, err := Open(ctx, server.URL(), small(Options{Table: table}))
		if err != nil {
			t.Fatal(err)
		}
		defer past.Close()
		if year := time.Now().Year(); year != 2000 {
			t.Fatalf("the bubble's year is %d", year)
		}
		err = errors.Join(past.Set(ctx, "long", nil, time.Hour), past.Touch(ctx, "long", 2*time.Hour), past.Set(ctx, "short", nil, time.Microsecond))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := past.Get(ctx, "short"); !errors.Is(err, sessionstore.ErrNotFound) {
			t.Errorf("got error %v, want ErrNotFound", err)
		}
	})
	if got := rows(t, s, "id = 'long' AND expires_at BETWEEN now() + interval '119 min' AND now() + interval '121 min'"); got != 1 {
		t.Error("the deadline is not by the server's clock")
	}
	if _, err := s.Get(t.Context(), "long"); err != nil {
		t.Errorf("Get of the long session: %v", err)
	}
}

func TestMicroseconds(t *testing.T) {
	for ttl, want := range map[time.Duration]int64{
		1: 2, 999: 2, 1000: 2, 1001: 3, time.Second: 1_000_001, sessionstore.MaxTTL: 34_560_000_000_001,
	} {
		if got := microseconds(ttl); got != want {
			t.Errorf("%v: got %d, want %d", ttl, got, want)
		}
	}
}

// TestPoolWaitEndsWithContext: all connections are busy.
func TestPoolWaitEndsWithContext(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL()), MaxConns: 1})
	conn, err := s.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = s.Set(ctx, "a", nil, time.Hour)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("got error %v, want context.DeadlineExceeded and a known outcome", err)
	}
}

// TestServerGoesAndReturns kills and starts the server under a store that stays
// open. (Error/Recovers does it fifty times with the network alone.)
func TestServerGoesAndReturns(t *testing.T) {
	server := testserver.NewPostgres(t)
	s := opened(t, server.URL(), Options{})
	use(t, s)
	if err := s.Set(t.Context(), "kept", []byte("x"), time.Hour); err != nil {
		t.Fatal(err)
	}
	goroutines := runtime.NumGoroutine()
	const cycles = 5
	for i := range cycles {
		if i%2 == 0 {
			server.Kill(t)
		} else {
			server.Stop(t)
		}
		for range testConns + 1 {
			if _, err := s.Get(t.Context(), "kept"); err == nil || errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("without a server: got error %v", err)
			}
		}
		server.Start(t)
		await(t, "the store works again", func() bool {
			got, err := s.Get(t.Context(), "kept")
			return err == nil && string(got) == "x"
		})
	}
	use(t, s)
	await(t, "goroutines are as many as before", func() bool { return runtime.NumGoroutine() <= goroutines+5 })
	if got := number(t, s.pool, `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'`); got > testConns {
		t.Errorf("the server has %d connections, want at most %d", got, testConns)
	}
}

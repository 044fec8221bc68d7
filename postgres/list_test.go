package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestListPages is a page less than full, full, and one more, of rows that are
// live, dead or both.
func TestListPages(t *testing.T) {
	server := testserver.Postgres(t)
	for _, c := range []struct{ live, dead int }{
		{0, 0}, {1, 0}, {maxPageRows - 1, 0}, {maxPageRows, 0}, {maxPageRows + 1, 0}, {2*maxPageRows + 1, 3*maxPageRows + 1}, {0, maxPageRows + 1},
	} {
		s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
		fill(t, s, "live", c.live, "1 h", "1 h")
		fill(t, s, "dead", c.dead, "-1 s", "1 h")
		seen := make(map[string]bool)
		last := ""
		for session, err := range s.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if session.ID <= last || !strings.HasPrefix(session.ID, "live") || session.Data == nil {
				t.Errorf("got %q after %q (data nil: %v)", session.ID, last, session.Data == nil)
			}
			if left := time.Until(session.ExpiresAt); left < 50*time.Minute || left > time.Hour {
				t.Errorf("got an end in %v, want about an hour", left)
			}
			seen[session.ID], last = true, session.ID
		}
		if len(seen) != c.live {
			t.Errorf("got %d sessions of %d, beside %d dead ones", len(seen), c.live, c.dead)
		}
	}
}

// TestListPageBytes: a page ends with the session that makes it too large, and
// dead ones do not count.
func TestListPageBytes(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	set := func(id string, size int, ttl time.Duration) {
		if err := s.Set(t.Context(), id, bytes.Repeat([]byte(id[:1]), size), ttl); err != nil {
			t.Fatal(err)
		}
	}
	const half = maxPageBytes / 2
	set("a1", half, time.Hour)
	set("a2", half, time.Microsecond)
	set("b1", half-1, time.Hour) // one byte is left
	set("c1", sessionstore.MaxDataBytes, time.Hour)
	set("d1", half, time.Hour)
	set("d2", half, time.Hour) // exactly full
	set("e1", 0, time.Hour)
	for after, want := range map[string]string{"": "[a1 b1 c1] c1", "c1": "[d1 d2] d2", "d2": "[e1] e1", "a1": "[b1 c1] c1", "e1": "[] "} {
		page, last, err := s.page(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, session := range page {
			ids = append(ids, session.ID)
			for _, b := range session.Data {
				if b != session.ID[0] {
					t.Fatalf("%s: got the data of another session", session.ID)
				}
			}
		}
		if got := fmt.Sprint(ids, " ", last); got != want {
			t.Errorf("after %q: got %s, want %s", after, got, want)
		}
	}
}

// TestListHoldsNoConnection: the caller may use the store, of one connection,
// while it lists, and end at any session.
func TestListHoldsNoConnection(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL()), MaxConns: 1})
	fill(t, s, "live", 2*maxPageRows, "1 h", "1 h")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	n := 0
	for session, err := range s.All(ctx) {
		if err == nil {
			err = s.Delete(ctx, session.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == maxPageRows+10 {
			break
		}
	}
	if got := rows(t, s, "true"); got != maxPageRows-10 {
		t.Errorf("%d rows are left, want %d", got, maxPageRows-10)
	}
}

// TestListEnds: the end of ctx, or of the store, is the last that is yielded.
func TestListEnds(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	fill(t, s, "live", maxPageRows+10, "1 h", "1 h")
	ctx, cancel := context.WithCancel(t.Context())
	list := func(ctx context.Context, end func(), most int, want error) {
		t.Helper()
		sessions, errs := 0, 0
		for _, err := range s.All(ctx) {
			if err == nil {
				sessions++
				end()
				continue
			}
			if errs++; !errors.Is(err, want) || !strings.HasPrefix(err.Error(), "postgres: list: ") {
				t.Errorf("got error %v, want %v", err, want)
			}
		}
		if sessions != most || errs != 1 {
			t.Errorf("got %d sessions and %d errors, want %d and 1", sessions, errs, most)
		}
	}
	list(ctx, cancel, 1, context.Canceled)
	list(ctx, cancel, 0, context.Canceled)
	list(t.Context(), func() { s.Close() }, maxPageRows, sessionstore.ErrClosed)
	list(t.Context(), func() {}, 0, sessionstore.ErrClosed)
}

// TestPagesUseTheKey: neither a page nor a batch of Clear reads the whole
// table.
func TestPagesUseTheKey(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	fill(t, s, "live", 20_000, "1 h", "1 h")
	query(t, server.URL(), s.names.sql(`ANALYZE "sessions"`))
	for name, plan := range map[string]string{
		"list":  explain(t, s, s.sql.list, "", "live5", maxPageRows, maxPageBytes),
		"clear": explain(t, s, s.sql.clear, "", "live5", "\x7f", clearBatch),
		"inner": explain(t, s, s.sql.clear, "a", "", "a\x01", clearBatch),
	} {
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "Index Cond:") {
			t.Errorf("%s: got the plan\n%s\nwant index scans only", name, plan)
		}
	}
}

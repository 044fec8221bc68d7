package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestLate: a write that has to wait for a row judges by what it finds after
// the wait, not by what was there when it began.
func TestLate(t *testing.T) {
	server := testserver.Postgres(t)
	ctx := t.Context()
	old, other := []byte("old"), []byte("other")
	// What another transaction does before the write, and commits when it waits.
	const (
		deletes  = `DELETE FROM "sessions" WHERE id = 'a'`
		changes  = `UPDATE "sessions" SET data = 'changed' WHERE id = 'a'`
		ends     = `UPDATE "sessions" SET data = 'changed', expires_at = clock_timestamp() WHERE id = 'a'`
		touches  = `UPDATE "sessions" SET expires_at = expires_at + interval '1 h' WHERE id = 'a'`
		puts     = `INSERT INTO "sessions" VALUES ('', 'b', 'put', now() + interval '1 h', now() + interval '1 h')`
		putsDead = `INSERT INTO "sessions" VALUES ('', 'b', 'put', now(), now())`
		renews   = deletes + `; INSERT INTO "sessions" VALUES ('', 'a', 'old', now() + interval '1 h', now() + interval '1 h')`
	)
	touch := func(s *Store) error { return s.Touch(ctx, "a", time.Hour) }
	replace := func(s *Store) error { return s.Replace(ctx, "a", other, time.Hour) }
	slide := func(s *Store) error { _, err := s.GetAndTouch(ctx, "a", time.Hour); return err }
	create := func(s *Store) error { return s.Create(ctx, "a", other, time.Hour) }
	swap := func(s *Store) error { return s.CompareAndSwap(ctx, "a", old, other, time.Hour) }
	rotate := func(s *Store) error { return s.RotateSwap(ctx, "a", "b", old, other, time.Hour) }
	for name, c := range map[string]struct {
		before string
		write  func(*Store) error
		want   error
		a, b   string // the data afterwards, empty for none
	}{
		"Touch, deleted":           {deletes, touch, sessionstore.ErrNotFound, "", ""},
		"Touch, ended":             {ends, touch, sessionstore.ErrNotFound, "", ""},
		"Replace, deleted":         {deletes, replace, sessionstore.ErrNotFound, "", ""},
		"Replace, ended":           {ends, replace, sessionstore.ErrNotFound, "", ""},
		"Replace, changed":         {changes, replace, nil, "other", ""},
		"GetAndTouch, deleted":     {deletes, slide, sessionstore.ErrNotFound, "", ""},
		"GetAndTouch, ended":       {ends, slide, sessionstore.ErrNotFound, "", ""},
		"GetAndTouch, changed":     {changes, slide, nil, "changed", ""},
		"Create, deleted":          {deletes, create, nil, "other", ""},
		"Create, ended":            {ends, create, nil, "other", ""},
		"Create, changed":          {changes, create, sessionstore.ErrExists, "changed", ""},
		"CompareAndSwap, deleted":  {deletes, swap, sessionstore.ErrNotFound, "", ""},
		"CompareAndSwap, ended":    {ends, swap, sessionstore.ErrNotFound, "", ""},
		"CompareAndSwap, changed":  {changes, swap, sessionstore.ErrConflict, "changed", ""},
		"CompareAndSwap, touched":  {touches, swap, nil, "other", ""},
		"CompareAndSwap, renewed":  {renews, swap, nil, "other", ""},
		"RotateSwap, deleted":      {deletes, rotate, sessionstore.ErrNotFound, "", ""},
		"RotateSwap, ended":        {ends, rotate, sessionstore.ErrNotFound, "", ""},
		"RotateSwap, changed":      {changes, rotate, sessionstore.ErrConflict, "changed", ""},
		"RotateSwap, touched":      {touches, rotate, nil, "", "other"},
		"RotateSwap, renewed":      {renews, rotate, nil, "", "other"},
		"RotateSwap, occupied":     {puts, rotate, sessionstore.ErrExists, "old", "put"},
		"RotateSwap, expired":      {putsDead, rotate, nil, "", "other"},
		"RotateSwap, and occupied": {touches + ";" + puts, rotate, sessionstore.ErrExists, "old", "put"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, level := range []string{"read committed", "serializable"} {
				rawURL := with(t, server.URL(), "default_transaction_isolation", level)
				s := opened(t, rawURL, Options{Table: newTable(t, rawURL)})
				if err := s.Set(ctx, "a", old, time.Hour); err != nil {
					t.Fatal(err)
				}
				if err := behind(t, s, server.URL(), c.before, func() error { return c.write(s) }); !errors.Is(err, c.want) {
					t.Errorf("%s: got error %v, want %v", level, err, c.want)
				}
				for id, want := range map[string]string{"a": c.a, "b": c.b} {
					if got, err := s.Get(ctx, id); string(got) != want || (want == "") != errors.Is(err, sessionstore.ErrNotFound) {
						t.Errorf("%s: %s: got %q and error %v, want %q", level, id, got, err, want)
					}
				}
			}
		})
	}
}

// behind runs f while another transaction has executed sql, and commits that
// one as soon as f waits for it.
func behind(t *testing.T, s *Store, rawURL, sql string, f func() error) error {
	t.Helper()
	conn := connected(t, rawURL)
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), "BEGIN;"+s.names.sql(sql)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	awaitLock(t, s)
	if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	return <-ended
}

// awaitLock returns when a statement on the table of s waits for a lock.
func awaitLock(t *testing.T, s *Store) {
	t.Helper()
	await(t, "a statement waits for a lock", func() bool {
		return number(t, s.pool, `SELECT count(*) FROM pg_stat_activity
			WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%'`, s.names.table) > 0
	})
}

// TestExpiresWhileTouchWaits: the time that counts is the one after the wait.
func TestExpiresWhileTouchWaits(t *testing.T) {
	server := testserver.Postgres(t)
	for name, write := range map[string]func(s *Store) error{
		"Touch":          func(s *Store) error { return s.Touch(t.Context(), "a", time.Hour) },
		"Replace":        func(s *Store) error { return s.Replace(t.Context(), "a", nil, time.Hour) },
		"CompareAndSwap": func(s *Store) error { return s.CompareAndSwap(t.Context(), "a", nil, nil, time.Hour) },
		"GetAndTouch": func(s *Store) error {
			_, err := s.GetAndTouch(t.Context(), "a", time.Hour)
			return err
		},
		"RotateSwap": func(s *Store) error { return s.RotateSwap(t.Context(), "a", "b", nil, nil, time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
			if err := s.Set(t.Context(), "a", nil, 300*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			conn := connected(t, server.URL())
			defer conn.Close(context.Background())
			// The row gets a new version, so that the waiting statement has
			// to look again.
			if _, err := conn.Exec(t.Context(), s.names.sql(`BEGIN; UPDATE "sessions" SET data = ''`)); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- write(s) }()
			await(t, "the session expires", func() bool { return rows(t, s, "expires_at > clock_timestamp()") == 0 })
			if _, err := conn.Exec(t.Context(), "COMMIT"); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("got error %v, want ErrNotFound", err)
			}
			if got := rows(t, s, "expires_at > clock_timestamp()"); got != 0 {
				t.Errorf("got %d live rows, want none", got)
			}
		})
	}
}

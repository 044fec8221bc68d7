package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestRenewedInTime: those who meet a row that has expired wait for the
// transaction that is just renewing it, as one does that found the session live
// and has not committed yet, and judge what it leaves.
func TestRenewedInTime(t *testing.T) {
	server := testserver.Postgres(t)
	ctx := t.Context()
	const (
		renews  = `UPDATE "sessions" SET expires_at = expires_at + interval '1 h' WHERE id = 'a'`
		ends    = `UPDATE "sessions" SET expires_at = clock_timestamp() WHERE id = 'a'`
		deletes = `DELETE FROM "sessions" WHERE id = 'a'`
	)
	data, other := []byte("data"), []byte("other")
	get := func(s *Store) error { _, err := s.Get(ctx, "a"); return err }
	list := func(s *Store) error {
		for session, err := range s.All(ctx) {
			if err != nil || session.ID == "a" {
				return err
			}
		}
		return sessionstore.ErrNotFound
	}
	uses := map[string]func(*Store) error{
		"Get":            get,
		"All":            list,
		"Touch":          func(s *Store) error { return s.Touch(ctx, "a", time.Hour) },
		"Replace":        func(s *Store) error { return s.Replace(ctx, "a", other, time.Hour) },
		"GetAndTouch":    func(s *Store) error { _, err := s.GetAndTouch(ctx, "a", time.Hour); return err },
		"CompareAndSwap": func(s *Store) error { return s.CompareAndSwap(ctx, "a", data, other, time.Hour) },
		"RotateSwap":     func(s *Store) error { return s.RotateSwap(ctx, "a", "b", data, other, time.Hour) },
		"RotateSwap to itself": func(s *Store) error {
			if err := s.RotateSwap(ctx, "a", "a", data, other, time.Hour); !errors.Is(err, sessionstore.ErrExists) {
				return err
			}
			return nil
		},
		"Create": func(s *Store) error { // the other way round: it wants none
			switch err := s.Create(ctx, "a", other, time.Hour); {
			case errors.Is(err, sessionstore.ErrExists):
				return nil
			case err == nil:
				return sessionstore.ErrNotFound
			default:
				return err
			}
		},
	}
	for name, use := range uses {
		for before, want := range map[string]error{renews: nil, ends: sessionstore.ErrNotFound, deletes: sessionstore.ErrNotFound} {
			for _, level := range []string{"read committed", "serializable"} {
				t.Run(name+", "+before[:6]+", "+level, func(t *testing.T) {
					t.Parallel()
					rawURL := with(t, server.URL(), "default_transaction_isolation", level)
					s := opened(t, rawURL, Options{Table: newTable(t, rawURL)})
					fill(t, s, "z", 1, "1 h", "1 h")
					if err := s.Set(ctx, "a", data, time.Microsecond); err != nil {
						t.Fatal(err)
					}
					await(t, "the session expires", func() bool { return rows(t, s, "expires_at > clock_timestamp()") == 1 })
					err := behind(t, s, server.URL(), before, func() error { return use(s) })
					if !errors.Is(err, want) {
						t.Errorf("got error %v, want %v", err, want)
					}
				})
			}
		}
	}
}

// TestExpireKeepsLive: only what has expired under its lock is removed, and
// the caller is told to look again where that is not all.
func TestExpireKeepsLive(t *testing.T) {
	server := testserver.Postgres(t)
	s := opened(t, server.URL(), Options{Table: newTable(t, server.URL())})
	fill(t, s, "dead", 3, "-1 s", "1 h")
	fill(t, s, "live", 1, "1 h", "1 h")
	for _, c := range []struct {
		ids  []string
		want bool
	}{{[]string{"dead1", "live1"}, false}, {[]string{"dead1"}, false}, {[]string{"dead2"}, true}, {[]string{"none"}, false}} {
		if gone, err := s.expire(context.Background(), c.ids); gone != c.want || err != nil {
			t.Errorf("%q: got %v and error %v, want %v", c.ids, gone, err, c.want)
		}
	}
	if got := rows(t, s, "true"); got != 2 {
		t.Errorf("got %d rows, want dead3 and live1", got)
	}
}

package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
)

// must fails for the error of an operation that needs none.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refuses saves a session and reports whether that was refused.
func refuses(t *testing.T, s sessionstore.Store, id, data string) (refused bool) {
	t.Helper()
	o := sessionstore.Observe(s, func(context.Context, sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		return nil, func(o sessionstore.Outcome) { refused = o.Refused }
	})
	must(t, o.Set(t.Context(), id, []byte(data), hour))
	switch got, err := s.Get(t.Context(), id); {
	case refused && !errors.Is(err, sessionstore.ErrNotFound):
		t.Errorf("after a Set that was refused: got %q, %v, want ErrNotFound", got, err)
	case !refused && (err != nil || string(got) != data):
		t.Errorf("after a Set: got %q, %v, want %q", got, err, data)
	}
	return refused
}

func TestGuardWindow(t *testing.T) {
	for window, want := range map[time.Duration]time.Duration{
		0: 15 * time.Minute, -1: 15 * time.Minute, time.Second: time.Second,
		sessionstore.MaxTTL: sessionstore.MaxTTL, sessionstore.MaxTTL + 1: sessionstore.MaxTTL,
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newMemory(t)
			if refuses(t, sessionstore.Guard(b, window), "id", "first") {
				t.Errorf("window %v: a first Set is refused", window)
			}
			must(t, sessionstore.Guard(b, window).Delete(t.Context(), "id"))
			time.Sleep(want - 1)
			if !refuses(t, sessionstore.Guard(b, window), "id", "late") {
				t.Errorf("window %v: a Set just before its end is not refused", window)
			}
			time.Sleep(time.Nanosecond)
			if refuses(t, sessionstore.Guard(b, window), "id", "again") {
				t.Errorf("window %v: a Set at its end is refused", window)
			}
		})
	}
}

// TestGuardAfterRestart ends the program between the logout and the late Set.
func TestGuardAfterRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	open := func() *bolt.Store {
		s, err := bolt.Open(path, bolt.Options{SweepInterval: -1})
		must(t, err)
		return s
	}
	s := open()
	must(t, guarded(s).Set(t.Context(), "id", []byte("signed in"), hour))
	must(t, guarded(s).Delete(t.Context(), "id"))
	must(t, s.Close())
	s = open()
	defer s.Close()
	if !refuses(t, guarded(s), "id", "late") {
		t.Error("a Set after a logout and a restart is not refused")
	}
}

func TestGuardOnEveryBackend(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, a, b sessionstore.Store) {
		a, b = guarded(a), guarded(b)
		if refuses(t, a, "id", "signed in") || refuses(t, b, "id", "saved") {
			t.Error("a Set before any Delete is refused")
		}
		must(t, sessionstore.Rotate(t.Context(), a, "id", "new", hour))
		if !refuses(t, b, "id", "late") || refuses(t, b, "new", "saved") {
			t.Error("after a rotation a Set under the old id is not refused, or one under the new id is")
		}
		must(t, a.Delete(t.Context(), "new"))
		if !refuses(t, b, "new", "late") || !refuses(t, a, "new", "late") {
			t.Error("a Set after a Delete is not refused")
		}
	})
}

func TestGuardByWhatAllLists(t *testing.T) {
	for name, wrap := range map[string]func(sessionstore.Store) sessionstore.Store{
		"Guard":          guarded,
		"HashIDs(Guard)": func(s sessionstore.Store) sessionstore.Store { return sessionstore.HashIDs(guarded(s)) },
		"Guard(HashIDs)": func(s sessionstore.Store) sessionstore.Store { return guarded(sessionstore.HashIDs(s)) },
	} {
		s := wrap(newMemory(t))
		must(t, s.Set(t.Context(), "id", []byte("signed in"), hour))
		n := 0
		for session, err := range sessionstore.All(t.Context(), s) {
			must(t, err)
			n++
			must(t, s.Delete(t.Context(), session.ID))
		}
		if n != 1 {
			t.Errorf("%s: All lists %d sessions, want 1", name, n)
		}
		if !refuses(t, s, "id", "late") {
			t.Errorf("%s: a Set after the Delete of what All listed is not refused", name)
		}
		for session, err := range sessionstore.All(t.Context(), s) {
			t.Errorf("%s: after the Delete All lists %q, %v", name, session.Data, err)
		}
	}
}

func TestGuardWhatBringsASessionBack(t *testing.T) {
	s := guarded(newMemory(t))
	ctx := t.Context()
	must(t, s.Set(ctx, "id", []byte("signed in"), hour))
	must(t, s.Delete(ctx, "id"))
	must(t, sessionstore.Create(ctx, s, "id", []byte("created"), hour))
	if refuses(t, s, "id", "saved") {
		t.Error("a Set of a session that was created after a Delete is refused")
	}
	must(t, sessionstore.Rotate(ctx, s, "id", "new", hour))
	if !refuses(t, s, "id", "late") {
		t.Error("a Set under the old id of a rotated session is not refused")
	}
	must(t, sessionstore.Rotate(ctx, s, "new", "id", hour))
	if refuses(t, s, "id", "saved") {
		t.Error("a Set of a session that was rotated to its id is refused")
	}
	must(t, sessionstore.Clear(ctx, s))
	if refuses(t, s, "id", "again") {
		t.Error("a Set after Clear is refused")
	}
}

// failing is a Store whose Set fails.
type failing struct{ sessionstore.Store }

var errDisk = errors.New("the disk is on fire")

func (failing) Set(context.Context, string, []byte, time.Duration) error {
	return fmt.Errorf("%w: %w", sessionstore.ErrUnknownOutcome, errDisk)
}

func TestGuardThatCannotNoteADelete(t *testing.T) {
	b := newMemory(t)
	must(t, b.Set(t.Context(), "id", []byte("signed in"), hour))
	err := guarded(failing{b}).Delete(t.Context(), "id")
	if !errors.Is(err, errDisk) || !errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("Delete: got error %v, want the one of the tombstone", err)
	}
	if _, err := b.Get(t.Context(), "id"); err != nil {
		t.Errorf("after a Delete that failed: got error %v, want the session", err)
	}
}

// TestGuardRefusesItsOwnIDs: a client that knows the id of a tombstone must
// neither read nor remove it. Other bad arguments leave nothing in the backend.
func TestGuardRefusesItsOwnIDs(t *testing.T) {
	ctx := t.Context()
	b := newMemory(t)
	s := guarded(b)
	must(t, s.Delete(ctx, "id"))
	var own string
	for session := range sessionstore.All(ctx, b) {
		own = session.ID
	}
	if !strings.HasPrefix(own, "~guard.") || !sessionstore.ValidID(own) || strings.Contains(own, "id") {
		t.Fatalf("the backend holds %q, want a valid id that begins with ~guard. and does not show the session's", own)
	}
	for _, id := range []string{own, "~guard.", "bad id", "", "#" + own, "#" + sessionstore.NewID()} {
		_, get := s.Get(ctx, id)
		_, slide := sessionstore.GetAndTouch(ctx, s, id, hour)
		for name, err := range map[string]error{
			"Get": get, "GetAndTouch": slide,
			"Set":            s.Set(ctx, id, nil, hour),
			"Touch":          s.Touch(ctx, id, hour),
			"Delete":         s.Delete(ctx, id),
			"Create":         sessionstore.Create(ctx, s, id, nil, hour),
			"Replace":        sessionstore.Replace(ctx, s, id, nil, hour),
			"CompareAndSwap": sessionstore.CompareAndSwap(ctx, s, id, nil, nil, hour),
			"RotateSwap":     sessionstore.RotateSwap(ctx, s, id, "new", nil, nil, hour),
			"RotateSwap to":  sessionstore.RotateSwap(ctx, s, "some", id, nil, nil, hour),
		} {
			if !errors.Is(err, sessionstore.ErrInvalidID) {
				t.Errorf("%s of %q: got error %v, want ErrInvalidID", name, id, err)
			}
		}
	}
	if err := sessionstore.RotateSwap(ctx, s, "some", "other", nil, nil, 0); !errors.Is(err, sessionstore.ErrInvalidTTL) {
		t.Errorf("RotateSwap with ttl 0: got error %v, want ErrInvalidTTL", err)
	}
	n := 0
	for range sessionstore.All(ctx, b) {
		n++
	}
	if n != 1 {
		t.Errorf("the backend holds %d records, want the tombstone alone", n)
	}
}

func TestGuardOfLittle(t *testing.T) {
	s := guarded(plain{})
	if err := s.Set(t.Context(), "id", nil, hour); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Set over a store that cannot Replace: got error %v, want errors.ErrUnsupported", err)
	}
	if err := s.Touch(t.Context(), "id", hour); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Touch: got error %v, want ErrNotFound", err)
	}
}

package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coatcheck/sessionstore"
)

func newOwners(t *testing.T, s sessionstore.Store, opts sessionstore.OwnersOptions) *sessionstore.Owners {
	t.Helper()
	o, err := sessionstore.NewOwners(s, opts)
	must(t, err)
	return o
}

// names returns the data of an owner's sessions, in the order of List.
func names(t *testing.T, o *sessionstore.Owners, owner string) (names []string) {
	t.Helper()
	sessions, err := o.List(t.Context(), owner)
	must(t, err)
	for _, s := range sessions {
		names = append(names, string(s.Data))
	}
	return names
}

func wantNames(t *testing.T, o *sessionstore.Owners, owner string, want ...string) {
	t.Helper()
	if got := names(t, o, owner); !slices.Equal(got, want) {
		t.Errorf("List: got %q, want %q", got, want)
	}
}

// signIn starts sessions whose data is their id, a second apart.
func signIn(t *testing.T, o *sessionstore.Owners, owner string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		must(t, o.Start(t.Context(), owner, id, []byte(id), 10*hour))
		time.Sleep(time.Second)
	}
}

func TestOwners(t *testing.T) {
	for name, wrap := range map[string]func(sessionstore.Store) sessionstore.Store{
		"bare":      func(s sessionstore.Store) sessionstore.Store { return s },
		"decorated": decorated,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testOwners(t, wrap(newMemory(t))) })
		})
	}
}

func testOwners(t *testing.T, s sessionstore.Store) {
	ctx := t.Context()
	o := newOwners(t, s, sessionstore.OwnersOptions{})
	wantNames(t, o, "ada")
	signIn(t, o, "ada", "a1", "a2", "a3", "a4")
	signIn(t, o, "bob", "b1")
	wantNames(t, o, "ada", "a1", "a2", "a3", "a4")

	must(t, o.Renew(ctx, "ada", "a1", "a1.new", []byte("a1"), []byte("a1 renewed"), hour))
	wantNames(t, o, "ada", "a1 renewed", "a2", "a3", "a4")
	sessions, err := o.List(ctx, "ada")
	must(t, err)
	if got := sessions[1].Started.Sub(sessions[0].Started); got != time.Second {
		t.Errorf("after a renewal the second session began %v after the first, want 1s", got)
	}

	wantError(t, o.End(ctx, "bob", sessions[0].Handle), sessionstore.ErrNotFound, "End of another's session")
	wantError(t, o.End(ctx, "ada", "nonsense"), sessionstore.ErrNotFound, "End of no session")
	wantData(t, s, "a1.new", "a1 renewed")
	must(t, o.End(ctx, "ada", sessions[0].Handle))
	must(t, ended(s, "a1.new"))
	wantNames(t, o, "ada", "a2", "a3", "a4")

	if n, err := o.EndOthers(ctx, "ada", "a3"); n != 2 || err != nil {
		t.Errorf("EndOthers: got %d, %v, want 2", n, err)
	}
	wantNames(t, o, "ada", "a3")
	if sessions, _ := o.List(ctx, "ada"); len(sessions) != 1 || sessions[0].Handle != o.HandleOf("a3") {
		t.Errorf("List: got %v, want the handle of the session that was kept", sessions)
	}
	if n, err := o.EndAll(ctx, "ada"); n != 1 || err != nil {
		t.Errorf("EndAll: got %d, %v, want 1", n, err)
	}
	if n, err := o.EndAll(ctx, "ada"); n != 0 || err != nil {
		t.Errorf("EndAll again: got %d, %v, want 0", n, err)
	}
	wantNames(t, o, "ada")
	wantNames(t, o, "bob", "b1")
}

// TestOwnersByWayOfGuard: a Set after EndAll is refused.
func TestOwnersByWayOfGuard(t *testing.T) {
	s := decorated(newMemory(t))
	o := newOwners(t, s, sessionstore.OwnersOptions{})
	must(t, o.Start(t.Context(), "ada", "id", nil, hour))
	_, err := o.EndAll(t.Context(), "ada")
	must(t, err)
	if !refuses(t, s, "id", "late") {
		t.Error("a Set after EndAll is not refused")
	}
}

func TestOwnersDumpShowsNobody(t *testing.T) {
	b := newMemory(t)
	o := newOwners(t, sessionstore.HashIDs(guarded(b)), sessionstore.OwnersOptions{})
	ids := []string{sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()}
	must(t, o.Start(t.Context(), "ada@example.com", ids[0], nil, hour))
	must(t, o.Start(t.Context(), "ada@example.com", ids[1], nil, hour))
	must(t, o.Renew(t.Context(), "ada@example.com", ids[0], ids[2], nil, nil, hour))
	text := dump(t, b, "~owners")
	if !strings.Contains(text, "owners1") {
		t.Fatalf("the dump lacks the owner's record: %s", text)
	}
	for _, secret := range append(ids, "ada", "example") {
		if strings.Contains(text, secret) {
			t.Errorf("the dump shows %q", secret)
		}
	}
}

// TestOwnersForgetWhatIsGone: sessions that expired, or were deleted on the
// store, vanish from the list and from the record.
func TestOwnersForgetWhatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := t.Context(), newMemory(t)
		o := newOwners(t, b, sessionstore.OwnersOptions{})
		signIn(t, o, "ada", "kept", "deleted")
		must(t, o.Start(ctx, "ada", "expired", nil, time.Minute))
		must(t, b.Delete(ctx, "deleted"))
		wantNames(t, o, "ada", "kept", "")
		if text := dump(t, b, "~owners"); !strings.Contains(text, "deleted") {
			t.Errorf("an entry whose session may be under way is removed: %s", text)
		}
		time.Sleep(2 * time.Minute)
		wantNames(t, o, "ada", "kept")
		if text := dump(t, b, "~owners"); strings.Contains(text, "deleted") || strings.Contains(text, "expired") {
			t.Errorf("the record still has what is gone: %s", text)
		}
	})
}

func TestOwnersLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, b := t.Context(), newMemory(t)
		o := newOwners(t, b, sessionstore.OwnersOptions{MaxSessions: 3})
		signIn(t, o, "ada", "1", "2", "3", "4")
		wantNames(t, o, "ada", "2", "3", "4")
		must(t, ended(b, "1"))
		must(t, o.Renew(ctx, "ada", "2", "2.new", []byte("2"), []byte("2"), hour))
		wantNames(t, o, "ada", "2", "3", "4")
		time.Sleep(2 * time.Minute)
		must(t, b.Delete(ctx, "4"))
		signIn(t, o, "ada", "5")
		wantNames(t, o, "ada", "2", "3", "5") // what is gone goes first
		signIn(t, o, "ada", "6", "7")
		wantNames(t, o, "ada", "5", "6", "7")
		lower := newOwners(t, b, sessionstore.OwnersOptions{MaxSessions: 1})
		must(t, lower.Renew(ctx, "ada", "5", "5.new", []byte("5"), []byte("5"), hour))
		wantNames(t, lower, "ada", "5") // the one in use is not the one to end
	})
}

// TestOwnersLargestRecord: the most sessions with the longest ids fit, and leave
// room where they are encrypted.
func TestOwnersLargestRecord(t *testing.T) {
	s := encrypt(t, newMemory(t))
	record := []byte("owners1 0")
	long := strings.Repeat("x", sessionstore.MaxIDBytes-4)
	now := time.Now().UnixMilli()
	for i := range 5000 {
		record = fmt.Appendf(record, "\n%s%04d %d %d 0", long, i, now, now)
	}
	must(t, namespace(t, s, "~owners").Set(t.Context(), sha("ada"), record, hour))
	o := newOwners(t, s, sessionstore.OwnersOptions{MaxSessions: 5000})
	must(t, o.Start(t.Context(), "ada", strings.Repeat("y", sessionstore.MaxIDBytes), []byte("y"), hour))
	if got := names(t, o, "ada"); len(got) != 1 || got[0] != "y" {
		t.Errorf("List: got %q, want the one that was started", got)
	}
}

// TestOwnersOfFormerIDs: sessions from before HashIDs was put around the store
// are out of reach, and in nobody's way.
func TestOwnersOfFormerIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newMemory(t)
		for _, s := range []sessionstore.Store{b, sessionstore.HashIDs(b)} {
			must(t, namespace(t, s, "~owners").Set(t.Context(), sha("ada"), []byte("owners1 0\n#former 1 1 0"), hour))
			o := newOwners(t, s, sessionstore.OwnersOptions{})
			if _, err := o.EndAll(t.Context(), "ada"); err != nil {
				t.Errorf("EndAll: %v", err)
			}
			must(t, namespace(t, s, "~owners").Set(t.Context(), sha("ada"), []byte("owners1 0\nformer 1 1 0"), hour))
			wantNames(t, o, "ada")
		}
	})
}

func TestOwnersRefuse(t *testing.T) {
	ctx, b := t.Context(), newMemory(t)
	for name, opts := range map[string]sessionstore.OwnersOptions{
		"MaxSessions -1":   {MaxSessions: -1},
		"MaxSessions 5001": {MaxSessions: 5001},
		"TTL -1":           {TTL: -1},
		"TTL too long":     {TTL: sessionstore.MaxTTL + 1},
		"Namespace":        {Namespace: "a b"},
	} {
		if _, err := sessionstore.NewOwners(b, opts); err == nil {
			t.Errorf("NewOwners with %s: got no error", name)
		}
	}
	if _, err := sessionstore.NewOwners(plain{}, sessionstore.OwnersOptions{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("NewOwners of a store without namespaces: got error %v, want errors.ErrUnsupported", err)
	}
	o := newOwners(t, b, sessionstore.OwnersOptions{TTL: hour})
	large := make([]byte, sessionstore.MaxDataBytes+1)
	for name, c := range map[string]struct{ got, want error }{
		"bad id":        {o.Start(ctx, "ada", "bad id", nil, hour), sessionstore.ErrInvalidID},
		"bad new id":    {o.Renew(ctx, "ada", "id", "bad id", nil, nil, hour), sessionstore.ErrInvalidID},
		"ttl 0":         {o.Start(ctx, "ada", "id", nil, 0), sessionstore.ErrInvalidTTL},
		"ttl over TTL":  {o.Start(ctx, "ada", "id", nil, hour+1), sessionstore.ErrInvalidTTL},
		"too large":     {o.Start(ctx, "ada", "id", large, hour), sessionstore.ErrTooLarge},
		"Renew to self": {o.Renew(ctx, "ada", "id", "id", nil, nil, hour), sessionstore.ErrNotFound},
		"bad keep":      {one(o.EndOthers(ctx, "ada", "")), sessionstore.ErrInvalidID},
	} {
		wantError(t, c.got, c.want, name)
	}
	for name, err := range map[string]error{
		"Start": o.Start(ctx, "", "id", nil, hour), "End": o.End(ctx, "", "id"), "EndAll": one(o.EndAll(ctx, "")),
	} {
		if err == nil {
			t.Errorf("%s of nobody: got no error", name)
		}
	}
	if text := dump(t, b, "~owners"); text != "" {
		t.Errorf("after refused calls the backend holds %s", text)
	}
}

func one(_ int, err error) error { return err }

// TestOwnersStartOfAnothersSession: it fails, and lists nothing.
func TestOwnersStartOfAnothersSession(t *testing.T) {
	o := newOwners(t, newMemory(t), sessionstore.OwnersOptions{})
	must(t, o.Start(t.Context(), "ada", "id", []byte("of ada"), hour))
	wantError(t, o.Start(t.Context(), "eve", "id", nil, hour), sessionstore.ErrExists, "Start of a session that exists")
	wantNames(t, o, "eve")
	wantError(t, o.Start(t.Context(), "ada", "id", nil, hour), sessionstore.ErrExists, "Start of one's own session")
	wantNames(t, o, "ada", "of ada")
}

// faulty is a Store some of whose operations fail.
type faulty struct {
	sessionstore.Store
	deleteErr func(id string) error
	createErr error // after it has happened
	listErr   error // of Get in the list, after a Create
	created   bool
}

func (s *faulty) Delete(ctx context.Context, id string) error {
	if s.deleteErr != nil {
		if err := s.deleteErr(id); err != nil {
			return err
		}
	}
	return s.Store.Delete(ctx, id)
}

func (s *faulty) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := sessionstore.Create(ctx, s.Store, id, data, ttl); err != nil {
		return err
	}
	s.created = true
	return s.createErr
}

func (s *faulty) Namespace(name string) (sessionstore.Store, error) {
	inner, err := sessionstore.Namespace(s.Store, name)
	return lists{inner, s}, err
}

type lists struct {
	sessionstore.Store
	faults *faulty
}

func (s lists) Get(ctx context.Context, id string) ([]byte, error) {
	if s.faults.created && s.faults.listErr != nil {
		return nil, s.faults.listErr
	}
	return s.Store.Get(ctx, id)
}

func (s lists) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	return sessionstore.Create(ctx, s.Store, id, data, ttl)
}

func (s lists) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	return sessionstore.CompareAndSwap(ctx, s.Store, id, old, new, ttl)
}

// TestOwnersCannotConfirm: whether the session was ended as it began cannot be
// told, so it is ended.
func TestOwnersCannotConfirm(t *testing.T) {
	s := &faulty{Store: newMemory(t), listErr: errDisk}
	o := newOwners(t, s, sessionstore.OwnersOptions{})
	err := o.Start(t.Context(), "ada", "a", nil, hour)
	wantError(t, err, errDisk, "Start whose list cannot be read afterwards")
	if errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("Start: got %v, but the session was deleted", err)
	}
	must(t, ended(s, "a"))

	s.created, s.deleteErr = false, func(string) error { return errDisk }
	err = o.Start(t.Context(), "ada", "b", nil, hour)
	wantError(t, err, sessionstore.ErrUnknownOutcome, "Start whose session can neither be confirmed nor ended")
	s.created, s.deleteErr = false, nil
	wantNames(t, o, "ada", "") // it is listed, and can be ended
}

// TestOwnersEndsLater: what could not be deleted is neither listed nor
// forgotten, and the next call ends it.
func TestOwnersEndsLater(t *testing.T) {
	ctx, b := t.Context(), newMemory(t)
	s := &faulty{Store: b}
	o := newOwners(t, s, sessionstore.OwnersOptions{})
	for _, id := range []string{"a", "b", "c"} {
		must(t, o.Start(ctx, "ada", id, []byte(id), hour))
	}
	s.deleteErr = func(id string) error {
		if id == "b" {
			return errDisk
		}
		return nil
	}
	if n, err := o.EndAll(ctx, "ada"); n != 2 || !errors.Is(err, errDisk) {
		t.Errorf("EndAll, where one Delete fails: got %d, %v, want 2 and its error", n, err)
	}
	if _, err := o.List(ctx, "ada"); !errors.Is(err, errDisk) {
		t.Errorf("List, while a session cannot be ended: got error %v, want that of Delete", err)
	}
	s.deleteErr = nil
	wantNames(t, o, "ada")
	must(t, ended(b, "b"))
}

func TestOwnersUnknownOutcome(t *testing.T) {
	s := &faulty{Store: newMemory(t), createErr: sessionstore.ErrUnknownOutcome}
	o := newOwners(t, s, sessionstore.OwnersOptions{})
	wantError(t, o.Start(t.Context(), "ada", "a", []byte("a"), hour), sessionstore.ErrUnknownOutcome, "Start")
	wantNames(t, o, "ada", "a") // it happened, and can be ended
	s.createErr = errDisk       // it says that it did not
	wantError(t, o.Start(t.Context(), "ada", "b", []byte("b"), hour), errDisk, "Start")
	wantNames(t, o, "ada", "a")
}

func TestOwnersCorruptRecord(t *testing.T) {
	b := newMemory(t)
	o := newOwners(t, b, sessionstore.OwnersOptions{})
	must(t, namespace(t, b, "~owners").Set(t.Context(), sha("ada"), []byte("owners1 secret"), hour))
	_, err := o.List(t.Context(), "ada")
	for name, err := range map[string]error{
		"List": err, "Start": o.Start(t.Context(), "ada", "id", nil, hour), "EndAll": one(o.EndAll(t.Context(), "ada")),
	} {
		wantError(t, err, sessionstore.ErrCorrupt, name)
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %q, which shows data", name, err)
		}
	}
	must(t, ended(b, "id"))
}

// TestOwnersWait: who waits in the queue leaves it with the context.
func TestOwnersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hold := make(chan struct{})
		s := sessionstore.Observe(newMemory(t), func(_ context.Context, op sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
			if op.Namespace != "" {
				<-hold
			}
			return nil, nil
		})
		o := newOwners(t, s, sessionstore.OwnersOptions{})
		var first sync.WaitGroup
		first.Go(func() { must(t, o.Start(t.Context(), "ada", "a", nil, hour)) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantError(t, o.Start(ctx, "ada", "b", nil, hour), context.DeadlineExceeded, "Start behind another that hangs")
		close(hold)
		first.Wait()
	})
}

func TestOwnersOnEveryBackend(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, a, b sessionstore.Store) {
		a, b = decorated(a), decorated(b)
		manySignIns(t, 1000, a, b)
		endAllBesideSignIns(t, a, b)
	})
}

// manySignIns are of one owner, all at once, through stores on one backend. None
// is lost.
func manySignIns(t *testing.T, signIns int, stores ...sessionstore.Store) {
	opts := sessionstore.OwnersOptions{MaxSessions: 2 * signIns}
	ids := make([]string, signIns)
	var wait sync.WaitGroup
	began := time.Now()
	for i, s := range stores {
		o := newOwners(t, s, opts)
		for n := i; n < signIns; n += len(stores) {
			ids[n] = sessionstore.NewID()
			wait.Go(func() {
				if err := o.Start(t.Context(), "ada", ids[n], nil, hour); err != nil {
					t.Errorf("Start: %v", err)
				}
			})
		}
	}
	wait.Wait()
	t.Logf("%d sign-ins in %v", signIns, time.Since(began).Round(time.Millisecond))
	o := newOwners(t, stores[0], opts)
	if n := len(names(t, o, "ada")); n != signIns {
		t.Errorf("List after %d sign-ins: got %d", signIns, n)
	}
	if n, err := o.EndAll(t.Context(), "ada"); n != signIns || err != nil {
		t.Errorf("EndAll: got %d, %v, want %d", n, err, signIns)
	}
	wantNames(t, o, "ada")
	for _, id := range ids {
		if err := ended(stores[0], id); err != nil {
			t.Fatalf("after EndAll: %v", err)
		}
	}
}

// endAllBesideSignIns ends all sessions of an owner while others begin and are
// renewed. What lives in the end is listed, and none of it began before.
func endAllBesideSignIns(t *testing.T, stores ...sessionstore.Store) {
	const users = 8
	ctx := t.Context()
	first, second := newOwners(t, stores[0], sessionstore.OwnersOptions{}), newOwners(t, stores[1], sessionstore.OwnersOptions{})
	for round := range 10 {
		var old, renewed, begun [users]string
		for i := range users {
			old[i], renewed[i], begun[i] = sessionstore.NewID(), sessionstore.NewID(), sessionstore.NewID()
			must(t, first.Start(ctx, "ada", old[i], nil, hour))
		}
		var wait sync.WaitGroup
		for i := range users {
			o := []*sessionstore.Owners{first, second}[i%2]
			wait.Go(func() {
				err := o.Renew(ctx, "ada", old[i], renewed[i], nil, nil, hour)
				if err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
					t.Errorf("Renew: %v", err)
				}
			})
			wait.Go(func() {
				err := o.Start(ctx, "ada", begun[i], []byte(begun[i]), hour)
				if err != nil && !errors.Is(err, sessionstore.ErrConflict) {
					t.Errorf("Start: %v", err)
				}
			})
		}
		wait.Go(func() {
			time.Sleep(time.Duration(round) * time.Millisecond)
			if _, err := second.EndAll(ctx, "ada"); err != nil {
				t.Errorf("EndAll: %v", err)
			}
		})
		wait.Wait()
		listed := names(t, first, "ada")
		for i := range users {
			for _, id := range []string{old[i], renewed[i]} {
				if err := ended(stores[1], id); err != nil {
					t.Errorf("a session that began before EndAll: %v", err)
				}
			}
			_, err := stores[1].Get(ctx, begun[i])
			if live := err == nil; live != slices.Contains(listed, begun[i]) {
				t.Errorf("a session that began beside EndAll lives: %v, is listed: %v", live, !live)
			}
		}
		_, err := first.EndAll(ctx, "ada")
		must(t, err)
	}
}

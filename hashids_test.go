package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// dump returns all that a store and some of its namespaces hold, as somebody
// reads it who has the backend.
func dump(t *testing.T, s sessionstore.Store, namespaces ...string) string {
	t.Helper()
	var b strings.Builder
	for session, err := range sessionstore.All(t.Context(), s) {
		if err != nil {
			t.Fatalf("All: %v", err)
		}
		fmt.Fprintf(&b, "%s=%s\n", session.ID, session.Data)
	}
	for _, name := range namespaces {
		b.WriteString(dump(t, namespace(t, s, name)))
	}
	return b.String()
}

func namespace(t *testing.T, s sessionstore.Store, name string) sessionstore.Store {
	t.Helper()
	n, err := sessionstore.Namespace(s, name)
	if err != nil {
		t.Fatalf("Namespace: %v", err)
	}
	return n
}

func set(t *testing.T, s sessionstore.Store, id, data string) {
	t.Helper()
	if err := s.Set(t.Context(), id, []byte(data), time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func wantData(t *testing.T, s sessionstore.Store, id, want string) {
	t.Helper()
	if got, err := s.Get(t.Context(), id); string(got) != want || err != nil {
		t.Errorf("Get: got %q, %v, want %q", got, err, want)
	}
}

func wantError(t *testing.T, got, want error, when string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", when, got, want)
	}
}

// list returns what a store lists.
func list(t *testing.T, s sessionstore.Store) (ids []string) {
	t.Helper()
	for session, err := range sessionstore.All(t.Context(), s) {
		if err != nil {
			t.Fatalf("All: %v", err)
		}
		ids = append(ids, session.ID)
	}
	return ids
}

func TestHashIDsDumpHoldsNoID(t *testing.T) {
	backend := newMemory(t)
	s := sessionstore.HashIDs(backend)
	ids := make([]string, 8)
	for i := range ids {
		ids[i] = "an-id-to-be-hidden-" + sessionstore.NewID()
	}
	ctx := t.Context()
	set(t, s, ids[0], "0")
	for i, err := range []error{
		sessionstore.Create(ctx, s, ids[1], nil, time.Hour),
		sessionstore.Replace(ctx, s, ids[1], []byte("1"), time.Hour),
		sessionstore.CompareAndSwap(ctx, s, ids[1], []byte("1"), []byte("2"), time.Hour),
		s.Touch(ctx, ids[1], time.Hour),
		sessionstore.Rotate(ctx, s, ids[1], ids[2], time.Hour),
		namespace(t, s, "side").Set(ctx, ids[3], []byte("3"), time.Hour),
	} {
		if err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	all := dump(t, backend, "side")
	for i, id := range ids {
		if strings.Contains(all, id) {
			t.Errorf("the backend holds the id %d:\n%s", i, all)
		}
	}
	for _, i := range []int{0, 2, 3} {
		if !strings.Contains(all, sha(ids[i])) {
			t.Errorf("the backend does not hold the hash of the id %d:\n%s", i, all)
		}
	}
}

func TestHashIDsListThenDelete(t *testing.T) {
	for _, k := range stacks {
		if !k.hashes {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			backend := newMemory(t)
			s := k.wrap(t, backend)
			for range 50 {
				set(t, s, sessionstore.NewID(), "x")
			}
			handles := list(t, s)
			if len(handles) != 50 {
				t.Fatalf("All: got %d sessions, want 50", len(handles))
			}
			for _, handle := range handles {
				if err := s.Delete(t.Context(), handle); err != nil {
					t.Errorf("Delete of a handle: %v", err)
				}
			}
			if left := list(t, s); len(left) > 0 {
				t.Errorf("%d of 50 sessions are left after each was deleted by its handle", len(left))
			}
			if left := list(t, backend); len(left) > 0 && !k.guard { // which leaves records
				t.Errorf("%d of 50 records are left after each session was deleted by its handle", len(left))
			}
		})
	}
}

// nothing is a backend to which nothing may come.
type nothing struct {
	memory.Store
	t *testing.T
}

func (n nothing) called(method string) error {
	n.t.Errorf("%s was called", method)
	return nil
}
func (n nothing) Get(context.Context, string) ([]byte, error) { return nil, n.called("Get") }
func (n nothing) Set(context.Context, string, []byte, time.Duration) error {
	return n.called("Set")
}
func (n nothing) Touch(context.Context, string, time.Duration) error { return n.called("Touch") }
func (n nothing) Delete(context.Context, string) error               { return n.called("Delete") }
func (n nothing) Create(context.Context, string, []byte, time.Duration) error {
	return n.called("Create")
}
func (n nothing) Replace(context.Context, string, []byte, time.Duration) error {
	return n.called("Replace")
}
func (n nothing) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) error {
	return n.called("CompareAndSwap")
}
func (n nothing) RotateSwap(context.Context, string, string, []byte, []byte, time.Duration) error {
	return n.called("RotateSwap")
}
func (n nothing) GetAndTouch(context.Context, string, time.Duration) ([]byte, error) {
	return nil, n.called("GetAndTouch")
}

// opening calls every method that could open or change the session called id.
func opening(ctx context.Context, s sessionstore.Store, id string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		good := sessionstore.NewID()
		_, get := s.Get(ctx, id)
		_, slide := sessionstore.GetAndTouch(ctx, s, id, time.Hour)
		for name, err := range map[string]error{
			"Get":             get,
			"GetAndTouch":     slide,
			"Set":             s.Set(ctx, id, nil, time.Hour),
			"Touch":           s.Touch(ctx, id, time.Hour),
			"Create":          sessionstore.Create(ctx, s, id, nil, time.Hour),
			"Replace":         sessionstore.Replace(ctx, s, id, nil, time.Hour),
			"CompareAndSwap":  sessionstore.CompareAndSwap(ctx, s, id, []byte("x"), nil, time.Hour),
			"RotateSwap from": sessionstore.RotateSwap(ctx, s, id, good, []byte("x"), nil, time.Hour),
			"RotateSwap to":   sessionstore.RotateSwap(ctx, s, good, id, []byte("x"), nil, time.Hour),
		} {
			if !yield(name, err) {
				return
			}
		}
	}
}

func TestHashIDsHandleOpensNothing(t *testing.T) {
	s := sessionstore.HashIDs(newMemory(t))
	set(t, s, "id", "x")
	handle := list(t, s)[0]
	for name, err := range opening(t.Context(), s, handle) {
		wantError(t, err, sessionstore.ErrInvalidID, name+" of a handle")
	}
	// Nor does the hash alone, which is an id like any other.
	_, err := s.Get(t.Context(), strings.TrimPrefix(handle, "#"))
	wantError(t, err, sessionstore.ErrNotFound, "Get of the hash in a handle")
	wantData(t, s, "id", "x")
}

func TestHashIDsRefusesBeforeTheBackend(t *testing.T) {
	s := sessionstore.HashIDs(nothing{t: t})
	hash := sha("id")
	for _, id := range []string{"", "a b", "é", "#" + hash, strings.Repeat("i", 129)} {
		for name, err := range opening(t.Context(), s, id) {
			wantError(t, err, sessionstore.ErrInvalidID, fmt.Sprintf("%s of %q", name, id))
		}
	}
	for _, id := range []string{
		"", "a b", "#", "##", "#id", hash + "#", "#" + hash[1:], "#" + hash + "A", "#" + hash[:42] + ".", "#" + hash[:42] + "~",
		"#" + hash[:42] + "\n", "#\n" + hash, "# " + hash[1:], "#" + hash[:42] + "=", "#" + hash[:42] + "B", "# #" + hash,
	} {
		wantError(t, s.Delete(t.Context(), id), sessionstore.ErrInvalidID, fmt.Sprintf("Delete of %q", id))
	}
}

// Two marks are a handle of a HashIDs around another; a backend refuses them.
func TestHashIDsDeleteOfAnothersHandle(t *testing.T) {
	s := sessionstore.HashIDs(newMemory(t))
	set(t, s, "id", "x")
	wantError(t, s.Delete(t.Context(), "#"+list(t, s)[0]), sessionstore.ErrInvalidID, "Delete of a handle with another mark")
	wantData(t, s, "id", "x")
}

func TestHashIDsLeavesOutWhatItDidNotStore(t *testing.T) {
	backend := newMemory(t)
	set(t, backend, "from-before", "x")
	s := sessionstore.HashIDs(backend)
	set(t, s, "id", "y")
	if got, want := list(t, s), "#"+sha("id"); len(got) != 1 || got[0] != want {
		t.Errorf("All: got %q, want the handle %q", got, want)
	}
	if err := sessionstore.Clear(t.Context(), s); err != nil {
		t.Fatalf("Clear: %v", err)
	}
	if left := list(t, backend); len(left) > 0 {
		t.Errorf("after Clear: got %q in the backend, want nothing", left)
	}
}

func FuzzHashIDsDelete(f *testing.F) {
	hash := sha("id")
	for _, id := range []string{"id", "", "#", "#" + hash, "##" + hash, "#" + hash[:42] + "\n", hash} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		s := sessionstore.HashIDs(newMemory(t))
		set(t, s, "id", "x")
		err := s.Delete(t.Context(), id)
		_, gone := s.Get(t.Context(), "id")
		switch {
		case id == "id" || id == "#"+hash:
			wantError(t, gone, sessionstore.ErrNotFound, "Get after a Delete")
		case gone != nil:
			t.Errorf("Delete of %q ended another session", id)
		case err != nil:
			wantError(t, err, sessionstore.ErrInvalidID, fmt.Sprintf("Delete of %q", id))
		case !sessionstore.ValidID(id) && (len(id) != 44 || id[0] != '#' || !sessionstore.ValidID(id[1:])):
			t.Errorf("Delete of %q, which is neither an id nor a handle: got no error", id)
		}
	})
}

func ExampleHashIDs() {
	backend, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	store := sessionstore.HashIDs(backend)
	defer sessionstore.Close(store)
	ctx := context.Background()

	id := "the-value-of-a-cookie" // otherwise sessionstore.NewID()
	if err := store.Set(ctx, id, []byte("ada"), time.Hour); err != nil {
		fmt.Println(err)
	}
	for session := range sessionstore.All(ctx, store) { // an operator looks, and ends it
		fmt.Println(session.ID, string(session.Data))
		if err := store.Delete(ctx, session.ID); err != nil {
			fmt.Println(err)
		}
	}
	_, err = store.Get(ctx, id)
	fmt.Println(errors.Is(err, sessionstore.ErrNotFound))
	// Output:
	// #SwljkONwRnDre7m5ZyYctCfK6JkoGwI1KrvsU40MM9Q ada
	// true
}

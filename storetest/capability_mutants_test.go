package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// pause is where another may come between two steps.
func pause() { time.Sleep(time.Microsecond) }

func createsOver(ref store) *hooks { return &hooks{create: ref.Set} }

func createsNeverAgain(ref store) *hooks {
	var used shelf
	return &hooks{create: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		_, err := ref.Get(ctx, id)
		if deleted := errors.Is(err, sessionstore.ErrNotFound); used.take(id) != nil && ttl == long && string(data) == "" && deleted {
			return sessionstore.ErrExists
		}
		used.put(id, []byte{1})
		return sessionstore.Create(ctx, ref, id, data, ttl)
	}}
}

func createTouches(ref store) *hooks {
	return &hooks{create: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		err := sessionstore.Create(ctx, ref, id, data, ttl)
		if errors.Is(err, sessionstore.ErrExists) {
			ref.Touch(ctx, id, ttl)
		}
		return err
	}}
}

func createsByLooking(ref store) *hooks {
	return &hooks{create: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if _, err := ref.Get(ctx, id); err == nil {
			return sessionstore.ErrExists
		}
		pause()
		return ref.Set(ctx, id, data, ttl)
	}}
}

func replacesAbsent(ref store) *hooks { return &hooks{replace: ref.Set} }

func replaceKeepsDeadline(ref store) *hooks {
	return &hooks{replace: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		for s, err := range sessionstore.All(ctx, ref) {
			if err == nil && s.ID == id {
				ttl = time.Until(s.ExpiresAt)
			}
		}
		return sessionstore.Replace(ctx, ref, id, data, ttl)
	}}
}

func replacesByLooking(ref store) *hooks {
	return &hooks{replace: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if _, err := ref.Get(ctx, id); err != nil {
			return err
		}
		pause()
		return ref.Set(ctx, id, data, ttl)
	}}
}

// swapping replaces a swap by looking and then setting, where equal says so.
func swapping(ref store, equal func(live, old, new []byte) bool) *hooks {
	return &hooks{swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
		live, err := ref.Get(ctx, id)
		if err != nil {
			return err
		}
		if !equal(live, old, new) {
			return sessionstore.ErrConflict
		}
		pause()
		return ref.Set(ctx, id, new, ttl)
	}}
}

func swapsByLooking(ref store) *hooks {
	return swapping(ref, func(live, old, _ []byte) bool { return bytes.Equal(live, old) })
}

// swapsToEqual takes what is new already for done.
func swapsToEqual(ref store) *hooks {
	var last shelf
	h := &hooks{}
	h.swap = func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
		err := sessionstore.CompareAndSwap(ctx, ref, id, old, new, ttl)
		if errors.Is(err, sessionstore.ErrConflict) && string(last.take("new")) == string(new) {
			return nil
		}
		last.put("new", bytes.Clone(new))
		return err
	}
	return h
}

func swapsByLength(ref store) *hooks {
	return swapping(ref, func(live, old, _ []byte) bool { return len(live) == len(old) })
}

func swapMisses(ref store) *hooks {
	return &hooks{swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
		err := sessionstore.CompareAndSwap(ctx, ref, id, old, new, ttl)
		if errors.Is(err, sessionstore.ErrConflict) {
			return sessionstore.ErrNotFound
		}
		return err
	}}
}

func swapsAbsent(ref store) *hooks {
	return &hooks{swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
		err := sessionstore.CompareAndSwap(ctx, ref, id, old, new, ttl)
		if errors.Is(err, sessionstore.ErrNotFound) && len(old) == 0 {
			return ref.Set(ctx, id, new, ttl)
		}
		return err
	}}
}

// swapsByVersion gives a session a new version with every Touch.
func swapsByVersion(ref store) *hooks {
	var mu sync.Mutex
	versions := make(map[string]int)
	version := func(id string, add int) int {
		mu.Lock()
		defer mu.Unlock()
		versions[id] += add
		return versions[id]
	}
	return &hooks{
		touch: func(ctx context.Context, id string, ttl time.Duration) error {
			version(id, 1)
			return ref.Touch(ctx, id, ttl)
		},
		swap: func(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
			before := version(id, 0)
			pause()
			if version(id, 0) != before {
				return sessionstore.ErrConflict
			}
			return sessionstore.CompareAndSwap(ctx, ref, id, old, new, ttl)
		},
	}
}

// rotating does f after a rotation, with the old and the new id.
func rotating(ref store, f func(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration)) *hooks {
	return &hooks{rotate: func(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
		err := sessionstore.RotateSwap(ctx, ref, oldID, newID, old, new, ttl)
		if err == nil {
			f(ctx, oldID, newID, old, new, ttl)
		}
		return err
	}}
}

func rotateLeaves(ref store) *hooks {
	return rotating(ref, func(ctx context.Context, oldID, _ string, old, _ []byte, ttl time.Duration) {
		ref.Set(ctx, oldID, old, ttl)
	})
}

func rotateKeepsDeadline(ref store) *hooks {
	return rotating(ref, func(ctx context.Context, _, newID string, _, _ []byte, ttl time.Duration) {
		ref.Touch(ctx, newID, 300*time.Millisecond)
	})
}

func rotateOverwrites(ref store) *hooks {
	return &hooks{rotate: func(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
		if live, err := ref.Get(ctx, oldID); err == nil && bytes.Equal(live, old) && oldID != newID {
			ref.Delete(ctx, newID)
		}
		return sessionstore.RotateSwap(ctx, ref, oldID, newID, old, new, ttl)
	}}
}

func rotatesBySteps(ref store) *hooks {
	return &hooks{rotate: func(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
		live, err := ref.Get(ctx, oldID)
		if err != nil {
			return err
		}
		if !bytes.Equal(live, old) {
			return sessionstore.ErrConflict
		}
		pause()
		if err := sessionstore.Create(ctx, ref, newID, new, ttl); err != nil {
			return err
		}
		time.Sleep(100 * time.Microsecond)
		return ref.Delete(ctx, oldID)
	}}
}

func slidesNot(ref store) *hooks {
	return &hooks{getAndTouch: func(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
		if ttl == long {
			return ref.Get(ctx, id)
		}
		return sessionstore.GetAndTouch(ctx, ref, id, ttl)
	}}
}

func slideRevives(ref store) *hooks {
	var all shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		all.put(id, bytes.Clone(data))
		return set(ctx, id, data, ttl)
	})
	h.getAndTouch = func(ctx context.Context, id string, ttl time.Duration) ([]byte, error) {
		data, err := sessionstore.GetAndTouch(ctx, ref, id, ttl)
		if errors.Is(err, sessionstore.ErrNotFound) && all.take(id) != nil {
			data = all.take(id)
			return data, ref.Set(ctx, id, data, ttl)
		}
		return data, err
	}
	return h
}

// listing replaces All by f of what the reference lists.
func listing(ref store, f func(i int, s sessionstore.Session) (sessionstore.Session, bool)) *hooks {
	return &hooks{all: func(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
		return func(yield func(sessionstore.Session, error) bool) {
			var i int
			for s, err := range sessionstore.All(ctx, ref) {
				keep := true
				if err == nil {
					s, keep = f(i, s)
					i++
				}
				if keep && !yield(s, err) {
					return
				}
			}
		}
	}}
}

func listsExpired(ref store) *hooks {
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		return set(ctx, id, data, max(ttl, long))
	})
	return h
}

func listsWithGaps(ref store) *hooks {
	return listing(ref, func(i int, s sessionstore.Session) (sessionstore.Session, bool) { return s, i%100 != 70 })
}

func listsOneBuffer(ref store) *hooks {
	var first []byte
	return listing(ref, func(i int, s sessionstore.Session) (sessionstore.Session, bool) {
		if i == 0 {
			first = s.Data
		} else if i%7 == 0 {
			s.Data = first
		}
		return s, true
	})
}

func listsNamespaces(ref store) *hooks {
	h := &hooks{}
	h.all = func(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
		return func(yield func(sessionstore.Session, error) bool) {
			near, err := sessionstore.Namespace(ref, "near")
			for _, s := range []store{near, ref} {
				for session, err := range sessionstore.All(ctx, s) {
					if !yield(session, err) {
						return
					}
				}
			}
			_ = err
		}
	}
	return h
}

func listEndsAtCorrupt(t T) Harness {
	h := Harness{Embedded: true}
	corrupt := make(map[string]bool)
	h.New = func(t T) store {
		ref := newMemory(t)
		s := &hooks{Store: ref}
		s.all = func(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
			return func(yield func(sessionstore.Session, error) bool) {
				for session, err := range sessionstore.All(ctx, ref) {
					if corrupt[session.ID] {
						yield(sessionstore.Session{ID: session.ID}, sessionstore.ErrCorrupt)
						return
					}
					if !yield(session, err) {
						return
					}
				}
			}
		}
		return s
	}
	h.Corrupt = func(t T, _ store, id string) { corrupt[id] = true }
	return h
}

func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func listsHashes(ref store) *hooks {
	return renames(ref, func(id string) string {
		if !sessionstore.ValidID(id) {
			return id
		}
		return hashed(id)
	})
}

func clearsNeighbours(t T) Harness {
	refs := make(map[store]store)
	return Harness{
		Embedded: true,
		New: func(t T) store {
			ref := newMemory(t)
			s := &hooks{Store: ref}
			refs[s] = newMemory(t)
			s.clear = func(ctx context.Context) error {
				return errors.Join(sessionstore.Clear(ctx, ref), sessionstore.Clear(ctx, refs[s]))
			}
			return s
		},
		Neighbours: func(t T, s store) []store { return []store{refs[s]} },
	}
}

// clearsHalf deletes what All lists, and so no record of a namespace.
func clearsHalf(ref store) *hooks {
	return &hooks{clear: func(ctx context.Context) error {
		for s, err := range sessionstore.All(ctx, ref) {
			if err != nil {
				return err
			}
			if err := ref.Delete(ctx, s.ID); err != nil {
				return err
			}
		}
		return nil
	}}
}

func purgesTouched(ref store) *hooks {
	var d deadlines
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		d.swap(id, time.Now().Add(ttl))
		return set(ctx, id, data, ttl)
	})
	h.purge = func(ctx context.Context) (int, error) {
		n, err := sessionstore.DeleteExpired(ctx, ref)
		d.mu.Lock()
		defer d.mu.Unlock()
		for id, at := range d.at {
			if !time.Now().Before(at) {
				ref.Delete(ctx, id)
			}
		}
		return n, err
	}
	return h
}

func miscounts(ref store) *hooks {
	return &hooks{purge: func(ctx context.Context) (int, error) {
		n, err := sessionstore.DeleteExpired(ctx, ref)
		return n + 1, err
	}}
}

// purgesByLooking deletes what was about to expire when it looked.
func purgesByLooking(ref store) *hooks {
	return &hooks{purge: func(ctx context.Context) (int, error) {
		n, err := sessionstore.DeleteExpired(ctx, ref)
		var due []string
		for s, err := range sessionstore.All(ctx, ref) {
			if err == nil && time.Until(s.ExpiresAt) < 3*time.Millisecond {
				due = append(due, s.ID)
			}
		}
		if len(due) > 0 {
			time.Sleep(3 * time.Millisecond)
		}
		for _, id := range due {
			ref.Delete(ctx, id)
		}
		return n, err
	}}
}

func namespaceByDot(ref store) *hooks {
	h := &hooks{}
	h.namespace = func(name string) (store, error) {
		if _, err := sessionstore.Namespace(ref, name); err != nil {
			return nil, err
		}
		in := renames(ref, func(id string) string { return fmt.Sprintf("%s.%s", name, id) })
		in.Store = ref
		in.namespace = func(inner string) (store, error) { return h.namespace(name + "." + inner) }
		return in, nil
	}
	return h
}

func anyNamespace(ref store) *hooks {
	return &hooks{namespace: func(name string) (store, error) {
		if n, err := sessionstore.Namespace(ref, name); err == nil {
			return n, nil
		}
		return sessionstore.Namespace(ref, strings.Repeat("x", 20))
	}}
}

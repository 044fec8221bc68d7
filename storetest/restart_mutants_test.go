package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

// The mutants that lose something when they end.

// directoryMutants are found by name in the child, too.
var directoryMutants = map[string]func(ref store) sessionstore.Store{
	"": func(ref store) sessionstore.Store { return &hooks{Store: ref} },

	// buffers forgets every eleventh session when it is closed.
	"buffers": func(ref store) sessionstore.Store {
		var sets int
		var last string
		h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
			if sets++; sets%11 == 1 {
				last = id
			}
			return set(ctx, id, data, ttl)
		})
		h.close = func() error {
			ref.Delete(context.Background(), last)
			return sessionstore.Close(ref)
		}
		h.Store = ref
		return h
	},

	// restarts deadlines gives each session an hour when it is closed.
	"restarts deadlines": func(ref store) sessionstore.Store {
		var ids []string
		h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
			ids = append(ids, id)
			return set(ctx, id, data, ttl)
		})
		h.close = func() error {
			for _, id := range ids {
				ref.Touch(context.Background(), id, long)
			}
			return sessionstore.Close(ref)
		}
		h.Store = ref
		return h
	},

	// touches at Close moves no deadline before.
	"touches at Close": func(ref store) sessionstore.Store {
		return &hooks{Store: ref, touch: func(ctx context.Context, id string, _ time.Duration) error {
			_, err := ref.Get(ctx, id)
			return err
		}}
	},

	// writes at Close keeps every tenth session to itself until then.
	"writes at Close": func(ref store) sessionstore.Store {
		var s shelf
		h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
			if strings.HasPrefix(id, "writer") && strings.HasSuffix(id, "0") {
				s.put(id, slices.Clone(data))
				return nil
			}
			return set(ctx, id, data, ttl)
		})
		h.Store = ref
		return h
	},
}

// forgetsReplacements has the first data of sessions again when the server is
// killed.
func forgetsReplacements(ref store) (_ sessionstore.Store, forget func()) {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if before, err := ref.Get(ctx, id); err == nil {
			s.put(id, before)
		}
		return set(ctx, id, data, ttl)
	})
	h.Store = ref
	return h, func() {
		for id, data := range s.bytes {
			if _, err := ref.Get(context.Background(), id); err == nil {
				ref.Set(context.Background(), id, data, long)
			}
		}
	}
}

// forgetsDeadlines gives each session an hour when the server is killed.
func forgetsDeadlines(ref store) (_ sessionstore.Store, forget func()) {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		s.put(id, nil)
		return set(ctx, id, data, ttl)
	})
	h.Store = ref
	return h, func() {
		for id := range s.bytes {
			ref.Touch(context.Background(), id, long)
		}
	}
}

// forgetsTouches has the deadlines of the last Set again when the server is
// killed.
func forgetsTouches(ref store) (_ sessionstore.Store, forget func()) {
	var d deadlines
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		d.swap(id, time.Now().Add(ttl))
		return set(ctx, id, data, ttl)
	})
	h.Store = ref
	return h, func() {
		for id, end := range d.at {
			ref.Touch(context.Background(), id, max(1, time.Until(end)))
		}
	}
}

// forgetsSets loses the sessions whose number ends in 7 with the server.
func forgetsSets(ref store) (_ sessionstore.Store, forget func()) {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if strings.HasSuffix(id, "7") {
			s.put(id, data)
		}
		return set(ctx, id, data, ttl)
	})
	h.Store = ref
	return h, func() {
		for id := range s.bytes {
			ref.Delete(context.Background(), id)
		}
	}
}

// forgetsDeletes has deleted sessions again when the server is.
func forgetsDeletes(ref store) (_ sessionstore.Store, forget func()) {
	var s shelf
	h := &hooks{Store: ref, delete: func(ctx context.Context, id string) error {
		data, err := ref.Get(ctx, id)
		if err == nil {
			s.put(id, data)
		}
		return ref.Delete(ctx, id)
	}}
	return h, func() {
		for id, data := range s.bytes {
			ref.Set(context.Background(), id, data, long)
		}
	}
}

// Package fiber keeps what github.com/gofiber/fiber stores, v2 and v3 alike, in
// a sessionstore.Store, without importing fiber. Sessions of v3:
//
//	store, err := open.URL(ctx, "bolt:sessions.db")
//	...
//	app.Use(recover.New())
//	app.Use(session.New(session.Config{
//		Storage: fiberadapter.Sessions(store, fiberadapter.Options{}),
//	}))
//
// and of v2, where session.New returns no handler:
//
//	sessions := session.New(session.Config{
//		Storage: fiberadapter.Sessions(store, fiberadapter.Options{}),
//	})
//	app.Get("/", func(c *fiber.Ctx) error {
//		s, err := sessions.Get(c)
//		...
//	})
//
// (Import this package as fiberadapter.) What survives a restart is up to the
// store; examples/fiber is a whole program, of v3. The middleware recover belongs
// before that of sessions: in v3 the latter panics when the store is down. And
// give fiber an ErrorHandler, as the example does: its own sends the text of the
// error to the client.
//
// [Sessions] is for sessions: a request that read its session before a logout
// and saves it afterwards does not bring it back. (fiber sets its old cookie
// again all the same: who signed in meanwhile with that browser has to do so
// once more.) To sign out, Destroy the session. Of one that cannot be read fiber
// does not keep the id, so that Destroy ends nothing: a program that can read it,
// such as the former version, would know its cookie until it expires. [Storage]
// is for fiber's other middleware, cache, limiter, csrf and idempotency, which
// may set a key again that they deleted. Both hash the keys.
package fiber

import (
	"context"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/adapters/internal/managed"
)

// DefaultTTL is how long an entry is kept that fiber sets without an
// expiration.
const DefaultTTL = 24 * time.Hour

// Options of a Store. The zero value works.
type Options struct {
	// DefaultTTL is how long an entry is kept that fiber sets with an
	// expiration of 0, which elsewhere means for ever. Zero or less means
	// [DefaultTTL], 24 hours; it is at most 400 days.
	DefaultTTL time.Duration

	// Timeout bounds each call but Reset, beside the context of fiber v3's
	// request. Zero or less means 2 seconds.
	Timeout time.Duration

	// GuardWindow is for how long a session that was ended cannot be saved
	// again, longer than any request takes. Zero or less means
	// [sessionstore.DefaultGuardWindow]. Storage makes no use of it.
	GuardWindow time.Duration

	// OnError is told of entries that count as absent because they cannot be
	// read. It runs on the request's goroutine. Nil means nobody.
	OnError func(error)

	// OnRefused is told of each save that was refused, because the session
	// had been ended: a slow request met a logout. It runs on the request's
	// goroutine. Storage makes no use of it. Nil means nobody.
	OnRefused func()
}

// Store satisfies the interface Storage of fiber v2 and that of fiber v3.
type Store struct {
	records    *managed.Store
	ofV2       *managed.Store // the same, for fiber v2 to read: see session.go
	defaultTTL time.Duration
}

// Sessions returns a Store on s for fiber's session middleware. It never closes
// s. A session that fiber could not decode is not there, and so the visitor
// gets a new one; fiber alone would fail at each request until the cookie ends.
// Among these are v2's sessions in v3, which reads with GetWithContext, and v3's
// in v2, which reads with Get.
func Sessions(s sessionstore.Store, o Options) *Store {
	return newStore(managed.Sessions(s, o.managed(isV3Session)), managed.Sessions(s, o.managed(isV2Session)), o)
}

// Storage returns a Store for another middleware of fiber's, in the namespace
// of s that has the name, such as "limiter": what clients choose as keys there
// never names a session. It never closes s. The error matches
// [errors.ErrUnsupported] where s has no namespaces, and
// [sessionstore.ErrInvalidID] where it cannot have one of that name.
//
// Give the cache a MaxBytes of at most [sessionstore.MaxDataBytes], or a Next
// that leaves large responses out. With a larger one v3's answers 500 in place of
// a response that has more, and v2's answers 200 without a body from the second
// time on.
func Storage(s sessionstore.Store, name string, o Options) (*Store, error) {
	space, err := sessionstore.Namespace(s, name)
	if err != nil {
		return nil, fmt.Errorf("fiber: storage: %w", err)
	}
	records := managed.Records(space, o.managed(nil))
	return newStore(records, records, o), nil
}

// GetWithContext returns the value under key, or nil where there is none: it is
// unknown, it has expired, or it cannot be read.
func (s *Store) GetWithContext(ctx context.Context, key string) ([]byte, error) {
	data, _, err := s.records.Find(ctx, key)
	return data, err
}

// SetWithContext keeps a value under key for ttl, at most 400 days; 0 means
// Options.DefaultTTL, and less than 0 that the entry is over. An empty key or
// value is ignored, as fiber's interface has it. More than
// [sessionstore.MaxDataBytes] is an error. A session that was ended stays so,
// without an error.
func (s *Store) SetWithContext(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if key == "" || len(value) == 0 {
		return nil
	}
	if ttl == 0 {
		ttl = s.defaultTTL
	}
	_, err := s.records.Save(ctx, key, value, ttl)
	return err
}

// DeleteWithContext removes what is under key. On a Store from Sessions, key
// may also be the handle of a session that [sessionstore.All] or
// [sessionstore.Owners] lists.
func (s *Store) DeleteWithContext(ctx context.Context, key string) error {
	return s.records.Remove(ctx, key)
}

// ResetWithContext removes everything: a Store from Storage what is in its
// namespace, one from Sessions what is in its store, namespaces included. On
// memcached the error matches [errors.ErrUnsupported].
func (s *Store) ResetWithContext(ctx context.Context) error { return s.records.Clear(ctx) }

// Get is GetWithContext without a context, and on a Store from Sessions for the
// sessions of fiber v2.
func (s *Store) Get(key string) ([]byte, error) {
	data, _, err := s.ofV2.Find(context.Background(), key)
	return data, err
}

// Set is SetWithContext without a context.
func (s *Store) Set(key string, value []byte, ttl time.Duration) error {
	return s.SetWithContext(context.Background(), key, value, ttl)
}

// Delete is DeleteWithContext without a context.
func (s *Store) Delete(key string) error { return s.DeleteWithContext(context.Background(), key) }

// Reset is ResetWithContext without a context, and so without a limit of time.
func (s *Store) Reset() error { return s.ResetWithContext(context.Background()) }

// Close does nothing: the store belongs to whoever opened it.
func (s *Store) Close() error { return nil }

func (o Options) managed(readable func([]byte) bool) managed.Options {
	return managed.Options{
		GuardWindow: o.GuardWindow,
		Timeout:     o.Timeout,
		OnError:     o.OnError,
		OnRefused:   o.OnRefused,
		Readable:    readable,
	}
}

func newStore(records, ofV2 *managed.Store, o Options) *Store {
	s := &Store{records: records, ofV2: ofV2, defaultTTL: o.DefaultTTL}
	if s.defaultTTL <= 0 {
		s.defaultTTL = DefaultTTL
	}
	return s
}

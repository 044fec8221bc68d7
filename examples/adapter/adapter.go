// Package adapter shows how to give a session manager that has no adapter here
// a sessionstore.Store. Copy it, and change the methods to what your manager
// asks for; docs/adapter.md goes through it rule by rule.
package adapter

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Backend stands for the interface that a manager wants of its storage. Many
// are like this one: no context, nil for "not there", seconds, and 0 for ever.
type Backend interface {
	Load(key string) ([]byte, error)
	Save(key string, data []byte, seconds int) error
	Destroy(key string) error
}

const (
	timeout    = 2 * time.Second
	defaultTTL = 24 * time.Hour
)

// Adapter is the Backend.
type Adapter struct{ store sessionstore.Store }

var _ Backend = (*Adapter)(nil)

// New returns an Adapter of s. The program that opened s closes it.
func New(s sessionstore.Store) *Adapter {
	return &Adapter{store: sessionstore.HashIDs(sessionstore.Guard(s, 0))}
}

// NewFor returns an Adapter for what is no session, such as a rate limiter's
// counters: in a namespace, where no key names a session, and without a Guard,
// since a counter may come back after a deletion.
func NewFor(s sessionstore.Store, name string) (*Adapter, error) {
	space, err := sessionstore.Namespace(s, name)
	if err != nil {
		return nil, err
	}
	return &Adapter{store: sessionstore.HashIDs(space)}, nil
}

// Load returns nil where there is no session, and an error only where nobody
// can know.
func (a *Adapter) Load(key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	data, err := a.store.Get(ctx, id(key))
	switch {
	case err == nil:
		return data, nil
	case errors.Is(err, sessionstore.ErrNotFound), errors.Is(err, sessionstore.ErrCorrupt), errors.Is(err, sessionstore.ErrInvalidID):
		return nil, nil
	}
	return nil, fmt.Errorf("load: %w", err)
}

// Save keeps data for some time, never for ever. An empty key is an error, since
// it would be everybody's, and so is a handle.
func (a *Adapter) Save(key string, data []byte, seconds int) error {
	if seconds < 0 {
		return a.Destroy(key)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := a.store.Set(ctx, id(key), data, ttl(seconds)); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

// Destroy ends a session, and nothing where there is none. It takes the handle
// by which All lists a session, too.
func (a *Adapter) Destroy(key string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := a.store.Delete(ctx, id(key)); err != nil && !errors.Is(err, sessionstore.ErrInvalidID) {
		return fmt.Errorf("destroy: %w", err)
	}
	return nil
}

func ttl(seconds int) time.Duration {
	if seconds == 0 {
		return defaultTTL
	}
	return time.Duration(min(seconds, int(sessionstore.MaxTTL/time.Second))) * time.Second
}

// hashed begins the ids of keys that are none, so that they meet no other key.
const hashed = "~key."

// id returns key, or a hash of it where it is none of the store's ids. What it
// cannot be it stays, and the store refuses it: an empty key, and a handle, which
// Delete alone takes.
func id(key string) string {
	if key == "" || strings.HasPrefix(key, "#") || sessionstore.ValidID(key) && !strings.HasPrefix(key, hashed) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hashed + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Package dirstore keeps each session in a file of one directory. It is the
// store of a third party as far as the suite is concerned: the smallest one
// that keeps the whole contract, and survives the end of its process.
package dirstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Store is a sessionstore.Store in a directory. One process may use it.
type Store struct {
	mu     sync.RWMutex
	dir    string
	closed bool // guarded by mu
}

type record struct {
	Deadline time.Time
	Data     []byte
}

// Open uses dir, which must exist.
func Open(dir string) (*Store, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("dirstore: %s is no directory: create it first", dir)
	}
	return &Store{dir: dir}, nil
}

// Dir returns the directory.
func (s *Store) Dir() string { return s.dir }

// Get implements sessionstore.Store.
func (s *Store) Get(ctx context.Context, id string) ([]byte, error) {
	if err := check(ctx, id, 1, nil); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	r, err := s.read(id)
	return r.Data, err
}

// Set implements sessionstore.Store.
func (s *Store) Set(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if err := check(ctx, id, ttl, data); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(id, record{time.Now().Add(ttl), data})
}

// Touch implements sessionstore.Store.
func (s *Store) Touch(ctx context.Context, id string, ttl time.Duration) error {
	if err := check(ctx, id, ttl, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.read(id)
	if err != nil {
		return err
	}
	return s.write(id, record{time.Now().Add(ttl), r.Data})
}

// Delete implements sessionstore.Store.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := check(ctx, id, 1, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return sessionstore.ErrClosed
	}
	if err := os.Remove(s.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.New("dirstore: a session's file cannot be removed")
	}
	return nil
}

// Close implements sessionstore.Closer.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func check(ctx context.Context, id string, ttl time.Duration, data []byte) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !sessionstore.ValidID(id):
		return sessionstore.ErrInvalidID
	case ttl <= 0 || ttl > sessionstore.MaxTTL:
		return sessionstore.ErrInvalidTTL
	case len(data) > sessionstore.MaxDataBytes:
		return sessionstore.ErrTooLarge
	}
	return nil
}

// path adds a letter, since "." and ".." are ids, too.
func (s *Store) path(id string) string { return filepath.Join(s.dir, "s"+id) }

func (s *Store) read(id string) (record, error) {
	if s.closed {
		return record{}, sessionstore.ErrClosed
	}
	text, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, sessionstore.ErrNotFound
	}
	r := record{Data: []byte{}}
	if err != nil || json.Unmarshal(text, &r) != nil {
		return record{}, sessionstore.ErrCorrupt
	}
	if !time.Now().Before(r.Deadline) {
		return record{}, sessionstore.ErrNotFound
	}
	if r.Data == nil {
		r.Data = []byte{}
	}
	return r, nil
}

// write replaces the file whole, so that a process that is killed leaves the
// old session or the new one.
func (s *Store) write(id string, r record) error {
	if s.closed {
		return sessionstore.ErrClosed
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	next := filepath.Join(s.dir, "next")
	if err := os.WriteFile(next, text, 0o600); err != nil {
		return errors.New("dirstore: a session's file cannot be written")
	}
	if err := os.Rename(next, s.path(id)); err != nil {
		return errors.New("dirstore: a session's file cannot be replaced")
	}
	return nil
}

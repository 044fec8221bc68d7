package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
)

const (
	// idleLimit ends a session that nobody used for so long.
	idleLimit = 30 * time.Minute

	// absoluteLimit ends every session, however busy, so that a stolen one
	// does not last for ever.
	absoluteLimit = 12 * time.Hour

	// storeTimeout bounds what one request waits for the store.
	storeTimeout = 2 * time.Second
)

var errNoSession = errors.New("no session")

// A session is what the store keeps, as JSON. The name is here as well as in
// the account, so that a greeting takes one read.
type session struct {
	Email     string    `json:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Created   time.Time `json:"created"`
	Refreshed time.Time `json:"refreshed,omitzero"`
	Ends      time.Time `json:"ends"` // the absolute limit: nothing moves it
}

// sessions starts, reads, refreshes and ends sessions in a Store. Both limits
// are kept on this side; what the cookie says about time is a courtesy.
type sessions struct {
	store    sessionstore.Store
	idle     time.Duration
	absolute time.Duration
}

// start opens a session for u under a new id and ends the one under oldID, if
// there was any. An id that came from a client is never used again: whoever
// planted it there would be signed in too.
func (s *sessions) start(ctx context.Context, oldID string, u user) (string, session, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if oldID != "" {
		if err := s.store.Delete(ctx, oldID); err != nil {
			return "", session{}, fmt.Errorf("end the former session: %w", err)
		}
	}
	now := time.Now().UTC()
	started := session{
		Email:     u.Email,
		FirstName: u.FirstName,
		LastName:  u.LastName,
		Created:   now,
		Ends:      now.Add(s.absolute),
	}
	id, err := s.add(ctx, started, now)
	return id, started, err
}

// visit returns the live session under id and lets it stay alive for another
// idle limit. Touch never brings a session back, so a visit that overlaps a
// sign-out cannot undo it.
func (s *sessions) visit(ctx context.Context, id string) (session, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	now := time.Now()
	found, _, err := s.read(ctx, id, now)
	if err != nil {
		return session{}, err
	}
	err = s.store.Touch(ctx, id, s.ttl(found, now))
	if errors.Is(err, sessionstore.ErrNotFound) {
		return session{}, errNoSession
	}
	if err != nil {
		return session{}, fmt.Errorf("extend the session: %w", err)
	}
	return found, nil
}

// refresh moves the session under oldID to a new id. The absolute limit stays.
//
// The store moves it only while it is as it was read: of two refreshes at once
// one succeeds, a sign-out that falls between reading and writing leaves
// nothing, and a process that dies leaves the old session or the new one.
// (memcached, and a redis cluster, move in steps: see sessionstore.Rotator.)
// Where only the reply was lost the user may have to sign in again.
func (s *sessions) refresh(ctx context.Context, oldID string) (string, session, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	for {
		newID, moved, err := s.rotate(ctx, oldID)
		if !errors.Is(err, sessionstore.ErrConflict) { // else another changed it: read again
			return newID, moved, err
		}
	}
}

func (s *sessions) rotate(ctx context.Context, oldID string) (string, session, error) {
	now := time.Now().UTC()
	moved, old, err := s.read(ctx, oldID, now)
	if err != nil {
		return "", session{}, err
	}
	moved.Refreshed = now
	record, err := json.Marshal(moved)
	if err != nil {
		return "", session{}, err
	}
	newID := sessionstore.NewID()
	err = sessionstore.RotateSwap(ctx, s.store, oldID, newID, old, record, s.ttl(moved, now))
	if errors.Is(err, sessionstore.ErrNotFound) {
		return "", session{}, errNoSession
	}
	if err != nil {
		return "", session{}, fmt.Errorf("move the session: %w", err)
	}
	return newID, moved, nil
}

// end deletes the session under id, if there is one.
func (s *sessions) end(ctx context.Context, id string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if err := s.store.Delete(ctx, id); err != nil {
		return fmt.Errorf("end the session: %w", err)
	}
	return nil
}

// read returns the live session under id and its record, or errNoSession. A
// record that cannot be read is no session either: only signing in again
// replaces it.
func (s *sessions) read(ctx context.Context, id string, now time.Time) (found session, record []byte, err error) {
	record, err = s.store.Get(ctx, id)
	switch {
	case errors.Is(err, sessionstore.ErrNotFound), errors.Is(err, sessionstore.ErrCorrupt):
		return session{}, nil, errNoSession
	case err != nil:
		return session{}, nil, fmt.Errorf("read the session: %w", err)
	case json.Unmarshal(record, &found) != nil, !now.Before(found.Ends):
		return session{}, nil, errNoSession
	}
	return found, record, nil
}

// add writes a session under a new id.
func (s *sessions) add(ctx context.Context, added session, now time.Time) (string, error) {
	record, err := json.Marshal(added)
	if err != nil {
		return "", err
	}
	id := sessionstore.NewID()
	if err := s.store.Set(ctx, id, record, s.ttl(added, now)); err != nil {
		return "", fmt.Errorf("write the session: %w", err)
	}
	return id, nil
}

// ttl is the idle limit, or what is left of the absolute one.
func (s *sessions) ttl(of session, now time.Time) time.Duration {
	return min(s.idle, of.Ends.Sub(now))
}

// bounded gives the store a while to answer. It does not end with the request:
// a user who signs out and closes the window has signed out.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
}

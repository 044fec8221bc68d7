package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// OwnersOptions may be left zero.
type OwnersOptions struct {
	// MaxSessions is how many sessions an owner can have: a Start beyond it
	// ends the oldest. Zero means 100; the most is 5000.
	MaxSessions int

	// TTL is the longest that a session lives after its Start or its last
	// Renew, however often it is touched. The program keeps that limit, and
	// Owners forgets an owner who has done neither for as long. A session that
	// lives longer is no longer listed, and EndAll does not end it; so the
	// zero value is [MaxTTL]. A shorter TTL frees the room of owners who do
	// not come back.
	TTL time.Duration

	// Namespace is where the lists are kept. Zero means ~owners. Two Owners on
	// one store need two.
	Namespace string
}

const (
	defaultMaxSessions = 100

	// maxMaxSessions keeps the list of an owner, with the longest ids, within
	// MaxDataBytes.
	maxMaxSessions = 5000

	ownersNamespace = "~owners"
)

// Owners knows which sessions a user has, to list them and to end them: one,
// all, or all but the one in use. It works on every backend that has
// compare-and-swap and namespaces, through all decorators, and for several
// processes at once.
//
// An owner is any string that is not empty: a user's number or email address.
// The backend holds its hash. Sessions begin with Start or StartInstead and get
// a new id with Renew; all else, Get, Update, Touch and Delete, is done on the
// store itself. A session that expired or was deleted there vanishes from the
// list.
//
// A session is named by its handle, as [All] of the store names it. Under
// [HashIDs] that is no id and may be shown to the user and sent back; without,
// it is the id itself, and must stay in the program.
//
// # What holds
//
// No sign-in is lost from the list, however many there are at once. EndAll ends
// every session whose Start or Renew came before it, and those that are under
// way: these fail. None is left that is not listed. If a call that ends
// sessions fails half-way, the next one, or List, ends the rest; Start and Renew
// end a part of it.
//
// After an error of Start or Renew the new id must not be used. If the process
// dies in one of them, or the outcome is unknown, a session may be left that is
// not listed; nobody has its id. The clocks of several processes must agree
// within a minute. A list that memcached evicts is gone, and with it the
// sessions that it names, for EndAll.
type Owners struct {
	store   Store
	records Store // one for each owner
	max     int
	ttl     time.Duration
	queues  [64]chan struct{} // see enter
}

// OwnedSession is one of the sessions of an owner.
type OwnedSession struct {
	// Handle names the session to Owners, and to Delete of the store.
	Handle string

	// Started is when the session began, by the clock of the process that
	// started it. A Renew does not change it.
	Started time.Time

	// Data is what the session holds, and belongs to the caller. It is nil
	// where the record cannot be read ([ErrCorrupt]); End ends it all the same.
	Data []byte
}

// NewOwners returns the Owners of the sessions in s.
func NewOwners(s Store, opts OwnersOptions) (*Owners, error) {
	if opts.MaxSessions == 0 {
		opts.MaxSessions = defaultMaxSessions
	}
	if opts.TTL == 0 {
		opts.TTL = MaxTTL
	}
	if opts.Namespace == "" {
		opts.Namespace = ownersNamespace
	}
	if opts.MaxSessions < 0 || opts.MaxSessions > maxMaxSessions {
		return nil, fmt.Errorf("owners: MaxSessions is %d, want 1 to %d, or 0 for %d", opts.MaxSessions, maxMaxSessions, defaultMaxSessions)
	}
	if opts.TTL < 0 || opts.TTL > MaxTTL {
		return nil, fmt.Errorf("owners: TTL: %w", ErrInvalidTTL)
	}
	records, err := Namespace(s, opts.Namespace)
	if err != nil {
		return nil, fmt.Errorf("owners: %w", err)
	}
	o := &Owners{store: s, records: records, max: opts.MaxSessions, ttl: opts.TTL}
	for i := range o.queues {
		o.queues[i] = make(chan struct{}, 1)
	}
	return o, nil
}

// HandleOf returns the handle of the session id, so that a program can tell
// which of the listed sessions is the one in use.
func (o *Owners) HandleOf(id string) string { return handleOf(o.store, id) }

// Start creates a session of owner's under a new id. It returns [ErrExists]
// where the id has a session, and [ErrConflict] where the session was ended as
// it began: by an EndAll, or because so many others began. Nothing is left of
// it then.
func (o *Owners) Start(ctx context.Context, owner, id string, data []byte, ttl time.Duration) error {
	err := o.check(owner, ttl, data, id)
	if err == nil {
		err = o.start(ctx, listing{owner: owner, handle: o.HandleOf(id)}, id, data, ttl)
	}
	return ownersError("start", err)
}

// StartInstead is Start of a session that takes the place of another of
// owner's, which the caller deletes and ends next: a sign-in in a browser that is
// signed in. The two count as one of MaxSessions, so that none of a third party
// has to go. Where owner has no session formerID it is Start.
func (o *Owners) StartInstead(ctx context.Context, owner, formerID, id string, data []byte, ttl time.Duration) error {
	err := o.check(owner, ttl, data, formerID, id)
	if err == nil {
		l := listing{owner: owner, handle: o.HandleOf(id), instead: o.HandleOf(formerID)}
		err = o.start(ctx, l, id, data, ttl)
	}
	return ownersError("start", err)
}

func (o *Owners) start(ctx context.Context, l listing, id string, data []byte, ttl time.Duration) error {
	if err := o.list(ctx, &l); err != nil {
		return err
	}
	err := Create(ctx, o.store, id, data, ttl)
	return o.confirm(ctx, l, id, err, ErrConflict)
}

// Renew moves a session of owner's to a new id, as [RotateSwap] does, and
// returns its errors. It returns [ErrNotFound] where the session was ended, or
// is being ended; it is gone then under both ids. Where the list cannot be read
// after the rotation Renew ends the session, since somebody may have ended it: it
// is gone, too, and the error matches [ErrUnknownOutcome] beside its cause. A
// session that is not listed is from now on.
func (o *Owners) Renew(ctx context.Context, owner, oldID, newID string, old, new []byte, ttl time.Duration) error {
	err := o.check(owner, ttl, new, oldID, newID)
	switch {
	case err != nil:
	case oldID == newID:
		err = RotateSwap(ctx, o.store, oldID, newID, old, new, ttl)
	default:
		err = o.renew(ctx, owner, oldID, newID, old, new, ttl)
	}
	return ownersError("renew", err)
}

func (o *Owners) renew(ctx context.Context, owner, oldID, newID string, old, new []byte, ttl time.Duration) error {
	l := listing{owner: owner, handle: o.HandleOf(newID), from: o.HandleOf(oldID)}
	if err := o.list(ctx, &l); err != nil {
		return err
	}
	err := RotateSwap(ctx, o.store, oldID, newID, old, new, ttl)
	if err = o.confirm(ctx, l, newID, err, ErrNotFound); err == nil {
		o.succeed(ctx, l)
	}
	return err
}

// List returns the sessions of owner, the oldest first.
func (o *Owners) List(ctx context.Context, owner string) ([]OwnedSession, error) {
	if err := checkOwner(owner); err != nil {
		return nil, ownersError("list", err)
	}
	sessions, err := o.survey(ctx, owner)
	if err != nil {
		return nil, ownersError("list", err)
	}
	slices.SortStableFunc(sessions, func(a, b OwnedSession) int { return a.Started.Compare(b.Started) })
	return sessions, nil
}

// End ends the session with that handle, also while it is renewed. It returns
// [ErrNotFound] where owner has no such session: nobody can end another's.
func (o *Owners) End(ctx context.Context, owner, handle string) error {
	n, err := o.end(ctx, owner, func(e entry) bool { return e.handle == handle || e.from == handle })
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return ownersError("end", err)
}

// EndAll ends all sessions of owner, and returns how many were listed.
func (o *Owners) EndAll(ctx context.Context, owner string) (int, error) {
	n, err := o.end(ctx, owner, func(entry) bool { return true })
	return n, ownersError("end all", err)
}

// EndOthers ends all sessions of owner but that with the id keepID, and returns
// how many were listed. A renewal of that one, which may be under way, lives.
func (o *Owners) EndOthers(ctx context.Context, owner, keepID string) (int, error) {
	if !ValidID(keepID) {
		return 0, ownersError("end others", ErrInvalidID)
	}
	keep := o.HandleOf(keepID)
	n, err := o.end(ctx, owner, func(e entry) bool { return e.handle != keep && e.from != keep })
	return n, ownersError("end others", err)
}

// check refuses bad arguments before anything is listed.
func (o *Owners) check(owner string, ttl time.Duration, data []byte, ids ...string) error {
	switch {
	case slices.ContainsFunc(ids, func(id string) bool { return !ValidID(id) }):
		return ErrInvalidID
	case ttl <= 0 || ttl > MaxTTL:
		return ErrInvalidTTL
	case ttl > o.ttl:
		return fmt.Errorf("%w, and here at most OwnersOptions.TTL, %v", ErrInvalidTTL, o.ttl)
	case len(data) > MaxDataBytes:
		return ErrTooLarge
	}
	return checkOwner(owner)
}

func checkOwner(owner string) error {
	if owner == "" {
		return errNoOwner
	}
	return nil
}

var errNoOwner = errors.New("the owner is empty")

func ownersError(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("owners: %s: %w", op, err)
}

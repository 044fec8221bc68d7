package redis

import (
	"context"
	"errors"
	"iter"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// All implements [sessionstore.Lister] with SCAN, on every master of a cluster,
// and with GET and PTTL, 50 keys to a round trip; the server is never held up.
// SCAN walks through all keys of the database: applications with many keys of
// other kinds there pay for them. A session may come twice, and one that
// another program stored without an expiry has no ExpiresAt.
//
// Where a server restarts or fails over while All runs, All says so in its last
// error. Sessions whose slot moves to another node of a cluster meanwhile may
// be left out in silence.
func (s *Store) All(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	return func(yield func(sessionstore.Session, error) bool) {
		for session, err := range s.sessions(ctx) {
			if err != nil {
				err = contract.Error("redis: list", err)
			}
			if !yield(session, err) {
				return
			}
		}
	}
}

func (s *Store) sessions(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	return func(yield func(sessionstore.Session, error) bool) {
		if err := s.admit(ctx.Err()); err != nil {
			yield(sessionstore.Session{}, err)
			return
		}
		for keys, err := range s.batches(ctx) {
			var records []record
			if err == nil {
				records, err = s.records(ctx, keys)
			}
			if err != nil {
				yield(sessionstore.Session{}, err)
				return
			}
			now := time.Now()
			for _, r := range records {
				if session, err, ok := r.session(now); ok && !yield(session, err) {
					return
				}
			}
			if err := s.admit(ctx.Err()); err != nil {
				yield(sessionstore.Session{}, err)
				return
			}
		}
	}
}

// record is what is read of one key.
type record struct {
	id   string
	data *goredis.StringCmd
	ttl  *goredis.IntCmd // in milliseconds
	err  error           // of data: ErrNotFound and ErrCorrupt concern this key alone
}

// records reads the sessions of keys in one round trip.
func (s *Store) records(ctx context.Context, keys []string) ([]record, error) {
	records := make([]record, 0, len(keys))
	pipe := s.client.Pipeline()
	for _, key := range keys {
		if id, ok := s.keys.id(key); ok {
			r := record{id: id, data: goredis.NewStringCmd(ctx, "get", key), ttl: goredis.NewIntCmd(ctx, "pttl", key)}
			_ = pipe.Process(ctx, r.data) // Exec sends it, and each has its error
			_ = pipe.Process(ctx, r.ttl)
			records = append(records, r)
		}
	}
	if len(records) == 0 {
		return nil, nil
	}
	if _, err := pipe.Exec(ctx); err != nil && !isAnswer(err) {
		return nil, s.cause(ctx, err)
	}
	for i := range records {
		r := &records[i]
		r.err = s.answer(ctx, r.data.Err())
		if r.err != nil && !errors.Is(r.err, sessionstore.ErrNotFound) && !errors.Is(r.err, sessionstore.ErrCorrupt) {
			return nil, r.err
		}
		if err := r.ttl.Err(); err != nil {
			return nil, s.cause(ctx, err)
		}
	}
	return records, nil
}

// session returns what All yields, if anything: the session may have ended
// since its key was found, or between the two commands.
func (r record) session(now time.Time) (session sessionstore.Session, err error, ok bool) {
	const gone, noExpiry = -2, -1
	ttl := r.ttl.Val()
	if errors.Is(r.err, sessionstore.ErrNotFound) || ttl == gone {
		return session, nil, false
	}
	session.ID = r.id
	if r.err != nil {
		return session, r.err, true
	}
	session.Data = []byte(r.data.Val())
	if ttl != noExpiry {
		session.ExpiresAt = now.Add(time.Duration(ttl) * time.Millisecond)
	}
	return session, nil, true
}

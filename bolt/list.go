package bolt

import (
	"bytes"
	"context"
	"iter"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/contract"
)

// The limits of one page. It is read in one transaction, and while a read
// transaction is open bbolt cannot use freed pages again.
const (
	listRecords = 100     // looked at, those that are not listed included
	listBytes   = 1 << 20 // of data; room for the largest session
)

var _ sessionstore.Lister = (*Store)(nil)

// All lists the live sessions in the order of their ids. It reads at most 100
// records, or 1 MiB, in a transaction, and has none open while the caller looks
// at them: the caller may write to the store. A session that moves to another id
// meanwhile may be listed under both, or neither.
func (s *Store) All(ctx context.Context) iter.Seq2[sessionstore.Session, error] {
	return func(yield func(sessionstore.Session, error) bool) {
		if err := s.list(ctx, yield); err != nil {
			yield(sessionstore.Session{}, contract.Error("bolt: list", err))
		}
	}
}

// list yields page after page, up to the last or until yield returns false.
func (s *Store) list(ctx context.Context, yield func(sessionstore.Session, error) bool) error {
	run := runOf(s.namespace)
	for from := run; from != nil; {
		p, err := s.page(ctx, run, from)
		if err != nil {
			return err
		}
		for _, l := range p.listed {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(l.session, l.err) {
				return nil
			}
		}
		from = p.next
	}
	return nil
}

// page reads the page that begins at from. One with an expired session in it is
// read again from inside the next write transaction, for the reason that
// getExpired has: a Touch that found it alive may be on its way to the disk, and
// the session then lives throughout.
func (s *Store) page(ctx context.Context, run, from []byte) (p page, err error) {
	if err := ctx.Err(); err != nil {
		return page{}, err
	}
	err = s.core.view(func(t table) error {
		p = t.page(run, from)
		return nil
	})
	if err != nil || !p.expired {
		return p, err
	}
	err = s.core.submit(ctx, &op{kind: opLook, apply: func(t table, _ int64) (bool, error) {
		p = t.page(run, from)
		return false, nil
	}})
	return p, err
}

// A page is what All reads at a time: copies, which need no transaction.
type page struct {
	listed  []listed
	bytes   int    // of their data
	next    []byte // the key with which the next page begins; nil after the last
	expired bool   // whether a session was left out because it has expired
}

// listed is one thing that All yields.
type listed struct {
	session sessionstore.Session
	err     error
}

// page reads, from a key on, the records of the namespace whose run of keys
// begins with run. It leaps over each namespace that is nested in it.
func (t table) page(run, from []byte) (p page) {
	now := now() // after the transaction's view of the file
	c := t.b.Cursor()
	key, value := c.Seek(from)
	for looked := 0; bytes.HasPrefix(key, run); looked++ {
		id, inner, isInner := bytes.Cut(key[len(run):], []byte{':'})
		if looked == listRecords || !isInner && !p.add(id, value, now) {
			p.next = bytes.Clone(key)
			break
		}
		if isInner {
			key, value = leap(c, key[:len(key)-len(inner)])
		} else {
			key, value = c.Next()
		}
	}
	return p
}

// leap moves c behind the keys that begin with prefix, which ends with a colon.
func leap(c *bbolt.Cursor, prefix []byte) (key, value []byte) {
	end := bytes.Clone(prefix)
	end[len(end)-1]++
	return c.Seek(end)
}

// add puts a record on the page, and returns false if there is no room for it.
func (p *page) add(id, value []byte, now int64) bool {
	r, err := parseRecord(value)
	switch {
	case err != nil:
		p.listed = append(p.listed, listed{sessionstore.Session{ID: string(id)}, contract.Error("bolt: list", err)})
	case !r.live(now):
		p.expired = true
	case p.bytes+len(r.data) > listBytes:
		return false
	default:
		p.bytes += len(r.data)
		p.listed = append(p.listed, listed{session: sessionstore.Session{
			ID:        string(id),
			Data:      append([]byte{}, r.data...), // not nil when it is empty
			ExpiresAt: time.Unix(0, r.deadline),
		}})
	}
	return true
}

package storetest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// Load lets clients work on a store, and says how long that took. It is what
// every benchmark of a store is made of.
//
// Results are checked: a session that is missing, another's, cut short, or of
// two halves ends the run with an error, and so does a write that is gone
// afterwards. The checks that take time are left out of it.
//
// Loads of one store may share its sessions, and must take turns. Once used, a
// Load must not be copied, nor its fields changed.
type Load struct {
	// Store is what is measured.
	Store sessionstore.Store

	// Workload is what the clients do.
	Workload Workload

	// Sessions are in the store beforehand. 0 means 10,000. There must be at
	// least as many as clients.
	Sessions int

	// SizeBytes is the size of a session's data. 0 means 1024; the least is 24.
	SizeBytes int

	// Clients is how many goroutines there are that each do one operation
	// after the other. 0 means 1.
	Clients int

	// Record, if it is not nil, gets the duration of each operation, in the
	// goroutine of its client; clients are numbered from 0. It is part of the
	// time that Run returns.
	Record func(client int, d time.Duration)

	ids     []string // of the stored sessions
	missing []string // of sessions that are never stored
	doomed  []string // of sessions that are stored to be deleted
	popular zipf     // which stored sessions are drawn more often
	blank   []byte   // a session without a stamp
	watch   int      // one session of so many is looked at after a run
	clients []*loadClient
}

const (
	// loadTTL is longer than any comparison takes, and short enough for
	// memcached to take it for a duration.
	loadTTL = 24 * time.Hour

	// missingSessions bounds how many ids there are to miss.
	missingSessions = 10_000

	// watchedSessions bounds how many sessions are looked at after a run.
	watchedSessions = 256

	// sideClients is how many goroutines do what is not measured.
	sideClients = 64
)

func (l *Load) sessions() int { return cmp.Or(l.Sessions, 10_000) }
func (l *Load) size() int     { return cmp.Or(l.SizeBytes, 1024) }

// Prepare stores the sessions, unless the store has them from a Load of the
// same size. What the store has beyond them stays. A store that does not
// support the workload is told by an error that matches
// [errors.ErrUnsupported].
func (l *Load) Prepare(ctx context.Context) error {
	if err := l.init(); err != nil {
		return err
	}
	if ask := l.Workload.asks; ask != nil {
		if err := ask.ask(ctx, l.Store); isUnsupported(err) {
			return fmt.Errorf("storetest: %s: %w", l.Workload.Name, err)
		}
	}
	if err := l.fill(ctx); err != nil {
		return fmt.Errorf("storetest: storing %d sessions: %w", l.sessions(), err)
	}
	return nil
}

// init makes ids and clients, once.
func (l *Load) init() error {
	if l.clients != nil {
		return nil
	}
	clients := cmp.Or(l.Clients, 1)
	switch {
	case l.Store == nil || l.Workload.step == nil:
		return errors.New("storetest: a Load needs a Store and a Workload, one of Workloads()")
	case l.sessions() < clients || clients < 0:
		return fmt.Errorf("storetest: %d sessions are too few for %d clients", l.sessions(), clients)
	case l.size() < minLoadBytes || l.size() > sessionstore.MaxDataBytes:
		return fmt.Errorf("storetest: Load.SizeBytes is %d, want %d to %d", l.size(), minLoadBytes, sessionstore.MaxDataBytes)
	}
	l.ids = knownIDs("stored", l.sessions())
	l.missing = knownIDs("missing", min(missingSessions, l.sessions()))
	l.blank = filler(l.size())
	l.watch = l.sessions()/watchedSessions + 1
	for i := range clients {
		l.clients = append(l.clients, newLoadClient(l, i, clients))
	}
	return nil
}

// knownIDs returns n ids of that kind. They are the same in every process, so
// that loads can share what is stored, and look like those of NewID.
func knownIDs(kind string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		sum := sha256.Sum256([]byte(kind + strconv.Itoa(i)))
		ids[i] = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return ids
}

// fill stores the last session after all others: if it is there, they are.
func (l *Load) fill(ctx context.Context) error {
	last := len(l.ids) - 1
	data, err := l.Store.Get(ctx, l.ids[last])
	if err == nil && len(data) == l.size() {
		return nil
	}
	if err != nil && !errors.Is(err, sessionstore.ErrNotFound) {
		return err
	}
	if err := l.store(ctx, l.ids[:last]); err != nil {
		return err
	}
	return l.Store.Set(ctx, l.ids[last], l.content(last), loadTTL)
}

// store sets each of the ids to a session with its index as its number.
func (l *Load) store(ctx context.Context, ids []string) error {
	return l.side(ctx, len(ids), func(ctx context.Context, i int) error {
		return l.Store.Set(ctx, ids[i], l.content(i), loadTTL)
	})
}

func (l *Load) content(number int) []byte {
	data := slices.Clone(l.blank)
	putStamp(data, number, 0)
	return data
}

// Run lets the clients do n operations together and returns the time from the
// first one's begin to the last one's end. What a workload needs before its
// operations, such as sessions to delete, and what is checked after them is
// not in that time. Sessions must have been stored with Prepare. After an
// error, which ends all clients, the time says nothing.
func (l *Load) Run(ctx context.Context, n int) (time.Duration, error) {
	if err := l.init(); err != nil {
		return 0, err
	}
	var took time.Duration
	for n > 0 {
		part := n
		if l.Workload.limit > 0 {
			part = min(n, l.Workload.limit)
		}
		d, err := l.runPart(ctx, part)
		if err != nil {
			return 0, fmt.Errorf("storetest: %s: %w", l.Workload.Name, err)
		}
		took += d
		n -= part
	}
	return took, nil
}

func (l *Load) runPart(ctx context.Context, n int) (time.Duration, error) {
	if l.Workload.setUp != nil {
		if err := l.Workload.setUp(ctx, l, n); err != nil {
			return 0, fmt.Errorf("set-up: %w", err)
		}
	}
	took, err := l.work(ctx, n)
	if err != nil {
		return 0, err
	}
	if l.Workload.verify != nil {
		err = l.Workload.verify(ctx, l, n)
	}
	return took, errors.Join(err, l.verifyWrites(ctx))
}

// work does the n operations. Each client has a context of its own, as each
// request has one, for a shared one would have them queue for its lock.
func (l *Load) work(ctx context.Context, n int) (time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wait  sync.WaitGroup
		begin = make(chan struct{})
	)
	for _, c := range l.clients {
		own, release := context.WithCancel(ctx)
		defer release()
		wait.Go(func() {
			<-begin
			if err := c.run(own, l.share(n, c)); err != nil {
				cancel(err) // the first cause is the one that stays
			}
		})
	}
	start := time.Now()
	close(begin)
	wait.Wait()
	return time.Since(start), context.Cause(ctx)
}

// share is how many of n operations are the client's.
func (l *Load) share(n int, c *loadClient) int {
	share := n / len(l.clients)
	if c.number < n%len(l.clients) {
		share++
	}
	return share
}

// side calls f with 0 to n-1, many at a time, for what is not measured.
func (l *Load) side(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	for first := range min(n, sideClients) {
		wait.Go(func() {
			for i := first; i < n && ctx.Err() == nil; i += sideClients {
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

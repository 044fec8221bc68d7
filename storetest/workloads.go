package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/coatcheck/sessionstore"
)

// Workload is a way of using a store that can be measured. Those of
// [Workloads] are all there are.
type Workload struct {
	Name string // one word, as in BenchmarkGet
	Doc  string // what one operation of it does, in a sentence

	asks   *capability // what the store must support; nil: the four methods suffice
	limit  int         // the most operations after one set-up; 0 means no limit
	setUp  func(ctx context.Context, l *Load, n int) error
	step   func(c *loadClient, ctx context.Context) error
	verify func(ctx context.Context, l *Load, n int) error
}

// Workloads returns every operation that is measured, and two mixes of them.
// Which session an operation concerns is drawn anew each time, evenly where
// the sentence says nothing else.
func Workloads() []Workload {
	return []Workload{
		{Name: "Get", Doc: "reads a stored session", step: (*loadClient).get},
		{Name: "GetMiss", Doc: "asks for a session that was never stored", step: (*loadClient).getMiss},
		{Name: "Set", Doc: "replaces a stored session", step: (*loadClient).set},
		{Name: "Touch", Doc: "moves the deadline of a stored session", step: (*loadClient).touch},
		{Name: "GetAndTouch", Doc: "reads a stored session and moves its deadline", step: (*loadClient).getAndTouch},
		{
			Name: "CompareAndSwap", Doc: "replaces a stored session whose data the client knows, each client its own sessions",
			asks: swapper, setUp: learn, step: (*loadClient).swap,
		},
		{
			Name: "Delete", Doc: "deletes a session that was stored beforehand, each once",
			limit: deleteLimit, setUp: storeDoomed, step: (*loadClient).delete, verify: wantDoomedGone,
		},
		{Name: "Web", Doc: "reads 90, touches 8 and replaces 2 of 100 stored sessions", step: (*loadClient).web},
		{
			Name: "YCSBA", Doc: "reads or replaces, half and half, a stored session; some far more often than others (zipfian, 0.99)",
			setUp: rankSessions, step: (*loadClient).ycsbA,
		},
	}
}

// deleteLimit bounds how many sessions wait to be deleted beside those stored.
const deleteLimit = 10_000

func (c *loadClient) get(ctx context.Context) error {
	return c.read(ctx, c.anySession())
}

func (c *loadClient) read(ctx context.Context, number int) error {
	data, err := c.load.Store.Get(ctx, c.load.ids[number])
	if err != nil {
		return err
	}
	_, err = readStamp(data, number, c.load.size())
	return err
}

func (c *loadClient) getMiss(ctx context.Context) error {
	data, err := c.load.Store.Get(ctx, c.load.missing[c.random.IntN(len(c.load.missing))])
	if err == nil {
		return fmt.Errorf("a session that was never stored has %d bytes", len(data))
	}
	if !errors.Is(err, sessionstore.ErrNotFound) {
		return err
	}
	return nil
}

func (c *loadClient) set(ctx context.Context) error {
	return c.write(ctx, c.anySession())
}

func (c *loadClient) write(ctx context.Context, number int) error {
	stamp := c.stampFor(number)
	putStamp(c.data, number, stamp)
	return c.load.Store.Set(ctx, c.load.ids[number], c.data, loadTTL)
}

func (c *loadClient) touch(ctx context.Context) error {
	return c.load.Store.Touch(ctx, c.load.ids[c.anySession()], loadTTL)
}

func (c *loadClient) getAndTouch(ctx context.Context) error {
	number := c.anySession()
	data, err := sessionstore.GetAndTouch(ctx, c.load.Store, c.load.ids[number], loadTTL)
	if err != nil {
		return err
	}
	_, err = readStamp(data, number, c.load.size())
	return err
}

// learn reads the sessions that the next n operations swap, so that each
// client knows what it replaces.
func learn(ctx context.Context, l *Load, n int) error {
	for _, c := range l.clients {
		c.turn = 0
		known := min(l.share(n, c), len(c.stamps))
		err := l.side(ctx, known, func(ctx context.Context, i int) (err error) {
			number := c.ownSession(i)
			data, err := l.Store.Get(ctx, l.ids[number])
			if err != nil {
				return err
			}
			c.stamps[i], err = readStamp(data, number, l.size())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *loadClient) swap(ctx context.Context) error {
	i := c.turn % len(c.stamps)
	c.turn++
	number := c.ownSession(i)
	stamp := c.stampFor(number)
	putStamp(c.old, number, c.stamps[i])
	putStamp(c.data, number, stamp)
	c.stamps[i] = stamp
	return sessionstore.CompareAndSwap(ctx, c.load.Store, c.load.ids[number], c.old, c.data, loadTTL)
}

// storeDoomed stores what the next n operations delete.
func storeDoomed(ctx context.Context, l *Load, n int) error {
	next := 0
	for _, c := range l.clients {
		c.turn = next
		next += l.share(n, c)
	}
	l.doomed = l.doomed[:0]
	for range n { // new ones: a store may refuse an id for a while after its Delete
		l.doomed = append(l.doomed, sessionstore.NewID())
	}
	return l.store(ctx, l.doomed)
}

func (c *loadClient) delete(ctx context.Context) error {
	id := c.load.doomed[c.turn]
	c.turn++
	return c.load.Store.Delete(ctx, id)
}

// wantDoomedGone looks for some of the n sessions that were deleted.
func wantDoomedGone(ctx context.Context, l *Load, n int) error {
	order := newScatter(n) // no regular step, which a regular defect could dodge
	return l.side(ctx, min(n, watchedSessions), func(ctx context.Context, i int) error {
		_, err := l.Store.Get(ctx, l.doomed[order.at(i)])
		if errors.Is(err, sessionstore.ErrNotFound) {
			return nil
		}
		return fmt.Errorf("a deleted session: Get returned error %v, want ErrNotFound", err)
	})
}

func (c *loadClient) web(ctx context.Context) error {
	switch percent := c.random.IntN(100); {
	case percent < 90:
		return c.get(ctx)
	case percent < 98:
		return c.touch(ctx)
	default:
		return c.set(ctx)
	}
}

// rankSessions decides which sessions are drawn more often.
func rankSessions(_ context.Context, l *Load, _ int) error {
	if l.popular.upTo == nil {
		l.popular = newZipf(len(l.ids))
	}
	return nil
}

func (c *loadClient) ycsbA(ctx context.Context) error {
	number := c.load.popular.draw(c.random)
	if c.random.IntN(2) == 0 {
		return c.read(ctx, number)
	}
	return c.write(ctx, number)
}

package survival

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// client does one operation after the other on sessions of its own.
type client struct {
	load   *load
	name   string
	random *rand.Rand
	made   int     // sessions so far, each with an id of its own
	live   []*held // those whose state it knows
}

// held is a session that a client knows to be live.
type held struct {
	id      string
	version int
}

func newClient(l *load, number int) *client {
	return &client{
		load:   l,
		name:   fmt.Sprintf("client%d", number),
		random: rand.New(rand.NewPCG(uint64(number), 1)),
	}
}

// step does an operation at random. Its error says that the store is in
// trouble.
func (c *client) step(ctx context.Context) error {
	if len(c.live) == 0 {
		return c.add(ctx)
	}
	i := c.random.IntN(len(c.live))
	s := c.live[i]
	var err error
	switch n := c.random.IntN(16); {
	case n < 5:
		return c.add(ctx)
	case n < 9:
		if err = c.set(ctx, s.id, s.version+1, c.ttl()); err == nil {
			s.version++
		}
	case n < 12:
		err = c.touch(ctx, s.id, c.ttl())
	case n < 14:
		return c.remove(ctx, i)
	default:
		err = c.look(ctx, s)
	}
	if known := outcomeOf(err); known == unknown || known == missing {
		c.forget(i)
	}
	return err
}

// ttl returns one that outlives the run, longer or shorter than others.
func (c *client) ttl() time.Duration {
	return 30*time.Minute + time.Duration(c.random.Int64N(int64(time.Hour)))
}

// add stores a new session.
func (c *client) add(ctx context.Context) error {
	id := fmt.Sprintf("%s.%d", c.name, c.made)
	c.made++
	err := c.set(ctx, id, 1, c.ttl())
	if err == nil {
		c.live = append(c.live, &held{id, 1})
	}
	return err
}

// remove deletes a session, whose id is not used again.
func (c *client) remove(ctx context.Context, i int) error {
	id := c.live[i].id
	err := c.do(ctx, note{Op: remove, ID: id}, func(ctx context.Context) error {
		return c.load.store.Delete(ctx, id)
	})
	if outcomeOf(err) != refused {
		c.forget(i)
	}
	return err
}

// forget takes a session out of those that the client works on.
func (c *client) forget(i int) { c.live = slices.Delete(c.live, i, i+1) }

func (c *client) set(ctx context.Context, id string, version int, ttl time.Duration) error {
	data := dataOf(id, version, c.load.shape.SizeBytes)
	return c.do(ctx, note{Op: set, ID: id, Version: version, TTL: ttl}, func(ctx context.Context) error {
		return c.load.store.Set(ctx, id, data, ttl)
	})
}

func (c *client) touch(ctx context.Context, id string, ttl time.Duration) error {
	return c.do(ctx, note{Op: touch, ID: id, TTL: ttl}, func(ctx context.Context) error {
		return c.load.store.Touch(ctx, id, ttl)
	})
}

var errOther = errors.New("the session has other data than was written last")

// look reads a session, which has to be as it was written last.
func (c *client) look(ctx context.Context, s *held) error {
	return c.do(ctx, note{Op: look, ID: s.id}, func(ctx context.Context) error {
		data, err := c.load.store.Get(ctx, s.id)
		if err == nil && versionOf(s.id, data) != s.version {
			return errOther
		}
		return err
	})
}

// do writes an operation into the journal before it and after.
func (c *client) do(ctx context.Context, n note, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	n.At, n.Outcome = time.Now(), begun
	c.load.journal(n)
	err := call(ctx)
	c.load.journal(n.ended(err))
	return err
}

package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// loadClient is a client of a Load. Only its own goroutine uses it while
// operations are measured, and all that it needs was made before.
type loadClient struct {
	load   *Load
	number int
	random *rand.Rand

	data []byte // what is written
	old  []byte // what a swap replaces

	stamps []uint64 // of its own sessions, as far as swaps know them
	order  scatter  // in which its own sessions are swapped
	turn   int      // operations since the set-up

	stamp   uint64         // of its last write
	written map[int]uint64 // the stamp of its last write to a session that is watched
}

func newLoadClient(l *Load, number, clients int) *loadClient {
	own := l.sessions() / clients
	return &loadClient{
		load:    l,
		number:  number,
		random:  rand.New(rand.NewPCG(uint64(number), uint64(clients))),
		data:    slices.Clone(l.blank),
		old:     slices.Clone(l.blank),
		stamps:  make([]uint64, own),
		order:   newScatter(own),
		stamp:   rand.Uint64(), // no two clients of any load draw the same ones
		written: make(map[int]uint64, watchedSessions),
	}
}

// run does n operations.
func (c *loadClient) run(ctx context.Context, n int) error {
	step, record := c.load.Workload.step, c.load.Record
	for range n {
		begin := time.Now()
		if err := step(c, ctx); err != nil {
			return err
		}
		if record != nil {
			record(c.number, time.Since(begin))
		}
	}
	return nil
}

// anySession draws a stored session.
func (c *loadClient) anySession() int { return c.random.IntN(len(c.load.ids)) }

// ownSession returns the i-th of the sessions that only this client swaps.
func (c *loadClient) ownSession(i int) int {
	return c.order.at(i)*len(c.load.clients) + c.number
}

// stampFor returns the stamp of the next write, which goes to that session.
func (c *loadClient) stampFor(number int) uint64 {
	c.stamp++
	if c.load.isWatched(number) {
		c.written[number] = c.stamp
	}
	return c.stamp
}

// isWatched reports whether writes to a session are looked for after a run.
func (l *Load) isWatched(number int) bool {
	return number%l.watch == 0
}

// verifyWrites wants in each watched session the last write of one of the
// clients that wrote to it: which of them was the last, nobody knows.
func (l *Load) verifyWrites(ctx context.Context) error {
	writers := make(map[int][]uint64)
	for _, c := range l.clients {
		for number, stamp := range c.written {
			writers[number] = append(writers[number], stamp)
		}
		clear(c.written)
	}
	numbers := make([]int, 0, len(writers))
	for number := range writers {
		numbers = append(numbers, number)
	}
	return l.side(ctx, len(numbers), func(ctx context.Context, i int) error {
		return l.verifyWrite(ctx, numbers[i], writers[numbers[i]])
	})
}

func (l *Load) verifyWrite(ctx context.Context, number int, stamps []uint64) error {
	data, err := l.Store.Get(ctx, l.ids[number])
	if err != nil {
		return fmt.Errorf("session %d after it was written: %w", number, err)
	}
	stamp, err := readStamp(data, number, l.size())
	if err != nil {
		return err
	}
	if !slices.Contains(stamps, stamp) {
		return fmt.Errorf("a write to session %d was acknowledged and is lost", number)
	}
	if !bytes.Equal(data[stampBytes:l.size()-sealBytes], l.blank[stampBytes:l.size()-sealBytes]) {
		return fmt.Errorf("session %d came back with other bytes", number)
	}
	return nil
}

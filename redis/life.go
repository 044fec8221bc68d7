package redis

import (
	"sync"
	"sync/atomic"

	goredis "github.com/redis/go-redis/v9"
)

// life is what a Store and its namespaces share: the client, and the end.
type life struct {
	client  goredis.UniversalClient
	release func() error // closes what Open opened; nil where the client was given
	closing sync.Once
	closed  atomic.Bool

	mu      sync.Mutex     // orders begin and the setting of closed
	working sync.WaitGroup // work that may outlive the call that began it
}

// begin announces work that may outlive its call, unless the Store was closed.
func (l *life) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return false
	}
	l.working.Add(1)
	return true
}

// end lets no call begin any more, waits for the work under way and closes what
// is the Store's own.
func (l *life) end() (err error) {
	l.closing.Do(func() {
		l.mu.Lock()
		l.closed.Store(true)
		l.mu.Unlock()
		l.working.Wait()
		if l.release != nil {
			err = l.release()
		}
	})
	return err
}

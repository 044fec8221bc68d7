package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgramVariable) != "" {
		programMain()
	}
	testserver.Main(m)
}

// fixture is a server whose store, clock and log are at hand.
type fixture struct {
	*server
	backend *backend
	spy     *spy
	clock   *clock
	handler http.Handler
	logged  *lockedBuffer
}

func newFixture(t *testing.T, b *backend) *fixture {
	t.Helper()
	accounts, err := openUsers(filepath.Join(t.TempDir(), "users.db"))
	must(t, err)
	t.Cleanup(func() { must(t, accounts.close()) })
	f := &fixture{backend: b, spy: newSpy(b.open(t)), clock: newClock(), logged: &lockedBuffer{}}
	f.serve(t, config{
		store:     f.spy,
		storeName: b.name,
		users:     accounts,
		hashCost:  bcrypt.MinCost,
		log:       slog.New(slog.NewTextHandler(f.logged, nil)),
		timeout:   20 * time.Second, // tests share their machine
		now:       f.clock.now,
	})
	return f
}

// serve makes a server of c. What the server asks the store at first is not
// noted.
func (f *fixture) serve(t *testing.T, c config) {
	t.Helper()
	var err error
	f.server, err = newServer(c)
	must(t, err)
	f.passwords.maxWait = time.Minute // tests share their machine
	f.handler = f.routes()
	f.spy.calls()
}

// another is a second server on the same space, as another process is, or this
// one after a restart.
func (f *fixture) another(t *testing.T) *fixture {
	t.Helper()
	other := &fixture{backend: f.backend, spy: newSpy(f.backend.open(t)), clock: f.clock, logged: f.logged}
	c := f.config
	c.store = other.spy
	other.serve(t, c)
	return other
}

// clock is the time of sessions. It begins with the true one, and moves when a
// test moves it.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func newClock() *clock { return &clock{at: time.Now().Truncate(time.Second)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// lockedBuffer is a log that many goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

package httpsession_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/redis"
)

// wire is a store behind a network that can lose a reply, and the store without
// that network.
type wire struct {
	sessionstore.Store
	direct sessionstore.Store
	relay  *relay.Relay
	at     int // counts down to the operation whose reply is lost
}

func newWire(t *testing.T) *wire {
	server := testserver.Redis(t)
	prefix := "test-" + sessionstore.NewID()[:12]
	r, err := relay.New(server.Addr())
	must(t, err)
	t.Cleanup(r.Close)
	dial := func(addr string) sessionstore.Store {
		u, err := url.Parse(server.URL())
		must(t, err)
		u.Host = addr
		s, err := redis.Open(t.Context(), u.String(), redis.Options{Prefix: prefix})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	w := &wire{direct: dial(server.Addr()), relay: r}
	t.Cleanup(func() { _ = sessionstore.Clear(context.Background(), w.direct) })
	w.Store = sessionstore.Observe(dial(r.Addr()), func(context.Context, sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
		if w.at--; w.at == 0 {
			r.LoseReply(func() {})
		}
		return nil, nil
	})
	return w
}

// stored returns how many sessions there are.
func (w *wire) stored(t *testing.T) (n int) {
	t.Helper()
	for _, err := range sessionstore.All(t.Context(), w.direct) {
		must(t, err)
		n++
	}
	return n
}

// TestLostReplies loses the reply to each operation of each call. Whoever signs
// out after that is signed out, and nothing that is left can be opened.
func TestLostReplies(t *testing.T) {
	w := newWire(t)
	for _, opts := range []options{{}, {Owner: userOf}} {
		m, direct := newManager(t, w.Store, opts), newManager(t, w.direct, opts)
		for name, call := range map[string]func(w http.ResponseWriter, r *http.Request) error{
			"Start":  func(w http.ResponseWriter, r *http.Request) error { return m.Start(w, r, visitor{User: "ada"}) },
			"Renew":  m.Renew,
			"End":    m.End,
			"Update": func(_ http.ResponseWriter, r *http.Request) error { return m.Update(r, countVisit) },
		} {
			t.Run(fmt.Sprintf("%s, owners %v", name, opts.Owner != nil), func(t *testing.T) {
				for step, failed := 1, true; failed; step++ {
					failed = loseReply(t, w, m, direct, call, step)
					if step > 20 {
						t.Fatal("the call does not end")
					}
				}
			})
		}
	}
}

// loseReply loses the reply to one operation of the call, and reports whether
// the call had as many.
func loseReply(t *testing.T, w *wire, m, direct *manager, call func(http.ResponseWriter, *http.Request) error, step int) bool {
	must(t, sessionstore.Clear(t.Context(), w.direct))
	b := newBrowser(t, direct)
	must(t, b.start("ada"))
	before := b.cookie
	b.m = m
	var err error
	var reached bool
	answer := b.visit(func(rw http.ResponseWriter, r *http.Request) {
		w.at = step
		err = call(rw, r)
		reached = w.at <= 0
		w.at = 0
	})
	if err != nil && len(answer.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("step %d: a call that failed set a cookie", step)
	}
	if errors.Is(err, httpsession.ErrNoSession) {
		t.Errorf("step %d: got error %v, although there was a session", step, err)
	}
	b.m = direct
	must(t, b.end())
	b.with(before).wantNone()
	if n := w.stored(t); n > 0 && err == nil { // after an error one may be left of which nobody has the id
		t.Errorf("step %d: after a call that succeeded and a sign-out %d sessions are stored", step, n)
	}
	return reached
}

// TestUnknownOutcome: Update says that it may have happened, does not do it
// twice, and the next one starts from what is there.
func TestUnknownOutcome(t *testing.T) {
	w := newWire(t)
	m := newManager(t, w.Store, options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		w.at = 1
		if err := m.Update(r, countVisit); !errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("got error %v, want ErrUnknownOutcome", err)
		}
		must(t, m.Update(r, countVisit))
		if got, _ := m.Value(r); got.Visits != 2 {
			t.Errorf("got %d visits, want 2: the first was carried out", got.Visits)
		}
	})
}

// TestServerHangs: every call returns in time, and the cookie stays.
func TestServerHangs(t *testing.T) {
	w := newWire(t)
	m := newManager(t, w.Store, options{Timeout: 300 * time.Millisecond})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	w.relay.Hang()
	began := time.Now()
	answer := b.request(m.Load(http.NotFoundHandler()))
	if took := time.Since(began); answer.StatusCode != http.StatusServiceUnavailable || took > 3*time.Second {
		t.Errorf("got status %d after %v, want 503 after 300ms", answer.StatusCode, took)
	}
	if len(answer.Header.Values("Set-Cookie")) > 0 {
		t.Error("the cookie was touched")
	}
	w.relay.Pass()
	b.wantUser("ada")
}

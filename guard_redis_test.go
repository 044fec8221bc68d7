package sessionstore_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/redis"
)

// TestGuardLosesReplies lets the network fail at each round trip of a first
// save, and deletes the session at that moment. Whatever the save is told, and
// whatever it does then, the session is gone.
func TestGuardLosesReplies(t *testing.T) {
	server := testserver.Redis(t)
	prefix := "test:" + sessionstore.NewID()
	open := func(t *testing.T, addr string) sessionstore.Store {
		u, err := url.Parse(server.URL())
		must(t, err)
		u.Host = addr
		s, err := redis.Open(t.Context(), u.String(), redis.Options{Prefix: prefix})
		must(t, err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	direct := guarded(open(t, server.Addr()))
	defer sessionstore.Clear(context.Background(), direct)
	for kind, fail := range map[string]func(r *relay.Relay, then func()){
		"reply":   func(r *relay.Relay, then func()) { r.LoseReply(then) },
		"request": func(r *relay.Relay, then func()) { r.LoseRequest(then) },
		"answer in time": func(r *relay.Relay, then func()) {
			r.Hang()
			time.AfterFunc(300*time.Millisecond, func() { then(); r.Pass() })
		},
	} {
		for step := range 3 {
			t.Run(fmt.Sprintf("%s %d", kind, step), func(t *testing.T) {
				r, err := relay.New(server.Addr())
				must(t, err)
				defer r.Close()
				id, deleted := sessionstore.NewID(), make(chan error, 1)
				n := 0
				inner := open(t, r.Addr())
				via := guarded(sessionstore.Observe(inner, func(context.Context, sessionstore.Op) (context.Context, func(sessionstore.Outcome)) {
					if n++; n == step+1 {
						fail(r, func() { deleted <- direct.Delete(t.Context(), id) })
					}
					return nil, nil
				}))
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				err = via.Set(ctx, id, []byte("saved"), hour)
				must(t, <-deleted)
				if err == nil {
					t.Errorf("Set: got no error")
				}
				for range 20 { // what was held may arrive yet
					must(t, ended(direct, id))
					time.Sleep(5 * time.Millisecond)
				}
				must(t, guarded(inner).Set(t.Context(), id, []byte("saved again"), hour))
				must(t, ended(direct, id))
			})
		}
	}
}

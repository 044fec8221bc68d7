package redis

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

// The environment of a process that serves the suite.
const (
	childPlace  = "SESSIONSTORE_REDIS_CHILD_PLACE"
	childPrefix = "SESSIONSTORE_REDIS_CHILD_PREFIX"
)

func TestMain(m *testing.M) {
	if place := os.Getenv(childPlace); place != "" {
		s, _, err := connectTo(place, os.Getenv(childPrefix))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		storetest.ServeChild(s)
	}
	testserver.Main(m)
}

func TestConformance(t *testing.T) {
	server := testserver.Redis(t)
	rawURL := quick(t, server.URL())
	reopen := func(t storetest.T, s sessionstore.Store) sessionstore.Store {
		return opened(t, rawURL, prefixOf(s))
	}
	h := storetest.Harness{
		RoundTrips: "testdata/roundtrips.json",
		New: func(t storetest.T) sessionstore.Store {
			return opened(t, rawURL, newPrefix(t, rawURL))
		},
		Lacks:         map[string]string{"Ctx/Cancel": noCancel, "Purge/OnlyExpired": noPurge},
		TTLSlack:      time.Millisecond,
		TTLResolution: time.Millisecond,
		Peer:          reopen,
		Reopen:        reopen,
		Neighbours:    neighbours(func(t storetest.T, prefix string) *Store { return opened(t, rawURL, prefix) }),
		Corrupt:       corrupt,
		Addr:          server.Addr(),
		Via: func(t storetest.T, s sessionstore.Store, addr string) sessionstore.Store {
			return opened(t, at(t, rawURL, addr), prefixOf(s))
		},
		Child: child(rawURL),
	}
	if server.Owned() {
		h.Restart = func(t storetest.T, _ sessionstore.Store) { server.Stop(t); server.Start(t) }
		h.Kill = func(t storetest.T, _ sessionstore.Store) { server.Kill(t); server.Start(t) }
	}
	storetest.Run(t, h)
}

// child returns a hook that serves the store at a place.
func child(place string) func(t storetest.T, s sessionstore.Store) *exec.Cmd {
	return func(_ storetest.T, s sessionstore.Store) *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childPlace+"="+place, childPrefix+"="+prefixOf(s))
		return cmd
	}
}

// neighbours returns a hook that opens the stores whose prefixes are nearest
// to another's.
func neighbours(open func(t storetest.T, prefix string) *Store) func(storetest.T, sessionstore.Store) []sessionstore.Store {
	return func(t storetest.T, s sessionstore.Store) (near []sessionstore.Store) {
		own := prefixOf(s)
		for _, prefix := range []string{own + "2", own + ":admin", own + "-", "x" + own, own[:len(own)-1]} {
			other := open(t, prefix)
			t.Cleanup(func() { other.Clear(context.Background()) })
			near = append(near, other)
		}
		return near
	}
}

// corrupt makes a list of a session's record.
func corrupt(t storetest.T, s sessionstore.Store, id string) {
	store := s.(*Store)
	key := store.keys.of(id)
	store.client.Del(t.Context(), key)
	if err := store.client.RPush(t.Context(), key, "a list").Err(); err != nil {
		t.Fatalf("%v", err)
	}
}

// quick shortens the read timeout, which bounds how long the rule that the
// store lacks takes to fail.
func quick(t storetest.T, rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatalf("the server's URL cannot be read")
	}
	q := u.Query()
	q.Set("read_timeout", "1s")
	u.RawQuery = q.Encode()
	return u.String()
}

// at returns rawURL with another host.
func at(t storetest.T, rawURL, addr string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatalf("the server's URL cannot be read")
	}
	u.Host = addr
	return u.String()
}

// opened returns a Store as Open makes it, without asking whether the server
// answers.
func opened(t storetest.T, rawURL, prefix string) *Store {
	s, _, err := connect(rawURL, Options{Prefix: prefix})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// given returns a Store on a client of the test's.
func given(t storetest.T, client goredis.UniversalClient, prefix string) *Store {
	s, err := New(client, Options{Prefix: prefix})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// newPrefix returns a prefix of the test's own and removes its keys at the end:
// the server may be one that stays.
func newPrefix(t storetest.T, rawURL string) string {
	prefix := "test:" + sessionstore.NewID()
	t.Cleanup(func() {
		raw := rawClient(t, rawURL)
		keys := raw.Scan(t.Context(), 0, prefix+":*", 1000).Iterator()
		for keys.Next(t.Context()) {
			raw.Del(t.Context(), keys.Val())
		}
	})
	return prefix
}

func prefixOf(s sessionstore.Store) string { return s.(*Store).keys.prefix }

// rawClient returns a client of the test's own.
func rawClient(t storetest.T, rawURL string) *goredis.Client {
	o, err := parseURL(rawURL)
	if err != nil {
		t.Fatalf("%v", err)
	}
	client := goredis.NewClient(o)
	t.Cleanup(func() { client.Close() })
	return client
}

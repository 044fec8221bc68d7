package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// write is one of the Store's methods that change something.
type write struct {
	name string
	call func(ctx context.Context, s *Store, id string) error
}

// writes begin with a session whose data is "data", or none for Create.
var writes = []write{
	{"Set", func(ctx context.Context, s *Store, id string) error { return s.Set(ctx, id, []byte("data"), time.Hour) }},
	{"Touch", func(ctx context.Context, s *Store, id string) error { return s.Touch(ctx, id, time.Hour) }},
	{"Delete", func(ctx context.Context, s *Store, id string) error { return s.Delete(ctx, id) }},
	{"Create", func(ctx context.Context, s *Store, id string) error {
		return s.Create(ctx, id, []byte("data"), time.Hour)
	}},
	{"Replace", func(ctx context.Context, s *Store, id string) error {
		return s.Replace(ctx, id, []byte("data"), time.Hour)
	}},
	{"CompareAndSwap", func(ctx context.Context, s *Store, id string) error {
		return s.CompareAndSwap(ctx, id, []byte("data"), []byte("data"), time.Hour)
	}},
	{"GetAndTouch", func(ctx context.Context, s *Store, id string) error {
		_, err := s.GetAndTouch(ctx, id, time.Hour)
		return err
	}},
	{"RotateSwap", func(ctx context.Context, s *Store, id string) error {
		return s.RotateSwap(ctx, id, idBeside(s, id), []byte("data"), nil, time.Hour)
	}},
}

// commands are the writes' own, in their order, once the server has the
// scripts.
var commands = []string{"set", "pexpire", "del", "set", "set", "evalsha", "getex", "evalsha"}

// loadScripts lets a server know the scripts, so that each takes one command.
func loadScripts(t *testing.T, raw *goredis.Client) {
	t.Helper()
	for _, sc := range []script{swapScript, removeScript, rotateScript} {
		must(t, raw.ScriptLoad(t.Context(), sc.text).Err())
	}
}

// TestLostReply loses the reply of each write under clients that repeat
// commands, and counts how often the server carried it out.
func TestLostReply(t *testing.T) {
	server := testserver.NewRedis(t)
	raw := rawClient(t, server.URL())
	r, err := relay.New(server.Addr())
	must(t, err)
	defer r.Close()
	single := goredis.NewClient(&goredis.Options{Addr: r.Addr(), ContextTimeoutEnabled: true, MaxRetries: 5})
	defer single.Close()
	for _, test := range []struct {
		name   string
		client goredis.UniversalClient
	}{{"single", single}, {"cluster", fakeCluster(t, r.Addr())}} {
		s := given(t, test.client, test.name)
		id := sessionstore.NewID()
		loadScripts(t, raw)
		for i, w := range writes {
			must(t, s.Set(t.Context(), id, []byte("data"), time.Hour)) // and connects
			must(t, raw.ConfigResetStat(t.Context()).Err())
			r.LoseReply(nil)
			err := w.call(t.Context(), s, id)
			if !errors.Is(err, sessionstore.ErrUnknownOutcome) || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrExists) {
				t.Errorf("%s: %s whose reply was lost: got error %v, want ErrUnknownOutcome", test.name, w.name, err)
			}
			if got := calls(t, raw, commands[i]); got != 1 {
				t.Errorf("%s: %s whose reply was lost: the server carried it out %d times, want once", test.name, w.name, got)
			}
		}
		// A read is repeated instead, and its caller does not notice.
		must(t, s.Set(t.Context(), id, []byte("read"), time.Hour))
		r.LoseReply(nil)
		if got, err := s.Get(t.Context(), id); err != nil || string(got) != "read" {
			t.Errorf("%s: Get whose reply was lost: got %q and error %v, want %q", test.name, got, err, "read")
		}
	}
}

// calls returns how often the server carried out a command.
func calls(t *testing.T, raw *goredis.Client, command string) int {
	t.Helper()
	stats, err := raw.InfoMap(t.Context(), "commandstats").Result()
	must(t, err)
	n := 0
	fmt.Sscanf(stats["Commandstats"]["cmdstat_"+command], "calls=%d", &n)
	return n
}

// TestNotSent wants a known outcome, in time, where the write did not leave,
// however the connection failed.
func TestNotSent(t *testing.T) {
	for _, test := range []struct{ name, addr string }{
		{"refused dial", "127.0.0.1:1"},
		{"silent at sign-in", blackHole(t)},
		{"unknown host", "no-such-host.invalid:6379"},
	} {
		client := goredis.NewClient(&goredis.Options{Addr: test.addr, ContextTimeoutEnabled: true, DialerRetries: 1, MaxRetries: 1})
		defer client.Close()
		cluster := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{test.addr}, ContextTimeoutEnabled: true})
		defer cluster.Close()
		for _, u := range []goredis.UniversalClient{client, cluster, fakeCluster(t, test.addr)} {
			s := given(t, u, "app")
			idBeside(s, "id") // which takes its time
			var wait sync.WaitGroup
			for _, w := range writes {
				wait.Go(func() {
					const d = 200 * time.Millisecond
					ctx, cancel := context.WithTimeout(t.Context(), d)
					begin := time.Now()
					err := w.call(ctx, s, "id")
					cancel()
					if took := time.Since(begin); took > d+slack {
						t.Errorf("%s, %T: %s returned after %v, want at most %v", test.name, u, w.name, took, d)
					}
					if err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) || errors.Is(err, sessionstore.ErrNotFound) {
						t.Errorf("%s, %T: %s: got error %v, want one with a known outcome", test.name, u, w.name, err)
					}
				})
			}
			wait.Wait()
		}
	}
}

// TestPoolWait holds the only connection: a call that waits for it keeps its
// deadline and is not sent.
func TestPoolWait(t *testing.T) {
	server := testserver.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true, PoolSize: 1})
	defer client.Close()
	s := given(t, client, newPrefix(t, server.URL()))
	conn := client.Conn()
	defer conn.Close()
	must(t, conn.Ping(t.Context()).Err())
	for _, w := range writes {
		const d = 50 * time.Millisecond
		ctx, cancel := context.WithTimeout(t.Context(), d)
		begin := time.Now()
		err := w.call(ctx, s, "id")
		cancel()
		if took := time.Since(begin); took > d+slack {
			t.Errorf("%s without a free connection returned after %v, want %v", w.name, took, d)
		}
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("%s without a free connection: got error %v, want context.DeadlineExceeded and a known outcome", w.name, err)
		}
	}
}

// TestDynamicResolver sets what New's documentation forbids: the client then
// makes commands of its own out of a DEL, and would repeat them. It must fail
// instead.
func TestDynamicResolver(t *testing.T) {
	client := fakeCluster(t, testserver.Redis(t).Addr())
	client.SetCommandInfoResolver(client.NewDynamicResolver())
	s := given(t, client, newPrefix(t, testserver.Redis(t).URL()))
	if err := s.Delete(t.Context(), "id"); err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) {
		t.Errorf("Delete: got error %v, want one with a known outcome", err)
	}
}

// TestHooked runs under a hook that looks at the command, as tracing does.
func TestHooked(t *testing.T) {
	server := testserver.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), ContextTimeoutEnabled: true})
	defer client.Close()
	h := &hook{}
	client.AddHook(h)
	s := given(t, client, newPrefix(t, server.URL()))
	loadScripts(t, rawClient(t, server.URL()))
	must(t, s.Ping(t.Context())) // so that the client has signed in
	for _, w := range writes {
		must(t, w.call(t.Context(), s, "id"))
	}
	if got, _ := h.names.Load().(string); !strings.HasSuffix(got, strings.Join(commands, " ")) {
		t.Errorf("commands that the hook saw: got %q, want them to end with %v", got, commands)
	}
}

type hook struct{ names atomic.Value }

func (h *hook) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (h *hook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		_ = cmd.String()
		seen, _ := h.names.Load().(string)
		h.names.Store(seen + " " + cmd.Name())
		return next(ctx, cmd)
	}
}

func (h *hook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

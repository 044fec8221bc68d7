package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestOpenHidesPasswords opens what cannot be opened. Each URL has the password
// where a hurried author may put it.
func TestOpenHidesPasswords(t *testing.T) {
	const secret = "s3cr3t"
	for _, url := range []string{
		"", secret, "mysql://app:s3cr3t@h/db", "host=h password=s3cr3t", "postgres:app:s3cr3t@h/db",
		"postgres://app:s3cr3t@127.0.0.1:1/db",
		"postgres://app:s3cr3t@127.0.0.1:1/db?sslmode=nonsense",
		"postgres://app:s3cr3t@127.0.0.1:x/db", "postgres://app:s3cr3t@127.0.0.1:1,h:2:3/db",
		"postgres://app:s3cr3t@[::1/db", "postgres://app:s3cr3t@127.0.0.1:1/db?pool_max_conns=many",
		"postgres://app:s3cr3t@127.0.0.1:1/db?pool_max_conns=0",
		"postgres://app:s3cr3t@127.0.0.1:1/db?connect_timeout=soon", "postgres://app:s3cr3t@127.0.0.1:1/db?sslrootcert=/no/such/file&sslmode=verify-full",
		"postgres://app:s3cr3t@127.0.0.1:1/db?target_session_attrs=s3cr3t",
		"postgres://app:s3cr3t/x@127.0.0.1:1/db", "postgres://app:s3cr3t?x@127.0.0.1:1/db", "postgres://app:12?s3cr3t=x@127.0.0.1:1/db",
		"postgres://app:s3cr3t#x@127.0.0.1:1/db", "postgres://app:1#s3cr3t@127.0.0.1:1/db", "postgres://app:s3cr3t@x@127.0.0.1:1/db",
		"postgres://ap/p:s3cr3t@127.0.0.1:1/db", "postgres://app:%zzs3cr3t@127.0.0.1:1/db", "postgres://app:s3cr3t",
		"postgres://app@127.0.0.1:1/db?password=s3cr3t", "postgres://app@127.0.0.1:1/db?password=s3cr3t&default_query_exec_mode=s3cr3t",
		"postgres://app@127.0.0.1:1/db?passfile=/no&statement_cache_capacity=s3cr3t",
		"postgres://app@h:s3cr3t@127.0.0.1:1/db", "postgres://app:s3c\x00r3t@127.0.0.1:1/db",
	} {
		t.Run("", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, err := Open(ctx, url, Options{})
			if err == nil {
				t.Fatalf("%s: got no error", url)
			}
			for ; err != nil; err = errors.Unwrap(err) {
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
					t.Errorf("%s: the error shows the password: %s", url, text)
				}
			}
		})
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	server := testserver.Postgres(t)
	for name, c := range map[string]struct {
		url  string
		opts Options
		want string
	}{
		"scheme":           {"redis://h", Options{}, "want postgres://user:password@host:5432/database"},
		"reserved":         {"postgres://app:a/b@h/db", Options{}, "%2F"},
		"refused":          {"postgres://127.0.0.1:1/db", Options{}, "connection refused"},
		"database":         {strings.Replace(server.URL(), "/postgres?", "/no_such_database?", 1), Options{}, "create the database first"},
		"parameter":        {with(t, server.URL(), "sslmod", "disable"), Options{}, "sslmod"},
		"table":            {server.URL(), Options{Table: `a"b`}, "Options.Table: want a name"},
		"schema":           {server.URL(), Options{Table: "no_such_schema.a"}, "create it first"},
		"conns":            {server.URL(), Options{MaxConns: -1}, "Options.MaxConns"},
		"tooManyConns":     {server.URL(), Options{MaxConns: maxConnsLimit + 1}, "Options.MaxConns"},
		"certificate file": {"postgres://h/db?sslmode=verify-full&sslrootcert=/no/such/file", Options{}, "/no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), c.url, c.opts)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "postgres: open: ") {
				t.Errorf("got error %v, want one of postgres: open: with %q", err, c.want)
			}
			if strings.Contains(fmt.Sprint(err), "\n") {
				t.Errorf("the error has more than one line: %v", err)
			}
		})
	}
}

func TestPoolSize(t *testing.T) {
	for _, c := range []struct {
		url  string
		opts Options
		want int32
	}{
		{"postgres://h/db", Options{}, DefaultMaxConns},
		{"postgres://h/db?pool_max_conns=5", Options{}, 5},
		{"postgres://h/db?pool_max_conns=5", Options{MaxConns: 7}, 7},
		{"postgres://h/db", Options{MaxConns: 1}, 1},
		{"postgres://h/db", Options{MaxConns: maxConnsLimit}, maxConnsLimit},
	} {
		config, err := parse(c.url, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if config.MaxConns != c.want {
			t.Errorf("%s, MaxConns %d: got %d, want %d", c.url, c.opts.MaxConns, config.MaxConns, c.want)
		}
	}
}

// TestOpenOfSilence: a server that accepts and never answers costs no more
// than ctx allows, and leaves no goroutine.
func TestOpenOfSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err = Open(ctx, "postgres://app@"+l.Addr().String()+"/db", Options{})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v, want context.DeadlineExceeded", err)
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("Open took %v with a deadline of 100 ms", took)
	}
	await(t, "its goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

// TestOpenWithoutDeadline gives up by itself.
func TestOpenWithoutDeadline(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	begin := time.Now()
	if _, err = Open(t.Context(), "postgres://app@"+l.Addr().String()+"/db", Options{}); err == nil {
		t.Error("got no error")
	}
	if took := time.Since(begin); took > openTimeout+2*time.Second {
		t.Errorf("Open took %v, want about %v", took, openTimeout)
	}
}

// TestCloseCutsWhatHangs: neither a call without a deadline nor a connection
// that pgx is still cleaning up keeps Close.
func TestCloseCutsWhatHangs(t *testing.T) {
	server := testserver.Postgres(t)
	r, err := relay.New(server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	table := newTable(t, server.URL())
	opened(t, server.URL(), Options{Table: table})
	before := runtime.NumGoroutine()
	s := lazy(t, at(t, server.URL(), r.Addr()), table)
	id := sessionstore.NewID()
	if err := s.Set(t.Context(), id, nil, time.Hour); err != nil {
		t.Fatal(err)
	}
	r.Hang()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Get(short, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Get of a server that hangs: got error %v, want context.DeadlineExceeded", err)
	}
	ended := make(chan error)
	go func() { ended <- s.Set(context.Background(), id, nil, time.Hour) }()
	await(t, "the Set waits", func() bool { return s.pool.Stat().AcquiredConns()+s.pool.Stat().ConstructingConns() >= 1 })
	begin := time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if took := time.Since(begin); took > closeTimeout+time.Second {
		t.Errorf("Close took %v, want about %v", took, closeTimeout)
	}
	if err := <-ended; err == nil || errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Set across Close: got error %v", err)
	}
	r.Close()
	await(t, "its goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

// await polls until the condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("waited 20 s in vain: %s", what)
		}
	}
}

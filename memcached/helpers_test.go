package memcached

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slack is how late a call may return on a machine that is busy with the race
// detector and other tests.
const slack = 500 * time.Millisecond

// newStore returns a store on servers that is closed when the test ends.
func newStore(t *testing.T, opts Options, servers ...string) *Store {
	t.Helper()
	if opts.Prefix == "" {
		opts.Prefix = newPrefix()
	}
	s, err := New(servers, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// operation is a method of a Store with good arguments.
type operation struct {
	name  string
	write bool
	call  func(ctx context.Context, s *Store, id string) error
}

var operations = []operation{
	{"Get", false, func(ctx context.Context, s *Store, id string) error { _, err := s.Get(ctx, id); return err }},
	{"Set", true, func(ctx context.Context, s *Store, id string) error {
		return s.Set(ctx, id, []byte("secret data"), time.Hour)
	}},
	{"Touch", true, func(ctx context.Context, s *Store, id string) error { return s.Touch(ctx, id, time.Hour) }},
	{"Delete", true, func(ctx context.Context, s *Store, id string) error { return s.Delete(ctx, id) }},
	{"Ping", false, func(ctx context.Context, s *Store, _ string) error { return s.Ping(ctx) }},
}

func mustSet(t *testing.T, s *Store, id string, data []byte) {
	t.Helper()
	if err := s.Set(t.Context(), id, data, time.Hour); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func wantData(t *testing.T, s *Store, id string, want []byte) {
	t.Helper()
	got, err := s.Get(t.Context(), id)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("Get: got %d bytes and error %v, want %d bytes", len(got), err, len(want))
	}
}

func wantErrors(t *testing.T, when string, err error, wants ...error) {
	t.Helper()
	for _, want := range wants {
		if !errors.Is(err, want) {
			t.Errorf("%s: got error %v, want one that matches %q", when, err, want)
		}
	}
}

func wantNot(t *testing.T, when string, err error, not ...error) {
	t.Helper()
	for _, unwanted := range not {
		if errors.Is(err, unwanted) {
			t.Errorf("%s: got error %v, which must not match %q", when, err, unwanted)
		}
	}
}

// wantSecret fails when an error shows any of texts.
func wantSecret(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err != nil && strings.Contains(err.Error(), text) {
			t.Errorf("the error %q shows %q", err, text)
		}
	}
}

// pattern returns n bytes that tell which id they belong to.
func pattern(id string, n int) []byte {
	return bytes.Repeat([]byte(id+"\r\n"), n/(len(id)+2)+1)[:n]
}

// settled waits until count is at most most.
func settled(t *testing.T, what string, most int, count func() int) {
	t.Helper()
	n := count()
	for end := time.Now().Add(10 * time.Second); n > most && time.Now().Before(end); n = count() {
		time.Sleep(5 * time.Millisecond)
	}
	if n > most {
		t.Errorf("%s: got %d, want at most %d", what, n, most)
	}
}

// settledGoroutines waits until the process has no more goroutines than before.
func settledGoroutines(t *testing.T, before int) {
	t.Helper()
	settled(t, "goroutines", before, runtime.NumGoroutine)
}

// serverConns asks a server how many connections it has, this one not counted.
func serverConns(t *testing.T, addr string) int {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "stats\r\n")
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		if text, ok := strings.CutPrefix(lines.Text(), "STAT curr_connections "); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			return n - 1
		}
	}
	t.Fatalf("no curr_connections in the statistics: %v", lines.Err())
	return 0
}

// seed returns a source of random numbers that the log can repeat.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := rand.Uint64()
	t.Logf("seed %d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// idOn returns an id that lives on the server with the index.
func idOn(s *Store, index int) string {
	for i := 0; ; i++ {
		id := fmt.Sprintf("id%d", i)
		if pick(s.key(id), len(s.nodes)) == index {
			return id
		}
	}
}

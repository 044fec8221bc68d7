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

	"github.com/coatcheck/sessionstore"
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

// operation is a method of a Store with good arguments: called in their order
// on one id, each finds what it expects.
type operation struct {
	name  string // of the method
	text  string // how its errors name it
	verb  string // of the protocol; empty where there are several
	write bool
	call  func(ctx context.Context, s *Store, id string) error
}

// unknown reports whether the outcome is unknown when the first reply is lost.
func (op operation) unknown() bool { return op.write && op.verb != "" }

var secret = []byte("secret data")

var operations = []operation{
	{"Get", "get", "gets", false, func(ctx context.Context, s *Store, id string) error { _, err := s.Get(ctx, id); return err }},
	{"Set", "set", "set", true, func(ctx context.Context, s *Store, id string) error { return s.Set(ctx, id, secret, time.Hour) }},
	{"Touch", "touch", "touch", true, func(ctx context.Context, s *Store, id string) error { return s.Touch(ctx, id, time.Hour) }},
	{"Delete", "delete", "delete", true, func(ctx context.Context, s *Store, id string) error { return s.Delete(ctx, id) }},
	{"Create", "create", "add", true, func(ctx context.Context, s *Store, id string) error { return s.Create(ctx, id, secret, time.Hour) }},
	{"Replace", "replace", "replace", true, func(ctx context.Context, s *Store, id string) error {
		return s.Replace(ctx, id, secret, time.Hour)
	}},
	{"GetAndTouch", "get and touch", "gat", true, func(ctx context.Context, s *Store, id string) error {
		_, err := s.GetAndTouch(ctx, id, time.Hour)
		return err
	}},
	{"CompareAndSwap", "compare and swap", "", true, func(ctx context.Context, s *Store, id string) error {
		return s.CompareAndSwap(ctx, id, secret, secret, time.Hour)
	}},
	{"RotateSwap", "rotate", "", true, func(ctx context.Context, s *Store, id string) error {
		return s.RotateSwap(ctx, id, beside(s, id), secret, secret, time.Hour)
	}},
	{"Ping", "ping", "version", false, func(ctx context.Context, s *Store, _ string) error { return s.Ping(ctx) }},
}

// sessionOperations are those that concern one session.
var sessionOperations = operations[:len(operations)-1]

// beside returns another id, on the same server.
func beside(s *Store, id string) string {
	if id == "" {
		return ""
	}
	for i := 0; ; i++ {
		other := fmt.Sprint(id, ".", i)
		if s.node(s.key(other)) == s.node(s.key(id)) {
			return other
		}
	}
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

func wantMiss(t *testing.T, s *Store, id string) {
	t.Helper()
	if got, err := s.Get(t.Context(), id); !errors.Is(err, sessionstore.ErrNotFound) {
		t.Errorf("Get: got %.30q and error %v, want ErrNotFound", got, err)
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
	return stat(t, addr, "curr_connections") - 1
}

// stat asks a server for one of its statistics.
func stat(t *testing.T, addr, name string) int {
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
		if text, ok := strings.CutPrefix(lines.Text(), "STAT "+name+" "); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s in the statistics: %v", name, lines.Err())
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

package memcached

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// TestSwapBetweenSteps does something to a session before each command of a
// swap.
func TestSwapBetweenSteps(t *testing.T) {
	server := testserver.Memcached(t).Addr()
	p := newTap(t)
	via := newStore(t, Options{}, p.before(server))
	direct := newStore(t, Options{Prefix: via.prefix}, server)
	for _, c := range []struct {
		name  string
		do    func(id string) error
		end   error
		data  []byte
		verbs string
	}{
		{"touch", func(id string) error {
			_, err := direct.GetAndTouch(t.Context(), id, 2*time.Hour)
			return errors.Join(err, direct.Touch(t.Context(), id, 2*time.Hour))
		}, nil, newData, "gets cas"},
		{"the same data", func(id string) error {
			return direct.Set(t.Context(), id, oldData, time.Hour)
		}, nil, newData, "gets cas gets cas"},
		{"other data", func(id string) error {
			return direct.Set(t.Context(), id, otherData, time.Hour)
		}, sessionstore.ErrConflict, otherData, "gets cas gets"},
		{"logout", func(id string) error {
			return direct.Delete(t.Context(), id)
		}, sessionstore.ErrNotFound, nil, "gets cas"},
		{"logout and sign-in", func(id string) error {
			return errors.Join(direct.Delete(t.Context(), id), direct.Create(t.Context(), id, oldData, time.Hour))
		}, nil, newData, "gets cas gets cas"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := sessionstore.NewID()
			mustSet(t, direct, id, oldData)
			p.once(1, func() {
				if err := c.do(id); err != nil {
					t.Errorf("between the steps: %v", err)
				}
			})
			err := via.CompareAndSwap(t.Context(), id, oldData, newData, time.Hour)
			if !errors.Is(err, c.end) {
				t.Errorf("CompareAndSwap: got error %v, want %v", err, c.end)
			}
			if got := p.verbs(); got != c.verbs {
				t.Errorf("got the commands %q, want %q", got, c.verbs)
			}
			if c.data == nil {
				wantMiss(t, direct, id)
			} else {
				wantData(t, direct, id, c.data)
			}
		})
	}
}

// TestSwapLost loses a request or a reply. Nothing is sent twice.
func TestSwapLost(t *testing.T) {
	server := testserver.Memcached(t).Addr()
	p := newTap(t)
	via := newStore(t, Options{}, p.before(server))
	direct := newStore(t, Options{Prefix: via.prefix}, server)
	for n, verbs := range []string{"gets", "gets cas"} {
		for lose, after := range map[action][]byte{loseRequest: oldData, loseReply: newData} {
			id := sessionstore.NewID()
			mustSet(t, direct, id, oldData)
			p.arm(func(i int, _ string) action {
				if i == n {
					return lose
				}
				return carry
			})
			err := via.CompareAndSwap(t.Context(), id, oldData, newData, time.Hour)
			if err == nil || errors.Is(err, sessionstore.ErrUnknownOutcome) != (n == 1) {
				t.Errorf("command %d lost: got error %v, which matches ErrUnknownOutcome: %v", n, err, n == 0)
			}
			wantNot(t, "CompareAndSwap", err, sessionstore.ErrNotFound, sessionstore.ErrConflict)
			if got := p.verbs(); got != verbs {
				t.Errorf("got the commands %q, want %q", got, verbs)
			}
			if n == 0 {
				after = oldData
			}
			wantData(t, direct, id, after)
		}
	}
}

// TestSwapAndRestart starts the server again after a swap has read, so that
// its cas numbers begin again, and stores other data under the number that was
// read. The swap must not meet it.
func TestSwapAndRestart(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte // stored after the restart; nil: none
		end  error
	}{
		{"other data", otherData, sessionstore.ErrConflict},
		{"no data", nil, sessionstore.ErrNotFound},
		{"the same data", oldData, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := testserver.NewMemcached(t)
			s := newStore(t, Options{}, server.Addr())
			mustSet(t, s, "id", oldData)
			var numbers []uint64
			restarts := func(found *memcache.Item) error {
				if numbers = append(numbers, found.CasID); len(numbers) > 1 {
					return isData(oldData)(found)
				}
				server.Kill(t)
				server.Start(t)
				if c.data != nil {
					mustSet(t, newStore(t, Options{Prefix: s.prefix}, server.Addr()), "id", c.data)
				}
				return isData(oldData)(found)
			}
			err := s.swap(t.Context(), restarts, s.item("id", newData, time.Hour))
			if !errors.Is(err, c.end) {
				t.Errorf("got error %v, want %v", err, c.end)
			}
			if c.data != nil && (len(numbers) != 2 || numbers[0] != numbers[1]) {
				t.Errorf("got the cas numbers %v, want the same one twice: the test proves too little", numbers)
			}
			switch {
			case c.end == nil:
				wantData(t, s, "id", newData)
			case c.data != nil:
				wantData(t, s, "id", c.data)
			}
		})
	}
}

// TestSwapWithoutCaller ends the context after a swap has read. It then sends
// nothing more, and says so; nor does a rotation begin.
func TestSwapWithoutCaller(t *testing.T) {
	server := testserver.NewMemcached(t)
	s := newStore(t, Options{}, server.Addr())
	mustSet(t, s, "id", oldData)
	ctx, cancel := context.WithCancel(t.Context())
	cancels := func(*memcache.Item) error { cancel(); return nil }
	for name, err := range map[string]error{
		"swap":     s.swap(ctx, cancels, s.item("id", newData, time.Hour)),
		"mayBegin": s.mayBegin(ctx),
	} {
		wantErrors(t, name, err, context.Canceled)
		wantNot(t, name, err, sessionstore.ErrUnknownOutcome)
	}
	if n := stat(t, server.Addr(), "cas_hits"); n != 0 {
		t.Errorf("the server carried out %d swaps, want none", n)
	}
	wantData(t, s, "id", oldData)
}

// TestSwapWithoutNumbers has a server whose cas numbers are off, where a swap
// would not be one.
func TestSwapWithoutNumbers(t *testing.T) {
	s := newStore(t, Options{}, testserver.NewMemcached(t, "-C").Addr())
	mustSet(t, s, "id", oldData)
	for name, err := range map[string]error{
		"CompareAndSwap": s.CompareAndSwap(t.Context(), "id", oldData, newData, time.Hour),
		"RotateSwap":     s.RotateSwap(t.Context(), "id", "to", oldData, newData, time.Hour),
	} {
		if err == nil || !strings.Contains(err.Error(), "without -C") {
			t.Errorf("%s: got error %v, want one that says what to do", name, err)
		}
		wantNot(t, name, err, sessionstore.ErrUnknownOutcome, sessionstore.ErrConflict, sessionstore.ErrNotFound)
	}
	wantData(t, s, "id", oldData)
	wantMiss(t, s, "to")
}

// TestSwapEndlessly has a server that refuses every swap as if others were
// faster. The call's deadline ends it, and nothing has happened.
func TestSwapEndlessly(t *testing.T) {
	for _, refusal := range []string{"EXISTS\r\n", "NOT_STORED\r\n"} {
		f := newFake(t, func(command string) string {
			if key, ok := strings.CutPrefix(command, "gets "); ok {
				return "VALUE " + key + " 0 10 7\r\nsecret old\r\nEND\r\n"
			}
			return refusal
		})
		s := newStore(t, Options{Timeout: 50 * time.Millisecond}, f.addr())
		begin := time.Now()
		err := s.CompareAndSwap(t.Context(), "id", oldData, newData, time.Hour)
		if took := time.Since(begin); took > 50*time.Millisecond+slack {
			t.Errorf("CompareAndSwap took %v", took)
		}
		wantErrors(t, "CompareAndSwap", err, context.DeadlineExceeded)
		wantNot(t, "CompareAndSwap", err, sessionstore.ErrConflict)
	}
}

// TestFullKeepsSessions fills a server that may not evict. What Create,
// Replace, CompareAndSwap and RotateSwap cannot store changes nothing.
func TestFullKeepsSessions(t *testing.T) {
	server := testserver.NewMemcached(t, "-M", "-m", "2")
	s := newStore(t, Options{}, server.Addr())
	large := pattern("large", 20_000)
	mustSet(t, s, "id", oldData)
	for i := 0; s.Set(t.Context(), sessionstore.NewID(), large, time.Hour) == nil; i++ {
		if i > 10_000 {
			t.Fatal("200 MB fit into 2")
		}
	}
	for name, err := range map[string]error{
		"Create":         s.Create(t.Context(), "new", large, time.Hour),
		"Replace":        s.Replace(t.Context(), "id", large, time.Hour),
		"CompareAndSwap": s.CompareAndSwap(t.Context(), "id", oldData, large, time.Hour),
		"RotateSwap":     s.RotateSwap(t.Context(), "id", "new", oldData, large, time.Hour),
	} {
		wantErrors(t, name+" on a full server", err, sessionstore.ErrFull)
		wantNot(t, name+" on a full server", err, sessionstore.ErrUnknownOutcome)
	}
	wantData(t, s, "id", oldData)
	wantMiss(t, s, "new")
}

// TestRotateFull has room for the new session, and none for the swaps that end
// the old one or take the new one back.
func TestRotateFull(t *testing.T) {
	server := testserver.Memcached(t).Addr()
	p := newTap(t)
	via := newStore(t, Options{}, p.before(server))
	mustSet(t, via, "id", oldData)
	p.arm(func(_ int, command string) action {
		if strings.HasPrefix(command, "cas ") {
			return refuse
		}
		return carry
	})
	err := via.RotateSwap(t.Context(), "id", "new", oldData, newData, time.Hour)
	p.arm(nil)
	wantErrors(t, "RotateSwap", err, sessionstore.ErrFull)
	wantNot(t, "RotateSwap", err, sessionstore.ErrUnknownOutcome)
	wantData(t, via, "id", oldData)
	wantMiss(t, via, "new")
}

package memcached

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// rotation is a session that is about to move, by a store whose commands a tap
// shows: gets, add, gets, cas, and then gets and cas where it is taken back.
type rotation struct {
	tap      *tap
	via      *Store // through the tap
	direct   *Store // what others do
	from, to string
}

// The data of a rotation: of the old session, of the new one, and what others
// write.
var oldData, newData, otherData = []byte("secret old"), []byte("secret new"), []byte("secret elsewhere")

// rotations calls f with a rotation on one server, and with one whose ids
// live on two.
func rotations(t *testing.T, f func(t *testing.T, r *rotation)) {
	first, second := testserver.Memcached(t).Addr(), testserver.NewMemcached(t).Addr()
	for name, servers := range map[string][]string{"one server": {first}, "two servers": {first, second}} {
		t.Run(name, func(t *testing.T) {
			p, prefix := newTap(t), newPrefix()
			var tapped []string
			for _, server := range servers {
				tapped = append(tapped, p.before(server))
			}
			f(t, &rotation{
				tap:    p,
				via:    newStore(t, Options{Prefix: prefix, Timeout: 10 * time.Second, MaxConns: 1}, tapped...),
				direct: newStore(t, Options{Prefix: prefix, Timeout: 10 * time.Second}, servers...),
			})
		})
	}
}

// begin stores the old session, under ids that were not used before.
func (r *rotation) begin(t *testing.T) {
	t.Helper()
	r.tap.arm(nil)
	last := len(r.via.nodes) - 1
	r.from, r.to = "", ""
	for r.from == "" || r.to == "" {
		id := sessionstore.NewID()
		if r.from == "" && pick(r.via.key(id), last+1) == 0 {
			r.from = id
		} else if pick(r.via.key(id), last+1) == last {
			r.to = id
		}
	}
	mustSet(t, r.direct, r.from, oldData)
}

func (r *rotation) run(ctx context.Context) error {
	return r.via.RotateSwap(ctx, r.from, r.to, oldData, newData, time.Hour)
}

// want checks what lives under the two ids; nil is nothing.
func (r *rotation) want(t *testing.T, from, to []byte) {
	t.Helper()
	for _, c := range []struct {
		name, id string
		want     []byte
	}{{"old", r.from, from}, {"new", r.to, to}} {
		got, err := r.direct.Get(t.Context(), c.id)
		switch {
		case c.want == nil && !errors.Is(err, sessionstore.ErrNotFound):
			t.Errorf("the %s id: got %q and error %v, want ErrNotFound", c.name, got, err)
		case c.want != nil && (err != nil || string(got) != string(c.want)):
			t.Errorf("the %s id: got %q and error %v, want %q", c.name, got, err, c.want)
		}
	}
}

// wantEnd is wantErrors for one error or none; a nil want is success.
func wantEnd(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("RotateSwap: got error %v, want %v", err, want)
	}
	wantSecret(t, err, "secret")
	if errors.Is(err, sessionstore.ErrUnknownOutcome) {
		wantNot(t, "RotateSwap", err, sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict)
	}
}

// TestRotateBetweenSteps does something to one of the ids before each command
// of a rotation.
func TestRotateBetweenSteps(t *testing.T) {
	must := func(t *testing.T, err error) {
		if err != nil {
			t.Errorf("between the steps: %v", err)
		}
	}
	const missing, exists, conflict = "missing", "exists", "conflict"
	ends := map[string]error{"": nil, missing: sessionstore.ErrNotFound, exists: sessionstore.ErrExists, conflict: sessionstore.ErrConflict}
	type state struct {
		end      string
		from, to []byte
	}
	moved := state{"", nil, newData}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, r *rotation)
		want map[int]state // by the command before which it is done
	}{
		{"nothing", func(*testing.T, *rotation) {}, map[int]state{0: moved}},
		{"logout", func(t *testing.T, r *rotation) {
			must(t, r.direct.Delete(t.Context(), r.from))
		}, map[int]state{0: {missing, nil, nil}, 1: {missing, nil, nil}, 2: {missing, nil, nil}, 3: {missing, nil, nil}, 4: moved}},
		{"update", func(t *testing.T, r *rotation) {
			must(t, r.direct.CompareAndSwap(t.Context(), r.from, oldData, otherData, time.Hour))
		}, map[int]state{0: {conflict, otherData, nil}, 1: {conflict, otherData, nil}, 2: {conflict, otherData, nil}, 3: {conflict, otherData, nil}}},
		{"the same data again", func(t *testing.T, r *rotation) {
			must(t, r.direct.Replace(t.Context(), r.from, oldData, time.Hour))
		}, map[int]state{0: moved, 1: moved, 2: moved, 3: moved}},
		{"other data, and back", func(t *testing.T, r *rotation) {
			must(t, r.direct.Replace(t.Context(), r.from, otherData, time.Hour))
			must(t, r.direct.Replace(t.Context(), r.from, oldData, time.Hour))
		}, map[int]state{1: moved, 3: moved}},
		{"logout and sign-in", func(t *testing.T, r *rotation) {
			must(t, r.direct.Delete(t.Context(), r.from))
			must(t, r.direct.Create(t.Context(), r.from, otherData, time.Hour))
		}, map[int]state{1: {conflict, otherData, nil}, 3: {conflict, otherData, nil}}},
		{"touch", func(t *testing.T, r *rotation) {
			must(t, r.direct.Touch(t.Context(), r.from, 2*time.Hour))
			_, err := r.direct.GetAndTouch(t.Context(), r.from, 2*time.Hour)
			must(t, err)
		}, map[int]state{0: moved, 1: moved, 2: moved, 3: moved}},
		{"another has the new id", func(t *testing.T, r *rotation) {
			must(t, r.direct.Create(t.Context(), r.to, otherData, time.Hour))
		}, map[int]state{0: {exists, oldData, otherData}, 1: {exists, oldData, otherData}}},
		{"the new session ends", func(t *testing.T, r *rotation) {
			must(t, r.direct.Delete(t.Context(), r.to))
		}, map[int]state{2: {"", nil, nil}, 3: {"", nil, nil}}},
		{"the new session is updated", func(t *testing.T, r *rotation) {
			must(t, r.direct.CompareAndSwap(t.Context(), r.to, newData, otherData, time.Hour))
		}, map[int]state{2: {"", nil, otherData}, 3: {"", nil, otherData}}},
		{"logout, and the new session is touched", func(t *testing.T, r *rotation) {
			must(t, r.direct.Delete(t.Context(), r.from))
			must(t, r.direct.Touch(t.Context(), r.to, 2*time.Hour))
		}, map[int]state{2: {missing, nil, nil}, 3: {missing, nil, nil}}},
		{"logout, and the new session is another's", func(t *testing.T, r *rotation) {
			must(t, r.direct.Delete(t.Context(), r.from))
			must(t, r.direct.Set(t.Context(), r.to, otherData, time.Hour))
		}, map[int]state{2: {missing, nil, otherData}, 3: {missing, nil, otherData}}},
		{"rotation to the same id", func(t *testing.T, r *rotation) {
			must(t, r.direct.RotateSwap(t.Context(), r.from, r.to, oldData, otherData, time.Hour))
		}, map[int]state{0: {missing, nil, otherData}, 1: {exists, nil, otherData}}},
	} {
		rotations(t, func(t *testing.T, r *rotation) {
			for n, want := range c.want {
				r.begin(t)
				r.tap.once(n, func() { c.do(t, r) })
				err := r.run(t.Context())
				r.tap.arm(nil)
				t.Logf("%s before command %d: %v", c.name, n, err)
				wantEnd(t, err, ends[want.end])
				r.want(t, want.from, want.to)
			}
		})
	}
}

// TestRotateTwice lets another rotation, to an id of its own, run between each
// two commands of one. One session is left.
func TestRotateTwice(t *testing.T) {
	rotations(t, func(t *testing.T, r *rotation) {
		for n := range 4 {
			r.begin(t)
			third := sessionstore.NewID()
			var other error
			r.tap.once(n, func() {
				other = r.direct.RotateSwap(t.Context(), r.from, third, oldData, otherData, time.Hour)
			})
			err := r.run(t.Context())
			if other != nil {
				t.Errorf("the rotation within: %v", other)
			}
			wantEnd(t, err, sessionstore.ErrNotFound)
			r.want(t, nil, nil)
			wantData(t, r.direct, third, otherData)
		}
	})
}

// TestRotateTakesBackWhatIsRewritten has the new session written again, with
// the same data, when it is to be taken back.
func TestRotateTakesBackWhatIsRewritten(t *testing.T) {
	rotations(t, func(t *testing.T, r *rotation) {
		r.begin(t)
		r.tap.arm(func(n int, _ string) action {
			switch n {
			case 2:
				r.direct.Delete(t.Context(), r.from)
			case 4:
				r.direct.Replace(t.Context(), r.to, newData, time.Hour)
			}
			return carry
		})
		wantEnd(t, r.run(t.Context()), sessionstore.ErrNotFound)
		r.want(t, nil, nil)
		if got, want := r.tap.verbs(), "gets add gets gets cas gets cas"; got != want {
			t.Errorf("got the commands %q, want %q", got, want)
		}
	})
}

// TestRotateLost loses the request, or the reply, of each command of a
// rotation, which may succeed, or come too late for a logout.
func TestRotateLost(t *testing.T) {
	plain := errors.New("one that says that nothing happened")
	unknown := sessionstore.ErrUnknownOutcome
	type result struct {
		end      error
		from, to []byte
	}
	stays, moved, ended := oldData, newData, []byte(nil)
	for _, c := range []struct {
		name   string
		logout int // before which command there is one; negative: none
		lose   action
		want   []result // by the command that is lost
	}{
		{"reply", -1, loseReply, []result{
			{plain, stays, nil},   // gets old
			{unknown, stays, nil}, // add, which is taken back
			{nil, nil, moved},     // gets old, which is tried again
			{unknown, nil, nil},   // cas old: who ended it? If it was a logout, nothing may live
		}},
		{"request", -1, loseRequest, []result{
			{plain, stays, nil},
			{unknown, stays, nil},
			{nil, nil, moved},
			{nil, nil, moved}, // it is there yet, under its number: again
		}},
		{"reply after a logout", 2, loseReply, []result{
			2: {sessionstore.ErrNotFound, ended, nil}, // gets old
			3: {sessionstore.ErrNotFound, ended, nil}, // gets new
			4: {sessionstore.ErrNotFound, ended, nil}, // cas new, after which it is gone
		}},
		{"request after a logout", 2, loseRequest, []result{
			2: {sessionstore.ErrNotFound, ended, nil},
			3: {sessionstore.ErrNotFound, ended, nil},
			4: {sessionstore.ErrNotFound, ended, nil},
		}},
	} {
		rotations(t, func(t *testing.T, r *rotation) {
			for n, want := range c.want {
				if want.end == nil && want.to == nil {
					continue
				}
				r.begin(t)
				r.tap.arm(func(i int, _ string) action {
					if i == c.logout {
						r.direct.Delete(t.Context(), r.from)
					}
					if i == n {
						return c.lose
					}
					return carry
				})
				err := r.run(t.Context())
				t.Logf("%s of command %d lost: %v (%s)", c.name, n, err, r.tap.verbs())
				r.tap.arm(nil)
				if want.end == plain {
					if err == nil {
						t.Error("RotateSwap: got no error")
					}
					wantNot(t, "RotateSwap", err, unknown, sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict)
				} else {
					wantEnd(t, err, want.end)
				}
				r.want(t, want.from, want.to)
			}
		})
	}
}

// TestRotateLostAndWritten loses the reply that says that the old session was
// ended, and others write it before the rotation looks again.
func TestRotateLostAndWritten(t *testing.T) {
	for _, lose := range []action{loseReply, loseRequest} {
		for _, data := range [][]byte{oldData, otherData} {
			rotations(t, func(t *testing.T, r *rotation) {
				r.begin(t)
				r.tap.arm(func(n int, _ string) action {
					switch n {
					case 3:
						return lose
					case 4:
						mustSet(t, r.direct, r.from, data)
					}
					return carry
				})
				wantEnd(t, r.run(t.Context()), sessionstore.ErrUnknownOutcome)
				r.want(t, data, nil)
			})
		}
	}
}

// TestRotateOutage loses the servers from some command on. Whatever is left
// then, the error does not claim to know what it cannot.
func TestRotateOutage(t *testing.T) {
	for _, logout := range []bool{false, true} {
		rotations(t, func(t *testing.T, r *rotation) {
			for from := range 5 {
				r.begin(t)
				r.tap.arm(func(n int, _ string) action {
					if n == 2 && logout {
						r.direct.Delete(t.Context(), r.from)
					}
					if n >= from {
						return loseRequest
					}
					return carry
				})
				err := r.run(t.Context())
				t.Logf("outage from command %d on: %v (%s)", from, err, r.tap.verbs())
				if err == nil && from < 4 {
					t.Error("RotateSwap: got no error")
				}
				wantNot(t, "RotateSwap", err, sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict)
				if err != nil && errors.Is(err, sessionstore.ErrUnknownOutcome) != (from > 0) {
					t.Errorf("outage from command %d on: got error %v, which matches ErrUnknownOutcome: %v", from, err, from == 0)
				}
				if from == 0 {
					r.want(t, oldData, nil)
				}
			}
		})
	}
}

// TestRotateWithoutCaller ends the call's context at each command. What was
// begun then comes to its end all the same.
func TestRotateWithoutCaller(t *testing.T) {
	rotations(t, func(t *testing.T, r *rotation) {
		for n := range 4 {
			for _, logout := range []bool{false, true} {
				r.begin(t)
				ctx, cancel := context.WithCancel(t.Context())
				back := make(chan struct{})
				r.tap.once(n, func() {
					if n > 1 && logout {
						r.direct.Delete(t.Context(), r.from)
					}
					cancel()
					<-back
				})
				err := r.run(ctx)
				close(back)
				wantEnd(t, err, context.Canceled)
				if n == 0 {
					wantNot(t, "RotateSwap before anything was sent", err, sessionstore.ErrUnknownOutcome)
					r.want(t, oldData, nil)
					continue
				}
				wantErrors(t, "RotateSwap", err, sessionstore.ErrUnknownOutcome)
				r.via.life.working.Wait()
				if n > 1 && logout {
					r.want(t, nil, nil)
				} else {
					r.want(t, nil, newData)
				}
			}
		}
	})
}

// TestRotateAndClose closes the store at each command of a rotation, which
// Close waits for.
func TestRotateAndClose(t *testing.T) {
	for n := range 4 {
		rotations(t, func(t *testing.T, r *rotation) {
			r.begin(t)
			var wait sync.WaitGroup
			r.tap.once(n, func() {
				wait.Go(func() { r.via.Close() })
				for !r.via.life.closed() {
					time.Sleep(time.Millisecond)
				}
			})
			err := r.run(t.Context())
			wait.Wait()
			if n == 0 {
				wantEnd(t, err, sessionstore.ErrClosed)
				r.want(t, oldData, nil)
				return
			}
			wantEnd(t, err, nil)
			r.want(t, nil, newData)
		})
	}
}

// TestRotateHangs has a server that stops answering at each command. Neither
// the call nor Close nor what was begun waits for it longer than they say.
func TestRotateHangs(t *testing.T) {
	server := testserver.Memcached(t).Addr()
	for n := range 4 {
		for _, closed := range []bool{false, true} {
			t.Run(fmt.Sprintf("command %d, closed %v", n, closed), func(t *testing.T) {
				const d = 50 * time.Millisecond
				p := newTap(t)
				s := newStore(t, Options{Timeout: d, MaxConns: 1}, p.before(server))
				mustSet(t, s, "from", oldData)
				hung := make(chan struct{})
				t.Cleanup(func() { close(hung) })
				p.once(n, func() { <-hung })
				ctx, cancel := context.WithTimeout(t.Context(), d)
				defer cancel()
				begin := time.Now()
				err := s.RotateSwap(ctx, "from", "to", oldData, newData, time.Hour)
				if took := time.Since(begin); took > d+slack {
					t.Errorf("RotateSwap took %v, want %v", took, d)
				}
				wantEnd(t, err, context.DeadlineExceeded)
				if got := errors.Is(err, sessionstore.ErrUnknownOutcome); got != (n > 0) {
					t.Errorf("got error %v, which matches ErrUnknownOutcome: %v, want %v", err, got, n > 0)
				}
				begin = time.Now()
				if closed {
					s.Close()
				}
				s.life.working.Wait()
				if took := time.Since(begin); took > d+slack {
					t.Errorf("what was begun took %v after that, want %v", took, d)
				}
			})
		}
	}
}

// TestRotateDeadNode has ids on two servers, one of which dies between the
// steps.
func TestRotateDeadNode(t *testing.T) {
	for n := range 4 {
		for dies := range 2 {
			t.Run(fmt.Sprintf("server %d before command %d", dies, n), func(t *testing.T) {
				servers := []*testserver.Server{testserver.NewMemcached(t), testserver.NewMemcached(t)}
				p := newTap(t)
				r := &rotation{tap: p}
				r.via = newStore(t, Options{}, p.before(servers[0].Addr()), p.before(servers[1].Addr()))
				r.direct = newStore(t, Options{Prefix: r.via.prefix}, servers[0].Addr(), servers[1].Addr())
				r.begin(t)
				p.once(n, func() { servers[dies].Kill(t) })
				err := r.run(t.Context())
				t.Logf("%v (%s)", err, p.verbs())
				wantNot(t, "RotateSwap", err, sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict)
				if needed := dies == 0 || n < 2; (err != nil) != needed {
					t.Errorf("RotateSwap: got error %v, want one: %v", err, needed)
				}
				live, want := r.to, []byte(nil) // taken back when the old session's server died
				if dies == 1 {
					live, want = r.from, oldData
					if n > 1 {
						want = nil // moved, before the new session was lost
					}
				}
				got, err := r.direct.Get(t.Context(), live)
				if string(got) != string(want) || want == nil && !errors.Is(err, sessionstore.ErrNotFound) {
					t.Errorf("on the server that lives: got %q and error %v, want %q", got, err, want)
				}
			})
		}
	}
}

func TestRotateToItself(t *testing.T) {
	s := newStore(t, Options{}, testserver.Memcached(t).Addr())
	rotate := func(old []byte) error { return s.RotateSwap(t.Context(), "id", "id", old, newData, time.Hour) }
	wantEnd(t, rotate(oldData), sessionstore.ErrNotFound)
	mustSet(t, s, "id", oldData)
	wantEnd(t, rotate(otherData), sessionstore.ErrConflict)
	wantEnd(t, rotate(oldData), sessionstore.ErrExists)
	wantData(t, s, "id", oldData)
}

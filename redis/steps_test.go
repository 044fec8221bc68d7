package redis

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/testserver"
)

// The commands of a rotation in steps, in their order.
const (
	looks = iota
	creates
	removes
	takesBack
)

// interference does something to one command of a rotation.
type interference struct {
	at int
	do func(ctx context.Context, cmd goredis.Cmder, next goredis.ProcessHook) error
}

// before runs f before a command.
func before(at int, f func()) interference {
	return interference{at, func(ctx context.Context, cmd goredis.Cmder, next goredis.ProcessHook) error {
		f()
		return next(ctx, cmd)
	}}
}

// losesReply lets the server carry a command out.
func losesReply(at int) interference {
	return interference{at, func(ctx context.Context, cmd goredis.Cmder, next goredis.ProcessHook) error {
		next(ctx, cmd)
		cmd.SetErr(io.EOF)
		return io.EOF
	}}
}

// losesRequest loses a command that was sent.
func losesRequest(at int) interference {
	return interference{at, func(_ context.Context, cmd goredis.Cmder, _ goredis.ProcessHook) error {
		cmd.(*once).last.MarshalBinary()
		cmd.SetErr(io.EOF)
		return io.EOF
	}}
}

// refuses lets the server refuse a command.
func refuses(at int) interference {
	return interference{at, func(_ context.Context, cmd goredis.Cmder, _ goredis.ProcessHook) error {
		cmd.(*once).last.MarshalBinary()
		cmd.SetErr(refusal("LOADING"))
		return refusal("LOADING")
	}}
}

type refusal string

func (r refusal) Error() string { return string(r) }
func (refusal) RedisError()     {}

// interferer is the client's hook. It counts the commands of the rotation,
// whose context bears its mark.
type interferer struct {
	hook
	with  []interference
	count atomic.Int64
}

type rotation struct{}

func (i *interferer) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		if ctx.Value(rotation{}) == nil {
			return next(ctx, cmd)
		}
		n := int(i.count.Add(1)) - 1
		for _, w := range i.with {
			if w.at == n {
				return w.do(ctx, cmd, next)
			}
		}
		return next(ctx, cmd)
	}
}

// TestSteps interferes with a rotation between two nodes of a cluster at each
// of its steps, and looks at what is left.
func TestSteps(t *testing.T) {
	t.Parallel() // on servers of its own; it mostly waits for them
	c := testserver.NewRedisCluster(t, 3)
	for _, node := range c.Nodes() {
		loadScripts(t, rawClient(t, node.URL()))
	}
	client := goredis.NewClusterClient(clusterOptions(c.Addrs()))
	defer client.Close()
	var (
		s             = given(t, client, "app")
		from, to, by  string // the old id, the new one, and another's
		cancel        context.CancelFunc
		ok            = func(err error) { t.Helper(); must(t, err) }
		ctx           = t.Context()
		old, next     = []byte("old"), []byte("new")
		set           = func(id, data string) { ok(s.Set(ctx, id, []byte(data), time.Hour)) }
		updatesOld    = func() { set(from, "updated") }
		updatesNew    = func() { set(to, "updated") }
		logsOut       = func() { ok(s.Delete(ctx, from)) }
		touches       = func() { ok(s.Touch(ctx, from, time.Minute)) }
		changesBack   = func() { set(from, "x"); set(from, "old") }
		rotates       = func() { ok(s.RotateSwap(ctx, from, by, old, []byte("other"), time.Hour)) }
		endsNew       = func() { ok(s.Delete(ctx, to)) }
		unreadableOld = func() { corrupt(t, s, from) }
		takesNew      = func() { set(to, "taken") }
		cancels       = func() { cancel() }
	)
	for _, test := range []struct {
		name       string
		with       []interference
		is         error
		unknown    bool
		from, to   string // what is left
		unreadable bool   // the old one
		cancelled  bool   // the call may return before or after the rest is done
	}{
		{name: "nothing", to: "new"},
		{name: "a logout before it", with: []interference{before(looks, logsOut)}, is: sessionstore.ErrNotFound},
		{name: "an update before it", with: []interference{before(looks, updatesOld)}, is: sessionstore.ErrConflict, from: "updated"},
		{name: "a logout before the creation", with: []interference{before(creates, logsOut)}, is: sessionstore.ErrNotFound},
		{name: "the new id is taken", with: []interference{before(creates, takesNew)}, is: sessionstore.ErrExists, from: "old", to: "taken"},
		{name: "a logout", with: []interference{before(removes, logsOut)}, is: sessionstore.ErrNotFound},
		{name: "an update", with: []interference{before(removes, updatesOld)}, is: sessionstore.ErrConflict, from: "updated"},
		{name: "a change and back", with: []interference{before(removes, changesBack)}, to: "new"},
		{name: "a touch", with: []interference{before(removes, touches)}, to: "new"},
		{name: "another rotation", with: []interference{before(removes, rotates)}, is: sessionstore.ErrNotFound},
		{name: "the end of the new session", with: []interference{before(removes, endsNew)}},
		{name: "an update of the new session", with: []interference{before(removes, updatesNew)}, to: "updated"},
		{name: "an unreadable record", with: []interference{before(removes, unreadableOld)}, is: sessionstore.ErrCorrupt, unreadable: true},
		{name: "a logout, and an update of the new session", with: []interference{before(removes, logsOut), before(takesBack, updatesNew)},
			is: sessionstore.ErrNotFound, to: "updated"},
		{name: "cancelled before the creation", with: []interference{before(creates, cancels)}, cancelled: true, from: "old"},
		{name: "cancelled before the removal", with: []interference{before(removes, cancels)}, cancelled: true, to: "new"},

		{name: "the creation's reply is lost", with: []interference{losesReply(creates)}, unknown: true, from: "old"},
		{name: "the creation is lost", with: []interference{losesRequest(creates)}, unknown: true, from: "old"},
		{name: "the creation is refused", with: []interference{refuses(creates)}, from: "old"},
		{name: "the removal's reply is lost", with: []interference{losesReply(removes)}, unknown: true},
		{name: "the removal is lost", with: []interference{losesRequest(removes)}, unknown: true, from: "old"},
		{name: "the removal is refused", with: []interference{refuses(removes)}, from: "old"},
		{name: "a logout, and the removal's reply is lost", with: []interference{before(creates, logsOut), losesReply(removes)}, unknown: true},
		{name: "a logout, and the reply to taking back is lost", with: []interference{before(removes, logsOut), losesReply(takesBack)}, unknown: true},
		{name: "a logout, and taking back is refused", with: []interference{before(removes, logsOut), refuses(takesBack)}, unknown: true, to: "new"},
		{name: "a refused removal, and taking back is lost", with: []interference{refuses(removes), losesRequest(takesBack)},
			unknown: true, from: "old", to: "new"},
	} {
		t.Run(test.name, func(t *testing.T) {
			from, to, by = idInSlots(s, 0, 5000), idInSlots(s, 6000, 10000), idInSlots(s, 11000, 16000)
			set(from, "old")
			hooked := goredis.NewClusterClient(clusterOptions(c.Addrs()))
			defer hooked.Close()
			hooked.AddHook(&interferer{with: test.with})
			rotating := given(t, hooked, "app")
			var ctx context.Context
			ctx, cancel = context.WithCancel(context.WithValue(t.Context(), rotation{}, true))
			defer cancel()
			err := rotating.RotateSwap(ctx, from, to, old, next, time.Hour)
			rotating.Close() // waits for what goes on without the caller

			if test.cancelled {
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("RotateSwap: got error %v, want context.Canceled or none", err)
				}
				wantLeft(t, s, "the old session", from, test.from)
				wantLeft(t, s, "the new session", to, test.to)
				return
			}
			failed := test.is != nil || test.unknown || test.from != ""
			if failed != (err != nil) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("RotateSwap: got error %v, want %v", err, test.is)
			}
			if got := errors.Is(err, sessionstore.ErrUnknownOutcome); got != test.unknown {
				t.Errorf("RotateSwap: got error %v, want ErrUnknownOutcome %v", err, test.unknown)
			}
			for _, claim := range []error{sessionstore.ErrNotFound, sessionstore.ErrExists, sessionstore.ErrConflict} {
				if test.unknown && errors.Is(err, claim) {
					t.Errorf("RotateSwap: got error %v, which claims to know", err)
				}
			}
			if !test.unreadable {
				wantLeft(t, s, "the old session", from, test.from)
			}
			wantLeft(t, s, "the new session", to, test.to)
		})
	}
}

// wantLeft looks at what is left of a session; empty means gone.
func wantLeft(t *testing.T, s *Store, which, id, want string) {
	t.Helper()
	got, err := s.Get(t.Context(), id)
	if want == "" && !errors.Is(err, sessionstore.ErrNotFound) || want != "" && string(got) != want {
		t.Errorf("%s: got %q and error %v, want %q", which, got, err, want)
	}
}

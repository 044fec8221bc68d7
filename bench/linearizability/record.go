package linearizability

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/internal/relay"
)

// opTimeout bounds an operation. None should come near it.
const opTimeout = 10 * time.Second

// Lane is where one history after the other takes place.
type Lane struct {
	// Stores are on the same sessions; clients use one or the other. Where
	// there is a Relay, the first goes through it and the last does not.
	Stores []sessionstore.Store

	// Relay is between the first store and its server; nil means no faults.
	Relay *relay.Relay
}

// recorder carries out a plan.
type recorder struct {
	lane   Lane
	names  [maxIDs]string
	latest [maxIDs]atomic.Int64 // data that somebody wrote or read last, about
	begin  time.Time

	mu      sync.Mutex
	history History // guarded by mu
}

// Record carries out a plan with one goroutine for each client, and returns
// what they saw. The sessions have ids of their own and are deleted afterwards.
func (l Lane) Record(p Plan) History {
	r := &recorder{lane: l, history: History{Seed: p.seed}}
	prefix := sessionstore.NewID()[:16]
	for i := range r.names {
		r.names[i] = fmt.Sprintf("%s.%d", prefix, i)
	}
	var ready, wait sync.WaitGroup
	start := make(chan struct{})
	for _, actions := range p.clients {
		ready.Add(1)
		wait.Go(func() {
			ready.Done()
			<-start
			r.follow(actions)
		})
	}
	ready.Wait()
	r.begin = time.Now()
	close(start)
	wait.Wait()
	r.history.Drift = drift(r.begin, time.Now())
	r.clean()
	return r.history
}

// drift is by how much the wall clock moved more or less than the monotonic.
func drift(begin, end time.Time) time.Duration {
	return (end.Sub(begin) - end.Round(0).Sub(begin.Round(0))).Abs()
}

func (r *recorder) clean() {
	if r.lane.Relay != nil {
		r.lane.Relay.Pass()
	}
	ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
	defer cancel()
	for _, name := range r.names {
		_ = r.lane.Stores[len(r.lane.Stores)-1].Delete(ctx, name) // what is left ends by itself
	}
}

// follow is one client.
func (r *recorder) follow(actions []action) {
	seen := make([]Operation, 0, len(actions))
	for _, a := range actions {
		wait(a.pause)
		if r.lane.Relay != nil {
			r.inject(a.fault)
		}
		seen = append(seen, r.do(a))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Operations = append(r.history.Operations, seen...)
}

// wait spins through pauses that are too short for the system's timers.
func wait(pause time.Duration) {
	if pause >= 50*time.Microsecond {
		time.Sleep(pause)
		return
	}
	for begin := time.Now(); time.Since(begin) < pause; {
	}
}

func (r *recorder) inject(f FaultKind) {
	switch f {
	case None:
		return
	case LostReply:
		r.lane.Relay.LoseReply(nil)
	case LostRequest:
		r.lane.Relay.LoseRequest(nil)
	case Reset:
		r.lane.Relay.Reset()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Faults = append(r.history.Faults, Fault{At: time.Since(r.begin), Kind: f})
}

// do carries out one operation.
func (r *recorder) do(a action) Operation {
	op := a.op
	latest := &r.latest[op.ID]
	op.Old = int(latest.Load())
	if a.rewrite {
		op.New = op.Old
	}
	if a.stale {
		op.Old = op.New
	}
	s := r.lane.Stores[min(a.store, uint(len(r.lane.Stores)-1))]
	if r.lane.Relay == nil {
		s = r.lane.Stores[a.store%uint(len(r.lane.Stores))]
	}
	ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
	defer cancel()
	op.Call = time.Since(r.begin)
	data, err := call(ctx, s, op, &r.names)
	op.Return = time.Since(r.begin)

	op.Outcome = outcomeOf(err)
	switch {
	case op.Outcome == Unknown || op.Outcome == Failed:
		op.Err = err
	case op.Outcome != OK:
	case op.Kind == Get || op.Kind == GetAndTouch:
		op.Value = decode(data)
		latest.Store(int64(op.Value))
	case op.Kind == Rotate:
		r.latest[op.To].Store(int64(op.New))
	case op.Kind != Touch && op.Kind != Delete:
		latest.Store(int64(op.New))
	}
	return op
}

// call makes the call that op describes.
func call(ctx context.Context, s sessionstore.Store, op Operation, names *[maxIDs]string) ([]byte, error) {
	id := names[op.ID]
	switch op.Kind {
	case Get:
		return s.Get(ctx, id)
	case Set:
		return nil, s.Set(ctx, id, encode(op.New), op.TTL)
	case Touch:
		return nil, s.Touch(ctx, id, op.TTL)
	case Delete:
		return nil, s.Delete(ctx, id)
	case Create:
		return nil, sessionstore.Create(ctx, s, id, encode(op.New), op.TTL)
	case Replace:
		return nil, sessionstore.Replace(ctx, s, id, encode(op.New), op.TTL)
	case Swap:
		return nil, sessionstore.CompareAndSwap(ctx, s, id, encode(op.Old), encode(op.New), op.TTL)
	case GetAndTouch:
		return sessionstore.GetAndTouch(ctx, s, id, op.TTL)
	default:
		return nil, sessionstore.RotateSwap(ctx, s, id, names[op.To], encode(op.Old), encode(op.New), op.TTL)
	}
}

// encode returns a value's data.
func encode(value int) []byte {
	if value == 0 {
		return nil
	}
	return fmt.Appendf(nil, "v%d", value)
}

// decode is the inverse of encode. Data that nobody wrote is -1.
func decode(data []byte) int {
	if len(data) == 0 {
		return 0
	}
	digits, ok := strings.CutPrefix(string(data), "v")
	value, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return -1
	}
	return value
}

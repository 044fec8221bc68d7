package survival

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bench/target"
	"github.com/coatcheck/sessionstore/internal/relay"
)

// Run lets clients write sessions, has the event happen, and looks up every
// session. It leaves a server that it ended running again. What was stored stays
// where the server was started here, to be removed with it; on one that was
// given it is removed, but that memcached keeps the sessions until they expire,
// and that a peer's are left.
//
// An error says that the run tells nothing: the store did not work before the
// event, or gave no answer for a minute after it. What was lost is no error;
// see [Result.Broken].
func Run(ctx context.Context, setup Setup) (Result, error) {
	setup, err := setup.complete()
	if err != nil {
		return Result{}, err
	}
	home := setup.Target.Place()
	r := &run{Setup: setup, ledger: newLedger(), result: newResult(setup), home: home, place: home}
	err = errors.Join(r.do(ctx), r.close())
	if err != nil {
		return Result{}, fmt.Errorf("survival: %s of %s: %w", setup.Event, setup.Target.Config, err)
	}
	return r.result, nil
}

// run is one call of Run.
type run struct {
	Setup
	ledger *ledger
	result Result

	home  target.Place // where the sessions are
	place target.Place // the same as the application reaches it
	relay *relay.Relay // nil without CutNetwork
	app   application
	store sessionstore.Store // which looks afterwards; nil before the event
	began time.Time          // when server, store or network came back
}

func (r *run) do(ctx context.Context) error {
	for _, step := range []func(context.Context) error{r.open, r.prepare, r.countFsyncs, r.write, r.happen, r.look} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// open starts the application.
func (r *run) open(ctx context.Context) error {
	if r.Event == CutNetwork {
		if err := r.interpose(); err != nil {
			return err
		}
	}
	if r.needsChild() {
		child, err := startChild(order{r.place, r.Peer, r.shape()}, r.ledger)
		if err != nil {
			return err
		}
		r.app = child
		return nil
	}
	s, err := openStore(ctx, r.place, r.Peer)
	if err != nil {
		return err
	}
	r.app = newLocal(s, r.ledger, r.shape())
	return nil
}

// interpose puts a relay between application and server.
func (r *run) interpose() (err error) {
	if r.relay, err = relay.New(r.Target.Server.Addr()); err != nil {
		return err
	}
	r.place, err = r.place.At(r.relay.Addr())
	return err
}

// shape is what the application needs to know.
func (r *run) shape() shape {
	s := shape{Clients: r.Clients, SizeBytes: r.SizeBytes, Rate: r.Rate, ProbeTTL: 3*r.Time/2 + 1500*time.Millisecond}
	if r.Event == CutNetwork {
		s.ProbeTTL += r.Outage
	}
	return s
}

// prepare stores the first sessions, and lets redis write its snapshot.
func (r *run) prepare(ctx context.Context) (err error) {
	if r.result.Settings, err = r.Target.Settings(ctx); err != nil {
		return err
	}
	if err := r.app.seed(ctx); err != nil {
		return err
	}
	return r.Target.Snapshot(ctx)
}

// countFsyncs lets the clients write while strace watches. That it cannot is
// noted and no error.
func (r *run) countFsyncs(ctx context.Context) error {
	if !r.Fsyncs {
		r.result.FsyncsNote = "not asked for"
		return nil
	}
	tracer, err := r.trace(ctx)
	if err != nil {
		r.result.FsyncsNote = err.Error()
		return nil
	}
	before := r.ledger.acknowledged()
	err = errors.Join(r.app.start(ctx), sleep(ctx, r.traceTime()), r.app.stop())
	if err != nil {
		tracer.abandon()
		return err
	}
	writes := r.ledger.acknowledged() - before
	calls, err := tracer.stop()
	switch {
	case err != nil:
		r.result.FsyncsNote = err.Error()
	case writes == 0:
		r.result.FsyncsNote = "no write was acknowledged meanwhile"
	default:
		r.result.FsyncsPerWrite = float64(calls) / float64(writes)
	}
	return nil
}

// traceTime is how long strace watches: longer than a second where there is a
// sync in each, which would be missed or not.
func (r *run) traceTime() time.Duration {
	if r.Target.Durability == "everysec" {
		return max(r.Time/2, 1200*time.Millisecond)
	}
	return r.Time / 2
}

// trace attaches to the process that writes to the disk.
func (r *run) trace(ctx context.Context) (*tracer, error) {
	if r.Target.Server != nil {
		return trace(ctx, r.Target.Server.Pid())
	}
	if r.app.pid() == 0 {
		return nil, fmt.Errorf("the store is in the process that measures; %s has one of its own", KillApplication)
	}
	return trace(ctx, r.app.pid())
}

// write is the load before the event, which goes on. On a slow machine it takes
// longer than Time, up to a minute, since a loss among few sessions would not
// show.
func (r *run) write(ctx context.Context) error {
	before, begin := r.ledger.acknowledged(), time.Now()
	err := errors.Join(r.app.start(ctx), sleep(ctx, r.Time))
	for err == nil && !r.ledger.suffices() && r.ledger.whole() == nil && time.Since(begin) < recoveryLimit {
		err = sleep(ctx, 10*time.Millisecond)
	}
	if err != nil {
		return err
	}
	r.result.WritesPerSecond = float64(r.ledger.acknowledged()-before) / time.Since(begin).Seconds()
	return r.ledger.whole()
}

// look finds out what is left.
func (r *run) look(ctx context.Context) error {
	_, err := patientGet(ctx, r.store, witness)
	answered := time.Now()
	deniedFirst := errors.Is(err, sessionstore.ErrNotFound)
	if err != nil && !deniedFirst && !errors.Is(err, sessionstore.ErrCorrupt) {
		return err
	}
	r.result.RecoveryNs = float64(answered.Sub(r.began))
	if err := r.endLoad(ctx); err != nil {
		return err
	}
	var (
		wait     sync.WaitGroup
		driftErr error
	)
	wait.Go(func() { r.result.DriftNs, driftErr = driftOf(ctx, r.store, r.ledger) })
	err = r.result.check(ctx, r.store, r.ledger)
	wait.Wait()
	if deniedFirst {
		if fate, err := fateIn(ctx, r.store, r.ledger, witness); err == nil && fate == kept {
			r.result.Missed++
		}
	}
	return errors.Join(err, driftErr)
}

// endLoad lets clients that live through the event write a little longer.
func (r *run) endLoad(ctx context.Context) error {
	if r.Event != CutNetwork {
		return nil
	}
	return errors.Join(sleep(ctx, r.Time/2), r.app.stop())
}

// close gives back everything.
func (r *run) close() error {
	var err error
	if c, ok := r.app.(*remote); ok {
		c.kill() // after an error it may not end by itself
	}
	if r.app != nil {
		err = r.app.close()
	}
	if r.store != nil && r.Event != CutNetwork { // there it is the application's
		err = errors.Join(err, closeStore(r.store))
	}
	if r.relay != nil {
		r.relay.Close()
	}
	return errors.Join(err, r.remove())
}

// remove removes our sessions from a server that stays.
func (r *run) remove() error {
	if r.Target.Server == nil || r.Target.Server.Owned() || r.Peer != "" || r.app == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), opTimeout)
	defer cancel()
	return r.Target.Remove(ctx, r.home)
}

// sleep waits, and returns ctx's error if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

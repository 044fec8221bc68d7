//go:build unix

package bolt

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

func init() {
	children["fill"] = fill
	children["refill"] = refill
}

// TestFull fills a file up to a limit on its size, in a process of its own: the
// limit is the process's.
func TestFull(t *testing.T) {
	for _, name := range []string{"fill", "refill"} {
		t.Run(name, func(t *testing.T) {
			out, err := child(t, name, filepath.Join(t.TempDir(), "sessions.db")).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

const (
	fullLimit = 512 << 10
	fullData  = 500
)

func fill(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := limitFiles(fullLimit); err != nil {
		return err
	}
	s, err := Open(path, Options{SweepInterval: -1})
	if err != nil {
		return err
	}
	for _, step := range []func(*Store) error{fillUp, refuseLarge, fillTogether, makeRoom, liftLimit} {
		if err := step(s); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	if s, err = Open(path, Options{SweepInterval: -1}); err != nil {
		return fmt.Errorf("opening it again: %w", err)
	}
	return errors.Join(allThere(s, "later", 50), soundness(s), s.Close())
}

// limitFiles sets the largest size of a file that this process writes. Only the
// soft limit moves, so that it can be lifted.
func limitFiles(limit uint64) error {
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &r); err != nil {
		return err
	}
	r.Cur = min(limit, r.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &r)
}

// fillUp writes until a write fails, and wants that to be clear and without
// effect on what is there.
func fillUp(s *Store) error {
	ctx := context.Background()
	for n := range 1000 {
		err := s.Set(ctx, fmt.Sprintf("early-%d", n), fullContent(n), time.Hour)
		if err == nil {
			continue
		}
		fmt.Printf("after %d sessions: %v\n", n, err)
		if !errors.Is(err, sessionstore.ErrFull) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			return fmt.Errorf("Set: got %w, want ErrFull alone", err)
		}
		if _, err := s.Get(ctx, fmt.Sprintf("early-%d", n)); !errors.Is(err, sessionstore.ErrNotFound) {
			return fmt.Errorf("Get of what did not fit: got %w, want ErrNotFound", err)
		}
		return errors.Join(allThere(s, "early", n), soundness(s))
	}
	return errors.New("a thousand sessions fitted: the limit does not hold")
}

// refill fills a file and clears it, fills it with sessions that are over and
// purges them, and fills it again: Clear and DeleteExpired go through in a full
// file, and give the room back.
func refill(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := limitFiles(fullLimit); err != nil {
		return err
	}
	s, err := Open(path, Options{SweepInterval: -1})
	if err != nil {
		return err
	}
	ctx := context.Background()
	if err := errors.Join(fillUp(s), clearBeside(s), soundness(s)); err != nil {
		return err
	}
	n := 0
	for s.Set(ctx, fmt.Sprintf("over-%d", n), fullContent(n), 1) == nil {
		n++
	}
	if got, err := s.DeleteExpired(ctx); got != n || err != nil {
		return fmt.Errorf("DeleteExpired in a full file: got %d, %w, want %d", got, err, n)
	}
	return errors.Join(fillUp(s), s.Close())
}

// clearBeside clears a full store, and deletes one of its sessions by the same
// commit, which has no room for both.
func clearBeside(s *Store) error {
	tx, err := s.core.db.Begin(true)
	if err != nil {
		return err
	}
	ctx, errs := context.Background(), make(chan error, 2)
	go func() { errs <- s.Clear(ctx) }()
	go func() { errs <- s.Delete(ctx, "early-0") }()
	for q := &s.core.queue; ; time.Sleep(time.Millisecond) {
		q.mu.Lock()
		n := q.waiting.Len()
		q.mu.Unlock()
		if n == 2 {
			break
		}
	}
	if err := tx.Rollback(); err != nil {
		return err
	}
	for range 2 {
		if err := <-errs; err != nil {
			return fmt.Errorf("in a full file: %w", err)
		}
	}
	for session := range s.All(ctx) {
		return fmt.Errorf("after Clear there is a session of %d bytes", len(session.Data))
	}
	return nil
}

// refuseLarge tries data that does not fit with every operation that stores
// some: each is ErrFull, what was there is there, and what was not is not. An
// operation that is refused for another reason says so.
func refuseLarge(s *Store) error {
	ctx, large, there := context.Background(), make([]byte, sessionstore.MaxDataBytes), fullContent(0)
	var errs []error
	for _, c := range []struct {
		name      string
		err, want error
	}{
		{"Create", s.Create(ctx, "large", large, time.Hour), sessionstore.ErrFull},
		{"Replace", s.Replace(ctx, "early-0", large, time.Hour), sessionstore.ErrFull},
		{"CompareAndSwap", s.CompareAndSwap(ctx, "early-0", there, large, time.Hour), sessionstore.ErrFull},
		{"RotateSwap", s.RotateSwap(ctx, "early-0", "large", there, large, time.Hour), sessionstore.ErrFull},
		{"Create of what is there", s.Create(ctx, "early-0", large, time.Hour), sessionstore.ErrExists},
		{"Replace of nothing", s.Replace(ctx, "large", large, time.Hour), sessionstore.ErrNotFound},
		{"CompareAndSwap of other data", s.CompareAndSwap(ctx, "early-0", large, large, time.Hour), sessionstore.ErrConflict},
	} {
		if !errors.Is(c.err, c.want) || errors.Is(c.err, sessionstore.ErrUnknownOutcome) {
			errs = append(errs, fmt.Errorf("%s: got %w, want %w alone", c.name, c.err, c.want))
		}
	}
	if _, err := s.Get(ctx, "large"); !errors.Is(err, sessionstore.ErrNotFound) {
		errs = append(errs, fmt.Errorf("Get of what did not fit: got %w, want ErrNotFound", err))
	}
	return errors.Join(append(errs, allThere(s, "early", 1), soundness(s))...)
}

// fillTogether fails many writes at once, with a deletion among them that must
// not fail with them.
func fillTogether(s *Store) error {
	ctx := context.Background()
	var wait sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wait.Go(func() {
			if i == 7 {
				errs[i] = s.Delete(ctx, "early-0")
				return
			}
			err := s.Set(ctx, fmt.Sprintf("big-%d", i), make([]byte, sessionstore.MaxDataBytes), time.Hour)
			if !errors.Is(err, sessionstore.ErrFull) {
				errs[i] = fmt.Errorf("Set of a big session: got %w, want ErrFull", err)
			}
		})
	}
	wait.Wait()
	if _, err := s.Get(ctx, "early-0"); !errors.Is(err, sessionstore.ErrNotFound) {
		errs = append(errs, fmt.Errorf("Get after Delete: got %w, want ErrNotFound", err))
	}
	if err := s.Ping(ctx); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, soundness(s))...)
}

// makeRoom deletes sessions and wants writes to work again. That holds for small
// sessions: those of several pages want as many free ones in a row, and with
// 10,000 bytes each a deletion failed in about half of the full files tried.
func makeRoom(s *Store) error {
	ctx := context.Background()
	for n := 1; n < 100; n++ {
		if err := s.Delete(ctx, fmt.Sprintf("early-%d", n)); err != nil {
			return fmt.Errorf("Delete in a full file: %w", err)
		}
	}
	for n := range 5 {
		if err := s.Set(ctx, fmt.Sprintf("later-%d", n), fullContent(n), time.Hour); err != nil {
			return fmt.Errorf("Set after Delete: %w", err)
		}
	}
	return errors.Join(allThere(s, "later", 5), soundness(s))
}

// liftLimit lets the file grow and wants it to.
func liftLimit(s *Store) error {
	if err := limitFiles(1 << 40); err != nil {
		return err
	}
	for n := range 50 {
		if err := s.Set(context.Background(), fmt.Sprintf("later-%d", n), fullContent(n), time.Hour); err != nil {
			return fmt.Errorf("Set with room: %w", err)
		}
	}
	return allThere(s, "later", 50)
}

// fullContent is the data of the nth session.
func fullContent(n int) []byte {
	data := make([]byte, fullData)
	for i := range data {
		data[i] = byte(n + i)
	}
	return data
}

func allThere(s *Store, name string, n int) error {
	for i := range n {
		data, err := s.Get(context.Background(), fmt.Sprintf("%s-%d", name, i))
		if err != nil || string(data) != string(fullContent(i)) {
			return fmt.Errorf("Get %s-%d of %d: %d bytes, %w", name, i, n, len(data), err)
		}
	}
	return nil
}

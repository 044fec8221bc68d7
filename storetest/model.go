package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// seedVariable replays the operations of a failed run.
const seedVariable = "STORETEST_SEED"

// concurrentModel compares random operations with a model. Each goroutine has
// sessions of its own, so that what it must see is certain, and shares with
// the others the store and whatever the store shares among sessions.
func concurrentModel(t T, h *Harness) {
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s is %q: want the number that a failed run has logged", seedVariable, text)
		}
	}
	t.Logf("replay with %s=%d", seedVariable, seed)
	s := h.New(t)
	stores := []sessionstore.Store{s}
	if h.Peer != nil {
		stores = append(stores, h.Peer(t, s))
	}
	const users = 4
	var wait sync.WaitGroup
	for u := range uint64(users) {
		m := &model{
			t: t, h: h, stores: stores,
			random:   rand.New(rand.NewPCG(seed, u)),
			user:     u,
			sessions: make(map[string]modelSession),
		}
		wait.Go(m.run)
	}
	wait.Wait()
}

// model is what one user's sessions must be.
type model struct {
	t        T
	h        *Harness
	stores   []sessionstore.Store
	random   *rand.Rand
	user     uint64
	sessions map[string]modelSession
	deletes  [6]int
}

// modelSession ends at some time between certain and gone: the write happened
// between its call and its return.
type modelSession struct {
	data          []byte
	certain, gone time.Time
}

// run does random operations until one answers wrongly.
func (m *model) run() {
	const operations = 150
	for i := range operations {
		slot := m.random.IntN(len(m.deletes))
		id := fmt.Sprintf("user%d.%d.%d", m.user, slot, m.deletes[slot])
		s := m.stores[m.random.IntN(len(m.stores))]
		var err error
		switch n := m.random.IntN(100); {
		case n < 40:
			err = m.get(s, id)
		case n < 65:
			err = m.set(s, id)
		case n < 80:
			err = m.touch(s, id)
		case n < 95:
			err = m.delete(s, id)
			if m.h.DeleteIsFinal {
				m.deletes[slot]++ // the id is used up
			}
		default:
			time.Sleep(shortTTL(m.h) / 4)
		}
		if err != nil {
			m.t.Errorf("operation %d of user %d: %v", i, m.user, err)
			return
		}
	}
}

// ttl is short enough to lapse while the model runs, or long.
func (m *model) ttl() time.Duration {
	if m.random.IntN(3) == 0 {
		return shortTTL(m.h)
	}
	return long
}

func (m *model) lives(data []byte, ttl time.Duration, begin time.Time) modelSession {
	return modelSession{data, begin.Add(ttl), time.Now().Add(ttl + m.h.TTLSlack)}
}

func (m *model) set(s sessionstore.Store, id string) error {
	data, ttl, begin := pattern(id, m.random.IntN(2000)), m.ttl(), time.Now()
	if err := s.Set(within(m.t, opTimeout), id, data, ttl); err != nil {
		return fmt.Errorf("Set: %w", err)
	}
	m.sessions[id] = m.lives(data, ttl, begin)
	return nil
}

func (m *model) delete(s sessionstore.Store, id string) error {
	delete(m.sessions, id)
	if err := s.Delete(within(m.t, opTimeout), id); err != nil {
		return fmt.Errorf("Delete: %w", err)
	}
	return nil
}

func (m *model) get(s sessionstore.Store, id string) error {
	begin := time.Now()
	got, err := s.Get(within(m.t, opTimeout), id)
	if found, err := m.judge("Get", id, begin, err); !found || err != nil {
		return err
	}
	if want := m.sessions[id].data; !bytes.Equal(got, want) {
		return fmt.Errorf("Get: got %s, want %s", brief(got), brief(want))
	}
	return nil
}

func (m *model) touch(s sessionstore.Store, id string) error {
	ttl, begin := m.ttl(), time.Now()
	err := s.Touch(within(m.t, opTimeout), id, ttl)
	if found, err := m.judge("Touch", id, begin, err); !found || err != nil {
		return err
	}
	m.sessions[id] = m.lives(m.sessions[id].data, ttl, begin)
	return nil
}

// judge compares whether a session was found with the model. A miss is final:
// the model forgets the session, and it must not be seen again.
func (m *model) judge(op, id string, begin time.Time, err error) (found bool, _ error) {
	session, known := m.sessions[id]
	switch {
	case err == nil && !known:
		return false, fmt.Errorf("%s found a session that is deleted, expired, or never was", op)
	case err == nil && !begin.Before(session.gone):
		return false, fmt.Errorf("%s found a session %v after its end", op, begin.Sub(session.gone))
	case err == nil:
		return true, nil
	case !errors.Is(err, sessionstore.ErrNotFound):
		return false, fmt.Errorf("%s: %w", op, err)
	case known && time.Now().Before(session.certain):
		return false, fmt.Errorf("%s missed a session %v before its end", op, time.Until(session.certain))
	}
	delete(m.sessions, id)
	return false, nil
}

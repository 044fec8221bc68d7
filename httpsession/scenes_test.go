package httpsession_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/internal/interleave"
)

// plot is a scene around one browser: requests that are under way at once, each
// in a process of its own, with the cookie that the browser has at first.
type plot struct {
	owned    bool
	later    time.Duration // after the start, so that Load notes the use
	requests []request
	mortal   int

	// check is what must hold in the end.
	check func(e *ending) error
}

// request is what a handler does. It returns what must not happen.
type request func(m *manager, w http.ResponseWriter, r *http.Request) error

// ending is what is left.
type ending struct {
	live    []visitor // the sessions that the store has
	cookies []string  // what each response has set: the value, "gone", or "" for nothing
	opens   []string  // those of the values that open a session
	listed  int       // the sessions that the owner's list names
}

func (p plot) stage(b sessionstore.Store) interleave.Scene {
	var flaws []error
	note := func(err error) {
		if err != nil {
			flaws = append(flaws, err)
		}
	}
	c := newClock()
	manage := func(s sessionstore.Store) *manager {
		opts := options{Now: c.Now, OnError: func(_ *http.Request, err error) { note(err) }}
		if p.owned {
			opts.Owner = userOf
		}
		m, err := httpsession.New(s, opts)
		note(err)
		return m
	}
	direct := manage(b)
	first, err := ask(direct, "", func(m *manager, w http.ResponseWriter, r *http.Request) error {
		return m.Start(w, r, visitor{User: "ada"})
	})
	note(err)
	c.advance(p.later)
	cookies := make([]string, len(p.requests))
	s := interleave.Scene{Mortal: p.mortal}
	for i, do := range p.requests {
		s.Parties = append(s.Parties, func(b sessionstore.Store) {
			var err error
			cookies[i], err = ask(manage(unasked{&faulty{Store: b}}), first, do)
			note(err)
		})
	}
	s.Check = func() error {
		e, err := p.ending(direct, b, append(slices.Clone(cookies), first))
		note(err)
		e.cookies = cookies
		note(p.check(e))
		return errors.Join(flaws...)
	}
	return s
}

// unasked answers for a store what New asks, so that it is no part of a scene.
type unasked struct{ *faulty }

func (s unasked) Create(ctx context.Context, id string, data []byte, ttl time.Duration) error {
	if ttl == 0 {
		return sessionstore.ErrInvalidTTL
	}
	return s.faulty.Create(ctx, id, data, ttl)
}

func (s unasked) CompareAndSwap(ctx context.Context, id string, old, new []byte, ttl time.Duration) error {
	if ttl == 0 {
		return sessionstore.ErrInvalidTTL
	}
	return s.faulty.CompareAndSwap(ctx, id, old, new, ttl)
}

func (s unasked) RotateSwap(ctx context.Context, oldID, newID string, old, new []byte, ttl time.Duration) error {
	if ttl == 0 {
		return sessionstore.ErrInvalidTTL
	}
	return s.faulty.RotateSwap(ctx, oldID, newID, old, new, ttl)
}

// ask sends a request with a cookie, and returns what it does to the cookie.
func ask(m *manager, cookie string, do request) (set string, err error) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+cookie)
	}
	w := httptest.NewRecorder()
	m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { err = do(m, w, r) })).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if set = c.Value; c.MaxAge < 0 {
			set = "gone"
		}
	}
	return set, err
}

func (p plot) ending(m *manager, b sessionstore.Store, cookies []string) (*ending, error) {
	e := &ending{}
	var errs []error
	for _, cookie := range cookies {
		_, err := ask(m, cookie, func(m *manager, _ http.ResponseWriter, r *http.Request) error {
			value, ok := m.Value(r)
			if !ok {
				return nil
			}
			e.opens = append(e.opens, cookie)
			e.live = append(e.live, value)
			if !p.owned {
				return nil
			}
			sessions, err := m.Sessions(r)
			e.listed = len(sessions)
			return err
		})
		errs = append(errs, err)
	}
	n := 0
	for _, err := range sessionstore.All(context.Background(), b) {
		errs = append(errs, err)
		n++
	}
	if n != len(e.live) {
		errs = append(errs, fmt.Errorf("%d sessions are stored, but %d can be opened", n, len(e.live)))
	}
	return e, errors.Join(errs...)
}

// unless returns err where it is not one of the allowed.
func unless(err error, allowed ...error) error {
	if slices.ContainsFunc(allowed, func(a error) bool { return errors.Is(err, a) }) {
		return nil
	}
	return err
}

func update(m *manager, _ http.ResponseWriter, r *http.Request) error {
	return unless(m.Update(r, countVisit), httpsession.ErrNoSession)
}

func renew(m *manager, w http.ResponseWriter, r *http.Request) error {
	return unless(m.Renew(w, r), httpsession.ErrNoSession)
}

func flash(m *manager, w http.ResponseWriter, r *http.Request) error {
	return unless(m.Flash(w, r, "hello"), httpsession.ErrNoSession)
}

func updateAndFlash(m *manager, w http.ResponseWriter, r *http.Request) error {
	return errors.Join(update(m, w, r), flash(m, w, r))
}

func end(m *manager, w http.ResponseWriter, r *http.Request) error { return m.End(w, r) }

func look(m *manager, _ http.ResponseWriter, r *http.Request) error {
	m.Value(r)
	return nil
}

func start(user string) request {
	return func(m *manager, w http.ResponseWriter, r *http.Request) error {
		return m.Start(w, r, visitor{User: user})
	}
}

func none(e *ending) error { return exactly(0)(e) }

func exactly(n int) func(e *ending) error {
	return func(e *ending) error {
		if len(e.live) != n {
			return fmt.Errorf("%v live, want %d", e.live, n)
		}
		return nil
	}
}

func visits(n int) func(e *ending) error {
	return func(e *ending) error {
		if len(e.live) != 1 || e.live[0].Visits != n {
			return fmt.Errorf("%v live, want one with %d visits", e.live, n)
		}
		return nil
	}
}

// TestScenes plays what a browser's requests do at once, in every order, or in
// many where there are too many.
func TestScenes(t *testing.T) {
	endOthers := func(m *manager, _ http.ResponseWriter, r *http.Request) error {
		_, err := m.EndOthers(r)
		return unless(err, httpsession.ErrNoSession)
	}
	endOwner := func(m *manager, _ http.ResponseWriter, r *http.Request) error {
		_, err := m.EndOwner(r.Context(), "ada")
		return err
	}
	endSelf := func(m *manager, _ http.ResponseWriter, r *http.Request) error {
		current, ok := m.Current(r)
		if !ok {
			return nil
		}
		return unless(m.EndSession(r, current.Handle), sessionstore.ErrNotFound)
	}
	startUnlessEnded := func(m *manager, w http.ResponseWriter, r *http.Request) error {
		return unless(m.Start(w, r, visitor{User: "ada"}), sessionstore.ErrConflict)
	}
	// The winner's response alone names a session.
	oneCookie := func(e *ending) error {
		if err := exactly(1)(e); err != nil {
			return err
		}
		set := slices.DeleteFunc(slices.Clone(e.cookies), func(c string) bool { return c == "" })
		if len(set) != 1 || !slices.Equal(e.opens, set) {
			return fmt.Errorf("%d responses set a cookie, want the one that won", len(set))
		}
		return nil
	}
	atMost := func(n int) func(e *ending) error {
		return func(e *ending) error {
			if len(e.live) > n {
				return fmt.Errorf("%v live, want at most %d", e.live, n)
			}
			return nil
		}
	}
	isGrace := func(e *ending) error {
		for _, v := range e.live {
			if v.User != "grace" {
				return fmt.Errorf("%v live, want grace alone", e.live)
			}
		}
		return exactly(1)(e)
	}
	graceAlone := func(e *ending) error {
		if set := slices.DeleteFunc(slices.Clone(e.cookies), func(c string) bool { return c == "" }); len(set) != 1 {
			return fmt.Errorf("%d responses set a cookie, want that of the sign-in", len(set))
		}
		return isGrace(e)
	}
	for name, p := range map[string]struct {
		plot
		random int // how many orders, where not all
	}{
		"update, end":             {plot: plot{requests: []request{update, end}, check: none}},
		"update, update":          {plot: plot{requests: []request{update, update}, check: visits(2)}},
		"update, renew":           {plot: plot{requests: []request{update, renew}, check: oneCookie}},
		"flash, renew":            {plot: plot{requests: []request{flash, renew}, check: oneCookie}},
		"renew, end":              {plot: plot{requests: []request{renew, end}, check: none}},
		"renew, renew":            {plot: plot{requests: []request{renew, renew}, check: oneCookie}},
		"renew, renew, end":       {random: 500, plot: plot{requests: []request{renew, renew, end}, check: none}},
		"renew dies, end":         {plot: plot{requests: []request{renew, end}, mortal: 1, check: none}},
		"renew dies, renew, end":  {random: 500, plot: plot{requests: []request{renew, renew, end}, mortal: 1, check: none}},
		"look, end":               {plot: plot{later: 10 * time.Minute, requests: []request{look, end}, check: none}},
		"look, update":            {plot: plot{later: 10 * time.Minute, requests: []request{look, update}, check: visits(1)}},
		"look, look":              {plot: plot{later: 10 * time.Minute, requests: []request{look, look}, check: exactly(1)}},
		"look, renew":             {plot: plot{later: 10 * time.Minute, requests: []request{look, renew}, check: oneCookie}},
		"start, end":              {plot: plot{requests: []request{start("grace"), end}, check: isGrace}},
		"start, renew":            {plot: plot{requests: []request{start("grace"), renew}, check: isGrace}},
		"start, update":           {plot: plot{requests: []request{start("grace"), update}, check: isGrace}},
		"flash, start":            {plot: plot{requests: []request{flash, start("grace")}, check: graceAlone}},
		"update and flash, start": {plot: plot{requests: []request{updateAndFlash, start("grace")}, check: graceAlone}},
		"owner's flash, start":    {random: 500, plot: plot{owned: true, requests: []request{flash, start("grace")}, check: graceAlone}},
		"start, start":            {plot: plot{requests: []request{start("grace"), start("grace")}, check: exactly(2)}},
		"end, end":                {plot: plot{requests: []request{end, end}, check: none}},
		"everything":              {random: 500, plot: plot{later: 10 * time.Minute, requests: []request{update, renew, renew, look, end}, check: none}},
		"owner's renew, end":      {random: 500, plot: plot{owned: true, requests: []request{renew, end}, check: none}},
		"owner's renew, renew":    {random: 500, plot: plot{owned: true, requests: []request{renew, renew}, check: listed(oneCookie)}},
		"owner's renew dies, end": {random: 500, plot: plot{owned: true, requests: []request{renew, end}, mortal: 1, check: none}},
		"start, end owner":        {random: 500, plot: plot{owned: true, requests: []request{startUnlessEnded, endOwner}, check: listed(atMost(1))}},
		"update, end owner":       {plot: plot{owned: true, requests: []request{update, endOwner}, check: none}},
		"renew, end owner":        {random: 500, plot: plot{owned: true, requests: []request{renew, endOwner}, check: none}},
		"renew dies, end owner":   {random: 500, plot: plot{owned: true, requests: []request{renew, endOwner}, mortal: 1, check: none}},
		"renew, end session":      {random: 500, plot: plot{owned: true, requests: []request{renew, endSelf}, check: listed(atMost(1))}},
		"renew, end others":       {random: 500, plot: plot{owned: true, requests: []request{renew, endOthers}, check: listed(atMost(1))}},
	} {
		t.Run(name, func(t *testing.T) {
			if p.random > 0 {
				interleave.Sample(t, p.random, newMemory, p.stage)
				return
			}
			interleave.Explore(t, newMemory, p.stage)
		})
	}
}

// listed also wants the owner's list to be what lives.
func listed(check func(e *ending) error) func(e *ending) error {
	return func(e *ending) error {
		if e.listed != len(e.live) {
			return fmt.Errorf("%d are listed, but %v live", e.listed, e.live)
		}
		return check(e)
	}
}

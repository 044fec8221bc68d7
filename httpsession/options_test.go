package httpsession_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
)

func TestWrongOptions(t *testing.T) {
	s := newMemory(t)
	for name, opts := range map[string]options{
		"Idle":        {Idle: -time.Second},
		"Idle ":       {Idle: time.Second - 1},
		"Idle is 2h":  {Idle: 2 * time.Hour, Absolute: time.Hour},
		"Absolute":    {Absolute: -time.Hour},
		"Absolute ":   {Absolute: sessionstore.MaxTTL + 1},
		"Timeout":     {Timeout: -1},
		"Timeout ":    {Timeout: 30*time.Second + 1},
		"Cookie":      {Cookie: "a b"},
		"Cookie ":     {Cookie: "__Host-session"},
		"Owner":       {Owner: func(visitor) string { return "everybody" }},
		"MaxSessions": {Owner: userOf, MaxSessions: 5001},
	} {
		_, err := httpsession.New(s, opts)
		if err == nil || !strings.HasPrefix(err.Error(), "httpsession: ") || !strings.Contains(err.Error(), name) {
			t.Errorf("got error %v, want one that names %s", err, name)
		}
	}
	for _, opts := range []options{
		{}, {Absolute: time.Second}, {Absolute: sessionstore.MaxTTL, Idle: sessionstore.MaxTTL}, {Idle: time.Second},
		{Timeout: 30 * time.Second}, {Owner: userOf, MaxSessions: 5000},
	} {
		if _, err := httpsession.New(s, opts); err != nil {
			t.Errorf("got error %v of good options", err)
		}
	}
}

// four is a Store without any capability.
type four struct{ sessionstore.Store }

// noSwap can do everything but swap.
type noSwap struct{ *faulty }

func (noSwap) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) error {
	return errors.ErrUnsupported
}

func TestStoreThatCannot(t *testing.T) {
	for name, s := range map[string]sessionstore.Store{
		"four methods":        four{newMemory(t)},
		"under decorators":    sessionstore.HashIDs(sessionstore.Guard(four{newMemory(t)}, 0)),
		"without a swap":      noSwap{&faulty{Store: newMemory(t)}},
		"swapless, decorated": sessionstore.Guard(noSwap{&faulty{Store: newMemory(t)}}, 0),
	} {
		if _, err := httpsession.New(s, options{}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: got error %v, want errors.ErrUnsupported", name, err)
		}
	}
	if _, err := httpsession.New(nil, options{}); err == nil || !strings.Contains(err.Error(), "memory.New") {
		t.Errorf("nil: got error %v, want the remedy", err)
	}
}

func TestValueThatCannotBeStored(t *testing.T) {
	_, err := httpsession.New(newMemory(t), httpsession.Options[struct{ Done chan bool }]{})
	if err == nil || !strings.Contains(err.Error(), "chan bool") {
		t.Errorf("got error %v, want the type that cannot", err)
	}
	_, err = httpsession.New(newMemory(t), httpsession.Options[struct{ user string }]{})
	if err == nil || !strings.Contains(err.Error(), "capital letter") {
		t.Errorf("no exported field: got error %v, want the remedy", err)
	}
	_, err = httpsession.New(newMemory(t), httpsession.Options[struct{}]{})
	must(t, err)
	_, err = httpsession.New(newMemory(t), httpsession.Options[struct{ visitor }]{})
	must(t, err)
	_, err = httpsession.New(newMemory(t), httpsession.Options[opaque]{})
	must(t, err)
	_, err = httpsession.New(newMemory(t), httpsession.Options[netip.Addr]{})
	must(t, err)
	m, err := httpsession.New(newMemory(t), httpsession.Options[any]{})
	must(t, err)
	handler := m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Start(w, r, func() {}); err == nil || !strings.Contains(err.Error(), "func()") {
			t.Errorf("got error %v, want the type that cannot", err)
		}
		if err := m.Start(w, r, secretive{}); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got error %v, want one that does not quote the value", err)
		}
	}))
	newBrowser(t, nil).request(handler)
}

// opaque encodes itself.
type opaque struct{ _ int }

func (*opaque) MarshalJSON() ([]byte, error) { return []byte("{}"), nil }

// secretive is a value whose encoding fails with what it holds.
type secretive struct{}

func (secretive) MarshalJSON() ([]byte, error) { return nil, errors.New("hunter2") }

func TestTooLarge(t *testing.T) {
	m := newManager(t, newMemory(t), options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		long := strings.Repeat("a", sessionstore.MaxDataBytes)
		if err := m.Start(w, r, visitor{User: long}); !errors.Is(err, sessionstore.ErrTooLarge) {
			t.Errorf("Start: got error %v, want ErrTooLarge", err)
		}
		if err := m.Flash(w, r, long); !errors.Is(err, sessionstore.ErrTooLarge) {
			t.Errorf("Flash: got error %v, want ErrTooLarge", err)
		}
	})
	b.wantUser("ada")
}

// TestTwoManagers: a session answers to the cookie for which it was started. A
// customer's cookie must open nothing under the name of the administrators'.
func TestTwoManagers(t *testing.T) {
	s := newMemory(t)
	shop, admin := newManager(t, s, options{}), newManager(t, s, options{Cookie: "admin"})
	customer := newBrowser(t, shop)
	must(t, customer.start("ada"))
	ask := func(handler http.Handler, cookies string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		must(t, err)
		r.Header.Set("Cookie", cookies)
		handler.ServeHTTP(nullWriter{}, r)
	}
	ask(admin.Load(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, ok := admin.Value(r); ok {
			t.Error("a customer's session was taken for an administrator's")
		}
	})), "__Host-admin="+customer.cookie)
	ask(shop.Load(admin.Load(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, isCustomer := shop.Value(r)
		_, isAdmin := admin.Value(r)
		if !isCustomer || isAdmin {
			t.Errorf("got customer %v, administrator %v, want the first alone", isCustomer, isAdmin)
		}
	}))), "__Host-session="+customer.cookie)
}

// nullWriter is a response that nobody reads.
type nullWriter struct{}

func (nullWriter) Header() http.Header         { return http.Header{} }
func (nullWriter) Write(b []byte) (int, error) { return len(b), nil }
func (nullWriter) WriteHeader(int)             {}

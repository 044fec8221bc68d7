package httpsession_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/httpsession"
)

// TestFail: who tries again where that is of no use is told so, and the operator
// learns of everything but a visitor without a session.
func TestFail(t *testing.T) {
	down := errors.New("connection refused by secret.example")
	var broken error
	var reported []error
	s := &faulty{Store: newMemory(t), fail: func(string) error { return broken }}
	m := newManager(t, s, options{
		Owner:   userOf,
		Timeout: maxWait,
		OnError: func(_ *http.Request, err error) { reported = append(reported, err) },
	})
	own := errors.New("the secret cup is sold out")
	refuse := func(*visitor) error { return own }
	loaded := func(call func(w http.ResponseWriter, r *http.Request) error) http.Handler {
		return m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() { broken = nil }()
			m.Fail(w, r, call(w, r))
		}))
	}
	for _, test := range []struct {
		name    string
		handler http.Handler
		status  int
		told    string // what OnError reads
	}{
		{"no session", loaded(func(_ http.ResponseWriter, r *http.Request) error { return httpsession.ErrNoSession }), 401, ""},
		{"an outage", loaded(func(_ http.ResponseWriter, r *http.Request) error {
			broken = down
			return m.Update(r, countVisit)
		}), 503, down.Error()},
		{"an outage, wrapped", loaded(func(w http.ResponseWriter, r *http.Request) error {
			broken = down
			return fmt.Errorf("visit: %w", m.Renew(w, r))
		}), 503, down.Error()},
		{"an outage of EndSession", loaded(func(_ http.ResponseWriter, r *http.Request) error {
			broken = down
			return m.EndSession(r, "x")
		}), 503, down.Error()},
		{"too large", loaded(func(w http.ResponseWriter, r *http.Request) error {
			return m.Flash(w, r, strings.Repeat("s", sessionstore.MaxDataBytes))
		}), 413, "too large"},
		{"a refusal", loaded(func(_ http.ResponseWriter, r *http.Request) error { return m.Update(r, refuse) }), 500, own.Error()},
		{"another owner", loaded(func(_ http.ResponseWriter, r *http.Request) error {
			return m.Update(r, func(v *visitor) error { v.User = "secret"; return nil })
		}), 500, "sign in with Start"},
		{"no Load", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Fail(w, r, m.Start(w, r, visitor{User: "ada"}))
		}), 500, "Manager.Load"},
	} {
		b := signedIn(t, m, "ada")
		reported = nil
		answer := b.request(test.handler)
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		if answer.StatusCode != test.status || (answer.Header.Get("Retry-After") != "") != (test.status == 503) {
			t.Errorf("%s: got status %d and Retry-After %q, want %d", test.name, answer.StatusCode, answer.Header.Get("Retry-After"), test.status)
		}
		if strings.Contains(string(body), "secret") || len(body) == 0 || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %q, cached as %q, want words of our own that nobody keeps", test.name, body, answer.Header.Get("Cache-Control"))
		}
		if test.told == "" && len(reported) > 0 || test.told != "" && (len(reported) != 1 || !strings.Contains(reported[0].Error(), test.told)) {
			t.Errorf("%s: OnError: got %v, want %q", test.name, reported, test.told)
		}
		if len(answer.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: the cookie was touched", test.name)
		}
	}
}

// TestFailOfAValue: one that JSON cannot hold is no outage.
func TestFailOfAValue(t *testing.T) {
	m, err := httpsession.New(newMemory(t), httpsession.Options[any]{OnError: func(*http.Request, error) {}})
	must(t, err)
	for _, value := range []any{func() {}, secretive{}} {
		answer := newBrowser(t, nil).request(m.Load(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m.Fail(w, r, m.Start(w, r, value))
		})))
		if answer.StatusCode != http.StatusInternalServerError {
			t.Errorf("%T: got status %d, want 500", value, answer.StatusCode)
		}
	}
}

// TestErrorsAreLogged where the application does not ask for them.
func TestErrorsAreLogged(t *testing.T) {
	var logged bytes.Buffer
	flags := log.Flags()
	log.SetOutput(&logged)
	log.SetFlags(0)
	defer func() {
		log.SetOutput(os.Stderr)
		log.SetFlags(flags)
	}()
	var broken error
	m := newManager(t, &faulty{Store: newMemory(t), fail: func(string) error { return broken }}, options{})
	b := newBrowser(t, m)
	must(t, b.start("ada"))
	broken = errors.New("connection refused")
	b.request(m.Load(http.NotFoundHandler()))
	if got := logged.String(); got != "httpsession: load: connection refused\n" {
		t.Errorf("got the log %q, want what the store said", got)
	}
}

func TestValueThatIsAPointer(t *testing.T) {
	_, err := httpsession.New(newMemory(t), httpsession.Options[*visitor]{Owner: func(v *visitor) string { return v.User }})
	if err == nil || !strings.Contains(err.Error(), "no pointer: httpsession_test.visitor") {
		t.Errorf("got error %v, want the remedy", err)
	}
}

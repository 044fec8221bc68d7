package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// leaving lets the browser give its request up while the server hashes or
// compares, as it does at a second click, and returns the request's context.
func leaving(t *testing.T, f *fixture) context.Context {
	ctx, leave := context.WithCancel(t.Context())
	f.passwords.generate = func(password []byte, cost int) ([]byte, error) {
		leave()
		return bcrypt.GenerateFromPassword(password, cost)
	}
	f.passwords.compare = func(hash, password []byte) error {
		leave()
		return bcrypt.CompareHashAndPassword(hash, password)
	}
	return ctx
}

// Of two clicks the first has changed nothing, so that the second succeeds.
func TestTwoClicks(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		for _, test := range []struct {
			path, body string
			want       int
		}{
			{"/signup", ada, http.StatusCreated},
			{"/signin", adaAgain, http.StatusOK},
			{"/password", newPasswordOfAda, http.StatusOK},
		} {
			c := f.client(t)
			if test.path == "/password" {
				c = f.signedIn(t)
			}
			f.spy.calls()
			first := c.with(c.cookie)
			first.ctx = leaving(t, f)
			first.post(test.path, test.body).want(http.StatusServiceUnavailable).wantNoCookie()
			if log := f.logged.String(); strings.Contains(log, "ERROR") {
				t.Errorf("%s: got the log %s, want no error where a browser leaves", test.path, log)
			}
			if got := f.spy.calls(); test.path != "/password" && got != "" {
				t.Errorf("%s: after the browser left: got the calls %s, want none", test.path, got)
			}
			c.post(test.path, test.body).want(test.want)
		}
	})
}

// Once the password is another one, the other sessions end, whether the browser
// waits for that or not: httpsession does not give up what has begun.
func TestI3BrowserLeavesDuringPasswordChange(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c, other := f.signedUp(t), f.signedIn(t)
		ctx, leave := context.WithCancel(t.Context())
		generate := f.passwords.generate
		f.passwords.generate = func(password []byte, cost int) ([]byte, error) {
			// What comes next of the store's calls comes after the change.
			f.spy.setFault(func(ctx context.Context, _ string) error { leave(); return ctx.Err() })
			return generate(password, cost)
		}
		c.ctx = ctx
		c.post("/password", newPasswordOfAda).want(http.StatusOK)
		f.spy.setFault(nil)
		other.get("/welcome").want(http.StatusUnauthorized)
	})
}

// As many passwords are hashed at once as there are processors. The others wait
// for a while, and not for whoever has left.
func TestHashesWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, onMemory(t))
		f.signedUp(t)
		f.passwords.maxWait = maxHashWait
		release := make(chan struct{})
		compare := f.passwords.compare
		f.passwords.compare = func(hash, password []byte) error {
			<-release
			return compare(hash, password)
		}
		busy := cap(f.passwords.turns)
		statuses := make(chan int, busy)
		for range busy {
			go func() { statuses <- f.client(t).post("/signin", adaAgain).Code }()
		}
		synctest.Wait()

		late := f.client(t)
		began := time.Now()
		answer := late.post("/signin", adaAgain).want(http.StatusServiceUnavailable).wantNoCookie()
		if got := time.Since(began); got != maxHashWait || answer.Header().Get("Retry-After") == "" {
			t.Errorf("got an answer after %v with the header %v, want it after %v with Retry-After", got, answer.Header(), maxHashWait)
		}
		answer.wantBody("The server is busy")

		gone, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := f.passwords.hash(gone, "correct horse"); !errors.Is(err, errGivenUp) {
			t.Errorf("got error %v, want %v", err, errGivenUp)
		}

		close(release)
		for range busy {
			if got := <-statuses; got != http.StatusOK {
				t.Errorf("got status %d, want 200", got)
			}
		}
		late.post("/signin", adaAgain).want(http.StatusOK)
	})
}

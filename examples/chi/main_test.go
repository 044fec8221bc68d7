package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/coatcheck/sessionstore/examples/internal/program"
	"github.com/coatcheck/sessionstore/examples/internal/program/programtest"
	"github.com/coatcheck/sessionstore/memory"
)

func TestProgram(t *testing.T) { programtest.Script(t, program.Handler(newHandler)) }

// TestRequire: chi's groups take Require, and its parameters stay.
func TestRequire(t *testing.T) {
	store, err := memory.New(memory.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	handler, err := newHandler(store)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method, target, body, cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	if got := ask("GET", "/users/grace", "", "").Code; got != http.StatusUnauthorized {
		t.Errorf("signed out: got status %d, want 401", got)
	}
	cookie, _, _ := strings.Cut(ask("POST", "/signin", url.Values{"name": {"ada"}}.Encode(), "").Header().Get("Set-Cookie"), ";")
	if got := ask("GET", "/users/grace", "", cookie); got.Code != http.StatusOK || got.Body.String() != "ada looks at grace.\n" {
		t.Errorf("signed in: got %d %q, want 200 and both names", got.Code, got.Body)
	}
}

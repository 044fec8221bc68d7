package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestC1CookieAttributes(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.client(t)
		for _, answer := range []*reply{c.post("/signup", ada), c.post("/refresh", ""), c.post("/signin", adaAgain)} {
			got := answer.setCookie()
			if got.Name != "__Host-session" || got.Path != "/" || got.Domain != "" {
				t.Errorf("%s: got name %q, path %q, domain %q", answer.what, got.Name, got.Path, got.Domain)
			}
			if !got.Secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: got %q, want Secure, HttpOnly, SameSite=Lax", answer.what, got)
			}
		}
	})
}

// What cannot be seen here, that the bytes are crypto/rand's, is a matter of
// sessionstore.NewID; too few of them, or the same again, would be seen.
func TestC2C3CookieIsRandomAndOpaque(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.signedUp(t)
	seen := map[string]bool{}
	ones := make([]int, 128)
	const samples = 64
	for range samples {
		value := f.client(t).post("/signin", adaAgain).setCookie().Value
		raw, err := base64.RawURLEncoding.DecodeString(value)
		if err != nil || len(raw) < 16 {
			t.Fatalf("got %d bytes and error %v, want at least 16 random bytes", len(raw), err)
		}
		for i := range ones {
			ones[i] += int(raw[i/8] >> (i % 8) & 1)
		}
		if seen[value] || strings.Contains(string(raw), "ada") {
			t.Fatal("C3: the value repeats, or says who has it")
		}
		seen[value] = true
	}
	for i, n := range ones {
		if n < samples/8 || n > samples-samples/8 { // less likely than one in a thousand million
			t.Errorf("C2: bit %d was set in %d of %d values: it is not random", i, n, samples)
		}
	}
}

func TestC4NoStore(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		for _, path := range []string{"/", "/welcome", "/signin", "/signup", "/sessions", "/password", "/admin"} {
			for _, accept := range []string{"", asPerson} {
				c.accept = accept
				wantNoStore(t, c.get(path))
			}
		}
		for _, path := range []string{"/refresh", "/sessions/end-others", "/sessions/nobody/end", "/password", "/logout"} {
			wantNoStore(t, c.post(path, ""))
		}
		wantNoStore(t, c.post("/signin", adaAgain))
		wantNoStore(t, c.post("/signup", grace))
	})
}

func wantNoStore(t *testing.T, answer *reply) {
	t.Helper()
	if got := answer.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: got Cache-Control %q, want no-store", answer.what, got)
	}
}

func TestC5PlainHTTPIsAFlag(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.dev = true
	f.serve(t, f.config)
	c := f.client(t)
	got := c.post("/signup", ada).want(http.StatusCreated).setCookie()
	if got.Name != "session" || got.Secure {
		t.Errorf("got %q, want the name session and no Secure", got)
	}
	if !got.HttpOnly || got.SameSite != http.SameSiteLaxMode || got.Path != "/" {
		t.Errorf("got %q, want HttpOnly, SameSite=Lax, Path=/ all the same", got)
	}
	c.get("/welcome").want(http.StatusOK)
}

func TestC6Headers(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.person(t)
	signedUp := f.signedUp(t)
	tooMuch := "first_name=" + strings.Repeat("x", maxBodyBytes)
	for _, accept := range []string{asPerson, ""} {
		c.accept, signedUp.accept = accept, accept
		for _, answer := range []*reply{
			c.get("/signin").want(http.StatusOK),
			c.get("/style.css").want(http.StatusOK),
			c.get("/welcome").want(http.StatusUnauthorized),
			c.get("/nowhere").want(http.StatusNotFound),
			c.get("/logout").want(http.StatusMethodNotAllowed),
			c.post("/signin", "email=x").want(http.StatusBadRequest),
			c.post("/signin", tooMuch).want(http.StatusRequestEntityTooLarge),
			c.send("POST", "/signin", adaAgain, "Sec-Fetch-Site", "cross-site").want(http.StatusForbidden),
			c.send("POST", "/signin", adaAgain, "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType),
		} {
			wantSafeHeaders(t, answer)
		}
		f.spy.fail(errDown)
		wantSafeHeaders(t, signedUp.get("/").want(http.StatusServiceUnavailable))
		f.spy.fail(nil)
	}
	wantSafeHeaders(t, f.person(t).get("/").want(http.StatusSeeOther))
	for path, kind := range map[string]string{"/style.css": "text/css", "/favicon.svg": "image/svg+xml"} {
		if got := c.get(path).want(http.StatusOK).Header().Get("Content-Type"); !strings.HasPrefix(got, kind) {
			t.Errorf("%s: got Content-Type %q, want %s", path, got, kind)
		}
	}
}

func wantSafeHeaders(t *testing.T, answer *reply) {
	t.Helper()
	h := answer.Header()
	policy := h.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
		strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "script-src") {
		t.Errorf("%s, %d: got Content-Security-Policy %q", answer.what, answer.Code, policy)
	}
	if got := h.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("%s, %d: got X-Content-Type-Options %q", answer.what, answer.Code, got)
	}
	if got := h.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("%s, %d: got Referrer-Policy %q", answer.what, answer.Code, got)
	}
}

// What the policy forbids, the pages must do without.
func TestC6PagesHaveNoInlineStyleOrScript(t *testing.T) {
	f := newFixture(t, onMemory(t))
	for _, page := range everyPage(t, f) {
		for _, inline := range []string{"<script", "<style", " style=", " onclick=", "javascript:"} {
			if strings.Contains(page.Body.String(), inline) {
				t.Errorf("%s has %q", page.what, inline)
			}
		}
	}
}

// A cookie jar of net/http, as a client that follows the rules, keeps the
// cookie where there is TLS.
func TestC1CookieIsKeptOverTLS(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.signedUp(t)
	server := httptest.NewTLSServer(f.handler)
	defer server.Close()
	agent := server.Client()
	jar, err := cookiejar.New(nil)
	must(t, err)
	agent.Jar = jar
	signedIn, err := agent.Post(server.URL+"/signin", "application/json", strings.NewReader(adaAgain))
	must(t, err)
	signedIn.Body.Close()
	welcome, err := agent.Get(server.URL + "/welcome")
	must(t, err)
	defer welcome.Body.Close()
	var g greeting
	must(t, json.NewDecoder(welcome.Body).Decode(&g))
	if g.Email != "ada@example.org" {
		t.Errorf("got %d %+v, want a greeting", welcome.StatusCode, g)
	}
}

package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
)

func TestC1CookieAttributes(t *testing.T) {
	f := newFixture(t)
	got := f.client(t).post("/signup", ada).want(http.StatusCreated).setCookie()
	if got.Name != "__Host-session" || got.Path != "/" || got.Domain != "" {
		t.Errorf("got name %q, path %q, domain %q", got.Name, got.Path, got.Domain)
	}
	if !got.Secure || !got.HttpOnly || got.SameSite != http.SameSiteLaxMode {
		t.Errorf("got %q, want Secure, HttpOnly, SameSite=Lax", got)
	}
}

func TestC2C3CookieIsRandomAndOpaque(t *testing.T) {
	f := newFixture(t)
	f.signedUp(t)
	seen := map[string]bool{}
	for range 20 {
		value := f.client(t).post("/signin", adaAgain).setCookie().Value
		if raw, err := base64.RawURLEncoding.DecodeString(value); err != nil || len(raw) < 16 {
			t.Fatalf("got %d bytes and error %v, want at least 16 random bytes", len(raw), err)
		}
		if seen[value] {
			t.Fatal("the same value twice")
		}
		seen[value] = true
	}
}

func TestC4NoStore(t *testing.T) {
	f := newFixture(t)
	c := f.signedUp(t)
	for _, path := range []string{"/", "/welcome", "/signin", "/signup"} {
		for _, accept := range []string{"", asPerson} {
			c.accept = accept
			wantNoStore(t, c.get(path))
		}
	}
	wantNoStore(t, c.post("/refresh", ""))
	wantNoStore(t, c.post("/logout", ""))
	wantNoStore(t, c.post("/signin", adaAgain))
}

func wantNoStore(t *testing.T, answer *reply) {
	t.Helper()
	if got := answer.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("%s: got Cache-Control %q, want no-store", answer.what, got)
	}
}

func TestC5PlainHTTPIsAFlag(t *testing.T) {
	f := newFixture(t)
	f.cookie.plain = true
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
	f := newFixture(t)
	c := f.person(t)
	for _, path := range []string{"/signin", "/welcome", "/style.css", "/nowhere"} {
		h := c.get(path).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: got Content-Security-Policy %q", path, policy)
		}
		if got := h.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q", path, got)
		}
		if got := h.Get("Referrer-Policy"); got != "same-origin" {
			t.Errorf("%s: got Referrer-Policy %q", path, got)
		}
	}
	for path, kind := range map[string]string{"/style.css": "text/css", "/favicon.svg": "image/svg+xml"} {
		if got := c.get(path).want(http.StatusOK).Header().Get("Content-Type"); !strings.HasPrefix(got, kind) {
			t.Errorf("%s: got Content-Type %q, want %s", path, got, kind)
		}
	}
}

// What the policy forbids, the pages must do without.
func TestC6PagesHaveNoInlineStyleOrScript(t *testing.T) {
	f := newFixture(t)
	c := f.person(t)
	f.signedUp(t)
	pages := []*reply{c.get("/signin"), c.get("/signup"), c.post("/signin", "email=x")}
	c.post("/signin", formOf("email", "ada@example.org", "password", "correct horse"))
	pages = append(pages, c.get("/"))
	for _, page := range pages {
		for _, inline := range []string{"<script", "<style", " style=", " onclick=", "javascript:"} {
			if strings.Contains(page.Body.String(), inline) {
				t.Errorf("%s has %q", page.what, inline)
			}
		}
	}
}

package main

import (
	"net/http"
	"testing"
)

func TestF1F2F3CrossSite(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers []string
		passes  bool // F2, or F1
	}{
		{"Sec-Fetch-Site cross-site", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"Sec-Fetch-Site same-site", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"foreign Origin", []string{"Origin", "https://evil.example"}, false},
		{"null Origin", []string{"Origin", "null"}, false},
		{"Sec-Fetch-Site same-origin", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"own Origin", []string{"Origin", "http://example.com"}, true}, // httptest's host
		{"a program", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEveryBackend(t, func(t *testing.T, f *fixture) { crossSite(t, f, test.passes, test.headers) })
		})
	}
}

// crossSite tries everything that changes something; a sign-in is F3.
func crossSite(t *testing.T, f *fixture, passes bool, headers []string) {
	c := f.signedUp(t)
	old, other := c.cookie, f.signedIn(t)
	for _, test := range []struct {
		path, body string
		want       int
	}{
		{"/sessions/nobody/end", "", http.StatusNotFound},
		{"/sessions/end-others", "", http.StatusOK},
		{"/password", `{"password":"correct horse","new_password":"correct horse"}`, http.StatusOK},
		{"/refresh", "", http.StatusOK},
		{"/signin", adaAgain, http.StatusOK},
		{"/signup", grace, http.StatusCreated},
		{"/logout", "", http.StatusOK},
	} {
		if !passes {
			test.want = http.StatusForbidden
		}
		c.send("POST", test.path, test.body, headers...).want(test.want)
	}
	want := http.StatusOK // nothing happened
	if passes {
		want = http.StatusUnauthorized
	}
	c.with(old).get("/welcome").want(want)
	other.get("/welcome").want(want)
}

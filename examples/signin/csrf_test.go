package main

import (
	"net/http"
	"testing"
)

func TestFCrossSite(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers []string
		want    int // F1: refused; F2: passes
	}{
		{"F1 Sec-Fetch-Site cross-site", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"F1 Sec-Fetch-Site same-site", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		{"F1 foreign Origin", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"F1 null Origin", []string{"Origin", "null"}, http.StatusForbidden},
		{"F2 Sec-Fetch-Site same-origin", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		{"F2 own Origin", []string{"Origin", "http://example.com"}, http.StatusOK}, // httptest's host
		{"F2 a program", nil, http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			c := f.signedUp(t)
			old := c.cookie
			c.send("POST", "/signin", adaAgain, test.headers...).want(test.want) // F3
			c.send("POST", "/refresh", "", test.headers...).want(test.want)
			c.send("POST", "/logout", "", test.headers...).want(test.want)
			want := http.StatusUnauthorized
			if test.want == http.StatusForbidden {
				want = http.StatusOK // nothing happened
			}
			c.with(old).get("/welcome").want(want)
		})
	}
}

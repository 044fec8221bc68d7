package httpsession_test

import (
	"net/http"
	"testing"
)

func TestRequire(t *testing.T) {
	for _, test := range []struct {
		name            string
		opts            options
		nobody, visitor int
	}{
		{"owners", options{Owner: userOf}, http.StatusUnauthorized, http.StatusUnauthorized},
		{"no owners", options{}, http.StatusUnauthorized, http.StatusNoContent},
		{"a redirect", options{Owner: userOf, Denied: http.RedirectHandler("/signin", http.StatusSeeOther)}, http.StatusSeeOther, http.StatusSeeOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newManager(t, newMemory(t), test.opts)
			inside := m.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, ok := m.Value(r); !ok {
					t.Error("the handler has no session")
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			want := func(b *browser, want int) {
				t.Helper()
				for _, handler := range []http.Handler{inside, m.Load(inside)} {
					answer := b.request(handler)
					if answer.StatusCode != want {
						t.Errorf("got status %d, want %d", answer.StatusCode, want)
					}
					if got := answer.Header.Get("Cache-Control"); got != "no-store" {
						t.Errorf("got Cache-Control %q, want no-store", got)
					}
				}
			}
			b := newBrowser(t, m)
			want(b, test.nobody)
			b.flash("hello")
			want(b, test.visitor)
			must(t, b.start("ada"))
			want(b, http.StatusNoContent)
			must(t, b.end())
			want(b, test.nobody)
		})
	}
}

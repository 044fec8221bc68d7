package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

const (
	ada      = `{"first_name":"Ada","last_name":"Lovelace","email":"ada@example.org","password":"correct horse"}`
	adaAgain = `{"email":"ada@example.org","password":"correct horse"}`
	grace    = `{"first_name":"Grace","last_name":"Hopper","email":"grace@example.org","password":"correct horse"}`
	asPerson = "text/html,application/xhtml+xml,*/*;q=0.8"
)

// client is a browser or a program with at most one cookie. It keeps a Secure
// cookie over plain HTTP, which no test here leaves the process for.
type client struct {
	t       *testing.T
	handler http.Handler
	name    string
	cookie  string
	accept  string
	ctx     context.Context // of its requests; nil for one without an end
}

func (f *fixture) client(t *testing.T) *client {
	c := &client{t: t, handler: f.handler, name: "__Host-session"}
	if f.dev {
		c.name = "session"
	}
	return c
}

// person is a client that accepts HTML.
func (f *fixture) person(t *testing.T) *client {
	c := f.client(t)
	c.accept = asPerson
	return c
}

// signedUp is a client that has just signed up as Ada, signedIn one that has
// signed in as her.
func (f *fixture) signedUp(t *testing.T) *client {
	t.Helper()
	c := f.client(t)
	c.post("/signup", ada).want(http.StatusCreated)
	return c
}

func (f *fixture) signedIn(t *testing.T) *client {
	t.Helper()
	c := f.client(t)
	c.post("/signin", adaAgain).want(http.StatusOK)
	return c
}

// with is another client with a cookie value of c or of its own making.
func (c *client) with(cookie string) *client {
	other := *c
	other.cookie = cookie
	return &other
}

// at is the same client at another server.
func (c *client) at(f *fixture) *client {
	other := *c
	other.handler = f.handler
	return &other
}

func (c *client) get(path string) *reply        { return c.send("GET", path, "") }
func (c *client) post(path, body string) *reply { return c.send("POST", path, body) }

// send makes a request; headers are names and values in turn. A body that is
// no JSON is a form.
func (c *client) send(method, path, body string, headers ...string) *reply {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if c.ctx != nil {
		r = r.WithContext(c.ctx)
	}
	switch {
	case strings.HasPrefix(body, "{"):
		r.Header.Set("Content-Type", "application/json")
	case body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.accept != "" {
		r.Header.Set("Accept", c.accept)
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.name+"="+c.cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		if c.cookie = cookie.Value; cookie.MaxAge < 0 {
			c.cookie = ""
		}
	}
	return &reply{c.t, method + " " + path, w}
}

// reply is an answer that can be asked.
type reply struct {
	t    *testing.T
	what string
	*httptest.ResponseRecorder
}

func (r *reply) want(status int) *reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("%s: got status %d, want %d; body %q", r.what, r.Code, status, r.Body)
	}
	return r
}

func (r *reply) wantRedirect(to string) *reply {
	r.t.Helper()
	r.want(http.StatusSeeOther)
	if got := r.Header().Get("Location"); got != to {
		r.t.Fatalf("%s: got Location %q, want %q", r.what, got, to)
	}
	return r
}

func (r *reply) wantBody(part string) *reply {
	r.t.Helper()
	if !strings.Contains(r.Body.String(), part) {
		r.t.Errorf("%s: got body %q, want it to contain %q", r.what, r.Body, part)
	}
	return r
}

func (r *reply) wantNoCookie() *reply {
	r.t.Helper()
	if got := r.Header().Values("Set-Cookie"); len(got) != 0 {
		r.t.Errorf("%s: got Set-Cookie %q, want none", r.what, got)
	}
	return r
}

// setCookie is the one cookie of the answer.
func (r *reply) setCookie() *http.Cookie {
	r.t.Helper()
	cookies := r.Result().Cookies()
	if len(cookies) != 1 {
		r.t.Fatalf("%s: got %d cookies, want exactly one: %v", r.what, len(cookies), cookies)
	}
	return cookies[0]
}

func (r *reply) decode(into any) {
	r.t.Helper()
	if err := json.Unmarshal(r.Body.Bytes(), into); err != nil {
		r.t.Fatalf("%s: %v in body %q", r.what, err, r.Body)
	}
}

func (r *reply) greeting() (g greeting) {
	r.t.Helper()
	r.decode(&g)
	return g
}

// sessions is what c's user sees of their sessions.
func (c *client) sessions() []listedSession {
	c.t.Helper()
	var list sessionList
	c.get("/sessions").want(http.StatusOK).decode(&list)
	return list.Sessions
}

// formOf turns names and values into a form's body.
func formOf(pairs ...string) string {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form.Encode()
}

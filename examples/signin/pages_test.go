package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// everyPage returns the answer of each page, with and without faults.
func everyPage(t *testing.T, f *fixture) []*reply {
	t.Helper()
	c := f.person(t)
	pages := []*reply{c.get("/signin"), c.get("/signin?cookie-refused"), c.get("/signin?session-ended"), c.get("/signup"),
		c.post("/signin", "email=x"), c.post("/signup", "email=x"), c.get("/nowhere")}
	c.post("/signup", signUpWith("", "")).wantRedirect("/?signed-up")
	f.signedIn(t)
	for _, path := range []string{"/", "/sessions", "/password", "/admin"} {
		pages = append(pages, c.get(path).want(http.StatusOK))
	}
	return append(pages, c.post("/password", "password=x").want(http.StatusBadRequest))
}

// People are led from page to page; programs are answered.
func TestPagesLead(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.person(t)
	c.get("/").wantRedirect("/signin")
	c.get("/signin").want(http.StatusOK).wantBody("<h1>Sign in</h1>")
	c.get("/signup").want(http.StatusOK).wantBody("<h1>Create an account</h1>")
	c.post("/signup", signUpWith("", "")).wantRedirect("/?signed-up")
	c.get("/?signed-up").wantRedirect("/")
	c.get("/").want(http.StatusOK).wantBody("<h1>Welcome, Ada!</h1>").wantBody("Your account was created")
	if again := c.get("/").Body.String(); strings.Contains(again, "Your account was created") {
		t.Error("the message is shown twice")
	}
	c.get("/signin").wantRedirect("/")
	c.get("/signup").wantRedirect("/")
	c.post("/refresh", "").wantRedirect("/")
	c.get("/").want(http.StatusOK).wantBody("Your session has a new secret.")
	f.signedIn(t)
	c.get("/sessions").want(http.StatusOK).wantBody("Sign out everywhere else")
	c.post("/sessions/end-others", "").wantRedirect("/sessions")
	c.get("/sessions").want(http.StatusOK).wantBody("One other session was ended.")
	c.post("/password", formOf("password", "correct horse", "new_password", "battery staple")).wantRedirect("/")
	c.get("/").want(http.StatusOK).wantBody("Your password was changed.")
	c.post("/logout", "").wantRedirect("/signin?signed-out")
	c.get("/signin?signed-out").want(http.StatusOK).wantBody("You are signed out.")
	c.post("/refresh", "").wantRedirect("/signin")
	c.post("/signin", formOf("email", "ada@example.org", "password", "battery staple")).wantRedirect("/?signed-in")
}

// A browser that does not keep the cookie would otherwise see the sign-in page
// again and again, without a word.
func TestRefusedCookieIsExplained(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.person(t)
	c.get("/?signed-in").wantRedirect("/signin?cookie-refused")
	page := c.get("/signin?cookie-refused").want(http.StatusOK).wantBody(`<p class="notice bad" role="alert">You are not signed in`).
		wantBody("needs HTTPS or localhost").wantBody("Start the program with <code>-dev</code>")
	if strings.Contains(page.Body.String(), "Your account exists") {
		t.Error("the page speaks of an account of which nobody knows")
	}
	c.get("/?signed-up").wantRedirect("/signin?cookie-refused&signed-up")
	c.get("/signin?cookie-refused&signed-up").want(http.StatusOK).wantBody("Your account exists, but you are not signed in")
	f.dev = true
	f.serve(t, f.config)
	c.at(f).get("/signin?cookie-refused").want(http.StatusOK).wantBody("Does it block cookies")
}

// Whose session has ended learns that. It is no news to programs, nor to those
// who had none.
func TestEndedSessionIsExplained(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c := f.signedUp(t)
		program, nobody := c.with(c.cookie), f.person(t)
		c.accept = asPerson
		f.clock.advance(idleLimit)
		for _, r := range private {
			if r.path == "/welcome" {
				continue
			}
			c.send(r.method, r.path, "").wantRedirect("/signin?session-ended").wantNoCookie()
			nobody.send(r.method, r.path, "").wantRedirect("/signin")
			program.send(r.method, r.path, "").want(http.StatusUnauthorized).wantBody(`"error": "You are not signed in."`)
		}
		c.get("/?signed-in").wantRedirect("/signin?session-ended") // the browser does keep cookies
		c.get("/signin?session-ended").want(http.StatusOK).wantBody("Your session has ended. Please sign in again; nothing was changed.")
		c.post("/logout", "").wantRedirect("/signin?signed-out")
		c.get("/").wantRedirect("/signin")
	})
}

// With -dev the cookie has another name.
func TestEndedSessionIsExplainedInDevelopment(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.dev = true
	f.serve(t, f.config)
	c := f.person(t)
	c.get("/").wantRedirect("/signin")
	c.cookie = "gone"
	c.get("/").wantRedirect("/signin?session-ended")
}

// A page of an error does not leave whoever is signed in without the navigation.
func TestProblemPagesKeepTheNavigation(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.signedUp(t)
	c, nobody := f.client(t), f.person(t)
	c.post("/signup", grace).want(http.StatusCreated)
	c.accept = asPerson
	tooMuch := "first_name=" + strings.Repeat("x", maxBodyBytes)
	for _, ask := range []func(c *client) *reply{
		func(c *client) *reply { return c.get("/nowhere").want(http.StatusNotFound) },
		func(c *client) *reply { return c.get("/logout").want(http.StatusMethodNotAllowed) },
		func(c *client) *reply { return c.post("/signin", tooMuch).want(http.StatusRequestEntityTooLarge) },
	} {
		ask(c).wantBody(">Sign out</button>").wantBody(`<nav aria-label="Main">`)
		if page := ask(nobody); strings.Contains(page.Body.String(), "<nav") {
			t.Errorf("%s: got a navigation for nobody", page.what)
		}
	}
	c.get("/admin").want(http.StatusForbidden).wantBody(">Sign out</button>")
	if log := f.logged.String(); strings.Contains(log, "ERROR") {
		t.Errorf("got the log %s, want no error", log)
	}
	f.spy.fail(errDown)
	c.get("/nowhere").want(http.StatusServiceUnavailable).wantNoCookie()
}

// A session that has ended is what somebody wanted who ends it.
func TestEndingAnEndedSession(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		c, other := f.signedUp(t), f.signedIn(t)
		handle := c.sessions()[1].Handle
		other.post("/logout", "").want(http.StatusOK)
		c.post("/sessions/"+handle+"/end", "").want(http.StatusNotFound)
		c.accept = asPerson
		c.post("/sessions/"+handle+"/end", "").wantRedirect("/sessions")
		c.get("/sessions").want(http.StatusOK).wantBody("That session had ended already.")
	})
}

// The session in use comes first, and then what was used last.
func TestSessionsAreInOrder(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		var devices []*client
		f.signedUp(t).post("/logout", "").want(http.StatusOK)
		for _, device := range []string{"first", "second", "third", "fourth"} {
			c := f.client(t)
			c.send("POST", "/signin", adaAgain, "User-Agent", device+"/1.0").want(http.StatusOK)
			devices = append(devices, c)
			f.clock.advance(2 * time.Minute)
		}
		devices[1].get("/welcome").want(http.StatusOK)
		f.clock.advance(time.Minute) // too soon to note the use of this one again
		devices[0].get("/welcome").want(http.StatusOK)
		var got []string
		for _, one := range devices[1].sessions() {
			got = append(got, one.Device)
		}
		if got, want := strings.Join(got, " "), "second first fourth third"; got != want {
			t.Errorf("got the sessions %s, want %s", got, want)
		}
		devices[1].accept = asPerson
		devices[1].get("/sessions").wantBody(`<ul class="list" role="list">`).
			wantBody(`aria-labelledby="end-1 session-1 times-1"`).wantBody(`id="times-1"`)
	})
}

// The summary calls a field as its form does.
func TestSummaryNamesTheFields(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.person(t)
	const missing = " is missing</a>"
	c.post("/signin", "x=").want(http.StatusBadRequest).wantBody(`<a href="#password">Password` + missing)
	c.post("/signup", "x=").want(http.StatusBadRequest).wantBody(`<a href="#first_name">First name` + missing)
	c.post("/signup", signUpWith("", "")).want(http.StatusSeeOther)
	c.post("/password", "x=").want(http.StatusBadRequest).
		wantBody(`<a href="#password">Current password` + missing).wantBody(`<a href="#new_password">New password` + missing)
}

// JSON is for those who ask for it, whatever else they take.
func TestWantsPage(t *testing.T) {
	for accept, want := range map[string]bool{
		"":                            false,
		"*/*":                         false,
		"application/json":            false,
		asPerson:                      true,
		"text/html":                   true,
		"TEXT/HTML;charset=utf-8":     true,
		"text/html, application/json": true,
		"application/json, text/html": false,
		"application/json, text/html;q=0.9, */*;q=0.1": false,
		"application/json;q=0.5, text/html":            true,
		"text/html;q=0":                                false,
		"text/html;q=0, */*":                           false,
		"application/json;q=0, text/html;q=0.1":        true,
		"text/htmlx, ;;;":                              false,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", accept)
		if got := wantsPage(r); got != want {
			t.Errorf("%q: got %v, want %v", accept, got, want)
		}
	}
}

// To be signed in is not enough for the page of the accounts. The first user is
// its administrator.
func TestAdminIsAuthorized(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		first, second := f.signedUp(t), f.client(t)
		second.post("/signup", grace).want(http.StatusCreated)
		var list accountList
		first.get("/admin").want(http.StatusOK).decode(&list)
		if list.Total != 2 || len(list.Accounts) != 2 || list.Accounts[1].Email != "grace@example.org" {
			t.Errorf("got %+v, want Ada and Grace", list)
		}
		second.get("/admin").want(http.StatusForbidden)
		first.accept, second.accept = asPerson, asPerson
		first.get("/admin").wantBody(">" + list.Accounts[0].CreatedAt.Local().Format("2 Jan 2006") + "</time>")
		first.get("/").wantBody(`href="/admin"`)
		if page := second.get("/").Body.String(); strings.Contains(page, `href="/admin"`) {
			t.Error("the page links to what the user may not see")
		}
		second.get("/admin").want(http.StatusForbidden).wantBody("this page is for administrators")
	})
}

// What a screen reader needs is on every page.
func TestPagesAreAccessible(t *testing.T) {
	f := newFixture(t, onMemory(t))
	titles := map[string]string{}
	for _, page := range everyPage(t, f) {
		text := page.Body.String()
		for _, part := range []string{`<html lang="en">`, `<main id="main"`, "<h1>", `href="#main"`, `name="viewport"`} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: got a page without %s", page.what, part)
			}
		}
		_, title, _ := strings.Cut(text, "<title>")
		title, _, _ = strings.Cut(title, "</title>")
		if page.Code == http.StatusBadRequest != strings.HasPrefix(title, "Error: ") {
			t.Errorf("%s: got the title %q with status %d", page.what, title, page.Code)
		}
		if former, ok := titles[title]; ok && former != strings.SplitN(page.what, "?", 2)[0] {
			t.Errorf("%s has the title of %s, %q", page.what, former, title)
		}
		titles[title] = strings.SplitN(page.what, "?", 2)[0]
		for _, input := range strings.Split(text, "<input ")[1:] {
			input, _, _ = strings.Cut(input, ">")
			if strings.Contains(input, ` hidden `) {
				if !strings.Contains(input, `type="email"`) || !strings.Contains(input, `autocomplete="username"`) || !strings.Contains(input, `readonly tabindex="-1"`) {
					t.Errorf("%s: got the hidden input %s, want one for password managers alone", page.what, input)
				}
				continue
			}
			_, id, _ := strings.Cut(input, `id="`)
			id, _, _ = strings.Cut(id, `"`)
			if !strings.Contains(text, `<label for="`+id+`">`) || !strings.Contains(input, "autocomplete=") {
				t.Errorf("%s: the input %s has no label or no autocomplete", page.what, id)
			}
			if strings.Contains(text, `id="`+id+`-fault"`) && !strings.Contains(input, id+`-fault"`) {
				t.Errorf("%s: the input %s does not say what is wrong with it", page.what, id)
			}
		}
		if strings.HasPrefix(title, "Error: ") && !strings.Contains(text, `tabindex="-1" autofocus`) {
			t.Errorf("%s: the summary does not get the focus", page.what)
		}
	}
}

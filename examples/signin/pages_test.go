package main

import (
	"net/http"
	"strings"
	"testing"
)

// everyPage returns the answer of each page, with and without faults.
func everyPage(t *testing.T, f *fixture) []*reply {
	t.Helper()
	c := f.person(t)
	pages := []*reply{c.get("/signin"), c.get("/signin?cookie-refused"), c.get("/signup"),
		c.post("/signin", "email=x"), c.post("/signup", "email=x"), c.get("/nowhere")}
	c.post("/signup", signUpWith("", "")).wantRedirect("/?signed-in")
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
	c.post("/signup", signUpWith("", "")).wantRedirect("/?signed-in")
	c.get("/?signed-in").wantRedirect("/")
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
	c.get("/signin?cookie-refused").want(http.StatusOK).wantBody("Start the program with -dev")
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
			if strings.Contains(input, `type="hidden"`) {
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

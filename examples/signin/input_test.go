package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

func TestB1MalformedBody(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	for name, body := range map[string]string{
		"cut short":  `{"email":"ada@exam`,
		"two values": adaAgain + adaAgain,
		"wrong type": `{"email":7,"password":"correct horse"}`,
		"bad escape": "email=%zz&password=x",
		"garbage":    "{]",
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/signup", "/signin", "/password"} {
				c.post(path, body).want(http.StatusBadRequest).wantNoCookie()
			}
		})
	}
	// The query is no part of the body.
	c.post("/signin?email=eve@example.org&bad=%zz", formOf("email", "ada@example.org", "password", "correct horse")).want(http.StatusOK)
	c.send("POST", "/signin", adaAgain, "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
	c.post("/signin", "").want(http.StatusUnsupportedMediaType)
}

// noteComparisons returns the costs of the hash comparisons that f has made
// since.
func noteComparisons(f *fixture) func() []int {
	var mu sync.Mutex
	var costs []int
	compare := f.passwords.compare
	f.passwords.compare = func(hash, password []byte) error {
		mu.Lock()
		defer mu.Unlock()
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			return err
		}
		costs = append(costs, cost)
		return compare(hash, password)
	}
	return func() []int {
		mu.Lock()
		defer mu.Unlock()
		noted := costs
		costs = nil
		return noted
	}
}

func TestB2UnknownUserAndWrongPasswordAreAlike(t *testing.T) {
	f := newFixture(t, onMemory(t))
	f.hashCost++ // to tell it from the least that bcrypt takes
	f.serve(t, f.config)
	f.signedUp(t)
	comparisons := noteComparisons(f)
	long := strings.Repeat("x", maxPasswordBytes+1)
	var first string
	for _, body := range []string{
		`{"email":"ada@example.org","password":"wrong horse"}`,
		`{"email":"nobody@example.org","password":"correct horse"}`,
		`{"email":"ada@example.org","password":"` + long + `"}`,
		`{"email":"nobody@example.org","password":"nobody's password"}`,
	} {
		answer := f.client(t).post("/signin", body).want(http.StatusUnauthorized).wantNoCookie()
		if first == "" {
			first = answer.Body.String()
		}
		if got := answer.Body.String(); got != first {
			t.Errorf("%s: got body %q, want %q as before", body, got, first)
		}
		if got := comparisons(); len(got) != 1 || got[0] != f.hashCost {
			t.Errorf("%s: got comparisons of the costs %v, want exactly one of %d", body, got, f.hashCost)
		}
	}
}

// bcrypt compares the first 72 bytes only: what follows must count too.
func TestPasswordIsComparedWhole(t *testing.T) {
	f := newFixture(t, onMemory(t))
	long := strings.Repeat("x", maxPasswordBytes)
	c := f.client(t)
	c.post("/signup", strings.Replace(ada, "correct horse", long, 1)).want(http.StatusCreated)
	c.post("/signin", strings.Replace(adaAgain, "correct horse", long+"y", 1)).want(http.StatusUnauthorized)
	c.post("/signin", strings.Replace(adaAgain, "correct horse", long, 1)).want(http.StatusOK)
}

func TestB6BodyTooLarge(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.client(t)
	for kind, body := range map[string]string{
		"application/json":                  `{"first_name":"` + strings.Repeat("x", maxBodyBytes) + `"}`,
		"application/x-www-form-urlencoded": "first_name=" + strings.Repeat("x", maxBodyBytes),
	} {
		for _, path := range []string{"/signup", "/signin", "/logout", "/refresh", "/password"} {
			c.post(path, body).want(http.StatusRequestEntityTooLarge).wantNoCookie()
		}
		// A chunked body does not say how long it is. It counts also where no
		// handler reads it.
		for _, path := range []string{"/signin", "/logout"} {
			r := httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader(body)))
			r.Header.Set("Content-Type", kind)
			w := httptest.NewRecorder()
			f.handler.ServeHTTP(w, r)
			if w.Code != http.StatusRequestEntityTooLarge || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("chunked %s for %s: got status %d and header %v, want 413 and no cookie", kind, path, w.Code, w.Header())
			}
		}
	}
	fits := `{"first_name":"` + strings.Repeat("x", maxBodyBytes-17) + `"}`
	c.post("/signin", fits).want(http.StatusBadRequest) // and not 413
}

// signUpWith is a form with one field that is not as it should be.
func signUpWith(name, value string) string {
	values := map[string]string{"first_name": "Ada", "last_name": "Lovelace",
		"email": "ada@example.org", "password": "correct horse"}
	values[name] = value
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, name, value)
	}
	return formOf(pairs...)
}

func TestB8BadFields(t *testing.T) {
	f := newFixture(t, onMemory(t))
	for _, test := range []struct{ name, field, value string }{
		{"first name missing", "first_name", ""},
		{"first name blank", "first_name", " \t "},
		{"first name with control characters", "first_name", "A\x00da"},
		{"first name no UTF-8", "first_name", "A\xffda"},
		{"first name of an invisible space", "first_name", "\u200b"},
		{"first name of joiners", "first_name", "\u200d\u200c"},
		{"first name of an invisible letter", "first_name", "\u3164"},
		{"first name of a variation selector", "first_name", "\ufe0f"},
		{"first name that turns the text", "first_name", "A\u202eda"},
		{"first name with an invisible space", "first_name", "Ada\u200b"},
		{"first name of two lines", "first_name", "A\u2028da"},
		{"last name blank", "last_name", "\u3000"},
		{"last name long", "last_name", strings.Repeat("x", maxNameRunes+1)},
		{"email missing", "email", ""},
		{"email with an invisible space", "email", "ada@example.org\u200b"},
		{"email with a joiner", "email", "a\u200dda@example.org"},
		{"email with a soft hyphen", "email", "a\u00adda@example.org"},
		{"email without at", "email", "ada.example.org"},
		{"email with a name", "email", "Ada <ada@example.org>"},
		{"email twice", "email", "ada@example.org, eve@example.org"},
		{"email long", "email", strings.Repeat("x", maxEmailBytes) + "@example.org"},
		{"password missing", "password", ""},
		{"password blank", "password", "          "},
		{"password of 7 characters", "password", "ünïcödé"},
		{"password of 73 bytes", "password", strings.Repeat("x", maxPasswordBytes+1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := signUpWith(test.field, test.value)
			f.client(t).post("/signup", body).want(http.StatusBadRequest).wantBody(`"` + test.field + `": "`)
			page := f.person(t).post("/signup", body).want(http.StatusBadRequest).wantNoCookie()
			page.wantBody(`id="` + test.field + `-fault"`).wantBody(`<a href="#` + test.field + `">`)
			if test.field != "last_name" {
				page.wantBody(`value="Lovelace"`)
			}
			if strings.Contains(page.Body.String(), "correct horse") {
				t.Error("the page sends the password back")
			}
		})
	}
	for _, edge := range []string{"exactly8", strings.Repeat("x", maxPasswordBytes)} {
		f.client(t).post("/signup", formOf("first_name", "Ada", "last_name", "Lovelace",
			"email", "ada"+edge[:1]+"@example.org", "password", edge)).want(http.StatusCreated)
	}
	f.client(t).post("/signin", `{"email":"ada"}`).want(http.StatusBadRequest).
		wantBody(`"email": "`).wantBody(`"password": "`)
}

// People are called what they are called.
func TestB8UnusualNames(t *testing.T) {
	f := newFixture(t, onMemory(t))
	for i, name := range []string{"李", "O’Brien-Núñez", "X Æ A-12", "-", "7", "★", "ि", "علی\u200cرضا", "क्\u200dष", "e\u0301"} {
		body := strings.Replace(signUpWith("first_name", name), "ada%40", "ada"+strconv.Itoa(i)+"%40", 1)
		f.client(t).post("/signup", body).want(http.StatusCreated)
	}
}

func TestB8NewPassword(t *testing.T) {
	f := newFixture(t, onMemory(t))
	c := f.signedUp(t)
	for _, bad := range []string{"", "short", strings.Repeat("x", maxPasswordBytes+1)} {
		body := formOf("password", "correct horse", "new_password", bad)
		c.post("/password", body).want(http.StatusBadRequest).wantBody(`"new_password": "`)
	}
	c.post("/password", formOf("new_password", "battery staple")).want(http.StatusBadRequest).wantBody(`"password": "`)
	f.signedIn(t) // the password is the same
}

func TestB8PageEscapesWhatWasTyped(t *testing.T) {
	f := newFixture(t, onMemory(t))
	page := f.person(t).post("/signin", formOf("email", `"><script>alert(1)</script>`, "password", "x"))
	if page.want(http.StatusBadRequest); strings.Contains(page.Body.String(), "<script") {
		t.Errorf("got an unescaped page: %s", page.Body)
	}
}

func TestB9EmailsCompareWithoutCase(t *testing.T) {
	onEveryBackend(t, func(t *testing.T, f *fixture) {
		f.signedUp(t)
		shouted := strings.Replace(ada, "ada@example.org", " ADA@Example.ORG ", 1)
		f.client(t).post("/signup", shouted).want(http.StatusConflict).wantNoCookie()
		f.client(t).post("/signin", shouted).want(http.StatusOK)
	})
}

func TestB9SimultaneousSignUps(t *testing.T) { onEveryBackend(t, simultaneousSignUps) }

func simultaneousSignUps(t *testing.T, f *fixture) {
	var created, taken atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			switch f.client(t).post("/signup", ada).Code {
			case http.StatusCreated:
				created.Add(1)
			case http.StatusConflict:
				taken.Add(1)
			}
		})
	}
	all.Wait()
	if created.Load() != 1 || taken.Load() != 7 {
		t.Errorf("got %d accounts and %d refusals, want 1 and 7", created.Load(), taken.Load())
	}
	if _, total, err := f.users.list(10); total != 1 || err != nil {
		t.Errorf("got %d users and error %v, want one", total, err)
	}
}

package gorilla

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/securecookie"

	"github.com/coatcheck/sessionstore"
)

func TestCookie(t *testing.T) {
	backend := newMemory(t)
	s := newStore(t, backend)
	cookie := begin(t, s, "ada lovelace")
	if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" ||
		cookie.MaxAge != 30*24*60*60 || cookie.Domain != "" {
		t.Errorf("got the cookie %v", cookie)
	}
	var id string
	must(t, securecookie.DecodeMulti("session", cookie.Value, &id, s.Codecs...))
	if len(id) != len(sessionstore.NewID()) || !sessionstore.ValidID(id) {
		t.Errorf("the cookie holds %q, want an id alone", id)
	}
	for listed := range backend.All(t.Context()) {
		if listed.ID == id {
			t.Error("the store has the id itself")
		}
	}
}

func TestForgedCookieIsAVisitor(t *testing.T) {
	backend := newMemory(t)
	s := newStore(t, backend)
	good := begin(t, s, "ada")
	sign := func(id any) string {
		value, err := s.Codecs[0].Encode("session", id)
		must(t, err)
		return value
	}
	for what, value := range map[string]string{
		"empty":        "",
		"an id":        sessionstore.NewID(),
		"cut short":    good.Value[:len(good.Value)-2],
		"10 kB":        strings.Repeat("A", 10_000),
		"another key":  begin(t, newStore(t, backend, otherKey), "eve").Value,
		"unknown id":   sign(sessionstore.NewID()),
		"no id":        sign(""),
		"another type": sign(42),
		"a handle":     sign("#" + sessionstore.NewID()),
		"a strange id": sign("a b/c"),
	} {
		t.Run(what, func(t *testing.T) { wantNew(t, s, &http.Cookie{Name: "session", Value: value}) })
	}
	wantName(t, s, good, "ada")
}

// A cookie is signed for its name: that of one session opens no other.
func TestNamesDoNotMeet(t *testing.T) {
	s := newStore(t, newMemory(t))
	cookie := begin(t, s, "ada")
	cookie.Name = "admin"
	session, err := s.Get(requestWith(cookie), "admin")
	if err != nil || !session.IsNew {
		t.Errorf("got %+v, %v, want a new session", session, err)
	}
}

func TestIDsAreNeverAdopted(t *testing.T) {
	s := newStore(t, newMemory(t))
	value, err := s.Codecs[0].Encode("session", "chosen")
	must(t, err)
	r := requestWith(&http.Cookie{Name: "session", Value: value})
	session := get(t, s, r, true)
	save(t, session, r)
	if session.ID == "chosen" || !sessionstore.ValidID(session.ID) {
		t.Errorf("got the id %q, want a new one", session.ID)
	}
}

// The application may choose ids of any form.
func TestOwnIDs(t *testing.T) {
	s := newStore(t, newMemory(t))
	r := requestWith()
	session := get(t, s, r, true)
	session.ID, session.Values["name"] = "ada@example.org/1", "ada"
	wantName(t, s, save(t, session, r), "ada")
}

func TestKeyRotation(t *testing.T) {
	backend := newMemory(t)
	old := begin(t, newStore(t, backend, key), "ada")
	s := newStore(t, backend, otherKey, nil, key)
	wantName(t, s, old, "ada")
	r := requestWith(old)
	wantName(t, newStore(t, backend, otherKey), save(t, get(t, s, r, false), r), "ada")
	wantNew(t, newStore(t, backend, otherKey), old)
}

func TestBadKeys(t *testing.T) {
	for what, test := range map[string]struct {
		keys [][]byte
		want string
	}{
		"none":                {nil, "crypto/rand"},
		"empty":               {[][]byte{{}}, "pair 0: securecookie: hash key"},
		"wrong encryption":    {[][]byte{key, key[:7]}, "pair 0"},
		"wrong in the second": {[][]byte{key, nil, nil, key}, "pair 1"},
	} {
		s, err := New(newMemory(t), Options{Keys: test.keys})
		if s != nil || err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "Options.Keys") {
			t.Errorf("%s: got %v, %v, want an error with %q", what, s, err, test.want)
		}
	}
}

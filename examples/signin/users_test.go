package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUsersFileInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.db")
	u, err := openUsers(path)
	must(t, err)
	defer u.close()
	if _, err := openUsers(path); err == nil || !strings.Contains(err.Error(), path+" is in use") {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

// A file that cannot be read is named, and does not end the program: bbolt maps
// its file, and memory without a file behind it is a fault.
func TestDamagedUsersFile(t *testing.T) {
	sound := filepath.Join(t.TempDir(), "users.db")
	u, err := openUsers(sound)
	must(t, err)
	_, err = u.create(user{Email: "ada@example.org"})
	must(t, err)
	must(t, u.close())
	text, err := os.ReadFile(sound)
	must(t, err)
	page := os.Getpagesize()
	for name, content := range map[string]string{
		"text":        "no database",
		"zeros":       string(make([]byte, 8*page)),
		"one page":    string(text[:page]),
		"two pages":   string(text[:2*page]),
		"three pages": string(text[:3*page]),
		"no page":     string(text[:page/2]),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "users.db")
			must(t, os.WriteFile(path, []byte(content), 0o600))
			if _, err := openUsers(path); err == nil || !strings.Contains(err.Error(), path+" is damaged") {
				t.Errorf("got %v, want an error that names the file", err)
			}
		})
	}
}

func TestUsersOutlastTheirProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.db")
	u, err := openUsers(path)
	must(t, err)
	first, err := u.create(user{Email: "Ada@example.org", Hash: []byte("hash")})
	must(t, err)
	second, err := u.create(user{Email: "grace@example.org"})
	must(t, err)
	if first.ID == second.ID || !first.Admin || second.Admin {
		t.Errorf("got %+v and %+v, want two ids, and the first to be the administrator", first, second)
	}
	must(t, u.close())
	u, err = openUsers(path)
	must(t, err)
	defer u.close()
	found, err := u.find("ada@EXAMPLE.org")
	must(t, err)
	if found.ID != first.ID || found.Email != "Ada@example.org" || string(found.Hash) != "hash" {
		t.Errorf("got %+v, want %+v", found, first)
	}
	if _, err := u.find("nobody@example.org"); !errors.Is(err, errNoUser) {
		t.Errorf("got %v, want %v", err, errNoUser)
	}
}

// Of two changes of one password that began with the same one, one wins.
func TestSetHash(t *testing.T) {
	u, err := openUsers(filepath.Join(t.TempDir(), "users.db"))
	must(t, err)
	defer u.close()
	ada, err := u.create(user{Email: "ada@example.org", Hash: []byte("old")})
	must(t, err)
	must(t, u.setHash(ada, []byte("new")))
	if err := u.setHash(ada, []byte("other")); !errors.Is(err, errChanged) {
		t.Errorf("got %v, want %v", err, errChanged)
	}
	if found, err := u.find(ada.Email); string(found.Hash) != "new" || err != nil {
		t.Errorf("got %q and %v, want the first new one", found.Hash, err)
	}
	if err := u.setHash(user{Email: "nobody@example.org"}, nil); !errors.Is(err, errChanged) {
		t.Errorf("got %v, want %v", err, errChanged)
	}
}

func TestListOfUsersIsBounded(t *testing.T) {
	u, err := openUsers(filepath.Join(t.TempDir(), "users.db"))
	must(t, err)
	defer u.close()
	for _, name := range []string{"c", "a", "b"} {
		_, err := u.create(user{Email: name + "@example.org"})
		must(t, err)
	}
	listed, total, err := u.list(2)
	must(t, err)
	if total != 3 || len(listed) != 2 || listed[0].Email != "a@example.org" {
		t.Errorf("got %d of %d: %+v, want a and b of three", len(listed), total, listed)
	}
}

package managers

import (
	"io"
	"net/http"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/coatcheck/sessionstore"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
)

var key = []byte("32 bytes that are no secret here")

func newGorillaStore(t *testing.T, store sessionstore.Store) *gorillaadapter.Store {
	t.Helper()
	s, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGorilla(t *testing.T) {
	raceIsReal(t, "FilesystemStore", func(t *testing.T, hold func()) app {
		return newGorilla(sessions.NewFilesystemStore(t.TempDir(), key), hold)
	})
	testManager(t, func(t *testing.T, store sessionstore.Store, hold func()) app {
		return newGorilla(newGorillaStore(t, store), hold)
	})
}

func newGorilla(store sessions.Store, hold func()) app {
	changing := func(change func(*sessions.Session, *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			session, err := store.Get(r, "session")
			if err != nil && !session.IsNew {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			change(session, r)
			if err := session.Save(r, w); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}
	}
	mux := http.NewServeMux()
	mux.Handle("POST /signin", changing(func(s *sessions.Session, r *http.Request) { s.Values["name"] = r.FormValue("name") }))
	mux.Handle("GET /slow", changing(func(s *sessions.Session, _ *http.Request) {
		hold()
		s.Values["seen"] = true
	}))
	mux.Handle("POST /signout", changing(func(s *sessions.Session, _ *http.Request) { s.Options.MaxAge = -1 }))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		session, _ := store.Get(r, "session") // FilesystemStore says here that there is no file
		name, _ := session.Values["name"].(string)
		io.WriteString(w, name)
	})
	return serving(mux)
}

// Command gorilla keeps the sessions of github.com/gorilla/sessions in a Store.
//
//	go run ./examples/gorilla -store bolt:sessions.db
package main

import (
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"

	"github.com/coatcheck/sessionstore"
	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

// key signs the cookies. A real one is 32 random bytes, and not in the source.
var key = []byte("32 bytes that are no secret here")

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	visitors, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	// changing reads the session, lets change change it, and saves it.
	changing := func(change func(*sessions.Session, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			session, err := visitors.Get(r, "session")
			if err == nil {
				err = change(session, r)
			}
			if err == nil {
				err = session.Save(r, w)
			}
			if err != nil {
				http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
			}
		}
	}
	mux := http.NewServeMux()
	mux.Handle("POST /signin", changing(func(session *sessions.Session, r *http.Request) error {
		session.Values["name"] = r.FormValue("name")
		return visitors.Renew(r, session) // a new id at each sign-in
	}))
	mux.Handle("POST /signout", changing(func(session *sessions.Session, _ *http.Request) error {
		session.Options.MaxAge = -1
		return nil
	}))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		session, err := visitors.Get(r, "session")
		if err != nil {
			http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
			return
		}
		name, _ := session.Values["name"].(string)
		fmt.Fprintf(w, "Hello, %s.\n", name)
	})
	return http.NewCrossOriginProtection().Handler(mux), nil
}

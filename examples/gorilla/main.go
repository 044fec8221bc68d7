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
	// with reads the session for a handler, and answers if that or this failed.
	with := func(handle func(*sessions.Session, http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			session, err := visitors.Get(r, "session")
			if err == nil {
				err = handle(session, w, r)
			}
			if err != nil {
				http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
			}
		}
	}
	mux := http.NewServeMux()
	mux.Handle("POST /signin", with(func(session *sessions.Session, w http.ResponseWriter, r *http.Request) error {
		if err := visitors.Renew(r, session); err != nil { // a new id at each sign-in
			return err
		}
		session.Values["name"] = r.FormValue("name")
		return session.Save(r, w)
	}))
	mux.Handle("POST /signout", with(func(session *sessions.Session, w http.ResponseWriter, r *http.Request) error {
		session.Options.MaxAge = -1
		return session.Save(r, w)
	}))
	mux.Handle("GET /{$}", with(func(session *sessions.Session, w http.ResponseWriter, _ *http.Request) error {
		name, _ := session.Values["name"].(string)
		fmt.Fprintf(w, "Hello, %s.\n", name)
		return nil
	}))
	return http.NewCrossOriginProtection().Handler(mux), nil
}

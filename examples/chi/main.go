// Command chi keeps the sessions of a chi router with package httpsession.
//
//	go run ./examples/chi -store bolt:sessions.db
package main

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/examples/internal/program"
	"github.com/coatcheck/sessionstore/httpsession"
)

// visitor is what a session holds.
type visitor struct{ Name string }

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	sessions, err := httpsession.New(store, httpsession.Options[visitor]{
		Owner: func(v visitor) string { return v.Name },
	})
	if err != nil {
		return nil, err
	}
	router := chi.NewRouter()
	router.Use(http.NewCrossOriginProtection().Handler, sessions.Load)
	router.Post("/signin", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Start(w, r, visitor{Name: r.FormValue("name")}); err != nil {
			sessions.Fail(w, r, err)
		}
	})
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		v, _ := sessions.Value(r)
		fmt.Fprintf(w, "Hello, %s.\n", v.Name)
	})
	router.With(sessions.Require).Get("/users/{name}", func(w http.ResponseWriter, r *http.Request) {
		v, _ := sessions.Value(r)
		fmt.Fprintf(w, "%s looks at %s.\n", v.Name, chi.URLParam(r, "name"))
	})
	router.Post("/signout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.End(w, r); err != nil {
			sessions.Fail(w, r, err)
		}
	})
	return router, nil
}

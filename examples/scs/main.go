// Command scs keeps the sessions of github.com/alexedwards/scs in a Store.
//
//	go run ./examples/scs -store bolt:sessions.db
package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/coatcheck/sessionstore"
	scsadapter "github.com/coatcheck/sessionstore/adapters/scs"
	"github.com/coatcheck/sessionstore/examples/internal/program"
)

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	manager := scs.New()
	manager.Store = scsadapter.New(store, scsadapter.Options{})
	manager.IdleTimeout = 30 * time.Minute
	manager.Cookie.Secure = true // browsers take it over plain HTTP from localhost
	manager.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, _ error) {
		http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /signin", func(w http.ResponseWriter, r *http.Request) {
		if err := manager.RenewToken(r.Context()); err != nil { // a new token at each sign-in
			manager.ErrorFunc(w, r, err)
			return
		}
		manager.Put(r.Context(), "name", r.FormValue("name"))
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Hello, %s.\n", manager.GetString(r.Context(), "name"))
	})
	mux.HandleFunc("POST /signout", func(w http.ResponseWriter, r *http.Request) {
		if err := manager.Destroy(r.Context()); err != nil {
			manager.ErrorFunc(w, r, err)
		}
	})
	return http.NewCrossOriginProtection().Handler(manager.LoadAndSave(mux)), nil
}

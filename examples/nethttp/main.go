// Command nethttp keeps sessions with the manager of this module, package
// httpsession, and net/http alone.
//
//	go run ./examples/nethttp -store bolt:sessions.db
package main

import (
	"fmt"
	"net/http"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/examples/internal/program"
	"github.com/coatcheck/sessionstore/httpsession"
)

// visitor is what a session holds.
type visitor struct{ Name string }

func main() { program.Main(program.Handler(newHandler)) }

func newHandler(store sessionstore.Store) (http.Handler, error) {
	sessions, err := httpsession.New(store, httpsession.Options[visitor]{})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /signin", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Start(w, r, visitor{Name: r.FormValue("name")}); err != nil { // always a new id
			sessions.Fail(w, r, err)
		}
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		v, _ := sessions.Value(r)
		fmt.Fprintf(w, "Hello, %s.\n", v.Name)
	})
	mux.HandleFunc("POST /signout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.End(w, r); err != nil {
			sessions.Fail(w, r, err)
		}
	})
	return http.NewCrossOriginProtection().Handler(sessions.Load(mux)), nil
}

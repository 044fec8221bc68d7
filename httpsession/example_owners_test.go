package httpsession_test

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/memory"
)

// "Where you are signed in", and "sign out everywhere else".
func ExampleManager_Sessions() {
	type visitor struct{ User, Device string }
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	sessions, err := httpsession.New(store, httpsession.Options[visitor]{
		Owner: func(v visitor) string { return v.User },
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /signin", func(w http.ResponseWriter, r *http.Request) {
		v := visitor{User: "ada", Device: r.FormValue("device")}
		if err := sessions.Start(w, r, v); err != nil {
			sessions.Fail(w, r, err)
			return
		}
		fmt.Fprintln(w, "signed in")
	})
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, r *http.Request) {
		list, err := sessions.Sessions(r)
		if err != nil {
			sessions.Fail(w, r, err)
			return
		}
		for i, s := range list {
			if i > 0 {
				fmt.Fprint(w, ", ")
			}
			fmt.Fprint(w, s.Value.Device)
			if s.Current {
				fmt.Fprint(w, " (this one)")
			}
		}
		fmt.Fprintln(w)
	})
	mux.HandleFunc("POST /sessions/end-others", func(w http.ResponseWriter, r *http.Request) {
		n, err := sessions.EndOthers(r)
		if err != nil {
			sessions.Fail(w, r, err)
			return
		}
		fmt.Fprintln(w, "ended:", n)
	})
	handler := sessions.Load(mux)

	onLaptop, postLaptop, stopLaptop := surf(handler)
	defer stopLaptop()
	postLaptop("/signin", url.Values{"device": {"laptop"}})
	onPhone, postPhone, stopPhone := surf(handler)
	defer stopPhone()
	postPhone("/signin", url.Values{"device": {"phone"}})
	onPhone("/sessions")
	postPhone("/sessions/end-others", nil)
	onPhone("/sessions")
	onLaptop("/sessions")
	// Output:
	// POST /signin: 200 signed in
	// POST /signin: 200 signed in
	// GET /sessions: 200 laptop, phone (this one)
	// POST /sessions/end-others: 200 ended: 1
	// GET /sessions: 200 phone (this one)
	// GET /sessions: 401 Please sign in.
}

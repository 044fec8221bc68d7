package httpsession_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"

	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/memory"
)

// A sign-in, a page that wants one, and a sign-out, with net/http alone.
func Example() {
	type visitor struct {
		User  string
		Pages int
	}
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
		if r.FormValue("password") != "correct horse" {
			http.Error(w, "wrong name or password", http.StatusUnauthorized)
			return
		}
		if err := sessions.Start(w, r, visitor{User: r.FormValue("user")}); err != nil {
			sessions.Fail(w, r, err)
			return
		}
		fmt.Fprintln(w, "signed in")
	})
	mux.Handle("GET /account", sessions.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Update(r, func(v *visitor) error {
			v.Pages++
			return nil
		})
		if err != nil {
			sessions.Fail(w, r, err)
			return
		}
		who, _ := sessions.Value(r)
		fmt.Fprintf(w, "hello %s, page %d\n", who.User, who.Pages)
	})))
	mux.HandleFunc("POST /signout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.End(w, r); err != nil {
			sessions.Fail(w, r, err)
			return
		}
		fmt.Fprintln(w, "signed out")
	})
	// Other sites cannot post to ours, and every handler has its session.
	handler := http.NewCrossOriginProtection().Handler(sessions.Load(mux))

	get, post, stop := surf(handler)
	defer stop()
	get("/account")
	post("/signin", url.Values{"user": {"ada"}, "password": {"correct horse"}})
	get("/account")
	get("/account")
	post("/signout", nil)
	get("/account")
	// Output:
	// GET /account: 401 Please sign in.
	// POST /signin: 200 signed in
	// GET /account: 200 hello ada, page 1
	// GET /account: 200 hello ada, page 2
	// POST /signout: 200 signed out
	// GET /account: 401 Please sign in.
}

// surf returns a browser on a server with TLS.
func surf(handler http.Handler) (get func(path string), post func(path string, form url.Values), stop func()) {
	server := httptest.NewTLSServer(handler)
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil) // it fails never
	tell := func(method, path string, answer *http.Response, err error) {
		if err != nil {
			fmt.Println(err)
			return
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		fmt.Printf("%s %s: %d %s", method, path, answer.StatusCode, body)
	}
	get = func(path string) {
		answer, err := client.Get(server.URL + path)
		tell("GET", path, answer, err)
	}
	post = func(path string, form url.Values) {
		answer, err := client.PostForm(server.URL+path, form)
		tell("POST", path, answer, err)
	}
	return get, post, server.Close
}

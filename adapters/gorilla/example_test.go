package gorilla_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"

	gorillaadapter "github.com/coatcheck/sessionstore/adapters/gorilla"
	"github.com/coatcheck/sessionstore/memory"
)

func Example() {
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	key := make([]byte, 32) // a real one stays the same after a restart
	rand.Read(key)
	sessions, err := gorillaadapter.New(store, gorillaadapter.Options{Keys: [][]byte{key}})
	if err != nil {
		fmt.Println(err)
		return
	}

	visit := func(w http.ResponseWriter, r *http.Request) {
		session, err := sessions.Get(r, "session")
		if err != nil {
			http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
			return
		}
		visits, _ := session.Values["visits"].(int)
		session.Values["visits"] = visits + 1
		if err := session.Save(r, w); err != nil {
			http.Error(w, "sessions are not available", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "visit ", visits+1)
	}

	first := httptest.NewRecorder()
	visit(first, httptest.NewRequest("GET", "/", nil))
	r, second := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	r.AddCookie(first.Result().Cookies()[0])
	visit(second, r)
	fmt.Println(first.Body, "–", second.Body)
	// Output: visit 1 – visit 2
}

package httpsession_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/coatcheck/sessionstore/httpsession"
	"github.com/coatcheck/sessionstore/memory"
)

// A visitor without an account has a basket, and a message that is shown once.
func ExampleManager_Flash() {
	type visitor struct{ Basket []string }
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	sessions, err := httpsession.New(store, httpsession.Options[visitor]{})
	if err != nil {
		fmt.Println(err)
		return
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /basket/{item}", func(w http.ResponseWriter, r *http.Request) {
		item := r.PathValue("item")
		// A visitor who has no session yet gets one with the message.
		err := sessions.Flash(w, r, "added: "+item)
		if err == nil {
			err = sessions.Update(r, func(v *visitor) error {
				v.Basket = append(v.Basket, item)
				return nil
			})
		}
		if err != nil {
			sessions.Fail(w, r, err)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		messages, err := sessions.Flashes(r)
		if err != nil {
			sessions.Fail(w, r, err)
			return
		}
		v, _ := sessions.Value(r)
		fmt.Fprintf(w, "messages: %s; basket: %s\n", strings.Join(messages, ", "), strings.Join(v.Basket, ", "))
	})

	get, post, stop := surf(sessions.Load(mux))
	defer stop()
	post("/basket/tea", nil)
	post("/basket/cup", nil)
	get("/")
	// Output:
	// POST /basket/tea: 200 messages: added: tea; basket: tea
	// POST /basket/cup: 200 messages: added: cup; basket: tea, cup
	// GET /: 200 messages: ; basket: tea, cup
}

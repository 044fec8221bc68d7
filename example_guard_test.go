package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// The logout race: a request that began before the logout saves its session
// after it. See docs/logout-race.md.
func ExampleGuard() {
	backend, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()

	race := func(store sessionstore.Store) {
		ctx := context.Background()
		id := sessionstore.NewID()
		signedIn := []byte(`{"user":"ada"}`)
		_ = store.Set(ctx, id, signedIn, time.Hour) // sign-in

		data, _ := store.Get(ctx, id)           // a slow request reads its session,
		_ = store.Delete(ctx, id)               // the user signs out meanwhile,
		_ = store.Set(ctx, id, data, time.Hour) // and the request saves at its end

		data, err := store.Get(ctx, id)
		if errors.Is(err, sessionstore.ErrNotFound) {
			fmt.Println("signed out")
			return
		}
		fmt.Printf("signed in again: %s\n", data)
	}
	race(backend)
	race(sessionstore.Guard(backend, 0))
	// Output:
	// signed in again: {"user":"ada"}
	// signed out
}

// A program that says what it means needs no Guard: it creates at sign-in and
// replaces or updates afterwards.
func ExampleReplace() {
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	ctx := context.Background()

	id := sessionstore.NewID()
	fmt.Println(sessionstore.Create(ctx, store, id, []byte("1"), time.Hour))
	fmt.Println(store.Delete(ctx, id)) // the user signs out
	fmt.Println(sessionstore.Replace(ctx, store, id, []byte("2"), time.Hour))
	// Output:
	// <nil>
	// <nil>
	// memory: replace: session not found
}

// A page with "where you are signed in", and "sign out everywhere else".
func ExampleOwners() {
	backend, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer backend.Close()
	store := sessionstore.HashIDs(sessionstore.Guard(backend, 0))
	owners, err := sessionstore.NewOwners(store, sessionstore.OwnersOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()

	var current string // goes into a cookie
	for _, device := range []string{"laptop", "phone"} {
		current = sessionstore.NewID()
		if err := owners.Start(ctx, "ada@example.com", current, []byte(device), time.Hour); err != nil {
			fmt.Println(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	show := func() {
		sessions, err := owners.List(ctx, "ada@example.com")
		if err != nil {
			fmt.Println(err)
		}
		for _, s := range sessions {
			fmt.Printf("%s, this one: %v\n", s.Data, s.Handle == owners.HandleOf(current))
		}
	}
	show()
	n, err := owners.EndOthers(ctx, "ada@example.com", current)
	fmt.Println("ended:", n, err)
	show()
	// Output:
	// laptop, this one: false
	// phone, this one: true
	// ended: 1 <nil>
	// phone, this one: true
}

package sessionstore_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

// A session from sign-in to sign-out.
func Example() {
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	ctx := context.Background()

	id := sessionstore.NewID() // goes into a cookie
	if err := store.Set(ctx, id, []byte(`{"user":"ada"}`), 30*time.Minute); err != nil {
		fmt.Println(err)
	}
	data, err := store.Get(ctx, id)
	fmt.Printf("%s %v\n", data, err)

	if err := store.Delete(ctx, id); err != nil {
		fmt.Println(err)
	}
	err = store.Touch(ctx, id, 30*time.Minute)
	fmt.Println(errors.Is(err, sessionstore.ErrNotFound), err)
	// Output:
	// {"user":"ada"} <nil>
	// true memory: touch: session not found
}

// Health checks ask Ping, and treat a store that cannot tell as well.
func ExamplePing() {
	store, err := memory.New(memory.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sessionstore.Ping(context.Background(), store))
	store.Close()
	fmt.Println(sessionstore.Ping(context.Background(), store))
	// Output:
	// <nil>
	// memory: ping: session store is closed
}

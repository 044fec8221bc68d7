package memory_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/memory"
)

func Example() {
	store, err := memory.New(memory.Options{MaxBytes: 64 << 20}) // 64 MiB
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	ctx := context.Background()

	id := sessionstore.NewID()
	err = store.Set(ctx, id, []byte("alice"), 30*time.Minute)
	if errors.Is(err, sessionstore.ErrFull) {
		fmt.Println("too many visitors: nobody is signed out, nobody can sign in")
	}
	data, err := store.Get(ctx, id)
	fmt.Printf("%s %v\n", data, err)
	// Output: alice <nil>
}

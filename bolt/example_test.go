package bolt_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
)

func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path, ctx := filepath.Join(dir, "sessions.db"), context.Background()

	store, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	id := sessionstore.NewID()
	if err := store.Set(ctx, id, []byte("alice"), 30*time.Minute); err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	// The program ends, and starts again.
	if store, err = bolt.Open(path, bolt.Options{}); err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	data, err := store.Get(ctx, id)
	fmt.Printf("%s %v\n", data, err)
	// Output: alice <nil>
}

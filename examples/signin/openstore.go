package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/coatcheck/sessionstore"
	"github.com/coatcheck/sessionstore/bolt"
	"github.com/coatcheck/sessionstore/memory"
)

// openStore opens the store that a URL names: memory: or bolt:PATH.
func openStore(_ context.Context, url string) (sessionstore.Closer, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch {
	case scheme == "memory" && rest == "":
		return memory.New(memory.Options{})
	case scheme == "bolt" && rest != "" && !strings.HasPrefix(rest, "//"):
		return bolt.Open(rest, bolt.Options{})
	}
	return nil, fmt.Errorf("unknown store: write memory: or bolt:FILE, such as bolt:signin.db")
}

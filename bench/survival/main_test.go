package survival

import (
	"fmt"
	"os"
	"testing"

	"github.com/coatcheck/sessionstore/bench/server"
)

func TestMain(m *testing.M) {
	ServeChild()
	if path := os.Getenv(syncVariable); path != "" {
		if err := serveSyncs(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	server.Main(m)
}

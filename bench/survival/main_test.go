package survival

import (
	"fmt"
	"os"
	"testing"

	"github.com/coatcheck/sessionstore/internal/testserver"
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
	testserver.Main(m)
}

package survival

import (
	"testing"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestMain(m *testing.M) {
	ServeChild()
	testserver.Main(m)
}

package sessionstore_test

import (
	"testing"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

func TestMain(m *testing.M) { testserver.Main(m) }

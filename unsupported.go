package sessionstore

import (
	"errors"
	"fmt"
)

// unsupported says that s lacks a capability.
func unsupported(op string, s Store) error {
	return fmt.Errorf("sessionstore: %s: %T: %w", op, s, errors.ErrUnsupported)
}

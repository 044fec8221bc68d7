package peers

import (
	"fmt"

	"github.com/coatcheck/sessionstore"
)

// unknown says of a write that failed at a server what can be said of it: none
// of the peers tells whether it was carried out.
func unknown(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", sessionstore.ErrUnknownOutcome, err)
}

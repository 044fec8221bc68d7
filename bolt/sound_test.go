package bolt

import (
	"errors"
	"fmt"
	"testing"

	"go.etcd.io/bbolt"
)

// checkSound fails unless soundness finds nothing.
func checkSound(tb testing.TB, s *Store) {
	tb.Helper()
	if err := soundness(s); err != nil {
		tb.Error(err)
	}
}

// soundness returns what is wrong with the file of s: its pages, by bbolt, and
// its sweep index, which must hold every record once, by its deadline, and
// nothing else.
func soundness(s *Store) error {
	var errs []error
	err := s.core.db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			errs = append(errs, fmt.Errorf("the file is damaged: %w", err))
		}
		return nil
	})
	errs = append(errs, err, s.core.view(func(t table) error {
		errs = append(errs, t.unsound()...)
		return nil
	}))
	return errors.Join(errs...)
}

func (t table) unsound() (errs []error) {
	records, entries := 0, 0
	t.b.ForEach(func(k, v []byte) error { // cannot fail: the function does not
		switch k[0] {
		case recordKind:
			records++
			r, err := parseRecord(v)
			if err != nil {
				errs = append(errs, err)
			} else if t.b.Get(sweepKey(r.sweep, k)) == nil {
				errs = append(errs, errors.New("a record has no entry in the sweep index"))
			}
		case sweepKind:
			entries++
		}
		return nil
	})
	if records != entries {
		errs = append(errs, fmt.Errorf("the sweep index has %d entries for %d records", entries, records))
	}
	return errs
}

package main

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// hashCost makes a comparison take about a quarter of a second: each step up
// doubles that.
const hashCost = 12

// maxPasswordBytes is bcrypt's limit: it would ignore what comes after.
const maxPasswordBytes = 72

// passwords makes and checks password hashes.
type passwords struct {
	cost    int
	compare func(hash, password []byte) error
	nobody  []byte // the hash of no user, as costly to compare as any other
}

// newPasswords returns passwords of a bcrypt cost.
func newPasswords(cost int) (*passwords, error) {
	nobody, err := bcrypt.GenerateFromPassword([]byte("nobody's password"), cost)
	if err != nil {
		return nil, fmt.Errorf("bcrypt: %w", err)
	}
	return &passwords{cost: cost, compare: bcrypt.CompareHashAndPassword, nobody: nobody}, nil
}

// hash returns what to keep of a password.
func (p *passwords) hash(password string) ([]byte, error) {
	return bcrypt.GenerateFromPassword([]byte(password), p.cost)
}

// matches reports whether password is the one of hash; a nil hash stands for
// an unknown user and matches nothing. It always compares exactly once, so that
// the time of an answer does not tell whether the user exists.
func (p *passwords) matches(hash []byte, password string) (bool, error) {
	// A password of this length was never accepted, and bcrypt would compare
	// only its beginning.
	impossible := hash == nil || len(password) > maxPasswordBytes
	if impossible {
		hash = p.nobody
	}
	err := p.compare(hash, []byte(password))
	if err == nil || errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return err == nil && !impossible, nil
	}
	return false, fmt.Errorf("bcrypt: %w", err)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// hashCost makes a comparison take about a quarter of a second: each step up
// doubles that.
const hashCost = 12

// maxPasswordBytes is bcrypt's limit: it would ignore what comes after.
const maxPasswordBytes = 72

// maxHashWait is how long a request waits for its turn to hash. It is less than
// a server's limits of time, so that whoever waits in vain gets an answer.
const maxHashWait = 5 * time.Second

// passwords makes and checks password hashes, each of which takes a processor
// for itself: as many at once as there are processors, and the rest wait.
type passwords struct {
	cost     int
	generate func(password []byte, cost int) ([]byte, error)
	compare  func(hash, password []byte) error
	nobody   []byte        // the hash of no user, as costly to compare as any other
	turns    chan struct{} // holds as many as hash now
	maxWait  time.Duration // for a turn
}

// newPasswords returns passwords of a bcrypt cost.
func newPasswords(cost int) (*passwords, error) {
	nobody, err := bcrypt.GenerateFromPassword([]byte("nobody's password"), cost)
	if err != nil {
		return nil, fmt.Errorf("bcrypt: %w", err)
	}
	return &passwords{
		cost:     cost,
		generate: bcrypt.GenerateFromPassword,
		compare:  bcrypt.CompareHashAndPassword,
		nobody:   nobody,
		turns:    make(chan struct{}, runtime.GOMAXPROCS(0)),
		maxWait:  maxHashWait,
	}, nil
}

// hash returns what to keep of a password.
func (p *passwords) hash(ctx context.Context, password string) (hash []byte, err error) {
	failed := p.inTurn(ctx, func() { hash, err = p.generate([]byte(password), p.cost) })
	if failed != nil {
		return nil, failed
	}
	return hash, err
}

// matches reports whether password is the one of hash; a nil hash stands for
// an unknown user and matches nothing. It always compares exactly once, so that
// the time of an answer does not tell whether the user exists.
func (p *passwords) matches(ctx context.Context, hash []byte, password string) (bool, error) {
	// A password of this length was never accepted, and bcrypt would compare
	// only its beginning.
	impossible := hash == nil || len(password) > maxPasswordBytes
	if impossible {
		hash = p.nobody
	}
	var err error
	if failed := p.inTurn(ctx, func() { err = p.compare(hash, []byte(password)) }); failed != nil {
		return false, failed
	}
	if err == nil || errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return err == nil && !impossible, nil
	}
	return false, fmt.Errorf("bcrypt: %w", err)
}

// inTurn runs f, which takes a while, and returns errGivenUp where ctx has ended
// by then.
// Whoever clicks twice has sent two requests, and the browser has given up the
// first: if that created the account all the same, the second would be told
// that the email is taken.
func (p *passwords) inTurn(ctx context.Context, f func()) error {
	wait, cancel := context.WithTimeout(ctx, p.maxWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
	case <-wait.Done():
		if ctx.Err() == nil {
			return errBusy
		}
		return errGivenUp
	}
	defer func() { <-p.turns }()
	f()
	if ctx.Err() != nil {
		return errGivenUp
	}
	return nil
}

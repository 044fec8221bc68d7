package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

var errEmailTaken = errors.New("email is taken")

// A user is an account. Sessions come and go; users stay, whatever store the
// sessions are in.
type user struct {
	Email     string    `json:"email"` // as it was typed
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Hash      []byte    `json:"hash"` // bcrypt
	Created   time.Time `json:"created"`
}

// users keeps accounts in an embedded database, by email.
type users struct {
	db *bbolt.DB
}

var usersBucket = []byte("users")

// openUsers opens the file of users and creates it where there is none. The
// file belongs to one process at a time.
func openUsers(path string) (*users, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%s is in use by another process (waited 1 s for its lock)", path)
	}
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(usersBucket)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &users{db: db}, nil
}

// create adds a user, or returns errEmailTaken. It looks and writes in one
// transaction, so that of two sign-ups with one email one wins.
func (u *users) create(user user) error {
	record, err := json.Marshal(user)
	if err != nil {
		return err
	}
	return u.db.Update(func(tx *bbolt.Tx) error {
		bucket, key := tx.Bucket(usersBucket), emailKey(user.Email)
		if bucket.Get(key) != nil {
			return errEmailTaken
		}
		return bucket.Put(key, record)
	})
}

// find returns the user with an email, and whether there is one.
func (u *users) find(email string) (found user, ok bool, err error) {
	err = u.db.View(func(tx *bbolt.Tx) error {
		record := tx.Bucket(usersBucket).Get(emailKey(email))
		if record == nil {
			return nil
		}
		ok = true
		return json.Unmarshal(record, &found) // copies: record ends with the transaction
	})
	return found, ok, err
}

func (u *users) close() error { return u.db.Close() }

// emailKey lets emails compare without case.
func emailKey(email string) []byte { return []byte(strings.ToLower(email)) }

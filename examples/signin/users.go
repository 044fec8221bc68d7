package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

var (
	errEmailTaken = errors.New("the email is taken")
	errNoUser     = errors.New("there is no such user")
	errChanged    = errors.New("the account was changed meanwhile")
	errAccounts   = errors.New("the file of accounts does not work")
)

// A user is an account. Sessions come and go; users stay, whatever store the
// sessions are in.
type user struct {
	ID        string    `json:"id"`    // never used again
	Email     string    `json:"email"` // as it was typed
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Hash      []byte    `json:"hash"` // bcrypt
	Admin     bool      `json:"admin,omitzero"`
	Created   time.Time `json:"created"`
}

// users keeps accounts in an embedded database, by email.
type users struct {
	db *bbolt.DB
}

var usersBucket = []byte("users")

// create adds a user and returns it with its id, or errEmailTaken. It looks and
// writes in one transaction, so that of two sign-ups with one email one wins.
// The first user of all has the right to see the accounts.
func (u *users) create(added user) (user, error) {
	added.ID = sessionstore.NewID()
	err := u.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(usersBucket)
		if bucket.Get(emailKey(added.Email)) != nil {
			return errEmailTaken
		}
		first, _ := bucket.Cursor().First()
		added.Admin = first == nil
		return put(bucket, added)
	})
	return added, accountsError(err)
}

// setHash gives a user a new password hash, or returns errChanged where the
// former one is not that of old any more: of two changes at once one wins.
func (u *users) setHash(old user, hash []byte) error {
	return accountsError(u.db.Update(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(usersBucket)
		found, err := get(bucket, old.Email)
		if errors.Is(err, errNoUser) || err == nil && !bytes.Equal(found.Hash, old.Hash) {
			return errChanged
		}
		if err != nil {
			return err
		}
		found.Hash = hash
		return put(bucket, found)
	}))
}

// find returns the user with an email, or errNoUser.
func (u *users) find(email string) (found user, err error) {
	err = u.db.View(func(tx *bbolt.Tx) error {
		found, err = get(tx.Bucket(usersBucket), email)
		return err
	})
	return found, accountsError(err)
}

// list returns the first users, by email, at most max of them, and how many
// there are in all.
func (u *users) list(max int) (listed []user, total int, err error) {
	err = u.db.View(func(tx *bbolt.Tx) error {
		bucket := tx.Bucket(usersBucket)
		total = bucket.Stats().KeyN
		cursor := bucket.Cursor()
		for _, record := cursor.First(); record != nil && len(listed) < max; _, record = cursor.Next() {
			var found user
			if err := json.Unmarshal(record, &found); err != nil {
				return err
			}
			listed = append(listed, found)
		}
		return nil
	})
	return listed, total, accountsError(err)
}

// accountsError marks an error that is no answer about an account with errAccounts.
func accountsError(err error) error {
	if err == nil || errors.Is(err, errEmailTaken) || errors.Is(err, errNoUser) || errors.Is(err, errChanged) {
		return err
	}
	return fmt.Errorf("%w: %w", errAccounts, err)
}

// get decodes, and so copies: a record ends with its transaction.
func get(bucket *bbolt.Bucket, email string) (found user, err error) {
	record := bucket.Get(emailKey(email))
	if record == nil {
		return user{}, errNoUser
	}
	err = json.Unmarshal(record, &found)
	return found, err
}

func put(bucket *bbolt.Bucket, u user) error {
	record, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return bucket.Put(emailKey(u.Email), record)
}

// emailKey lets emails compare without case.
func emailKey(email string) []byte { return []byte(strings.ToLower(email)) }

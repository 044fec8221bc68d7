package main

import (
	"net/http"
	"time"
)

// maxListed is how many accounts the page shows.
const maxListed = 100

// accountList is what an administrator sees.
type accountList struct {
	Total    int             `json:"total"`
	Accounts []listedAccount `json:"accounts"` // the first ones, by email
}

type listedAccount struct {
	Email     string    `json:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Admin     bool      `json:"admin"`
	CreatedAt time.Time `json:"created_at"`
}

// More reports whether there are accounts that the list does not have.
func (l accountList) More() bool { return l.Total > len(l.Accounts) }

// admin lists the accounts for those who may see them. To be signed in is not
// enough: that says who somebody is, and not what they may do.
func (s *server) admin(w http.ResponseWriter, r *http.Request) error {
	account, err := s.account(r)
	if err != nil {
		return err
	}
	if !account.Admin {
		return errNoRight
	}
	found, total, err := s.users.list(maxListed)
	if err != nil {
		return err
	}
	list := accountList{Total: total}
	for _, u := range found {
		list.Accounts = append(list.Accounts, listedAccount{
			Email:     u.Email,
			FirstName: u.FirstName,
			LastName:  u.LastName,
			Admin:     u.Admin,
			CreatedAt: u.Created.Truncate(time.Second),
		})
	}
	return s.answer(w, r, list, "admin", list)
}

package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/coatcheck/sessionstore"
)

// sessionList is where a user is signed in.
type sessionList struct {
	Sessions []listedSession `json:"sessions"`
}

// A listedSession is one of them. The handle names it and opens nothing.
type listedSession struct {
	Handle    string    `json:"handle"`
	Device    string    `json:"device"`
	Current   bool      `json:"current"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	EndsAt    time.Time `json:"ends_at"`
}

// Others reports whether there is more than one session.
func (l sessionList) Others() bool { return len(l.Sessions) > 1 }

func (s *server) listSessions(w http.ResponseWriter, r *http.Request) error {
	found, err := s.sessions.Sessions(r)
	if err != nil {
		return err
	}
	list := sessionList{Sessions: []listedSession{}}
	for _, one := range found {
		list.Sessions = append(list.Sessions, listedSession{
			Handle:    one.Handle,
			Device:    one.Value.Device,
			Current:   one.Current,
			CreatedAt: one.Created.Truncate(time.Second),
			SeenAt:    one.Seen.Truncate(time.Second),
			EndsAt:    one.Ends.Truncate(time.Second),
		})
	}
	// What somebody looks for is near the top: this one, and the last used.
	slices.SortStableFunc(list.Sessions, func(a, b listedSession) int {
		switch {
		case a.Current:
			return -1
		case b.Current:
			return 1
		}
		return b.SeenAt.Compare(a.SeenAt)
	})
	return s.answer(w, r, list, "sessions", list)
}

// endSession ends one of the user's sessions. Their own is a sign-out.
func (s *server) endSession(w http.ResponseWriter, r *http.Request) error {
	handle := r.PathValue("handle")
	if own, ok := s.sessions.Current(r); ok && own.Handle == handle {
		return s.logOut(w, r)
	}
	err := s.sessions.EndSession(r, handle)
	if errors.Is(err, sessionstore.ErrNotFound) && wantsPage(r) {
		// Ended on another page, or by a second click: they have what they
		// wanted.
		return s.told(w, r, message{"That session had ended already."}, "/sessions")
	}
	if errors.Is(err, sessionstore.ErrNotFound) {
		return errNoSuchSession
	}
	if err != nil {
		return err
	}
	return s.told(w, r, message{"The session was ended."}, "/sessions")
}

// endOthers ends all of the user's sessions but the one in use.
func (s *server) endOthers(w http.ResponseWriter, r *http.Request) error {
	n, err := s.sessions.EndOthers(r)
	if err != nil {
		return err
	}
	return s.told(w, r, message{othersEnded(n)}, "/sessions")
}

func othersEnded(n int) string {
	switch n {
	case 0:
		return "There was no other session to end."
	case 1:
		return "One other session was ended."
	}
	return fmt.Sprintf("%d other sessions were ended.", n)
}

// told answers a success with a message: to a program now, to a person on the
// next page.
func (s *server) told(w http.ResponseWriter, r *http.Request, m message, next string) error {
	s.tell(w, r, m.Message)
	return s.done(w, r, http.StatusOK, m, next)
}

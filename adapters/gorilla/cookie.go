package gorilla

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
)

var errNoKeys = errors.New("empty: give a signing key of 32 or 64 bytes from crypto/rand, and the same after a restart")

// newCodecs returns a codec for each pair of keys, each tried out: securecookie
// itself would report a bad key at the first cookie.
func newCodecs(keys [][]byte) ([]securecookie.Codec, error) {
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	codecs := securecookie.CodecsFromPairs(keys...)
	for i, codec := range codecs {
		if c, ok := codec.(*securecookie.SecureCookie); ok {
			c.MaxAge(0)
		}
		if _, err := codec.Encode("session", "id"); err != nil {
			return nil, fmt.Errorf("pair %d: %w", i, err)
		}
	}
	return codecs, nil
}

// cookieID returns the id in the request's cookie, or "" where there is none
// that was signed here.
func (s *Store) cookieID(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	var id string
	if securecookie.DecodeMulti(name, cookie.Value, &id, s.Codecs...) != nil {
		return ""
	}
	return id
}

// setCookie gives the client the session's id, signed.
func (s *Store) setCookie(w http.ResponseWriter, session *sessions.Session) error {
	value, err := securecookie.EncodeMulti(session.Name(), session.ID, s.Codecs...)
	if err != nil {
		return fmt.Errorf("gorilla: save: the cookie cannot be encoded: %w", err)
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), value, session.Options))
	return nil
}

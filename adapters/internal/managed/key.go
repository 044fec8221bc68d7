package managed

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/coatcheck/sessionstore"
)

const (
	// hashedPrefix begins the id of a key that is no valid id itself.
	hashedPrefix = "~key."

	handleMark  = "#"
	handleBytes = 43 // a SHA-256 in base64url
)

// name returns the id for a key. Valid ids are their own, anything else is
// hashed: also what looks like a hashed one, so that no two keys meet.
func name(key string) string {
	if sessionstore.ValidID(key) && !strings.HasPrefix(key, hashedPrefix) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hashedPrefix + base64.RawURLEncoding.EncodeToString(sum[:])
}

// isHandle reports whether key looks like what All and Owners call a session.
func (m *Store) isHandle(key string) bool {
	hash := strings.TrimLeft(key, handleMark)
	return m.handles && hash != key && len(hash) == handleBytes && sessionstore.ValidID(hash)
}

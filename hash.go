package sessionstore

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// handleMark begins a handle. No id has it.
const handleMark = "#"

// hashOf returns the SHA-256 of an id, in 43 characters that are themselves a
// valid id.
func hashOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// cutHandle returns what HashIDs' inner store calls the session that has the
// handle: a hash or, under another HashIDs, a handle again. It reports whether
// handle is one.
func cutHandle(handle string) (name string, ok bool) {
	name, ok = strings.CutPrefix(handle, handleMark)
	if !ok {
		return "", false
	}
	hash := strings.TrimLeft(name, handleMark)
	sum, err := base64.RawURLEncoding.Strict().DecodeString(hash)
	return name, err == nil && len(sum) == sha256.Size && ValidID(hash)
}

// sameName returns 43 characters that stand for a session of s, whether name is
// its id or the handle by which All of s lists it.
func sameName(s Store, name string) string {
	if ValidID(name) {
		name = handleOf(s, name)
	}
	if strings.HasPrefix(name, handleMark) {
		return strings.TrimLeft(name, handleMark)
	}
	return hashOf(name)
}

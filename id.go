package sessionstore

import (
	"crypto/rand"
	"encoding/base64"
)

// MaxIDBytes is the length of the longest id.
const MaxIDBytes = 128

// idBytes is the entropy of a new id: 256 bits, twice what OWASP's session
// management cheat sheet and SP 800-63B ask for at least.
const idBytes = 32

// NewID returns a new session id: 256 bits from [crypto/rand], as 43
// characters of base64url. It is safe in a cookie, a header and a path.
func NewID() string {
	var b [idBytes]byte
	rand.Read(b[:]) // never fails: the runtime aborts instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ValidID reports whether id may name a session: 1 to [MaxIDBytes] bytes, each
// a letter, a digit, or one of - . _ ~ (the unreserved characters of RFC 3986,
// section 2.3). Programs check what a client sends with it, and treat a bad
// one like an unknown one.
func ValidID(id string) bool {
	if len(id) < 1 || len(id) > MaxIDBytes {
		return false
	}
	for i := range len(id) {
		if !idByte[id[i]] {
			return false
		}
	}
	return true
}

// idByte marks the bytes of which ids are made.
var idByte = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		t[c] = true
	}
	return t
}()

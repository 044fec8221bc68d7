package sessionstore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// A record of Encrypt:
//
//	version  1 byte
//	key id   4 bytes, derived from the master key; picks the key
//	nonce   12 bytes, random
//	data     as long as the session's
//	tag     16 bytes
//
// Each session has an AES-256 key of its own, derived from the master key, the
// purpose and the session's name, so that random nonces of 12 bytes are enough
// for any number of sessions. Version, key id, purpose and name are bound once
// more as additional data.
const (
	sealVersion = 1
	keyIDBytes  = 4
	headerBytes = 1 + keyIDBytes
	nonceBytes  = 12
	tagBytes    = 16

	masterKeyBytes = 32
)

// Labels keep apart what is derived from one master key.
const (
	keyIDLabel      = "sessionstore encrypt 1: key id"
	sessionKeyLabel = "sessionstore encrypt 1: session key"
)

// sealKey is a master key, ready to derive from.
type sealKey struct {
	id     [keyIDBytes]byte
	master []byte // HKDF's pseudorandom key
}

func newSealKey(key []byte) (k sealKey, err error) {
	if len(key) != masterKeyBytes {
		return k, fmt.Errorf("got %d bytes, want %d from crypto/rand", len(key), masterKeyBytes)
	}
	if k.master, err = hkdf.Extract(sha256.New, key, nil); err != nil {
		return k, err
	}
	id, err := hkdf.Expand(sha256.New, k.master, joinFields(keyIDLabel), keyIDBytes)
	copy(k.id[:], id)
	return k, err
}

// cipher returns what seals and opens the records of one session.
func (k sealKey) cipher(purpose, name string) (cipher.AEAD, error) {
	key, err := hkdf.Expand(sha256.New, k.master, joinFields(sessionKeyLabel, purpose, name), masterKeyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block) // puts the nonce in front
}

// sealer seals with its first key and opens with all.
type sealer struct {
	keys    []sealKey // at least one
	purpose string    // fields: the purpose, and the names of namespaces
}

// seal returns the record of a session's data.
func (s sealer) seal(name string, data []byte) ([]byte, error) {
	aead, err := s.keys[0].cipher(s.purpose, name)
	if err != nil {
		return nil, err
	}
	record := make([]byte, 0, len(data)+EncryptOverheadBytes)
	record = append(record, sealVersion)
	record = append(record, s.keys[0].id[:]...)
	return aead.Seal(record, nil, data, s.bound(record, name)), nil
}

// open returns the data of a record, in new memory and never nil. All its
// errors are ErrCorrupt.
func (s sealer) open(name string, record []byte) ([]byte, error) {
	if len(record) < EncryptOverheadBytes {
		return nil, corrupt("it is too short")
	}
	if record[0] != sealVersion {
		return nil, corrupt("its version is unknown")
	}
	err := corrupt("none of the keys has sealed it")
	for _, k := range s.keys {
		if [keyIDBytes]byte(record[1:headerBytes]) != k.id {
			continue
		}
		var data []byte
		if data, err = s.openWith(k, name, record); err == nil {
			return data, nil
		}
	}
	return nil, err
}

func (s sealer) openWith(k sealKey, name string, record []byte) ([]byte, error) {
	aead, err := k.cipher(s.purpose, name)
	if err != nil {
		return nil, corrupt("its key cannot be derived")
	}
	header, sealed := record[:headerBytes], record[headerBytes:]
	data, err := aead.Open(make([]byte, 0, len(record)-EncryptOverheadBytes), nil, sealed, s.bound(header, name))
	if err != nil {
		return nil, corrupt("it was changed, or sealed for another session, namespace or purpose")
	}
	return data, nil
}

// bound is the additional data of a record.
func (s sealer) bound(header []byte, name string) []byte {
	return append(append([]byte{}, header...), joinFields(s.purpose, name)...)
}

func corrupt(why string) error { return fmt.Errorf("%w: %s", ErrCorrupt, why) }

// joinFields puts each field's length before it, so that no two lists of fields
// become one text.
func joinFields(fields ...string) string {
	var b []byte
	for _, f := range fields {
		b = binary.BigEndian.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return string(b)
}

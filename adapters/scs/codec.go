package scs

import (
	"bytes"
	"encoding/gob"
	"time"
)

// Codec is the half of scs.Codec that reads a session.
type Codec interface {
	// Decode returns an error for what the manager could not read. The rest
	// of what it returns is not used.
	Decode(data []byte) (deadline time.Time, values map[string]any, err error)
}

// gobCodec reads what scs.GobCodec writes.
type gobCodec struct{}

func (gobCodec) Decode(data []byte) (time.Time, map[string]any, error) {
	var session struct {
		Deadline time.Time
		Values   map[string]any
	}
	err := gob.NewDecoder(bytes.NewReader(data)).Decode(&session)
	return session.Deadline, session.Values, err
}

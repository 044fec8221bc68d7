package gorilla

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

// encode returns the record of a session.
func encode(values map[any]any) ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(values); err != nil {
		return nil, fmt.Errorf("gorilla: save: the session's values cannot be encoded: %w", err)
	}
	return b.Bytes(), nil
}

// decode returns the values of a record.
func decode(data []byte) (map[any]any, error) {
	values := map[any]any{}
	err := gob.NewDecoder(bytes.NewReader(data)).Decode(&values)
	return values, err
}

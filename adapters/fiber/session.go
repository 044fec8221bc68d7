package fiber

import (
	"bytes"
	"encoding/gob"
)

// isSession reports whether data is a session of fiber v3 or v2.
func isSession(data []byte) bool {
	return decode(data, new(map[any]any)) || decode(data, new(map[string]any))
}

func decode(data []byte, into any) bool {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(into) == nil
}

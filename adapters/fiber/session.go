package fiber

import (
	"bytes"
	"encoding/gob"
)

// fiber v3 keys a session's values by anything, v2 by strings, and neither can
// decode what the other has stored.
func isV3Session(data []byte) bool { return decode(data, new(map[any]any)) }

func isV2Session(data []byte) bool { return decode(data, new(map[string]any)) }

func decode(data []byte, into any) bool {
	return gob.NewDecoder(bytes.NewReader(data)).Decode(into) == nil
}

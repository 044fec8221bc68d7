package survival

import (
	"bytes"
	"fmt"
)

// dataOf returns a version of a session's data, which tells session, version and
// length.
func dataOf(id string, version, sizeBytes int) []byte {
	data := fmt.Appendf(make([]byte, 0, sizeBytes), "%s %d %d ", id, version, sizeBytes)
	for i := len(data); i < sizeBytes; i++ {
		data = append(data, byte('a'+(i+version)%26))
	}
	return data
}

// versionOf returns which version of a session's data this is, and 0 where it
// is none of its versions.
func versionOf(id string, data []byte) int {
	var version int
	rest, found := bytes.CutPrefix(data, []byte(id+" "))
	if !found {
		return 0
	}
	if _, err := fmt.Sscanf(string(rest[:min(len(rest), 12)]), "%d ", &version); err != nil {
		return 0
	}
	if !bytes.Equal(data, dataOf(id, version, len(data))) {
		return 0
	}
	return version
}

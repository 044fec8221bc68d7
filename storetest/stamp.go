package storetest

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// The sessions of a load say which they are and who wrote them, so that each
// read can be checked at the cost of a few comparisons: 8 bytes with the
// session's number, 8 with a stamp that each write draws anew, bytes that do
// not compress, and at the end 8 that depend on the first 16, which shows a
// record of two halves.

const (
	stampBytes = 16
	sealBytes  = 8

	// minLoadBytes is the smallest session of a load.
	minLoadBytes = stampBytes + sealBytes
)

// filler returns size bytes that look random and are the same in every load.
func filler(size int) []byte {
	data := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func putStamp(data []byte, number int, stamp uint64) {
	binary.LittleEndian.PutUint64(data, uint64(number))
	binary.LittleEndian.PutUint64(data[8:], stamp)
	binary.LittleEndian.PutUint64(data[len(data)-sealBytes:], seal(number, stamp))
}

// readStamp checks that data is a whole session of that number and size, and
// returns its stamp.
func readStamp(data []byte, number, size int) (uint64, error) {
	if len(data) != size {
		return 0, fmt.Errorf("session %d has %d bytes, want %d", number, len(data), size)
	}
	if got := binary.LittleEndian.Uint64(data); got != uint64(number) {
		return 0, fmt.Errorf("session %d has the data of another", number)
	}
	stamp := binary.LittleEndian.Uint64(data[8:])
	if binary.LittleEndian.Uint64(data[size-sealBytes:]) != seal(number, stamp) {
		return 0, fmt.Errorf("session %d ends with other data than it begins with", number)
	}
	return stamp, nil
}

func seal(number int, stamp uint64) uint64 {
	return (stamp ^ uint64(number)) * 0x9e3779b97f4a7c15
}

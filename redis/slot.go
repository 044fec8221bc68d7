package redis

// slot returns the hash slot of a key in a Redis Cluster: the CRC-16 of
// XMODEM, of which a cluster has 16,384 values. No key of ours has braces, so
// that all of it counts.
func slot(key string) uint16 {
	const polynomial, slots = 0x1021, 16384
	var crc uint16
	for i := range len(key) {
		crc ^= uint16(key[i]) << 8
		for range 8 {
			high := crc & 0x8000
			crc <<= 1
			if high != 0 {
				crc ^= polynomial
			}
		}
	}
	return crc % slots
}

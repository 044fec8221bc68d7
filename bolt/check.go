package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// checkPath looks at what is at path, without changing it, and reports whether
// a database is yet to be made there: where nothing or an empty file is.
func checkPath(path string) (isNew bool, err error) {
	if path == "" {
		return false, errors.New("the path is empty: name a file, such as sessions.db")
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, checkParent(filepath.Dir(path))
	}
	if err != nil {
		return false, openError(path, err)
	}
	if info.IsDir() {
		return false, fmt.Errorf("it is a directory: name a file in it, such as %s", filepath.Join(path, "sessions.db"))
	}
	if !info.Mode().IsRegular() {
		return false, errors.New("it is not a regular file: name one")
	}
	return checkFile(path)
}

func checkParent(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the directory %s does not exist: create it first: %w", dir, err)
	}
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a directory: name a file in one", dir)
	}
	return err
}

// checkFile looks whether the file is a whole database. While another process
// writes it may look otherwise for a moment, so a bad look is repeated.
func checkFile(path string) (isNew bool, err error) {
	const looks, pause = 3, 10 * time.Millisecond
	for look := range looks {
		if look > 0 {
			time.Sleep(pause)
		}
		if isNew, err = lookAtFile(path); err == nil {
			return isNew, nil
		}
	}
	return false, err
}

func lookAtFile(path string) (isNew bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, openError(path, err)
	}
	defer f.Close()
	meta, found := newestMeta(f)
	info, err := f.Stat() // after the meta page: a file grows before that says so
	if err != nil {
		return false, err
	}
	if info.Size() == 0 {
		return true, nil
	}
	if !found {
		return false, errors.New("it is not a bbolt database, or is damaged: name another file, or restore a backup")
	}
	if pages := uint64(info.Size()) / uint64(meta.pageSize); pages < meta.pages {
		return false, fmt.Errorf("the file is cut short: it has %d bytes and its content ends at %d: restore a backup, or move it away to start anew",
			info.Size(), meta.pages*uint64(meta.pageSize))
	}
	return false, nil
}

// A metaPage is what bbolt's first two pages say of the whole file. The newer
// valid one counts.
type metaPage struct {
	pageSize uint32
	pages    uint64 // up to the end of the content
	txid     uint64
}

// The layout of a meta page, in the byte order of the machine: a page header,
// then magic, version, page size and flags of 4 bytes, then root, sequence,
// freelist, pages, txid of 8, then the FNV-1a sum of all these.
const (
	pageHeaderBytes = 16
	metaSummedBytes = 4*4 + 5*8
	metaPageBytes   = pageHeaderBytes + metaSummedBytes + 8

	metaMagic   = 0xED0CDAED
	metaVersion = 2

	minPageSize = 1 << 10
	maxPageSize = 1 << 24
)

// newestMeta returns the meta page that bbolt would go by. The first is at the
// start; the second is a page further, wherever that is.
func newestMeta(f *os.File) (newest metaPage, found bool) {
	first, ok := readMeta(f, 0)
	if ok {
		newest, found = first, true
	}
	for size := int64(minPageSize); size <= maxPageSize; size *= 2 {
		if found && size != int64(newest.pageSize) {
			continue
		}
		second, ok := readMeta(f, size)
		if ok && int64(second.pageSize) == size && (!found || second.txid > newest.txid) {
			newest, found = second, true
		}
	}
	return newest, found
}

// readMeta reads the meta page at offset, if there is a valid one.
func readMeta(f *os.File, offset int64) (metaPage, bool) {
	var b [metaPageBytes]byte
	if _, err := f.ReadAt(b[:], offset); err != nil {
		return metaPage{}, false
	}
	meta, order := b[pageHeaderBytes:], binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(meta[:metaSummedBytes])
	if order.Uint32(meta) != metaMagic || order.Uint32(meta[4:]) != metaVersion ||
		order.Uint64(meta[metaSummedBytes:]) != sum.Sum64() {
		return metaPage{}, false
	}
	m := metaPage{pageSize: order.Uint32(meta[8:]), pages: order.Uint64(meta[40:]), txid: order.Uint64(meta[48:])}
	return m, m.pageSize >= minPageSize && m.pageSize <= maxPageSize
}

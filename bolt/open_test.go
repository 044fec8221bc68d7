package bolt

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/coatcheck/sessionstore"
)

// pageBytes is the page size of the files that bbolt makes here.
var pageBytes = os.Getpagesize()

// TestOpenRefuses gives Open what is no usable database. The error says what to
// do, and the file stays as it was.
func TestOpenRefuses(t *testing.T) {
	database := closedFile(t, Options{})
	layout := func(version string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			update(t, path, func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucket([]byte(defaultBucket))
				return errors.Join(err, b.Put([]byte(layoutKey), []byte(version)))
			})
		}
	}
	write := func(content []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	noMeta := bytes.Clone(database)
	clear(noMeta[:2*pageBytes])
	tests := []struct {
		name string
		make func(t *testing.T, path string)
		want string
	}{
		{"text", write([]byte("users: 1\n")), "not a bbolt database"},
		{"long text", write(bytes.Repeat([]byte("text\n"), 20_000)), "not a bbolt database"},
		{"zeros", write(make([]byte, 1<<16)), "not a bbolt database"},
		{"an SQLite database", write(append([]byte("SQLite format 3\x00"), make([]byte, 8192)...)), "not a bbolt database"},
		{"the first byte", write(database[:1]), "not a bbolt database"},
		{"no valid meta page", write(noMeta), "not a bbolt database"},
		{"both meta pages only", write(database[:2*pageBytes]), "cut short"},
		{"the last page missing", write(database[:contentBytes(t, database)-pageBytes]), "cut short"},
		{"the last byte missing", write(database[:contentBytes(t, database)-1]), "cut short"},
		{"a newer layout", layout("2"), `layout "2"`},
		{"another program's bucket", func(t *testing.T, path string) {
			update(t, path, func(tx *bbolt.Tx) error {
				b, err := tx.CreateBucket([]byte(defaultBucket))
				return errors.Join(err, b.Put([]byte("alice"), []byte("1")))
			})
		}, "choose another Options.Bucket"},
		{"a directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "name a file in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sessions.db")
			test.make(t, path)
			before, modified := contentOf(t, path)
			s, err := Open(path, Options{})
			if err == nil {
				s.Close()
				t.Fatal("Open: got no error")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open: got %q, want the path and %q in it", err, test.want)
			}
			after, modifiedAfter := contentOf(t, path)
			if !bytes.Equal(after, before) || !modifiedAfter.Equal(modified) {
				t.Errorf("the file is not as it was")
			}
		})
	}
}

// TestOpenPath gives Open paths at which no file can be.
func TestOpenPath(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"": "name a file",
		filepath.Join(dir, "none", "sessions.db"): filepath.Join(dir, "none") + " does not exist: create it first",
		filepath.Join(file, "sessions.db"):        "not a directory",
		os.DevNull:                                "not a regular file",
	} {
		s, err := Open(path, Options{})
		if err == nil {
			s.Close()
			t.Errorf("Open(%q): got no error", path)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): got %q, want %q in it", path, err, want)
		}
	}
}

// TestOpenDamaged damages every page in turn. Whatever bbolt makes of that, it
// is an error or works, and never a panic or a session that is not there.
func TestOpenDamaged(t *testing.T) {
	database := closedFile(t, Options{})
	database = database[:contentBytes(t, database)]
	for page := range len(database) / pageBytes {
		path := filepath.Join(t.TempDir(), "sessions.db")
		damaged := bytes.Clone(database)
		for i := range 16 { // the header
			damaged[page*pageBytes+i] ^= 0xa5
		}
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{SweepInterval: -1})
		if err != nil {
			continue
		}
		for i := range 50 {
			_, err := s.Get(t.Context(), fmt.Sprintf("session-%d", i))
			if errors.Is(err, sessionstore.ErrNotFound) {
				t.Errorf("page %d: Get: got %v, want the session or another error", page, err)
			}
		}
		for i := range 5 {
			s.Set(t.Context(), fmt.Sprintf("session-%d", i), nil, time.Hour) // may fail: it must not panic
		}
		s.core.closed.Store(true) // closing bbolt may meet the damage as well
		s.core.db.Close()
	}
}

// TestOpenMeta damages one meta page: bbolt goes by the other, and so does the
// look at the file.
func TestOpenMeta(t *testing.T) {
	for page := range 2 {
		database := closedFile(t, Options{})
		clear(database[page*pageBytes:][:pageBytes])
		path := filepath.Join(t.TempDir(), "sessions.db")
		if err := os.WriteFile(path, database, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path, Options{SweepInterval: -1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), "session-0"); err != nil {
			t.Errorf("without meta page %d: %v", page, err)
		}
		s.Close()
	}
}

// TestOpenEmpty opens an empty file, as mktemp makes it: there is nothing in it
// to lose, so it becomes a database.
func TestOpenEmpty(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenBeside opens a database that holds other buckets, and leaves them.
func TestOpenBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	update(t, path, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("users"))
		return errors.Join(err, b.Put([]byte("alice"), []byte("1")))
	})
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "alice", nil, time.Hour); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	update(t, path, func(tx *bbolt.Tx) error {
		if got := tx.Bucket([]byte("users")).Get([]byte("alice")); string(got) != "1" {
			t.Errorf("the other bucket: got %q", got)
		}
		return nil
	})
}

// TestOpenMode checks who may read a new file.
func TestOpenMode(t *testing.T) {
	for mode, want := range map[os.FileMode]os.FileMode{0: 0o600, 0o400: 0o400} {
		path := filepath.Join(t.TempDir(), "sessions.db")
		s, err := Open(path, Options{FileMode: mode})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want && os.PathSeparator == '/' {
			t.Errorf("FileMode %o: got a file of mode %o, want %o", mode, got, want)
		}
	}
}

// TestOpenLocked opens a file that another process has open.
func TestOpenLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	holder := child(t, "hold", path)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	defer holder.Wait()
	defer in.Close() // ends it
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "open\n" {
		t.Fatalf("the holder says %q, %v", line, err)
	}
	start := time.Now()
	s, err := Open(path, Options{})
	took := time.Since(start)
	if err == nil {
		s.Close()
		t.Fatal("Open: got no error")
	}
	if !strings.Contains(err.Error(), "another process") || !strings.Contains(err.Error(), path) {
		t.Errorf("Open: got %q, want the path and who has it open", err)
	}
	if took < 500*time.Millisecond || took > 1500*time.Millisecond {
		t.Errorf("Open took %v, want about a second", took)
	}
}

func init() {
	children["hold"] = func(path string) error {
		s, err := Open(path, Options{})
		if err != nil {
			return err
		}
		defer s.Close()
		fmt.Println("open")
		_, err = io.Copy(io.Discard, os.Stdin) // until the parent ends
		return err
	}
}

func TestOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	for _, options := range []Options{
		{LockTimeout: -1},
		{Bucket: strings.Repeat("b", bbolt.MaxKeySize+1)},
	} {
		if s, err := Open(path, options); err == nil {
			s.Close()
			t.Errorf("Open with a wrong option: got no error")
		}
	}
	s, err := Open(path, Options{Bucket: strings.Repeat("b", bbolt.MaxKeySize)})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestNew(t *testing.T) {
	if _, err := New(nil, Options{}); err == nil {
		t.Error("New(nil): got no error")
	}
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := db.View(func(*bbolt.Tx) error { return nil }); err != nil {
		t.Errorf("the database after Close: %v, want it open", err)
	}
	if s, err = New(db, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		s.Ping(t.Context()), s.Delete(t.Context(), "a"), second(s.Get(t.Context(), "a")),
		s.Set(t.Context(), "a", nil, time.Hour),
	} {
		if err == nil || errors.Is(err, sessionstore.ErrNotFound) || errors.Is(err, sessionstore.ErrUnknownOutcome) {
			t.Errorf("after the database was closed: got %v, want that", err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if db, err = bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := New(db, Options{}); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("New of a read-only database: got %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// closedFile returns the content of a file with fifty sessions.
func closedFile(t *testing.T, options Options) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := Open(path, options)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if err := s.Set(t.Context(), fmt.Sprintf("session-%d", i), make([]byte, 500), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, _ := contentOf(t, path)
	return content
}

// contentBytes returns how much of a database file bbolt uses. The rest is room
// to grow.
func contentBytes(t *testing.T, database []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sessions.db")
	if err := os.WriteFile(path, database, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	meta, ok := newestMeta(f)
	if !ok {
		t.Fatal("no meta page found")
	}
	return int(meta.pages) * int(meta.pageSize)
}

// contentOf returns what is in the file at path, nothing if it is a directory,
// and when that was written.
func contentOf(t *testing.T, path string) ([]byte, time.Time) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.IsDir() {
		return nil, info.ModTime()
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content, info.ModTime()
}

// update changes the database at path as another program would.
func update(t *testing.T, path string, fn func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(fn), db.Close()); err != nil {
		t.Fatal(err)
	}
}

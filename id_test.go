package sessionstore

import (
	"strings"
	"testing"
)

func TestValidID(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	for c := range 256 {
		id := "a" + string([]byte{byte(c)}) + "z"
		if got, want := ValidID(id), strings.IndexByte(alphabet, byte(c)) >= 0; got != want {
			t.Errorf("ValidID(%q): got %v, want %v", id, got, want)
		}
	}
	for length, want := range map[int]bool{0: false, 1: true, 127: true, 128: true, 129: false} {
		if got := ValidID(strings.Repeat("x", length)); got != want {
			t.Errorf("ValidID of %d bytes: got %v, want %v", length, got, want)
		}
	}
}

func TestNewID(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		id := NewID()
		if !ValidID(id) {
			t.Fatalf("NewID: got %q, which is not valid", id)
		}
		if len(id) != 43 {
			t.Fatalf("NewID: got %d characters, want 43: 256 bits in base64", len(id))
		}
		if seen[id] {
			t.Fatal("NewID returned an id twice")
		}
		seen[id] = true
	}
}

func FuzzValidID(f *testing.F) {
	for _, id := range []string{"", "a", "..", "a b", "a\r\n", strings.Repeat("x", 129), "é"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		want := len(id) >= 1 && len(id) <= 128 && strings.Trim(id,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
		if got := ValidID(id); got != want {
			t.Errorf("ValidID(%q): got %v, want %v", id, got, want)
		}
	})
}

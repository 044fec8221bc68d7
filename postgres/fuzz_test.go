package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/coatcheck/sessionstore"
)

// FuzzURL puts anything around a password: it is in no error.
func FuzzURL(f *testing.F) {
	const secret = "s3cr3t-passw0rd"
	f.Add("", "", "host:5432/db")
	f.Add("#", "/", "host")
	f.Add("%", "?a=b", "[::1]:1/x?sslmode=no")
	f.Add("p@", ":", "host:port")
	f.Fuzz(func(t *testing.T, before, after, rest string) {
		for _, scheme := range []string{"postgres", "postgresql", "http"} {
			_, err := parse(scheme+"://user:"+before+secret+after+"@"+rest, Options{})
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the password: %q", err)
			}
		}
	})
}

// FuzzMicroseconds: a longer ttl is never shorter, and none is zero.
func FuzzMicroseconds(f *testing.F) {
	f.Add(int64(1), int64(2))
	f.Add(int64(999), int64(1001))
	f.Add(int64(sessionstore.MaxTTL-1), int64(sessionstore.MaxTTL))
	f.Fuzz(func(t *testing.T, a, b int64) {
		a, b = min(a, b), max(a, b)
		if a <= 0 || b > int64(sessionstore.MaxTTL) {
			return
		}
		short, long := microseconds(time.Duration(a)), microseconds(time.Duration(b))
		if short <= 0 || short > long {
			t.Errorf("%d ns are %d µs, and %d ns are %d", a, short, b, long)
		}
		if time.Duration(short)*time.Microsecond < time.Duration(a) {
			t.Errorf("%d ns are %d µs, which is less", a, short)
		}
	})
}

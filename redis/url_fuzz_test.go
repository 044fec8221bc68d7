package redis

import (
	"strings"
	"testing"
)

// FuzzURL puts anything around a password: it is in no error.
func FuzzURL(f *testing.F) {
	const secret = "s3cr3t-passw0rd"
	f.Add("", "", "host:6379/0")
	f.Add("#", "/", "host")
	f.Add("%", "?a=b", "[::1]:1/x?db=1")
	f.Add("p@", ":", "host:port")
	f.Fuzz(func(t *testing.T, before, after, rest string) {
		for _, scheme := range []string{"redis", "rediss", "http"} {
			_, err := parseURL(scheme + "://user:" + before + secret + after + "@" + rest)
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the password: %q", err)
			}
		}
	})
}

package main

import (
	"strings"
	"testing"
)

func TestDeviceOf(t *testing.T) {
	for header, want := range map[string]string{
		firefox: "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1": "Safari on iOS",
		"curl/7.88.1":                 "curl",
		"":                            "An unknown program",
		"\u202e\u200b":                "An unknown program",
		"\u3164\u2800":                "An unknown program",
		"cu\u200b\u202erl\x01/7.88.1": "curl",
	} {
		if got := deviceOf(header); got != want {
			t.Errorf("%q: got %q, want %q", header, got, want)
		}
	}
	if got := deviceOf(strings.Repeat("ä", 1000) + "/1.0"); len([]rune(got)) > maxDeviceRunes {
		t.Errorf("got %d characters, want at most %d", len([]rune(got)), maxDeviceRunes)
	}
}

package testserver

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// requireVariable names what must not be skipped, with commas between.
const requireVariable = "SESSIONSTORE_REQUIRE"

// Required reports whether SESSIONSTORE_REQUIRE names word: a server, docker or
// chromium. What it names must not be skipped.
func Required(word string) (bool, error) {
	return required(os.Getenv(requireVariable), word)
}

// required reports whether list names word, or names all where word is a
// server. docker and chromium have words for other packages' tests, and "all"
// does not mean them. A misspelt word is an error: it would skip in silence
// what was to be required.
func required(list, word string) (bool, error) {
	servers := []string{redis.name, memcached.name, postgres.name}
	found := false
	for each := range strings.SplitSeq(list, ",") {
		each = strings.TrimSpace(each)
		switch {
		case each == "":
		case each == word, each == "all" && slices.Contains(servers, word):
			found = true
		case each == "all", each == "docker", each == "chromium", slices.Contains(servers, each):
		default:
			return false, fmt.Errorf("%s: unknown word %q; known are redis, memcached, postgres, all (these three), docker, chromium",
				requireVariable, each)
		}
	}
	return found, nil
}

// missing ends a test that lacks its server: a skip, or a failure where the
// server is required.
func missing(tb testing.TB, k *kind, cause error, own bool) {
	tb.Helper()
	must, err := Required(k.name)
	if err != nil {
		tb.Fatal(err)
	}
	message := cures(k, cause, own)
	if must {
		tb.Fatalf("%s (%s requires it)", message, requireVariable)
	}
	tb.Skip(message)
}

// cures says what can be done about a server that is missing. A URL does not
// help a test that stops and starts its server.
func cures(k *kind, cause error, own bool) string {
	second := fmt.Sprintf("or set %s=%s to a server that tests may use", k.variable, k.example)
	if own {
		second = fmt.Sprintf("or put it into PATH (%s does not help: this test stops and starts its server)", k.variable)
	}
	return fmt.Sprintf("no %s: %v; install it (apt-get install %s), %s, or run ./test.sh, which installs it",
		k.name, cause, k.debian, second)
}

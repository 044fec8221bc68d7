package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/coatcheck/sessionstore/internal/testserver"
	"github.com/coatcheck/sessionstore/storetest"
)

// childVariable makes the test binary do something else; what follows it in the
// arguments is up to that.
const childVariable = "SESSIONSTORE_CONTAINERS_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "serve":
		serve(os.Args[1], os.Args[2], os.Args[3])
	case "hold":
		os.Exit(hold(os.Args[1]))
	}
	testserver.Main(m)
}

// child returns a command for the test binary as something else.
func child(job string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childVariable+"="+job)
	return cmd
}

// serve serves a store to the suite, in a process that it can kill.
func serve(kind, url, name string) {
	s, err := backends[kind].open(context.Background(), url, name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	storetest.ServeChild(s)
}

// hold starts a server, prints the container's id, and waits for the end of
// its input.
func hold(kind string) int {
	s, err := Start(context.Background(), kind)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.container.ID)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// started starts a server for one test, which is skipped where there is none.
func started(t *testing.T, name string, args ...string) *Server {
	t.Helper()
	s, err := Start(t.Context(), name, args...)
	if errors.Is(err, ErrUnavailable) {
		absent(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// absent ends a test that has no engine or no image.
func absent(t *testing.T, why error) {
	t.Helper()
	required, err := testserver.Required("docker")
	if err != nil {
		t.Fatal(err)
	}
	if required {
		t.Fatalf("%v (SESSIONSTORE_REQUIRE requires it)", why)
	}
	t.Skip(why)
}

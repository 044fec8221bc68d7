package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/coatcheck/sessionstore/internal/testserver"
)

// asProgramVariable makes a copy of the test binary the program itself, with
// hashes that cost little.
const asProgramVariable = "SIGNIN_TEST_AS_PROGRAM"

func programMain() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(exitCode(run(ctx, os.Args[1:], os.Stdout, os.Stderr, bcrypt.MinCost), os.Stderr))
}

// A program is a running copy of the application.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	base   string
	stdout *lockedBuffer
	stderr *lockedBuffer
}

var printedURL = regexp.MustCompile(`Open (http://\S+) in a browser`)

// start runs the program in dir and waits until it says where it is.
func start(t *testing.T, dir string, flags ...string) *program {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	p := &program{t: t, stdout: &lockedBuffer{}, stderr: &lockedBuffer{}}
	p.cmd = exec.Command(self, append([]string{"-addr", "127.0.0.1:0"}, flags...)...)
	p.cmd.Env = append(os.Environ(), asProgramVariable+"=yes")
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.stdout, p.stderr
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // an error means that it has ended already
		_ = p.cmd.Wait()
	})
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := printedURL.FindStringSubmatch(p.stdout.String()); found != nil {
			p.base = found[1]
			return p
		}
	}
	t.Fatalf("the program did not start: %s%s", p.stdout, p.stderr)
	return nil
}

// request returns the status, the body, and the cookie that was set, if any.
func (p *program) request(method, path, body, cookie string) (status int, answer, set string) {
	p.t.Helper()
	r, err := http.NewRequest(method, p.base+path, strings.NewReader(body))
	must(p.t, err)
	r.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+cookie)
	}
	got, err := http.DefaultClient.Do(r)
	must(p.t, err)
	defer got.Body.Close()
	content, err := io.ReadAll(got.Body)
	must(p.t, err)
	for _, c := range got.Cookies() {
		set = c.Value
	}
	return got.StatusCode, string(content), set
}

func (p *program) wantStatus(want int, method, path, body, cookie string) (set string) {
	p.t.Helper()
	status, answer, set := p.request(method, path, body, cookie)
	if status != want {
		p.t.Fatalf("%s %s: got %d %s, want %d", method, path, status, answer, want)
	}
	return set
}

// welcome greets the user of a session.
func (p *program) welcome(cookie string) (g greeting) {
	p.t.Helper()
	status, body, _ := p.request("GET", "/welcome", "", cookie)
	if status != http.StatusOK {
		p.t.Fatalf("GET /welcome: got %d %s, want 200", status, body)
	}
	must(p.t, json.Unmarshal([]byte(body), &g))
	return g
}

// freeAddr is an address at which a program can be started again: none that a
// client gets by chance meanwhile.
func freeAddr(t *testing.T) string {
	t.Helper()
	port, err := testserver.FreePort()
	must(t, err)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// kill ends the program as the kernel would.
func (p *program) kill() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // says that it was killed
}

// interrupt presses Ctrl-C and wants a clean end within seconds.
func (p *program) interrupt() {
	p.t.Helper()
	if runtime.GOOS == "windows" {
		p.t.Skip("Windows cannot send Ctrl-C to one process")
	}
	must(p.t, p.cmd.Process.Signal(os.Interrupt))
	ended := make(chan error, 1)
	go func() { ended <- p.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			p.t.Errorf("after Ctrl-C: got %v, want status 0; %s", err, p.stderr)
		}
	case <-time.After(10 * time.Second):
		p.t.Fatal("the program did not end within 10 s of Ctrl-C")
	}
}

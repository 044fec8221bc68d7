package containers

import (
	"bufio"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
)

// connected returns the engine, or skips the test where there is none.
func connected(t *testing.T) *engine {
	t.Helper()
	e, err := connect()
	if errors.Is(err, ErrUnavailable) {
		absent(t, err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// own returns the ids of this process's containers.
func own(t *testing.T, e *engine) (ids []string) {
	t.Helper()
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	for id, label := range labelled(t, e) {
		if label == me.String() {
			ids = append(ids, id)
		}
	}
	return ids
}

// labelled returns the ids of all containers of this package, with their label.
func labelled(t *testing.T, e *engine) map[string]string {
	t.Helper()
	list, err := e.client.ContainerList(t.Context(), client.ContainerListOptions{
		All: true, Filters: make(client.Filters).Add("label", ownerLabel),
	})
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{}
	for _, c := range list.Items {
		labels[c.ID] = c.Labels[ownerLabel]
	}
	return labels
}

// holder starts a process that holds a container, and returns the container's
// id and what kills the process.
func holder(t *testing.T) (id string, kill func()) {
	t.Helper()
	cmd := child("hold", "memcached")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(func() { in.Close(); _, _ = io.Copy(io.Discard, out); _ = cmd.Wait() }) // one that lives closes its server
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no container: %v", err)
	}
	return strings.TrimSpace(line), kill
}

// TestRemoveLeft: the next process removes what one that was killed left, and
// neither what others use nor what this one does.
func TestRemoveLeft(t *testing.T) {
	mine := started(t, "memcached").container.ID
	e := connected(t)
	living, _ := holder(t)
	dead, kill := holder(t)
	kill()
	if _, there := labelled(t, e)[dead]; !there {
		t.Fatal("the container ended with its process: this test shows nothing")
	}
	if _, there := labelled(t, e)[living]; !there {
		t.Fatal("there is no other process's container: this test shows nothing")
	}
	holder(t) // a new process
	labels := labelled(t, e)
	if _, there := labels[dead]; there {
		t.Error("the next process did not remove the container of a dead one")
	}
	for _, id := range []string{mine, living} {
		if _, there := labels[id]; !there {
			t.Error("a container of a process that lives was removed")
		}
	}
}

// TestRemoveAll: an interrupted program leaves none, and makes none any more.
func TestRemoveAll(t *testing.T) {
	e := connected(t)
	started(t, "memcached")
	if ids := own(t, e); len(ids) == 0 {
		t.Fatal("this process has no container: this test shows nothing")
	}
	defer func() { ended = false }()
	if err := RemoveAll(); err != nil {
		t.Error(err)
	}
	if ids := own(t, e); len(ids) > 0 {
		t.Errorf("RemoveAll left %v", ids)
	}
	s, err := Start(t.Context(), "memcached")
	if err == nil {
		s.Close()
		t.Error("a container was made after RemoveAll")
	}
}

// TestRemoveFails: the error says how to do by hand what the engine did not.
func TestRemoveFails(t *testing.T) {
	err := faked(t).remove(t.Context(), "0123456789abcdef")
	if err == nil || !strings.Contains(err.Error(), "docker rm -fv 0123456789ab)") {
		t.Errorf("remove: %v, want an error with the command", err)
	}
}

func TestOwner(t *testing.T) {
	me, err := self()
	if err != nil {
		t.Fatal(err)
	}
	read, err := parseOwner(me.String())
	if err != nil || read.String() != me.String() {
		t.Errorf("parseOwner(%q) = %q, %v", me, read, err)
	}
	for _, text := range []string{"", "1/2", "1/2/3/4", "1/x/3", "1/2/x", "1/99999999999/3"} {
		if o, err := parseOwner(text); err == nil {
			t.Errorf("parseOwner(%q) = %v, want an error", text, o)
		}
	}
	earlier, elsewhere, nobody := me, me, me
	earlier.started = me.started.Add(-time.Hour) // had the id before
	elsewhere.space += "0"
	elsewhere.started = earlier.started
	nobody.pid = unusedPid(t)
	for _, test := range []struct {
		what string
		owner
		want bool
	}{
		{"this process", me, false}, {"an earlier process of this id", earlier, true},
		{"a process in another container", elsewhere, false}, {"a process that ended", nobody, true},
	} {
		if got := test.isGone(); got != test.want {
			t.Errorf("%s is gone: %v, want %v", test.what, got, test.want)
		}
	}
}

// unusedPid returns the id of a process that has just ended.
func unusedPid(t *testing.T) int32 {
	t.Helper()
	cmd := child("", "-test.run=^$")
	cmd.Env = slices.DeleteFunc(cmd.Env, func(s string) bool { return strings.HasPrefix(s, childVariable) })
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return int32(cmd.Process.Pid)
}

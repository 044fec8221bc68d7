package testserver

import (
	"syscall"
	"testing"
	"time"
)

// A server that a test has stopped with SIGSTOP, to let it hang, still ends.
func TestStopHanging(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.kind.name, func(t *testing.T) {
			s := k.own(t)
			if err := syscall.Kill(s.Pid(), syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			s.Stop(t)
			if took := time.Since(begin); took > stopLimit/2 {
				t.Errorf("Stop took %v", took)
			}
		})
	}
}

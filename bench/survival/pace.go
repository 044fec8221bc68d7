package survival

import "time"

// restTime is how long a client waits after an operation that failed.
const restTime = 5 * time.Millisecond

// pace holds a client to a rate. One that was late catches up.
type pace struct {
	every time.Duration
	next  time.Time // when the next operation may begin
	halt  <-chan struct{}
}

// turn waits until the next operation may begin, and reports whether it shall.
func (p *pace) turn() bool {
	now := time.Now()
	early := p.next.Sub(now)
	p.next = p.next.Add(p.every)
	select {
	case <-p.halt:
		return false
	default:
	}
	return early <= 0 || p.sleep(early)
}

// rest waits a little, and forgives what was missed.
func (p *pace) rest() {
	p.sleep(restTime)
	p.next = time.Now()
}

func (p *pace) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.halt:
		return false
	}
}

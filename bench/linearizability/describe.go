package linearizability

import (
	"fmt"
	"strings"
	"time"
)

var stepNames = [...]string{"", ", creates the new", ", ends the old", ", takes the new back"}

func (e *event) describe() string { return e.Operation.String() + stepNames[e.step] }

func (s state) describe() string {
	var live []string
	for id, session := range s.ids {
		if session.live {
			live = append(live, fmt.Sprintf("%d: %s", id, session.describe()))
		}
	}
	if len(live) == 0 {
		return "empty"
	}
	return strings.Join(live, "; ")
}

func (s session) describe() string {
	if s.until >= never {
		return fmt.Sprintf("v%d until %v or later", s.value, short(s.from))
	}
	return fmt.Sprintf("v%d until %v to %v", s.value, short(s.from), short(s.until))
}

func short(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

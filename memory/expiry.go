package memory

import "time"

// expiryOrder is a heap of entries, the one to be swept next first. It is not
// a container/heap, which would allocate for each slot it is given.
type expiryOrder []slot

// slot is an entry's place. The key is here and not in the entry, so that
// finding the way through the heap reads one piece of memory.
type slot struct {
	sweepAt time.Duration // never after the entry's deadline
	entry   *entry
}

func (o *expiryOrder) push(s slot) {
	*o = append(*o, s)
	o.up(len(*o)-1, s)
}

// remove takes out what is at place i.
func (o *expiryOrder) remove(i int) {
	last := len(*o) - 1
	s := (*o)[last]
	(*o)[last] = slot{} // lets the collector have the entry
	*o = (*o)[:last]
	if i < last {
		o.move(i, s)
	}
}

// move puts s where its key belongs, instead of what is at place i.
func (o expiryOrder) move(i int, s slot) {
	if i > 0 && s.sweepAt < o[(i-1)/2].sweepAt {
		o.up(i, s)
	} else {
		o.down(i, s)
	}
}

func (o expiryOrder) up(i int, s slot) {
	for i > 0 {
		parent := (i - 1) / 2
		if o[parent].sweepAt <= s.sweepAt {
			break
		}
		o.put(i, o[parent])
		i = parent
	}
	o.put(i, s)
}

func (o expiryOrder) down(i int, s slot) {
	for {
		child := 2*i + 1
		if child >= len(o) {
			break
		}
		if right := child + 1; right < len(o) && o[right].sweepAt < o[child].sweepAt {
			child = right
		}
		if s.sweepAt <= o[child].sweepAt {
			break
		}
		o.put(i, o[child])
		i = child
	}
	o.put(i, s)
}

func (o expiryOrder) put(i int, s slot) {
	o[i] = s
	s.entry.place = int32(i)
}

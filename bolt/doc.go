// Package bolt keeps sessions in one local file, through go.etcd.io/bbolt: a
// store for one process that needs no server.
//
//	store, err := bolt.Open("sessions.db", bolt.Options{})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	err = store.Set(ctx, sessionstore.NewID(), data, 30*time.Minute)
//
// Every write that returned nil is on the disk: it survives a restart and a
// killed process, and a power failure as far as the disk keeps what it was told
// to keep.
//
// # Limits
//
// One process has the file open at a time. The file grows in steps and never
// shrinks: the room of ended sessions is used again. A session of 512 bytes
// takes about 1 KB. Time is the process's wall clock, read when a write is
// carried out, between the call and its return; an expired session is never
// served, so the published slack is zero.
//
// # Writes
//
// Concurrent writes share a commit: while one is on its way to the disk the
// next ones gather, and the following commit takes all of them, one after the
// other. Each decides on what those before it have left, and one that is refused
// (ErrNotFound, ErrExists, ErrConflict) undoes nothing of the others. No timer
// holds anything back, so a lone write starts at once. A context bounds the wait
// for one's turn; once the commit has begun it is waited for, whatever the
// context says, and its outcome returned.
//
// A write that fails because there is no room is ErrFull and had no effect. A
// deletion is tried apart from the writes that did not fit. It needs a few free
// pages too, as bbolt never changes a page in place: among sessions of some
// hundred bytes they are normally there, but in a full file of sessions of
// several KB a deletion can fail as well, until there is more room. The sweeper
// and Clear delete fewer at a time where there is little room.
//
// # What is atomic
//
// Every operation is one transaction, RotateSwap over both of its ids, except
// those that concern the whole store: All reads pages, Clear and DeleteExpired
// delete batches, and others' writes fall between. GetAndTouch is a write and
// costs a commit; a Get costs none.
//
// A namespace is a part of the bucket. It shares everything with its store, and
// DeleteExpired of either covers both.
//
// # Goroutines
//
// A goroutine carries out what waits, and exists only while something does; a
// lone write to a database that Open opened is carried out by its caller. The
// sweeper is one more goroutine. Close waits for both.
package bolt

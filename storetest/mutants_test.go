package storetest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coatcheck/sessionstore"
)

// mutant is a store that breaks one rule.
type mutant struct {
	rule    string
	name    string // what it does wrong
	caught  string // part of what the rule says when it catches it
	harness func(t T) Harness
	real    bool // needs real time: it has a network or another process
}

// within a process: wrap gets the reference and returns the mutant.
func process(wrap func(ref sessionstore.Store) *hooks) func(t T) Harness {
	return func(t T) Harness {
		return Harness{Embedded: true, New: func(t T) sessionstore.Store {
			ref := newMemory(t)
			h := wrap(ref)
			h.Store = ref
			return h
		}}
	}
}

type (
	store  = sessionstore.Store
	setter = func(ctx context.Context, id string, data []byte, ttl time.Duration) error
)

var mutants = []mutant{
	{rule: "ID/Valid", name: "accepts any id", caught: "want one that matches", harness: process(anyID)},
	{rule: "ID/Valid", name: "folds case", caught: `"of CASE"`, harness: process(foldsCase)},
	{rule: "ID/Valid", name: "cuts long ids", caught: "want \"of aaaa", harness: process(cutsIDs)},
	{rule: "ID/Secret", name: "shows the id of a miss", caught: "Get of a missing session: the error shows", harness: process(showsID)},
	{rule: "ID/Secret", name: "shows data that is too large", caught: "Set of too much data: the error shows", harness: process(showsData)},
	{rule: "ID/Secret", name: "shows the id when the network fails", caught: "connection: the error shows", harness: networked(func(c *client) { c.showsID = true }), real: true},
	{rule: "Data/Any", name: "returns nil for empty data", caught: "got nil", harness: process(nilForEmpty)},
	{rule: "Data/Any", name: "takes empty data for a miss", caught: "session not found", harness: process(emptyIsMiss)},
	{rule: "Data/Any", name: "trims line ends", caught: "line ends: Get", harness: process(trims)},
	{rule: "Data/TooLarge", name: "deletes the old session", caught: "after a refused Set of a stored session", harness: process(tooLargeDeletes)},
	{rule: "Data/TooLarge", name: "cuts data", caught: "want one that matches", harness: process(cutsData)},
	{rule: "Get/Owned", name: "hands out its own bytes", caught: "after the caller overwrote", harness: process(sharesOnGet)},
	{rule: "Get/Owned", name: "writes new data into old bytes", caught: "after a Set of the same session", harness: process(reusesBytes)},
	{rule: "Get/Owned", name: "takes bytes back at Close", caught: "after Close", harness: process(reclaimsAtClose)},
	{rule: "Set/Copies", name: "keeps the caller's bytes", caught: "overwrote what it had passed", harness: process(keepsPassed)},
	{rule: "Set/Copies", name: "keeps them when it returns early", caught: "returned early", harness: process(keepsPassedEarly)},
	{rule: "Set/Replaces", name: "keeps the old deadline", caught: "longer ttl replaced a shorter", harness: process(keepsDeadline)},
	{rule: "Set/Replaces", name: "keeps the later deadline", caught: "shorter ttl replaced a longer", harness: process(keepsLater)},
	{rule: "Set/Replaces", name: "keeps old data for empty", caught: "after a Set over a stored session", harness: process(keepsOldData)},
	{rule: "TTL/Invalid", name: "takes 0 for ever", caught: "Set with ttl 0", harness: process(zeroIsForEver)},
	{rule: "TTL/Invalid", name: "shortens a ttl that is too long", caught: "Set with ttl 34560000000000001", harness: process(clampsTTL)},
	{rule: "TTL/Invalid", name: "deletes on a Touch with ttl 0", caught: "after an invalid ttl", harness: process(touchZeroDeletes)},
	{rule: "TTL/NotEarly", name: "cuts deadlines to whole seconds", caught: "is gone early", harness: process(cutsDeadlines)},
	{rule: "TTL/NotEarly", name: "takes more than thirty days for a date", caught: "just after a Set for 720h0m1s", harness: process(thirtyDays)},
	{rule: "TTL/NotLate", name: "rounds up to seconds", caught: "Set for 700ms", harness: process(roundsUp)},
	{rule: "TTL/NotLate", name: "takes a tiny ttl for ever", caught: "Set for 1ns", harness: process(tinyIsForEver)},
	{rule: "TTL/Swept", name: "touches what has expired", caught: "Touch of an expired session", harness: process(unswept{touch: true}.wrap)},
	{rule: "TTL/Swept", name: "serves what is not swept", caught: "Get of an expired session", harness: process(unswept{get: true}.wrap)},
	{rule: "Touch/Live", name: "only lengthens", caught: "deadline to which Touch had moved", harness: process(onlyLengthens)},
	{rule: "Touch/Live", name: "does nothing", caught: "which Touch had moved away", harness: process(touchesNothing)},
	{rule: "Touch/Live", name: "empties the session", caught: "after a Touch: Get", harness: process(touchEmpties)},
	{rule: "Touch/NoRevival", name: "creates what is absent", caught: "that is absent", harness: process(touchCreates)},
	{rule: "Touch/NoRevival", name: "revives what has expired", caught: "that is expired", harness: process(unswept{touch: true}.wrap)},
	{rule: "Delete/Idempotent", name: "misses what is absent", caught: "session not found", harness: process(deleteMisses)},
	{rule: "Delete/Gone", name: "deletes a little later", caught: "after a Delete, during", harness: process(deletesLater)},
	{rule: "Delete/Gone", name: "touches by reading and writing", caught: "that began before it", harness: process(touchRewrites)},
	{rule: "Create/OnlyAbsent", name: "creates over a live session", caught: "Create over a live session", harness: process(createsOver)},
	{rule: "Create/OnlyAbsent", name: "takes an expired session for a live one", caught: "Create over an expired session", harness: process(createsNeverAgain)},
	{rule: "Create/OnlyAbsent", name: "moves the deadline of what is there", caught: "refused Create must not have moved", harness: process(createTouches)},
	{rule: "Create/Atomic", name: "looks and then sets", caught: "of 8 Creates", harness: process(createsByLooking)},
	{rule: "Replace/OnlyLive", name: "creates what is absent", caught: "Replace of an absent session", harness: process(replacesAbsent)},
	{rule: "Replace/OnlyLive", name: "keeps the old deadline", caught: "longer ttl replaced a shorter", harness: process(replaceKeepsDeadline)},
	{rule: "Replace/NoRevival", name: "looks and then sets", caught: "Replace that began before it", harness: process(replacesByLooking)},
	{rule: "Swap/OnlyEqual", name: "calls data that is new already a success", caught: "CompareAndSwap of other data", harness: process(swapsToEqual)},
	{rule: "Swap/OnlyEqual", name: "compares lengths", caught: `where the data is "one"`, harness: process(swapsByLength)},
	{rule: "Swap/OnlyEqual", name: "misses what has changed", caught: `where the data is "one"`, harness: process(swapMisses)},
	{rule: "Swap/OnlyEqual", name: "takes an absent session for an empty one", caught: "of an absent session", harness: process(swapsAbsent)},
	{rule: "Swap/NoRevival", name: "looks and then sets", caught: "Update that began before it", harness: process(swapsByLooking)},
	{rule: "Swap/Atomic", name: "looks and then sets", caught: "after a hundred Updates", harness: process(swapsByLooking)},
	{rule: "Swap/TouchNeverConflicts", name: "compares versions", caught: "while others touch", harness: process(swapsByVersion)},
	{rule: "Rotate/Moves", name: "leaves the old session", caught: "the old id after a rotation", harness: process(rotateLeaves)},
	{rule: "Rotate/Moves", name: "overwrites what is there", caught: "to an id that has a session", harness: process(rotateOverwrites)},
	{rule: "Rotate/Moves", name: "keeps the deadline", caught: "that the session had before its rotation", harness: process(rotateKeepsDeadline)},
	{rule: "Rotate/One", name: "copies and then deletes", caught: "rotations of one session succeeded", harness: process(rotatesBySteps)},
	{rule: "Rotate/KeepsUpdates", name: "copies and then deletes", caught: "beside a", harness: process(rotatesBySteps)},
	{rule: "GetAndTouch/Slides", name: "only reads", caught: "which GetAndTouch had moved away", harness: process(slidesNot)},
	{rule: "GetAndTouch/Slides", name: "revives what has expired", caught: "that is expired", harness: process(slideRevives)},
	{rule: "List/All", name: "lists what has expired", caught: "expired, deleted or another store's", harness: process(listsExpired)},
	{rule: "List/All", name: "skips a page", caught: "which lives throughout", harness: process(listsWithGaps)},
	{rule: "List/All", name: "yields its own buffer", caught: "All yields the data", harness: process(listsOneBuffer)},
	{rule: "List/All", name: "lists its namespaces", caught: "expired, deleted or another store's", harness: process(listsNamespaces)},
	{rule: "List/All", name: "ends at what it cannot read", caught: "an unreadable record", harness: listEndsAtCorrupt},
	{rule: "List/Handles", name: "lists hashes and hashes them again", caught: "after a Delete of every listed", harness: process(listsHashes)},
	{rule: "Clear/OnlyOwn", name: "clears its neighbours", caught: "neighbour 0 after Clear", harness: clearsNeighbours},
	{rule: "Clear/OnlyOwn", name: "forgets its namespaces", caught: "of a namespace after Clear", harness: process(clearsHalf)},
	{rule: "Purge/OnlyExpired", name: "deletes by the first deadline", caught: "that was touched, after DeleteExpired", harness: process(purgesTouched)},
	{rule: "Purge/OnlyExpired", name: "counts what it has looked at", caught: "DeleteExpired: got", harness: process(miscounts)},
	{rule: "Purge/OnlyExpired", name: "looks and then deletes", caught: "renewed beside DeleteExpired", harness: process(purgesByLooking)},
	{rule: "Namespace/Disjoint", name: "puts a dot between name and id", caught: "an id of the parent", harness: process(namespaceByDot)},
	{rule: "Namespace/Disjoint", name: "allows any name", caught: "Namespace with the name", harness: process(anyNamespace)},
	{rule: "Concurrent/Linearizable", name: "reads from a cache", caught: "Get returned state", harness: process(cachesReads)},
	{rule: "Concurrent/Model", name: "mixes up users", caught: "of user", harness: process(mixesUsers)},
	{rule: "Error/NotAMiss", name: "misses when closed", caught: "on a closed store", harness: process(missesWhenClosed)},
	{rule: "Error/NotAMiss", name: "misses when the server is gone", caught: "Get when the server is gone", harness: networked(func(c *client) { c.claimsMiss = true }), real: true},
	{rule: "Error/NotAMiss", name: "misses what it cannot read", caught: "unreadable record", harness: missesCorrupt},
	{rule: "Error/UnknownOutcome", name: "sends a write again", caught: "whose reply 0 was lost", harness: networked(func(c *client) { c.retries = "set" }), real: true},
	{rule: "Error/UnknownOutcome", name: "sends a create again", caught: "Create whose reply 0 was lost", harness: networked(func(c *client) { c.retries = "create" }), real: true},
	{rule: "Error/UnknownOutcome", name: "sends a swap again", caught: "CompareAndSwap whose reply 0 was lost", harness: networked(func(c *client) { c.retries = "swap" }), real: true},
	{rule: "Error/UnknownOutcome", name: "does not say so", caught: "want one that matches", harness: networked(func(c *client) { c.plain = true }), real: true},
	{rule: "Error/Recovers", name: "never connects again", caught: "the store does not work", harness: networked(func(c *client) { c.neverRedial = true }), real: true},
	{rule: "Error/Recovers", name: "leaks connections", caught: "connections: got", harness: networked(func(c *client) { c.leaksConns = true }), real: true},
	{rule: "Ctx/Done", name: "writes all the same", caught: "whose contexts were done", harness: process(ignoresDone)},
	{rule: "Ctx/Done", name: "does not look", caught: "Get with a cancelled context", harness: process(neverLooks)},
	{rule: "Ctx/Deadline", name: "waits for the server", caught: "after its context had ended", harness: networked(func(c *client) { c.ignoresCtx = true }), real: true},
	{rule: "Ctx/Deadline", name: "reports an error of its own", caught: "deadline exceeded", harness: networked(func(c *client) { c.ownTimeout = true }), real: true},
	{rule: "Ctx/Deadline", name: "waits in a queue", caught: "after its deadline", harness: process(queues)},
	{rule: "Ctx/Cancel", name: "waits for the server", caught: "after its context had ended", harness: networked(func(c *client) { c.ignoresCtx = true }), real: true},
	{rule: "Ctx/Cancel", name: "waits in a queue", caught: "after it was cancelled", harness: process(queues)},
	{rule: "Ctx/Replies", name: "leaves a reply for the next", caught: "data of another session", harness: process(leavesReplies)},
	{rule: "Trips/AsPublished", name: "reads before it writes", caught: "Set:2", harness: networked(func(c *client) { c.readsFirst = true }), real: true},
	{rule: "Ping/Honest", name: "is well when closed", caught: "Ping after Close", harness: process(pingsClosed)},
	{rule: "Ping/Honest", name: "is well without its server", caught: "Ping when the server is gone", harness: networked(func(c *client) { c.lyingPing = true }), real: true},
	{rule: "Close/Idempotent", name: "fails the second time", caught: "already", harness: process(closesOnce)},
	{rule: "Close/Idempotent", name: "works on", caught: "after Close", harness: process(worksOn)},
	{rule: "Close/Idempotent", name: "leaves a goroutine", caught: "goroutines after five stores", harness: process(leavesGoroutine), real: true},
	{rule: "Restart/Clean", name: "forgets what it had not written", caught: "acknowledged sessions are lost", harness: directory("buffers"), real: true},
	{rule: "Restart/Clean", name: "starts deadlines again", caught: "whose deadline, set before", harness: directory("restarts deadlines"), real: true},
	{rule: "Restart/AppKilled", name: "writes at Close", caught: "acknowledged sessions are lost", harness: directory("writes at Close"), real: true},
	{rule: "Restart/AppKilled", name: "touches at Close", caught: "whose deadline, brought forward", harness: directory("touches at Close"), real: true},
	{rule: "Restart/ServerKilled", name: "forgets the last sessions", caught: "acknowledged sessions are lost", harness: serverOf(forgetsSets), real: true},
	{rule: "Restart/ServerKilled", name: "forgets the last deletes", caught: "acknowledged deletes came back", harness: serverOf(forgetsDeletes), real: true},
	{rule: "Restart/ServerKilled", name: "goes back to older data", caught: "acknowledged sessions are lost", harness: serverOf(forgetsReplacements), real: true},
	{rule: "Restart/ServerKilled", name: "starts deadlines again", caught: "whose deadline, set before", harness: serverOf(forgetsDeadlines), real: true},
	{rule: "Restart/ServerKilled", name: "forgets the last touches", caught: "touched before the restart", harness: serverOf(forgetsTouches), real: true},
}

func anyID(ref store) *hooks {
	safe := func(id string) string { return "x" + hex.EncodeToString([]byte(id[:min(len(id), 60)])) }
	return renames(ref, safe)
}

func foldsCase(ref store) *hooks { return renames(ref, strings.ToLower) }

func cutsIDs(ref store) *hooks {
	return renames(ref, func(id string) string {
		if !sessionstore.ValidID(id) {
			return id
		}
		return id[:min(len(id), 100)]
	})
}

// renames stores each session under another id.
func renames(ref store, name func(string) string) *hooks {
	return &hooks{
		get: func(ctx context.Context, id string) ([]byte, error) { return ref.Get(ctx, name(id)) },
		set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
			return ref.Set(ctx, name(id), data, ttl)
		},
		touch:  func(ctx context.Context, id string, ttl time.Duration) error { return ref.Touch(ctx, name(id), ttl) },
		delete: func(ctx context.Context, id string) error { return ref.Delete(ctx, name(id)) },
	}
}

func showsID(ref store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		data, err := ref.Get(ctx, id)
		if errors.Is(err, sessionstore.ErrNotFound) {
			err = fmt.Errorf("no session %q: %w", id, err)
		}
		return data, err
	}}
}

func showsData(ref store) *hooks {
	return &hooks{set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if len(data) > sessionstore.MaxDataBytes {
			return fmt.Errorf("%.30q and so on: %w", data, sessionstore.ErrTooLarge)
		}
		return ref.Set(ctx, id, data, ttl)
	}}
}

func nilForEmpty(ref store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		data, err := ref.Get(ctx, id)
		return append([]byte(nil), data...), err
	}}
}

func emptyIsMiss(ref store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		data, err := ref.Get(ctx, id)
		if err == nil && len(data) == 0 {
			return nil, sessionstore.ErrNotFound
		}
		return data, err
	}}
}

func trims(ref store) *hooks {
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if len(data) > 2 && len(data) < 20 {
			data = []byte(strings.TrimSpace(string(data)))
		}
		return set(ctx, id, data, ttl)
	})
}

// onSet replaces Set by f.
func onSet(ref store, f func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error) *hooks {
	return &hooks{set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
		return f(ref.Set, ctx, id, data, ttl)
	}}
}

func tooLargeDeletes(ref store) *hooks {
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		err := set(ctx, id, data, ttl)
		if errors.Is(err, sessionstore.ErrTooLarge) {
			ref.Delete(ctx, id)
		}
		return err
	})
}

func cutsData(ref store) *hooks {
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		return set(ctx, id, data[:min(len(data), sessionstore.MaxDataBytes)], ttl)
	})
}

// shelf keeps slices, as a store does that copies too little.
type shelf struct {
	mu    sync.Mutex
	bytes map[string][]byte // guarded by mu
}

func (s *shelf) put(id string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes == nil {
		s.bytes = make(map[string][]byte)
	}
	s.bytes[id] = data
}

func (s *shelf) take(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes[id]
}

// getFrom returns what is on the shelf for as long as ref has the session.
func (s *shelf) getFrom(ref store) func(ctx context.Context, id string) ([]byte, error) {
	return func(ctx context.Context, id string) ([]byte, error) {
		data, err := ref.Get(ctx, id)
		if err == nil && s.take(id) != nil {
			data = s.take(id)
		}
		return data, err
	}
}

func sharesOnGet(ref store) *hooks {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		s.put(id, slices.Clone(data))
		return set(ctx, id, data, ttl)
	})
	h.get = s.getFrom(ref)
	return h
}

func reusesBytes(ref store) *hooks {
	var last shelf
	return &hooks{
		get: func(ctx context.Context, id string) ([]byte, error) {
			data, err := ref.Get(ctx, id)
			last.put(id, data)
			return data, err
		},
		set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
			copy(last.take(id), data)
			return ref.Set(ctx, id, data, ttl)
		},
	}
}

func reclaimsAtClose(ref store) *hooks {
	var out [][]byte
	return &hooks{
		get: func(ctx context.Context, id string) ([]byte, error) {
			data, err := ref.Get(ctx, id)
			out = append(out, data)
			return data, err
		},
		close: func() error {
			for _, data := range out {
				clear(data)
			}
			return sessionstore.Close(ref)
		},
	}
}

func keepsPassed(ref store) *hooks {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if ctx.Err() == nil {
			s.put(id, data)
		}
		return set(ctx, id, data, ttl)
	})
	h.get = s.getFrom(ref)
	return h
}

// keepsPassedEarly writes although the context is done, and keeps the bytes.
func keepsPassedEarly(ref store) *hooks {
	var s shelf
	h := onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if ctx.Err() != nil {
			s.put(id, data)
			set(context.WithoutCancel(ctx), id, data, ttl)
			return ctx.Err()
		}
		return set(ctx, id, data, ttl)
	})
	h.get = s.getFrom(ref)
	return h
}

// deadlines knows when sessions end.
type deadlines struct {
	mu sync.Mutex
	at map[string]time.Time // guarded by mu
}

func (d *deadlines) swap(id string, now time.Time) (old time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = make(map[string]time.Time)
	}
	old = d.at[id]
	d.at[id] = now
	return old
}

func keepsDeadline(ref store) *hooks {
	var d deadlines
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if old := d.swap(id, time.Now().Add(ttl)); !old.IsZero() && time.Until(old) < ttl && time.Until(old) > 0 {
			ttl = time.Until(old)
		}
		return set(ctx, id, data, ttl)
	})
}

func keepsLater(ref store) *hooks {
	var d deadlines
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if old := d.swap(id, time.Now().Add(ttl)); time.Until(old) > ttl {
			ttl = time.Until(old)
		}
		return set(ctx, id, data, ttl)
	})
}

func keepsOldData(ref store) *hooks {
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		if old, err := ref.Get(ctx, id); err == nil && len(data) == 0 {
			data = old
		}
		return set(ctx, id, data, ttl)
	})
}

// changesTTL replaces the ttl of Set and Touch.
func changesTTL(ref store, change func(time.Duration) time.Duration) *hooks {
	return &hooks{
		set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
			return ref.Set(ctx, id, data, change(ttl))
		},
		touch: func(ctx context.Context, id string, ttl time.Duration) error { return ref.Touch(ctx, id, change(ttl)) },
	}
}

func zeroIsForEver(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration {
		if ttl == 0 {
			return sessionstore.MaxTTL
		}
		return ttl
	})
}

func clampsTTL(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration { return min(ttl, sessionstore.MaxTTL) })
}

func touchZeroDeletes(ref store) *hooks {
	return &hooks{touch: func(ctx context.Context, id string, ttl time.Duration) error {
		err := ref.Touch(ctx, id, ttl)
		if ttl == 0 {
			ref.Delete(ctx, id)
		}
		return err
	}}
}

func cutsDeadlines(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration {
		return max(time.Until(time.Now().Add(ttl).Truncate(time.Second)), 1)
	})
}

func thirtyDays(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration {
		if ttl > 30*24*time.Hour {
			return 1
		}
		return ttl
	})
}

func roundsUp(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration { return roundUp(ttl, time.Second) })
}

func tinyIsForEver(ref store) *hooks {
	return changesTTL(ref, func(ttl time.Duration) time.Duration {
		if ttl < time.Microsecond {
			return long
		}
		return ttl
	})
}

// unswept keeps expired sessions and forgets, in one operation, that they have
// expired.
type unswept struct{ get, touch bool }

func (u unswept) wrap(ref store) *hooks {
	var d deadlines
	expired := func(id string) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return !time.Now().Before(d.at[id])
	}
	return &hooks{
		get: func(ctx context.Context, id string) ([]byte, error) {
			if !u.get && expired(id) {
				return nil, sessionstore.ErrNotFound
			}
			return ref.Get(ctx, id)
		},
		set: func(ctx context.Context, id string, data []byte, ttl time.Duration) error {
			d.swap(id, time.Now().Add(ttl))
			return ref.Set(ctx, id, data, sessionstore.MaxTTL)
		},
		touch: func(ctx context.Context, id string, ttl time.Duration) error {
			if !u.touch && expired(id) {
				return sessionstore.ErrNotFound
			}
			err := ref.Touch(ctx, id, sessionstore.MaxTTL)
			if err == nil {
				d.swap(id, time.Now().Add(ttl))
			}
			return err
		},
	}
}

// onTouch replaces Touch by f.
func onTouch(f func(ctx context.Context, id string, ttl time.Duration) error) *hooks {
	return &hooks{touch: f}
}

func onlyLengthens(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		return ref.Touch(ctx, id, max(ttl, long))
	})
}

func touchesNothing(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		_, err := ref.Get(ctx, id)
		return err
	})
}

func touchEmpties(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		if err := ref.Touch(ctx, id, ttl); err != nil {
			return err
		}
		return ref.Set(ctx, id, nil, ttl)
	})
}

func touchCreates(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		if err := ref.Touch(ctx, id, ttl); !errors.Is(err, sessionstore.ErrNotFound) {
			return err
		}
		return ref.Set(ctx, id, nil, ttl)
	})
}

func deleteMisses(ref store) *hooks {
	return &hooks{delete: func(ctx context.Context, id string) error {
		if _, err := ref.Get(ctx, id); err != nil {
			return err
		}
		return ref.Delete(ctx, id)
	}}
}

func deletesLater(ref store) *hooks {
	return &hooks{delete: func(ctx context.Context, id string) error {
		ctx = context.WithoutCancel(ctx)
		time.AfterFunc(time.Millisecond, func() { ref.Delete(ctx, id) })
		return nil
	}}
}

func touchRewrites(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		data, err := ref.Get(ctx, id)
		if err != nil {
			return err
		}
		time.Sleep(time.Microsecond)
		return ref.Set(ctx, id, data, ttl)
	})
}

// cachesReads asks the reference only every fifth time.
func cachesReads(ref store) *hooks {
	var (
		mu    sync.Mutex
		reads int
		data  []byte
		err   = sessionstore.ErrNotFound
	)
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if reads++; reads%5 == 1 {
			data, err = ref.Get(ctx, id)
		}
		return data, err
	}}
}

func mixesUsers(ref store) *hooks {
	return renames(ref, func(id string) string { return id[strings.Index(id, ".")+1:] })
}

func missesWhenClosed(ref store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		data, err := ref.Get(ctx, id)
		if errors.Is(err, sessionstore.ErrClosed) {
			err = sessionstore.ErrNotFound
		}
		return data, err
	}}
}

func missesCorrupt(T) Harness {
	return Harness{New: newMemory, Corrupt: func(t T, s sessionstore.Store, id string) { mustDelete(t, s, id) }}
}

func ignoresDone(ref store) *hooks {
	return onTouch(func(ctx context.Context, id string, ttl time.Duration) error {
		ref.Delete(context.WithoutCancel(ctx), id)
		return ctx.Err()
	})
}

func neverLooks(ref store) *hooks {
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		return ref.Get(context.WithoutCancel(ctx), id)
	}}
}

// queues takes its time for each write, one after another.
func queues(ref store) *hooks {
	turn := make(chan struct{}, 1)
	return onSet(ref, func(set setter, ctx context.Context, id string, data []byte, ttl time.Duration) error {
		turn <- struct{}{}
		defer func() { <-turn }()
		time.Sleep(100 * time.Millisecond * slowdown)
		return set(ctx, id, data, ttl)
	})
}

// leavesReplies has one connection, on which the reply of a Get that was
// cancelled waits for the next one.
func leavesReplies(ref store) *hooks {
	var (
		turn = make(chan struct{}, 1)
		left [][]byte
	)
	return &hooks{get: func(ctx context.Context, id string) ([]byte, error) {
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		defer func() { <-turn }()
		time.Sleep(100 * time.Microsecond)
		data, err := ref.Get(context.WithoutCancel(ctx), id)
		if err != nil {
			return nil, err
		}
		left = append(left, data)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		first := left[0]
		left = left[1:]
		return first, nil
	}}
}

func pingsClosed(store) *hooks {
	return &hooks{ping: func(context.Context) error { return nil }}
}

func closesOnce(ref store) *hooks {
	var closed sync.Mutex
	return &hooks{close: func() error {
		if !closed.TryLock() {
			return errors.New("closed already")
		}
		return sessionstore.Close(ref)
	}}
}

func worksOn(store) *hooks {
	return &hooks{close: func() error { return nil }}
}

func leavesGoroutine(ref store) *hooks {
	return &hooks{close: func() error {
		go time.Sleep(5 * time.Second)
		return sessionstore.Close(ref)
	}}
}

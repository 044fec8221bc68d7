package storetest

import "reflect"

// rule is one line of the contract and how to check it.
type rule struct {
	name   string // Area/Rule, as doc comments cite it
	reason string // the contract's sentence, printed when the rule breaks
	check  func(t T, h *Harness)
	core   bool // takes no time and needs New alone: part of Core
	alone  bool // must not share the process: it counts goroutines, measures time or stops the server
	asks   *capability
	server bool     // is about a store's server
	needs  []string // hooks of the Harness without which there is nothing to check
}

// missing returns the first hook that the rule needs and h does not have.
func (r rule) missing(h *Harness) string {
	for _, hook := range r.needs {
		if reflect.ValueOf(h).Elem().FieldByName(hook).IsZero() {
			return hook
		}
	}
	return ""
}

// rules is the contract, rules of one area side by side.
var rules = []rule{
	{
		name:   "ID/Valid",
		reason: "an id has 1 to 128 bytes of A-Z a-z 0-9 - . _ ~; anything else is ErrInvalidID before any I/O, and two ids never meet",
		check:  idValid,
		core:   true,
	},
	{
		name:   "ID/Secret",
		reason: "no error contains a session's id or data",
		check:  idSecret,
	},
	{
		name:   "Data/Any",
		reason: "data is any bytes, 0 to MaxDataBytes; nil and empty are the same and come back empty and not nil",
		check:  dataAny,
		core:   true,
	},
	{
		name:   "Data/TooLarge",
		reason: "more than MaxDataBytes is ErrTooLarge, and the stored session stays",
		check:  dataTooLarge,
		core:   true,
	},
	{
		name:   "Get/Owned",
		reason: "returned bytes belong to the caller for ever, also after Close",
		check:  getOwned,
		core:   true,
	},
	{
		name:   "Set/Copies",
		reason: "passed bytes are not kept, also when the call returns early",
		check:  setCopies,
		core:   true,
	},
	{
		name:   "Set/Replaces",
		reason: "Set replaces data and deadline, and inherits neither",
		check:  setReplaces,
	},
	{
		name:   "TTL/Invalid",
		reason: "a ttl that is not above 0, or above MaxTTL, is ErrInvalidTTL, and nothing changes",
		check:  ttlInvalid,
		core:   true,
	},
	{
		name:   "TTL/NotEarly",
		reason: "a session lives while now < write + ttl",
		check:  ttlNotEarly,
	},
	{
		name:   "TTL/NotLate",
		reason: "a session is gone when its ttl, rounded up to TTLResolution, and the published slack have passed",
		check:  ttlNotLate,
	},
	{
		name:   "TTL/Swept",
		reason: "an expired session is invisible with every sweeper off, and its id is free",
		check:  ttlSwept,
	},
	{
		name:   "Touch/Live",
		reason: "Touch moves the deadline of a live session, later or earlier, and never its data",
		check:  touchLive,
	},
	{
		name:   "Touch/NoRevival",
		reason: "Touch of what is not live returns ErrNotFound and brings nothing back",
		check:  touchNoRevival,
	},
	{
		name:   "Delete/Idempotent",
		reason: "deleting what is not there is no error",
		check:  deleteIdempotent,
		core:   true,
	},
	{
		name:   "Delete/Gone",
		reason: "whatever starts after a Delete has returned sees nothing until a new Set",
		check:  deleteGone,
		core:   true,
	},
	{
		name:   "Create/OnlyAbsent",
		reason: "Create stores only where no session is live, an expired one included; otherwise ErrExists, and nothing changes",
		check:  createOnlyAbsent,
		asks:   creator,
	},
	{
		name:   "Create/Atomic",
		reason: "of many Creates of one session exactly one succeeds",
		check:  createAtomic,
		core:   true,
		asks:   creator,
	},
	{
		name:   "Replace/OnlyLive",
		reason: "Replace stores only where a session is live; otherwise ErrNotFound, and nothing changes",
		check:  replaceOnlyLive,
		asks:   replacer,
	},
	{
		name:   "Replace/NoRevival",
		reason: "a Replace never brings back a session that a Delete has ended",
		check:  replaceNoRevival,
		core:   true,
		asks:   replacer,
	},
	{
		name:   "Swap/OnlyEqual",
		reason: "CompareAndSwap stores only where the live data equals old; otherwise ErrConflict or ErrNotFound, and nothing changes",
		check:  swapOnlyEqual,
		asks:   swapper,
	},
	{
		name:   "Swap/NoRevival",
		reason: "an Update never brings back a session that a Delete has ended",
		check:  swapNoRevival,
		core:   true,
		asks:   swapper,
	},
	{
		name:   "Swap/Atomic",
		reason: "of many Updates at once none is lost",
		check:  swapAtomic,
		core:   true,
		asks:   swapper,
	},
	{
		name:   "Swap/TouchNeverConflicts",
		reason: "a Touch never makes a concurrent CompareAndSwap fail",
		check:  swapTouchNeverConflicts,
		asks:   swapper,
	},
	{
		name:   "Rotate/Moves",
		reason: "RotateSwap moves a session whose data equals old to a free id, with its new data and deadline; otherwise nothing changes",
		check:  rotateMoves,
		asks:   rotator,
	},
	{
		name:   "Rotate/One",
		reason: "of many rotations of one session one succeeds, and one session is left",
		check:  rotateOne,
		core:   true,
		asks:   rotator,
	},
	{
		name:   "Rotate/KeepsUpdates",
		reason: "an update or a logout that falls into a rotation is not lost",
		check:  rotateKeepsUpdates,
		asks:   rotator,
	},
	{
		name:   "GetAndTouch/Slides",
		reason: "GetAndTouch returns a live session's data and moves its deadline; otherwise ErrNotFound, and nothing comes back",
		check:  getAndTouchSlides,
	},
	{
		name:   "List/All",
		reason: "All yields every session that lives throughout, none that has expired, and nobody else's; an unreadable record does not end it",
		check:  listAll,
		asks:   lister,
	},
	{
		name:   "List/Handles",
		reason: "a Delete of each session by what All calls it empties the store",
		check:  listHandles,
		asks:   lister,
	},
	{
		name:   "Clear/OnlyOwn",
		reason: "Clear removes all of this store's records, namespaces included, and nobody else's",
		check:  clearOnlyOwn,
		asks:   clearer,
	},
	{
		name:   "Purge/OnlyExpired",
		reason: "DeleteExpired removes what has expired, counts it, and never removes a session that was renewed meanwhile",
		check:  purgeOnlyExpired,
		asks:   purger,
	},
	{
		name:   "Namespace/Disjoint",
		reason: "no id of a store names a record of its namespaces, or of another namespace",
		check:  namespaceDisjoint,
		asks:   namespacer,
	},
	{
		name:   "Concurrent/Linearizable",
		reason: "each operation takes effect at one instant between its call and its return, seen by all goroutines and stores alike",
		check:  concurrentLinearizable,
	},
	{
		name:   "Concurrent/Model",
		reason: "random operations answer as a map with deadlines would, each session as if it were alone",
		check:  concurrentModel,
	},
	{
		name:   "Error/NotAMiss",
		reason: "an outage, a closed store or an unreadable record is an error, and never ErrNotFound",
		check:  errorNotAMiss,
	},
	{
		name:   "Error/UnknownOutcome",
		reason: "a write whose reply is lost is ErrUnknownOutcome and is not sent again",
		check:  errorUnknownOutcome,
		server: true,
		needs:  []string{"Addr", "Via"},
	},
	{
		name:   "Error/Recovers",
		reason: "a server that went away and came back is used again, and neither goroutines nor connections grow",
		check:  errorRecovers,
		alone:  true,
		server: true,
		needs:  []string{"Addr", "Via"},
	},
	{
		name:   "Ctx/Done",
		reason: "a context that is done on entry returns its error, and nothing is sent",
		check:  ctxDone,
	},
	{
		name:   "Ctx/Deadline",
		reason: "an operation returns by its deadline, also when the server hangs, and matches context.DeadlineExceeded",
		check:  ctxDeadline,
		alone:  true,
	},
	{
		name:   "Ctx/Cancel",
		reason: "a cancelled operation returns, also when the server hangs, and matches context.Canceled",
		check:  ctxCancel,
		alone:  true,
	},
	{
		name:   "Ctx/Replies",
		reason: "the reply of a cancelled operation never reaches another caller",
		check:  ctxReplies,
	},
	{
		name:   "Trips/AsPublished",
		reason: "each operation waits for its server as often as the store publishes",
		check:  tripsAsPublished,
		needs:  []string{"RoundTrips"},
	},
	{
		name:   "Ping/Honest",
		reason: "Ping is nil while the store would answer, and an error when it is closed or its server is gone",
		check:  pingHonest,
	},
	{
		name:   "Close/Idempotent",
		reason: "Close may be called again, ends every later call with ErrClosed, and leaves no goroutine",
		check:  closeIdempotent,
		alone:  true,
	},
	{
		name:   "Restart/Clean",
		reason: "after a clean restart every session is there, with its deadline, and no deleted one is back",
		check:  restartClean,
		alone:  true,
		needs:  []string{"Reopen"},
	},
	{
		name:   "Restart/AppKilled",
		reason: "what an application was told is stored, until when, or deleted, stays so when the application is killed",
		check:  restartAppKilled,
		alone:  true,
		needs:  []string{"Reopen", "Child"},
	},
	{
		name:   "Restart/ServerKilled",
		reason: "what was acknowledged as stored, until when, or deleted, stays so when the server is killed",
		check:  restartServerKilled,
		alone:  true,
		server: true,
		needs:  []string{"Reopen", "Kill"},
	},
}

package sessionstore

// decorator is what every decorator of this package is: a Store around another,
// with all the capabilities, of which those that the inner store lacks say so
// when they are called.
//
// A decorator holds its inner store as a field with a name and forwards each
// method by hand. Were the inner store embedded, a method that is new there
// would appear on the decorator and skip its work.
type decorator interface {
	Pinger
	Closer
	Creator
	Replacer
	Swapper
	Rotator
	GetToucher
	Lister
	Clearer
	Purger
	Namespacer
	handler
}

// Package growth measures what becomes of a backend as it holds more sessions:
// how long operations take, how many bytes a session needs, and what it costs
// when all of them end at one moment.
//
// Sessions are stored in bulk, in the form in which the store would have stored
// them; see Meter.Fill. A server that evicts a session ends the measurement with an
// error, for what is no longer there costs nothing.
package growth

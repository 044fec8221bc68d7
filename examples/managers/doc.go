// Package managers tests the adapters with the session managers they are for.
//
// Each manager runs the logout race twice: on its own store, where the session
// comes back, and on ours, where it does not. It has no code of its own.
package managers

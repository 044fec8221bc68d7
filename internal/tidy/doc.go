// Package tidy holds tests of the repository itself: who may import whom, what
// the modules require, what must be documented, what no text may say. It has no
// code of its own.
//
// A rule here is one that was decided, can be checked without doubt, and would
// otherwise wear away unseen. Matters of taste belong to the reader of a change,
// and common mistakes to the linters.
package tidy

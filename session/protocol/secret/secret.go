// Package secret owns where key material is worked on: a function that makes,
// uses or drops keys runs inside Do, and what it left in registers, on its stack
// and in memory that nobody points to any more is overwritten.
//
// It must not know what the secrets are or when they are no longer needed:
// their owners clear what they keep, with clear, as soon as it has served. Do is
// for the copies that no owner can reach: those of the compiler, of the standard
// library, and of objects that offer no way to clear them.
//
// Rules: Go does this only where the programs are built with
// GOEXPERIMENT=runtimesecret, on Linux with amd64 or arm64 (package
// runtime/secret of Go 1.26); everywhere else Do calls its function and wipes
// nothing, so no promise may rest on it. What runs inside does no input or
// output, starts no goroutine of its own, and calls no C. A result that is a
// slice made inside lives until nobody points to it; a result that is an array
// is copied out to the caller's stack, which is not wiped.
package secret

//go:build goexperiment.runtimesecret

// This file owns Do where Go can wipe.

package secret

import "runtime/secret"

// Do runs f. Registers and stack that f used are wiped before Do returns, also
// when f panics; memory that f took from the heap is wiped once the garbage
// collector finds that nothing points to it.
func Do(f func()) { secret.Do(f) }

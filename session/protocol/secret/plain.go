//go:build !goexperiment.runtimesecret

// This file owns Do where the programs are built without the experiment.

package secret

// Do runs f and wipes nothing: this program was built without
// GOEXPERIMENT=runtimesecret.
func Do(f func()) { f() }

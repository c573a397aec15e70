// Package e2e owns the end-to-end tests: a bank's real server and people's
// real programs as processes, each person with a real keyring, and the other
// programs of this world (a QR reader, a keyring tool, a system call tracer)
// as witnesses. It holds tests only, under the build tag e2e; run them with
// `make e2e`.
//
// It must not know how a program reaches its result: what it checks is what
// people can see, the events, the exit status and the time an ending takes.
// What needs another time of day runs in one process with a clock of its own
// (clock_test.go).
package e2e

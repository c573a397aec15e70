// Package layout owns the rules of the repository that a compiler does not
// check: which folders there are, who may import whom, what every file and
// package says about itself, how tests behave, and which licences are linked.
// It holds tests only; it must not be imported, and it knows nothing of what
// the code does.
//
// Each rule is a function that takes code and returns complaints, so that the
// tests can show it both the repository and a breach that it must find.
package layout

// Package adversary owns the attackers that the attack suite plays: a hostile
// relay that sits between real clients and the real server, an agent and a
// device that hold good credentials and break the rules, and a fraudster who
// speaks to the bank and to the customer at the same time.
//
// It must not know how an attack should end: the tests in session/lab/attacks say
// that. It is never linked into a program that people use (a test in
// app/tests/layout looks), and nothing in it is a defence.
//
// Rules: attackers hold only what a real one could have come by, and take it
// as arguments (a TLS key, a credential, a stolen key); they speak the real
// wire format to real components; what they cannot do is an error, never a
// quiet success.
package adversary

// Package attacks owns the list of what a protected call must survive, and the
// tests that play each of it against the real server and the real engines of a
// call: TestAttackA01 and on, one file a row. Beside them, in mutants, lie
// one-line patches that each take one defence away; `make mutants` shows that
// named tests notice.
//
// It must not be imported by any program that people use, and holds no attack
// in code that is not a test: what attackers are made of is in
// session/lab/adversary. This file holds the table alone, so that what prints it
// needs no server.
package attacks

import "slices"

// Outcome says what becomes of an attack today.
type Outcome string

// The outcomes, from the best to the worst. For all but the first the row says
// what is left to the attacker.
const (
	Stopped    Outcome = "stopped"     // it gains nothing
	Detected   Outcome = "detected"    // it gains nothing that stays unseen
	Limited    Outcome = "limited"     // it gains something, and the row says what bounds it
	NotStopped Outcome = "not stopped" // it succeeds, and the row says why
)

// Overall is the outcome of an attack of which several variants were played:
// stopped or detected when nothing worse came of any, not stopped when nothing
// better came of any, and limited in between. It is "" for no variants.
func Overall(variants []Outcome) Outcome {
	none := func(o ...Outcome) bool {
		return !slices.ContainsFunc(variants, func(v Outcome) bool { return slices.Contains(o, v) })
	}
	switch {
	case len(variants) == 0:
		return ""
	case none(Detected, Limited, NotStopped):
		return Stopped
	case none(Limited, NotStopped):
		return Detected
	case none(Stopped, Detected, Limited):
		return NotStopped
	}
	return Limited
}

// Row is one attack. Its tests have names that begin with "TestAttack" and the ID.
type Row struct {
	ID      string // "A01"
	Attack  string // as the threat model names it
	Outcome Outcome
	Why     string // what is left, one sentence; empty when stopped
}

// Table lists every attack once, in the order of the threat model
// (session/protocol/SECURITY.md), which holds the same names and outcomes.
func Table() []Row {
	return []Row{
		{"A01", "caller-ID spoofing", Stopped, ""},
		{"A02", "two-leg relay", Limited, "a customer who is coached to lie about how the call began can be deceived"},
		{"A03", "a real agent is made to start a real session", Limited, "an agent who signs the wrong direction: only the bank's telephone system could know"},
		{"A04", "parallel sessions", Stopped, ""},
		{"A05", "QR photographed, forwarded, screen-shared", Stopped, ""},
		{"A06", "\"read me what you see\"", Stopped, ""},
		{"A07", "guessing and flooding", Limited, "a flood costs time: limits bound it and nobody else pays"},
		{"A08", "replay of offers, replies, records, authenticator codes", Stopped, ""},
		{"A09", "cloned voice reads the read-back", Limited, "a voice that was told the digits passes: the digits count, never the voice"},
		{"A10", "substituted or rolled-back root, forked bundle", Stopped, ""},
		{"A11", "stolen agent laptop, rogue insider, one dishonest operator", Limited, "until the credential ends or is revoked; two officers and the public log are not built yet"},
		{"A12", "malicious relay", Limited, "a relay can prevent or end a call, visibly, and make none look genuine; together with a revoked agent it hides the revocation for 30 minutes at most"},
		{"A13", "grinding a short code in the middle", Stopped, ""},
		{"A14", "downgrade", Limited, "a newer bundle can be kept back from who has not seen it, until the older one expires"},
		{"A15", "click-through", Stopped, ""},
		{"A16", "takeover after verification", Limited, "whoever takes the telephone keeps the same secure call; hand-off and a new read-back after hold are not built yet"},
		{"A17", "wrong clock", Stopped, ""},
		{"A18", "genuine agent, bad request", Limited, "words are chosen by the bank, but what an agent writes as text is free; approved forms are not built yet"},
		{"A19", "harvest now, decrypt later", Stopped, ""},
		{"A20", "malformed input", Stopped, ""},
		{"A21", "theft of long-term keys afterwards", Limited, "calls stay secret; who steals the bank's report key reads recorded stop reports"},
		{"A22", "log tampering by the operator", NotStopped, "there is no public log yet: what the operator removes nobody misses"},
		{"A23", "remote control of the customer's computer", Limited, "known programs and sessions are found; one that hides is not, and the agent's side cannot know"},
		{"A24", "\"call us back on this number\"", Stopped, ""},
		{"A25", "fake enrolment", Limited, "a coached customer can enrol with a bank whose name and domain are like no other's here; the new-device notice and the waiting time are not built yet"},
		{"A26", "\"our app is down today\", \"forget the app\"", Limited, "whether people insist on the app is theirs; the program says itself when it is down"},
		{"A27", "a hostile second bank", Limited, "where the genuine bank is removed, or has not called since it announced a new name, it may take the name, for 90 days with its own beside it; one that lists another's issuer makes that bank's QR code unknown_bank offline"},
		{"A28", "a hostile first bank that waits for the genuine one", Limited, "it has the name until the genuine bank's letter comes; then both are shown, and only the person can tell which is false"},
		{"A29", "enrolment or update cut off, full disk, damaged pin or record, damaged store of the bank", Stopped, ""},
	}
}

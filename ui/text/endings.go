// This file owns how endings are told: which sentence, and what the customer
// should do now. It never words what the bank had stated.

package text

import "countersign/session/ending"

// step is the key of what a customer should do now.
type step string

// The steps. The text of "hang up" always ends with a telephone that is safe.
const (
	stepNone      step = ""
	stepHangUp    step = "next.hang_up"
	stepNewCode   step = "next.new_code"
	stepNoSecrets step = "next.no_secrets"
	stepBank      step = "next.ask_bank"
)

// nextStep says what a customer should do after an ending. An ending that is
// not listed is one that nobody has thought about: then hanging up is right.
func nextStep(reason ending.Reason) step {
	switch reason {
	case ending.Completed, ending.Declined, ending.Cancelled:
		return stepNone
	case ending.Expired, ending.Superseded, ending.FrameStale, ending.NotACode, ending.WrongCheckDigit,
		ending.UnknownCode, ending.UsedCode, ending.ImageTooLarge, ending.Busy, ending.LineLost,
		ending.WrongClock:
		return stepNewCode
	case ending.NotSure, ending.StatusStale, ending.Guest, ending.Offline, ending.ServerDown,
		ending.NoKeyring, ending.KeyringLocked:
		return stepNoSecrets
	case ending.UnknownBank, ending.Unsupported, ending.TicketUsed, ending.TicketLocked, ending.TicketExpired:
		return stepBank
	}
	return stepHangUp
}

// startsHold reports whether an ending leaves only calls by the bank to the
// customer's own number for a while.
func startsHold(reason ending.Reason) bool {
	return reason == ending.WrongDirection || reason == ending.WrongNumber || reason == ending.Reported
}

// sentence returns what an ending is called in words. Where a family of people
// needs other words than a customer in a call, those come first; an agent who
// has no code yet is an agent too.
func (p phrases) sentence(reason ending.Reason, family string) string {
	if !reason.Known() {
		reason = ending.Unsupported
	}
	for _, f := range []string{family, parent(family)} {
		if key := "ending." + f + "." + string(reason); f != "" && p.has(key) {
			return p.say(key)
		}
	}
	return p.say("ending." + string(reason))
}

func parent(family string) string {
	if family == forStart {
		return forAgents
	}
	return forCustomers
}

// The families of sentences.
const (
	forCustomers = ""       // in a call
	forDevice    = "device" // a customer, before a verdict
	forAgents    = "agent"  // in a call
	forStart     = "start"  // an agent, before a code is shown
	forEnrolment = "enrol"
)

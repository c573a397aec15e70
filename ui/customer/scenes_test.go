// This file owns the list of scenes: every screen in every shape that matters,
// reached the way a person reaches it. The tests of how screens look, fit and
// are named go through this list.

package customer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

// shape is a screen in one shape.
type shape struct {
	name    string
	kind    Kind
	phase   call.CustomerPhase // of the call's machine, where there is one
	result  verdict.Result     // of the verdict, with judged
	judged  bool
	picture bool // has an image besides its markup
	scrolls bool // may scroll in every window: a verdict with a warning below it, or a headline of two lines
	play    func(*scene)
}

func anyDesk(sc *scene) { sc.found = []remote.Finding{{Name: "AnyDesk"}} }

// shapes are all there are.
var shapes = []shape{
	{name: "opening", kind: Opening, play: func(sc *scene) { sc.side.Start(sc.stage) }},
	{name: "cannot-open", kind: CannotOpen, play: func(sc *scene) {
		sc.self.bankErr = ending.Because(ending.KeyringLocked, "")
		sc.start()
	}},
	{name: "no-bank", kind: NoBank, play: func(sc *scene) {
		sc.self.banks, sc.self.past = nil, nil
		sc.start()
	}},
	{name: "home", kind: Home, play: func(sc *scene) { sc.start() }},
	{name: "home-first", kind: Home, play: func(sc *scene) {
		sc.self.past = nil
		sc.start()
	}},
	{name: "home-hold-two-banks", kind: Home, play: func(sc *scene) {
		sc.self.banks[0].HoldUntil = sc.now.Add(20 * time.Minute)
		sc.self.banks = append(sc.self.banks, otherBank(sc.now))
		sc.start()
	}},

	{name: "remote", kind: RemoteFound, play: func(sc *scene) {
		anyDesk(sc)
		sc.start().press("customer.on_a_call")
		sc.await(RemoteFound)
	}},
	{name: "family", kind: FamilyHelps, play: func(sc *scene) {
		anyDesk(sc)
		sc.start().press("customer.on_a_call")
		sc.await(RemoteFound).press("customer.family")
	}},
	{name: "which-bank", kind: WhichBank, play: func(sc *scene) {
		sc.self.banks = append(sc.self.banks, otherBank(sc.now))
		sc.start().press("customer.on_a_call")
		sc.await(WhichBank)
	}},
	{name: "how", kind: HowBegan, play: func(sc *scene) { sc.toQuestion() }},
	{name: "number", kind: WhichNumber, play: func(sc *scene) {
		sc.toQuestion().press("customer.i_called_other")
	}},
	{name: "number-wrong", kind: WhichNumber, play: func(sc *scene) {
		sc.toQuestion().press("customer.i_called_other")
		sc.enter("customer.which_number", "19 123")
		sc.press("customer.go_on")
	}},
	{name: "number-understood", kind: WhichNumber, play: func(sc *scene) {
		sc.toQuestion().press("customer.i_called_other")
		sc.enter("customer.which_number", "+44 (0)20 7946 0958")
	}},
	{name: "code", kind: TypeCode, play: func(sc *scene) { sc.toCode().digits("48291305") }},
	{name: "code-wrong", kind: TypeCode, play: func(sc *scene) { sc.toCode().digits("482913058") }},
	{name: "picture", kind: UsePicture, play: func(sc *scene) { sc.toCode().press("customer.picture_use") }},
	{name: "picture-foreign", kind: UsePicture, play: func(sc *scene) {
		sc.side.options.ReadPicture = func(string) (string, error) {
			return "", &qr.Fault{Problem: qr.Foreign, Kind: "HEIC"}
		}
		sc.toCode().press("customer.picture_use")
		sc.enter("customer.picture_box", "IMG_0001.HEIC")
		sc.press("customer.check")
		sc.until("the picture is read", func() bool { return sc.side.state.Check.Fault != "" })
	}},
	{name: "picture-reading", kind: UsePicture, play: func(sc *scene) {
		sc.side.options.ReadPicture = func(string) (string, error) { select {} }
		sc.toCode().page.Dropped([]string{"code.jpeg"})
	}},
	{name: "picture-wrong", kind: UsePicture, play: func(sc *scene) {
		sc.toCode().press("customer.picture_use")
		sc.enter("customer.picture_box", "holiday.png")
		sc.press("customer.check")
		sc.until("the picture is read", func() bool { return sc.side.state.Check.Fault != "" })
	}},

	{name: "checking", kind: Checking, phase: call.Looking, play: func(sc *scene) { sc.toCheck() }},
	{name: "checking-agent", kind: Checking, phase: call.Replying, play: func(sc *scene) {
		sc.toCheck().self.call.step(sc.judge(nil))
		sc.until("the agent is asked", func() bool { return sc.side.state.Story.Phase == call.Replying })
	}},
	{name: "green", kind: Green, phase: call.ReadBack, judged: true, result: verdict.Verified, picture: true, play: func(sc *scene) { sc.toGreen() }},
	{name: "green-earlier-stop", kind: Green, phase: call.ReadBack, judged: true, result: verdict.Verified, scrolls: true, play: func(sc *scene) {
		sc.toCheck()
		sc.play(Green, sc.judge(func(in *verdict.Input) { in.HoldUntil = in.Now.Add(time.Minute) }), call.RevealArrived{})
		sc.awaitDigits()
		sc.until("the note is there", func() bool { return len(sc.side.state.Story.notes()) == 1 })
	}},
	{name: "green-dialled", kind: Green, phase: call.ReadBack, judged: true, result: verdict.Verified, play: func(sc *scene) {
		sc.world.CustomerCalled()
		sc.toQuestion().press("customer.i_called_shown")
		sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
		sc.until("the call is being checked", func() bool { return sc.self.call != nil })
		sc.play(Green, sc.judge(nil), call.RevealArrived{})
		sc.awaitDigits()
	}},
	{name: "green-unreadable", kind: Green, phase: call.ReadBack, judged: true, result: verdict.Verified, picture: true, scrolls: true, play: func(sc *scene) {
		sc.toCheck()
		sc.play(Green, sc.unreadable(), call.RevealArrived{})
		sc.awaitDigits()
	}},
	{name: "green-hostile", kind: Green, phase: call.ReadBack, judged: true, result: verdict.Verified, picture: true, scrolls: true, play: func(sc *scene) {
		sc.toCheck()
		sc.play(Green, sc.hostile(1), call.RevealArrived{})
		sc.awaitDigits()
	}},
	{name: "secure-hostile", kind: Secure, phase: call.Secure, judged: true, result: verdict.Verified, picture: true, scrolls: true, play: func(sc *scene) {
		sc.toCheck()
		sc.play(Green, sc.hostile(8), call.RevealArrived{})
		sc.awaitDigits()
		sc.play(Secure, call.SASOKArrived{})
	}},
	{name: "which-bank-renamed", kind: WhichBank, play: func(sc *scene) {
		other := otherBank(sc.now)
		other.FormerName, other.FormerUntil = "Helpful Group", sc.now.Add(-72*time.Hour)
		sc.self.banks = append(sc.self.banks, other)
		sc.start().press("customer.on_a_call")
		sc.await(WhichBank)
	}},
	{name: "which-bank-unreadable", kind: WhichBank, play: func(sc *scene) {
		sc.self.banks = unreadableBanks(sc)
		sc.start().press("customer.on_a_call")
		sc.await(WhichBank)
	}},
	{name: "joined-unreadable", kind: Enrolled, play: func(sc *scene) {
		sc.self.newcomer = unreadableBanks(sc)[1]
		sc.toTicket().press("customer.add")
		sc.await(Enrolled)
	}},
	{name: "guest", kind: Guest, phase: call.ReadBack, judged: true, result: verdict.Unverified, picture: true, play: func(sc *scene) { sc.toGuest() }},
	{name: "helped", kind: Guest, phase: call.ReadBack, judged: true, result: verdict.Unverified, play: func(sc *scene) { sc.toHelped() }},
	{name: "secure", kind: Secure, phase: call.Secure, judged: true, result: verdict.Verified, picture: true, play: func(sc *scene) {
		sc.toSecure()
		sc.play(Secure, call.TextArrived{Text: "Did you pay 120.00 EUR to Radio Shop today at 11:20?"})
		sc.until("the message is there", func() bool { return len(sc.side.state.Story.Said) == 1 })
		sc.side.say("No, I did not.")
		sc.relayout()
	}},
	{name: "secure-line-lost", kind: Secure, scrolls: true, phase: call.Secure, judged: true, result: verdict.Verified, play: func(sc *scene) {
		sc.toSecure()
		sc.self.call.step(call.ConnectionDown{})
		sc.until("the connection is lost", func() bool { return sc.side.state.Story.Lost })
	}},
	{name: "guest-talk", kind: GuestTalk, phase: call.Secure, judged: true, result: verdict.Unverified, picture: true, play: func(sc *scene) {
		sc.toGuest()
		sc.play(GuestTalk, call.SASOKArrived{})
		sc.side.say("Hello")
		sc.relayout()
	}},
	{name: "ask-wrong", kind: AskWrong, phase: call.Secure, play: func(sc *scene) {
		sc.toSecure()
		sc.side.wrong()
	}},
	{name: "reporting", kind: Reporting, phase: call.Reporting, play: func(sc *scene) {
		sc.toSecure()
		sc.side.wrong()
		sc.press("customer.wrong.report")
		sc.await(Reporting)
	}},
	{name: "red-reporting", kind: Red, phase: call.Reporting, judged: true, result: verdict.Stopped, play: func(sc *scene) {
		sc.world.CustomerCalled()
		sc.world.Answers = offer.Answers{How: offer.TheyCalled}
		sc.toCheck()
		sc.play(Red, sc.judge(nil))
	}},
	{name: "red-direction", kind: Red, phase: call.Ended, judged: true, result: verdict.Stopped, picture: true, play: func(sc *scene) { sc.toWrongDirection() }},
	{name: "red-reported", kind: Red, phase: call.Ended, judged: true, result: verdict.Verified, play: func(sc *scene) {
		sc.toSecure()
		sc.side.wrong()
		sc.press("customer.wrong.report")
		sc.over(call.ReportDone{})
	}},
	{name: "red-forged", kind: Red, phase: call.Ended, judged: true, result: verdict.Stopped, play: func(sc *scene) {
		sc.toCheck()
		sc.over(sc.judge(func(in *verdict.Input) { in.Served.Keys.PKA = nil }))
	}},
	{name: "red-unknown-bank", kind: Red, phase: call.Ended, judged: true, result: verdict.Stopped, play: func(sc *scene) {
		sc.toCheck()
		sc.over(sc.judge(func(in *verdict.Input) { in.Bank.Anchor = nil }))
	}},
	{name: "red-hold", kind: Red, phase: call.Ended, judged: true, result: verdict.Stopped, play: func(sc *scene) {
		sc.world.CustomerCalled()
		sc.toQuestion().press("customer.i_called_shown")
		sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
		sc.until("the call is being checked", func() bool { return sc.self.call != nil })
		sc.over(sc.judge(func(in *verdict.Input) { in.HoldUntil = in.Now.Add(time.Minute) }))
	}},
	{name: "new-code", kind: NewCode, phase: call.Ended, judged: true, result: verdict.Stopped, picture: true, play: func(sc *scene) { sc.toExpired() }},
	{name: "new-code-line-lost", kind: NewCode, phase: call.Ended, play: func(sc *scene) {
		sc.toSecure()
		sc.over(call.Fired{Timer: call.TimerLost})
	}},
	{name: "amber-offline", kind: Amber, phase: call.Ended, judged: true, result: verdict.Unverified, picture: true, play: func(sc *scene) {
		sc.toCode().press("customer.picture_use")
		sc.scan = frameText(sc.world)
		sc.enter("customer.picture_box", "code.png")
		sc.press("customer.check_offline")
		sc.until("the call is being checked", func() bool { return sc.self.call != nil })
		in := sc.world.Offline()
		sc.over(call.LookedUp{Output: verdict.Check(in)})
	}},
	{name: "amber-not-sure", kind: Amber, phase: call.Ended, judged: true, result: verdict.Unverified, play: func(sc *scene) {
		sc.toQuestion().press("ask.not_sure")
		sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
		sc.until("the call is being checked", func() bool { return sc.self.call != nil })
		sc.over(sc.judge(nil))
	}},
	{name: "amber-stale", kind: Amber, phase: call.Ended, judged: true, result: verdict.Unverified, play: func(sc *scene) {
		sc.toCheck()
		sc.over(sc.judge(func(in *verdict.Input) { in.Served.Staple = nil }))
	}},
	{name: "amber-server-down", kind: Amber, phase: call.Ended, play: func(sc *scene) {
		sc.toCheck()
		sc.over(call.LookupFailed{Reason: ending.ServerDown})
	}},
	{name: "amber-server-down-picture", kind: Amber, phase: call.Ended, play: func(sc *scene) {
		sc.toCode()
		sc.scan = frameText(sc.world)
		sc.page.Dropped([]string{"code.png"})
		sc.until("the call is being checked", func() bool { return sc.self.call != nil })
		sc.over(call.LookupFailed{Reason: ending.ServerDown})
	}},
	{name: "receipt", kind: Receipt, phase: call.Ended, judged: true, result: verdict.Verified, picture: true, play: func(sc *scene) {
		sc.toSecure()
		sc.now = sc.now.Add(9 * time.Minute)
		sc.side.end()
		sc.over()
	}},
	{name: "receipt-last-word", kind: Receipt, phase: call.Ended, judged: true, result: verdict.Verified, picture: true, play: func(sc *scene) {
		sc.toSecure()
		sc.lastWords(call.Undelivered{NotArrived: 1, NotConfirmed: 1}, call.End{})
	}},
	{name: "lost-last-word", kind: NewCode, phase: call.Ended, judged: true, result: verdict.Verified, play: func(sc *scene) {
		sc.toSecure()
		sc.lastWords(call.Undelivered{NotConfirmed: 1}, call.Fired{Timer: call.TimerLost})
	}},
	{name: "red-last-word", kind: Red, phase: call.Ended, judged: true, result: verdict.Verified, play: func(sc *scene) {
		sc.toSecure()
		sc.lastWords(call.Undelivered{NotArrived: 2}, call.RecordBroken{Reason: ending.Forged})
	}},
	{name: "receipt-guest", kind: Receipt, phase: call.Ended, judged: true, result: verdict.Unverified, play: func(sc *scene) {
		sc.toGuest()
		sc.play(GuestTalk, call.SASOKArrived{})
		sc.side.end()
		sc.over()
	}},
	{name: "receipt-cancelled", kind: Receipt, phase: call.Ended, play: func(sc *scene) {
		sc.toCheck()
		sc.press("customer.cancel")
		sc.over()
	}},

	{name: "something-wrong", kind: SomethingWrong, play: func(sc *scene) { sc.start().side.wrong() }},
	{name: "numbers", kind: SafeNumbers, play: func(sc *scene) {
		sc.start().side.wrong()
		sc.press("customer.show_numbers")
	}},
	{name: "numbers-after-stop", kind: SafeNumbers, play: func(sc *scene) {
		sc.toWrongDirection()
		sc.press("customer.show_numbers")
	}},

	{name: "prompted", kind: AskPrompted, play: func(sc *scene) { sc.start().press("customer.add_bank"); sc.await(AskPrompted) }},
	{name: "prompted-stop", kind: PromptedStop, play: func(sc *scene) {
		sc.start().press("customer.add_bank")
		sc.await(AskPrompted).press("customer.prompted.yes")
	}},
	{name: "ticket", kind: Ticket, play: func(sc *scene) { sc.toTicket() }},
	{name: "ticket-wrong-words", kind: Ticket, play: func(sc *scene) {
		sc.self.enrolErr = ending.Because(ending.UnknownCode, "")
		sc.toTicket().press("customer.ticket.words_too")
		sc.enter("customer.ticket.address", "CT1:bank.example:4443/ABCD-EFGH-IJKL-MNOP")
		sc.press("customer.add")
		sc.await(Enrolling).await(Ticket)
	}},
	{name: "eight-words", kind: EightWords, play: func(sc *scene) { sc.toTicket().press("customer.ticket.none") }},
	{name: "eight-words-wrong", kind: EightWords, play: func(sc *scene) {
		sc.self.enrolErr = ending.Because(ending.Forged, "")
		sc.toTicket().press("customer.ticket.none")
		sc.press("customer.add")
		sc.await(Enrolling).await(EightWords)
	}},
	{name: "joining", kind: Enrolling, play: func(sc *scene) {
		sc.self.slow = make(chan struct{})
		sc.toTicket().press("customer.add")
	}},
	{name: "joined", kind: Enrolled, play: func(sc *scene) {
		sc.toTicket().press("customer.add")
		sc.await(Enrolled)
	}},
	{name: "clash", kind: Clash, play: func(sc *scene) {
		known, lookAlike := bankOf(sc.world), bankOf(sc.world)
		known.Since, lookAlike.Since = sc.now.Add(-200*24*time.Hour), sc.now
		lookAlike.ID, lookAlike.Name, lookAlike.Domain = [16]byte{3}, "Exаmple Bank", "example-bank.example" // a Cyrillic letter
		sc.self.enrolErr = &session.NameClash{Known: known, New: lookAlike}
		sc.toTicket().press("customer.add")
		sc.await(Clash)
	}},
	{name: "ticket-somebody-else", kind: Ticket, play: func(sc *scene) {
		sc.self.enrolErr = &session.SomebodyElse{Known: bankOf(sc.world)}
		sc.toTicket().press("customer.add")
		sc.await(Enrolling).await(Ticket)
	}},
	{name: "joined-guest", kind: Enrolled, play: func(sc *scene) {
		sc.self.newcomer = otherBank(sc.now)
		sc.toTicket().press("customer.ticket.none")
		sc.press("customer.add")
		sc.await(Enrolled)
	}},
	{name: "banks", kind: BankList, play: func(sc *scene) {
		sc.self.banks[0].HoldUntil = sc.now.Add(20 * time.Minute)
		sc.self.banks = append(sc.self.banks, otherBank(sc.now))
		sc.start().press("customer.banks")
	}},
	{name: "banks-claims", kind: BankList, picture: true, play: func(sc *scene) {
		sc.self.banks[0].Claims = verdict.Naming{Name: "Example United", Domain: "exampleunited.com"}
		other := otherBank(sc.now)
		other.Name, other.Domain = "Example United", "united.example"
		other.FormerName, other.FormerUntil = "Helpful Group", sc.now.Add(-72*time.Hour)
		sc.self.banks = append(sc.self.banks, other)
		sc.start().press("customer.banks")
	}},
	{name: "banks-damaged", kind: BankList, picture: true, play: func(sc *scene) {
		damaged := session.Bank{ID: [16]byte{2}, Naming: otherBank(sc.now).Naming, Fault: ending.NoKeyring}
		sc.self.banks = append(sc.self.banks, damaged)
		sc.start().press("customer.banks")
	}},
	{name: "banks-agents", kind: BankList, picture: true, play: func(sc *scene) {
		agents := otherBank(sc.now)
		agents.Enrolled, agents.AgentsOnly = true, true
		sc.self.banks = []session.Bank{agents}
		sc.start().press("customer.banks")
	}},
	{name: "remove", kind: RemoveBank, play: func(sc *scene) {
		sc.start().press("customer.banks")
		sc.press("customer.remove")
	}},
	{name: "remove-hold", kind: RemoveBank, play: func(sc *scene) {
		sc.self.banks[0].HoldUntil = sc.now.Add(20 * time.Minute)
		sc.start().press("customer.banks")
		sc.press("customer.remove")
	}},
	{name: "new-computer", kind: NewComputer, play: func(sc *scene) {
		sc.start().press("customer.banks")
		sc.press("customer.new_computer")
	}},
	{name: "past", kind: PastCalls, play: func(sc *scene) { sc.start().press("customer.past_calls") }},
	{name: "past-none", kind: PastCalls, play: func(sc *scene) {
		sc.self.past = nil
		sc.start().press("customer.past_calls")
	}},
	{name: "past-damaged", kind: PastCalls, play: func(sc *scene) {
		sc.self.past, sc.self.pastErr = nil, ending.Because(ending.NoKeyring, "")
		sc.start().press("customer.past_calls")
	}},
	{name: "past-call", kind: PastCall, play: func(sc *scene) {
		sc.start()
		sc.side.state.Reading = sc.self.past[0]
		sc.side.moveTo(PastCall)
	}},
	{name: "past-call-stopped", kind: PastCall, play: func(sc *scene) {
		sc.start()
		sc.side.state.Reading = sc.self.past[1]
		sc.side.moveTo(PastCall)
	}},
}

// boxes are letters that no font has: the last for private use. No name holds
// them; they stand for a script without a font.
const boxes = "\U0010fffc\U0010fffd"

// unreadable is the world's verdict on a bank and an agent with such names.
func (sc *scene) unreadable() call.Input {
	judged := sc.judge(nil).(call.LookedUp)
	judged.Output.Naming.Name = boxes
	judged.Output.Credential.Name, judged.Output.Credential.Department = boxes, boxes
	return judged
}

// hostile is green of a bank of the attacker's own, without a domain, whose
// every word is meant to pass for another bank's: as many and as long sentences
// of what it never asks as content may hold, where n is 8.
func (sc *scene) hostile(n int) call.Input {
	judged := sc.judge(nil).(call.LookedUp)
	judged.Output.Naming = verdict.Naming{Name: "the secure line"}
	judged.Output.Credential.Name, judged.Output.Credential.Department = "Northgate Bank", "northgate.example"
	content := *judged.Output.Content
	content.Purposes = []trust.PurposeText{{Purpose: trust.CardPayment, Sentences: map[string]string{"en": hostileSentence}}}
	long := strings.TrimSpace(strings.Repeat(hostileSentence+" ", 3))
	content.NeverAsk = map[string][]string{"en": slices.Repeat([]string{long}, n), "pl": slices.Repeat([]string{long}, n)}
	judged.Output.Content = &content
	return judged
}

// hostileSentence ends its quotation and goes on as the program, if it can.
const hostileSentence = "About a card payment.\u201d This screen is connected to Northgate Bank (northgate.example). Agent: Alice Adams."

// unreadableBanks are a bank that has a domain, one that has none, and one that
// can be read.
func unreadableBanks(sc *scene) []session.Bank {
	named, nameless := sc.self.banks[0], otherBank(sc.now)
	named.Name, nameless.Name, nameless.Domain = boxes, boxes, ""
	return []session.Bank{named, nameless, otherBank(sc.now)}
}

// toWrongDirection says that the telephone rang, about an offer that says that
// the person dialled the bank.
func (sc *scene) toWrongDirection() *scene {
	sc.t.Helper()
	sc.world.CustomerCalled()
	sc.toCheck()
	return sc.over(sc.judge(nil), call.ReportDone{})
}

func (sc *scene) toExpired() *scene {
	sc.t.Helper()
	sc.toCheck()
	return sc.over(sc.judge(func(in *verdict.Input) { in.Served, in.Refused = nil, ending.Expired }))
}

func (sc *scene) toHelped() *scene {
	sc.t.Helper()
	anyDesk(sc)
	sc.start().press("customer.on_a_call")
	sc.await(RemoteFound).press("customer.family")
	sc.press("customer.family.go_on")
	sc.await(HowBegan).press("ask.they_called")
	sc.await(TypeCode).digits(offer.Code(sc.world.FinishedCore().ID()))
	sc.until("the call is being checked", func() bool { return sc.self.call != nil })
	sc.play(Guest, sc.judge(nil), call.RevealArrived{})
	return sc.awaitDigits()
}

func (sc *scene) toTicket() *scene {
	sc.t.Helper()
	sc.self.banks = []session.Bank{}
	sc.start().press("customer.add_your_bank")
	sc.await(AskPrompted).press("customer.prompted.no")
	return sc.await(Ticket)
}

// frameText is the text of a QR code for the world's offer.
func frameText(w *verdicttest.World) string {
	text, err := offer.NewFrame(w.FinishedCore(), w.FrameTime, w.Agent, w.SignedCredential())
	if err != nil {
		panic(err)
	}
	return text
}

// TestEveryStateHasAScene fails when a screen, a phase of a call or a result of
// a verdict has no scene, and so no golden.
func TestEveryStateHasAScene(t *testing.T) {
	for k := range screens {
		if !slices.ContainsFunc(shapes, func(s shape) bool { return s.kind == k }) {
			t.Errorf("screen %s has no scene", k)
		}
	}
	for _, p := range call.CustomerPhases() {
		if !slices.ContainsFunc(shapes, func(s shape) bool { return s.phase == p }) {
			t.Errorf("phase %v has no scene", p)
		}
	}
	for _, r := range []verdict.Result{verdict.Stopped, verdict.Unverified, verdict.Verified} {
		if !slices.ContainsFunc(shapes, func(s shape) bool { return s.judged && s.result == r && s.picture }) {
			t.Errorf("verdict %v has no picture", r)
		}
	}
}

func shapeNamed(name string) shape {
	return shapes[slices.IndexFunc(shapes, func(s shape) bool { return s.name == name })]
}

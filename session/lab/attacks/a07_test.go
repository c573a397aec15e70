// A07: guessing spoken codes, and flooding the relay with lookups, replies,
// enrolments and reports. The defences are the size of the code space, token
// buckets by key, by address and for all, a cap of replies for one offer, and
// that a bad reply never uses an offer up.

package attacks_test

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"countersign/session"
	"countersign/session/bank/limit"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
)

// guess looks random codes up until the relay refuses to look, and returns how
// many it let pass.
func guess(t *testing.T, d *adversary.Device, most int) int {
	t.Helper()
	for n := range most {
		guessed, err := rand.Int(rand.Reader, big.NewInt(1_000_000_000))
		if err != nil {
			t.Fatal(err)
		}
		switch _, err := d.LookUp(t.Context(), fmt.Sprintf("%09d", guessed)); ending.Of(err, "") {
		case ending.UnknownCode:
		case ending.Busy:
			return n
		default:
			t.Fatalf("a guess was answered: %v", err)
		}
	}
	return most
}

func TestAttackA07GuessingCodes(t *testing.T) {
	w := limitedWorld(t, limit.Default())
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	waiting := w.agent(jan).dials("C-2")
	code := waiting.code()

	// One key, then many keys from one address.
	if n := guess(t, w.hacked(""), 100); n != 10 {
		t.Errorf("one key guessed %d times at once, want 10", n)
	}
	total := 10
	for n := 10; n == 10; total += n {
		n = guess(t, w.hacked(""), 100)
	}
	if total > limit.Default().LookupsPerAddress {
		t.Errorf("one address guessed %d times at once", total)
	}

	// Calls that run do not wait behind a flood of lookups, and the offer that
	// waits for its customer is untouched.
	says(agent, customer, "under a flood")
	says(customer, agent, "nothing is slow")
	w.clock.passes(time.Minute)
	secured(waiting, w.customer("C-2").types(code, theyCalled))
	outcome(t, "A07", attacks.Limited, "one key guesses 10 of a billion codes a minute, one address 120, all together 200 a second; running calls do not notice")
}

// TestAttackA07TypedByMistake: a person's wrong digit never reaches the relay.
func TestAttackA07TypedByMistake(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := []byte(agent.code())
	code[4] = '0' + (code[4]-'0'+1)%10
	lookups := w.relay.Watch(adversary.Request("cp1.lookup"))
	w.customer("C-1").types(string(code), theyCalled).ends(ending.WrongCheckDigit)
	if len(lookups) != 0 {
		t.Error("a code with a wrong check digit was sent")
	}
	outcome(t, "A07", attacks.Stopped, "a mistyped code ends before anything is sent")
}

func TestAttackA07BadRepliesLeaveTheOffer(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	junk := w.hacked("C-2")
	f, err := junk.LookUp(t.Context(), code)
	w.must(err)
	send := func(kind relay.Kind, body []byte) {
		t.Helper()
		w.must(junk.Send(t.Context(), f.OID, kind, body))
	}
	forge := func(edit func(*handshake.Reply)) []byte {
		t.Helper()
		envelope, err := junk.Forge(f, theyCalled, edit)
		w.must(err)
		return envelope
	}
	send(relay.KindReply, []byte("junk"))
	send(relay.KindReply, forge(func(r *handshake.Reply) { r.OID[0]++ }))
	send(relay.KindReply, forge(func(r *handshake.Reply) { r.EncHash[0]++ }))
	send(relay.KindReply, forge(func(r *handshake.Reply) { r.Suite = 2 }))
	send(relay.KindReply, forge(func(r *handshake.Reply) { r.Device = []byte("not a credential") }))
	send(relay.KindReply, forge(func(r *handshake.Reply) { r.Answers = iDialled(bankLine) }))
	guest := w.hacked("")
	_, err = guest.LookUp(t.Context(), code)
	w.must(err)
	decline, err := handshake.SealDecline(f.Core, f.Keys, ending.Declined, nil, nil)
	w.must(err)
	w.must(guest.Send(t.Context(), f.OID, relay.KindDecline, decline))
	decline, err = handshake.SealDecline(f.Core, f.Keys, ending.Declined, junk.Credential, junk.Key)
	w.must(err)
	send(relay.KindDecline, decline) // a real device's, and another customer's

	secured(agent, w.customer("C-1").types(code, theyCalled))
	outcome(t, "A07", attacks.Stopped, "no malformed, foreign or unsigned reply or decline uses an offer up")
}

// TestAttackA07DeclineOfAStranger: where the customer has no device, nothing is
// signed, and anybody who hears the code could say that the customer cancelled.
func TestAttackA07DeclineOfAStranger(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-3")
	code := agent.code()
	stranger := w.hacked("")
	f, err := stranger.LookUp(t.Context(), code)
	w.must(err)
	decline, err := handshake.SealDecline(f.Core, f.Keys, ending.Declined, nil, nil)
	w.must(err)
	w.must(stranger.Send(t.Context(), f.OID, relay.KindDecline, decline))
	secured(agent, w.customer("guest").types(code, theyCalled))
	outcome(t, "A07", attacks.Stopped, "an unsigned decline counts only from the guest who was let in")
}

func TestAttackA07FloodOfReplies(t *testing.T) {
	w := newWorld(t)
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	var reached []int
	for range 6 {
		d := w.hacked("")
		f, err := d.LookUp(t.Context(), code)
		w.must(err)
		n := 0
		for ; n < 100 && d.Send(t.Context(), f.OID, relay.KindReply, []byte("junk")) == nil; n++ {
		}
		reached = append(reached, n)
	}
	if want := []int{8, 8, 8, 8, 0, 0}; !slices.Equal(reached, want) {
		t.Errorf("the agent got %v replies, want %v", reached, want)
	}

	// Who knows a live code can fill its place. The customer is told to try
	// again, and the next code is free.
	victim := w.customer("C-1")
	victim.types(code, theyCalled).ends(ending.Busy)
	agent.End()
	agent.ends(ending.Cancelled)
	agent = w.agent(anna).dials("C-1")
	secured(agent, victim.types(agent.code(), theyCalled))
	outcome(t, "A07", attacks.Limited, "who hears a code can block this one offer with 32 bad replies; it ends as busy and the next code works")
}

// TestAttackA07Strangers: nobody replies to an offer without looking it up, and
// nobody sends into another's call.
func TestAttackA07Strangers(t *testing.T) {
	w := newWorld(t)
	finder, stranger := w.hacked("C-1"), w.hacked("C-1")
	agent := w.agent(anna).dials("C-1")
	f, err := finder.LookUp(t.Context(), agent.code())
	w.must(err)
	_, envelope, err := stranger.Reply(f, theyCalled, 0)
	w.must(err)
	if got := ending.Of(stranger.Send(t.Context(), f.OID, relay.KindReply, envelope), ""); got != ending.Forged {
		t.Errorf("a reply without a lookup: %q", got)
	}
	for _, kind := range []relay.Kind{relay.KindConfirm, relay.KindRecord, relay.KindAck} {
		if got := ending.Of(stranger.Send(t.Context(), f.OID, kind, []byte("x")), ""); got != ending.Forged {
			t.Errorf("kind %d into another's call: %q", kind, got)
		}
	}
	rogue := w.rogue(jan)
	if err := rogue.End(t.Context(), relay.EndRequest{OID: f.OID, Reason: ending.Cancelled}); ending.Of(err, "") != ending.Forged {
		t.Errorf("another agent ended the offer: %v", err)
	}
	outcome(t, "A07", attacks.Stopped, "only who looked an offer up may answer it, and only the two of a call may send into it")
}

func TestAttackA07FloodOfEnrolmentsAndReports(t *testing.T) {
	w := limitedWorld(t, limit.Default())
	var answered int
	for range limit.Default().EnrolStepsPerAddress + 1 {
		_, err := w.stranger().Enrol(t.Context(), session.Enrolment{Ticket: "CT1:" + relayAddress + "/AAAA-BBBB-CCCC-DDDD"})
		if ending.Of(err, "") == ending.Busy {
			break
		}
		answered++
	}
	if answered != limit.Default().EnrolStepsPerAddress {
		t.Errorf("one address took %d steps of enrolments in a minute", answered)
	}

	d := w.hacked("C-1")
	for answered = 0; answered < 100; answered++ {
		if d.Report(t.Context(), relay.ReportRequest{OID: offer.ID{1}, Enc: []byte("x"), Ciphertext: []byte("y")}) != nil {
			break
		}
	}
	if answered != limit.Default().ReportsPerAddress {
		t.Errorf("one address sent %d reports in a minute", answered)
	}
	outcome(t, "A07", attacks.Limited, "60 steps of enrolments and 20 reports a minute from one address")
}

// TestAttackA07Renewals: strangers ask for device credentials, with keys of
// their own and with the ids of devices.
func TestAttackA07Renewals(t *testing.T) {
	w := limitedWorld(t, limit.Default())
	victim := w.hacked("C-1")
	stranger := w.hacked("")
	stranger.Key, stranger.Credential = newKey(w), victim.Credential
	var got []ending.Reason
	for range 12 {
		q, err := stranger.Renewal(stranger.Nkey())
		w.must(err)
		_, err = stranger.Renew(t.Context(), q)
		got = append(got, ending.Of(err, ""))
	}
	if want := append(slices.Repeat([]ending.Reason{ending.Forged}, 10), ending.Busy, ending.Busy); !slices.Equal(got, want) {
		t.Errorf("a stranger is told %v", got)
	}
	q, err := victim.Renewal(victim.Nkey())
	w.must(err)
	if _, err := victim.Renew(t.Context(), q); err != nil {
		t.Errorf("the device itself: %v", err)
	}
	w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	outcome(t, "A07", attacks.Stopped, "ten questions of a connection, and none is answered to who does not hold the device's key")
}

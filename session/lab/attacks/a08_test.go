// A08: replay of offers, replies, records, tokens, tickets, reports and
// authenticator codes. The defences are nonces, the call id in everything,
// sequence numbers, a list of answered offers on the device, and stored
// counters at the bank.

package attacks_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"countersign/session"
	"countersign/session/bank"
	"countersign/session/computer/connection"
	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
)

func TestAttackA08Offer(t *testing.T) {
	w := newWorld(t)
	answers := w.relay.Watch(adversary.AnswerTo("cp1.lookup"))
	victim := w.customer("C-1")
	agent := w.agent(anna).dials("C-1")
	code := agent.code()
	customer := victim.types(code, theyCalled)
	secured(agent, customer)
	old := receive(w, answers).Data
	customer.End()
	customer.ends(ending.Completed)
	agent.ends(ending.Completed)

	// The relay serves the offer as if it were live.
	w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) { m.Data = old; m.Send() })
	replies := w.relay.Watch(adversary.Up())
	customer = victim.types(code, theyCalled)
	if out := next[call.VerdictGiven](customer).Output; out.Shown().Name != "" {
		t.Errorf("an answered offer shows %+v", out.Shown())
	}
	customer.ends(ending.Replayed)

	// The victim's other computer has never answered it, but has a clock.
	w.clock.passes(offer.Lifetime + trust.Skew + time.Second)
	w.customer("C-1").types(code, theyCalled).ends(ending.WrongClock)
	if len(replies) != 0 {
		t.Error("an old offer was answered")
	}
	outcome(t, "A08", attacks.Stopped, "an answered offer ends as replayed, an old one that is served as live as wrong_clock")
}

func TestAttackA08Reply(t *testing.T) {
	w := newWorld(t)
	replies := w.relay.Watch(adversary.Up(relay.KindReply))
	reveals := w.relay.Watch(adversary.Down(relay.KindReveal))
	agent := w.agent(anna).dials("C-1")
	customer := w.customer("C-1").types(agent.code(), theyCalled)
	digits := opened(agent, customer)
	reply, reveal := receive(w, replies), adversary.Read[relay.Down](receive(w, reveals))

	// The very same bytes on the very same connection get the very same answer.
	up := adversary.Read[relay.Up](reply)
	reply.From.Publish(reply.Subject, up)
	if again := adversary.Read[relay.Down](receive(w, reveals)); !bytes.Equal(again.Body, reveal.Body) {
		t.Error("a repeated reply got a second reveal that is not the first")
	}
	agent.Readback(digits)
	next[call.Secured](agent)
	next[call.Secured](customer)
	customer.End()
	agent.ends(ending.Completed)

	// In the next call it is a reply to another offer and does not open.
	agent = w.agent(anna).dials("C-1")
	thief := w.hacked("C-1")
	f, err := thief.LookUp(t.Context(), agent.code())
	w.must(err)
	w.must(thief.Send(t.Context(), f.OID, relay.KindReply, up.Body))
	hands, envelope, err := thief.Reply(f, theyCalled, 0)
	w.must(err)
	w.must(thief.Send(t.Context(), f.OID, relay.KindReply, envelope))
	if _, err := thief.Finish(t.Context(), f, hands); err != nil {
		t.Errorf("the replayed reply used the offer up: %v", err)
	}
	outcome(t, "A08", attacks.Stopped, "a reply replayed into its call gets the same bytes again, into another call nothing")
}

func TestAttackA08Records(t *testing.T) {
	w := newWorld(t)
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	pushed := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindRecord))
	says(agent, customer, "once")
	first := receive(w, pushed)

	w.relay.On(adversary.PushTo(relay.RoleCompanion, relay.KindRecord), func(m *adversary.Message) { m.Send(); m.Send(); m.Send() })
	for _, text := range []string{"two", "three", "four"} {
		says(agent, customer, text)
		first.Send() // and the first once more, behind each
	}
	says(customer, agent, "done")
	agent.End()
	customer.ends(ending.Completed)
	if n := counted[call.Message](customer); n != 4 {
		t.Errorf("the customer read %d messages, want 4", n)
	}
	outcome(t, "A08", attacks.Stopped, "a record is read once however often it comes")
}

func TestAttackA08RecordOfAnotherCall(t *testing.T) {
	w := newWorld(t)
	firstAgent, first := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	tickets := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindTicket))
	_, second := w.secureCall(w.agent(jan), "C-2", w.customer("C-2"))
	// All of them: an agent who hears no acknowledgement sends the record again.
	caught := w.relay.Catch(adversary.PushTo(relay.RoleCompanion, relay.KindRecord))
	firstAgent.Say("pay to account 1")
	stolen := adversary.Read[relay.Push](receive(w, caught))

	victim := newest(tickets)
	victim.From.Push(relay.Push{OID: adversary.Read[relay.Push](victim).OID, Kind: relay.KindRecord, Body: stolen.Body})
	second.endsInTime(ending.Forged)
	if told[call.Message](second) || told[call.Message](first) {
		t.Error("a record of one call was read in another")
	}
	outcome(t, "A08", attacks.Stopped, "a record of another call ends the call as forged and is never read")
}

// TestAttackA08Reflection hands a side its own record back, before it goes on
// to the other side.
func TestAttackA08Reflection(t *testing.T) {
	w := newWorld(t)
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	w.relay.On(adversary.First(1, adversary.Up(relay.KindRecord)), func(m *adversary.Message) {
		up := adversary.Read[relay.Up](m)
		m.From.Push(relay.Push{OID: up.OID, Kind: relay.KindRecord, Body: up.Body})
		m.Send()
	})
	customer.Say("to the agent")
	customer.ends(ending.Forged)
	agent.ends(ending.Forged)
	if told[call.Message](customer) {
		t.Error("the customer read what the customer had written")
	}
	outcome(t, "A08", attacks.Stopped, "a record handed back to its sender ends the call as forged")
}

func TestAttackA08ConnectToken(t *testing.T) {
	w := newWorld(t)
	w.agent(anna).dials("C-1").code()
	token := w.relay.Clients(relay.RoleAgent)[0].Token()
	if conn, err := w.known().WithToken(t.Context(), token); !errors.Is(err, connection.ErrRefused) {
		t.Errorf("a stolen token opened a connection: %v", err)
		conn.Close()
	}
	outcome(t, "A08", attacks.Stopped, "a connect token is good for the one key whose holder signs the server's nonce")
}

func TestAttackA08CallTicket(t *testing.T) {
	w := newWorld(t)
	tickets := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindTicket))
	agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
	receive(w, tickets)
	pushed := receive(w, tickets) // the second, of the secure call
	ticket := adversary.Read[relay.Push](pushed)

	// Somebody else's connection, and the same after the server forgot all.
	for range 2 {
		thief := w.hacked("C-1")
		if err := thief.Send(t.Context(), ticket.OID, relay.KindReadmit, ticket.Body); ending.Of(err, "") != ending.Forged {
			t.Errorf("a stolen ticket: %v", err)
		}
		back := w.relay.Watch(adversary.Or(adversary.AnswerTo("cp1.agent.admit"), adversary.AnswerTo("cp1.up")))
		w.restart(func() {})
		receive(w, back)
		receive(w, back) // both ends have presented their tickets
		saysInTime(agent, customer, "still ours")
		saysInTime(customer, agent, "and ours")
	}
	rogue := w.rogue(jan)
	_, err := rogue.Admit(t.Context(), relay.AdmitRequest{OID: ticket.OID, Companion: rogue.Nkey(), Ticket: ticket.Body})
	if ending.Of(err, "") != ending.Forged {
		t.Errorf("another agent took the call: %v", err)
	}

	// The ticket of an ended call brings nothing back.
	customer.End()
	customer.ends(ending.Completed)
	agent.ends(ending.Completed)
	_, err = w.rogue(anna).Admit(t.Context(), relay.AdmitRequest{OID: ticket.OID, Companion: pushed.From.Nkey(), Ticket: ticket.Body})
	if ending.Of(err, "") != ending.Completed {
		t.Errorf("an ended call was taken up again: %v", err)
	}
	outcome(t, "A08", attacks.Stopped, "a call ticket is good for the connection key and the agent that it names")
}

func TestAttackA08Report(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	reports := w.relay.Watch(adversary.Request("cp1.report"))
	agent := desk.isRung("C-1")
	victim.types(agent.code(), theyCalled).ends(ending.WrongDirection)
	agent.ends(ending.WrongDirection)
	sent := adversary.Read[relay.ReportRequest](receive(w, reports))

	w.clock.passes(20 * time.Minute)
	again := w.hacked("C-1")
	w.must(again.Report(t.Context(), sent))
	desk.isRung("C-1").ends(ending.OnHold)
	w.clock.passes(10 * time.Minute) // 30 after the one report that counted
	agent = desk.isRung("C-1")
	code := agent.code()
	w.must(again.Report(t.Context(), sent))
	secured(agent, victim.types(code, iCalled))
	outcome(t, "A08", attacks.Stopped, "a report counts once: repeated, it makes no hold longer and ends no other call")
}

// TestAttackA08AuthenticatorCode uses a bank that asks agents for a second factor.
func TestAttackA08AuthenticatorCode(t *testing.T) {
	w := &world{T: t, dir: filepath.Join(t.TempDir(), "bank"), clock: &clock{now: dawn}, limits: generous()}
	w.must(bank.Init(w.dir, bank.Options{Name: bankName, Relay: "tls://" + relayAddress, Lines: []string{bankLine}, TOTP: true, Now: dawn}))
	w.open()
	t.Cleanup(w.close)
	desk := w.agentAt(house{filepath.Join(t.TempDir(), "home"), newKeyring()})
	known, err := desk.Enrol(t.Context(), session.Enrolment{Ticket: w.agentTicket(anna)})
	w.must(err)
	secret, err := otp.NewKeyFromURL(known.Authenticator)
	w.must(err)
	typed, err := totp.GenerateCode(secret.Secret(), w.clock.Now())
	w.must(err)

	if _, err := desk.SignIn(t.Context(), typed); err != nil {
		t.Fatalf("the first use: %v", err)
	}
	w.must(desk.SignOut(t.Context()))
	if _, err := desk.SignIn(t.Context(), typed); ending.Of(err, "") != ending.Replayed {
		t.Errorf("the second use: %v", err)
	}
	w.restart(func() {})
	if _, err := desk.SignIn(t.Context(), typed); ending.Of(err, "") != ending.Replayed {
		t.Errorf("after a restart of the server: %v", err)
	}
	outcome(t, "A08", attacks.Stopped, "an authenticator code is good once, also across a restart of the server")
}

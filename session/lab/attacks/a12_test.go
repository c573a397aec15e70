// A12: the relay itself is hostile: the operator, or a thief of the server's
// TLS key. It drops, delays, reorders, repeats, rewrites, swaps sessions,
// serves another offer, and lies about status. Without an agent's or a
// device's key it can prevent and end calls. It cannot make one look genuine,
// complete or other than it is, and what it removes is missed.

package attacks_test

import (
	"testing"
	"time"

	"countersign/session/lab/adversary"
	"countersign/session/lab/attacks"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// green reports whether a customer was ever told that a call is verified.
func green(s *side) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.heard {
		if v, ok := e.(call.VerdictGiven); ok && v.Output.Result == verdict.Verified {
			return true
		}
	}
	return false
}

// flip changes one bit of what a message of a companion, an agent or the relay
// carries.
func flip(m *adversary.Message) {
	last := func(body []byte) { body[len(body)-1] ^= 1 }
	switch {
	case !m.ToServer:
		adversary.Edit(m, func(p *relay.Push) { last(p.Body) })
	case adversary.Up()(m):
		adversary.Edit(m, func(u *relay.Up) { last(u.Body) })
	default:
		adversary.Edit(m, func(d *relay.Down) { last(d.Body) })
	}
	m.Send()
}

// TestAttackA12BeforeSecure interferes with one message of the handshake.
func TestAttackA12BeforeSecure(t *testing.T) {
	type met = <-chan struct{} // closed when the message was there
	lookup := func(edit func(*relay.LookupAnswer)) func(*world) met {
		return func(w *world) met {
			return w.meets(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
				adversary.EditAnswer(m, edit)
				m.Send()
			})
		}
	}
	instead := func(answer func(*adversary.Message)) func(*world) met {
		return func(w *world) met { return w.meets(adversary.Request("cp1.lookup"), answer) }
	}
	drop := func(match adversary.Match) func(*world) met {
		return func(w *world) met { return w.meets(match, func(*adversary.Message) {}) }
	}
	change := func(match adversary.Match) func(*world) met {
		return func(w *world) met { return w.meets(match, flip) }
	}
	push := adversary.PushTo
	for name, attack := range map[string]struct {
		play            func(*world) met
		customer, agent ending.Reason // agent "": its offer is untouched
		green           bool          // the agent's own answer got through first
	}{
		"lookup dropped":         {drop(adversary.Request("cp1.lookup")), ending.LineLost, "", false},
		"lookup answer dropped":  {drop(adversary.AnswerTo("cp1.lookup")), ending.LineLost, "", false},
		"reply dropped":          {drop(adversary.Up(relay.KindReply)), ending.LineLost, "", false},
		"reply kept from agent":  {drop(push(relay.RoleAgent, relay.KindReply)), ending.LineLost, "", false},
		"reply rewritten":        {change(adversary.Up(relay.KindReply)), ending.LineLost, "", false},
		"admission dropped":      {drop(adversary.Request("cp1.agent.admit")), ending.LineLost, ending.LineLost, false},
		"reveal dropped":         {drop(adversary.Down(relay.KindReveal)), ending.LineLost, ending.LineLost, false},
		"reveal rewritten":       {change(push(relay.RoleCompanion, relay.KindReveal)), ending.Forged, ending.LineLost, false},
		"confirmation dropped":   {drop(adversary.Up(relay.KindConfirm)), ending.LineLost, ending.LineLost, true},
		"confirmation rewritten": {change(adversary.Up(relay.KindConfirm)), ending.LineLost, ending.LineLost, true},

		"offer rewritten":              {lookup(func(a *relay.LookupAnswer) { a.Core[len(a.Core)-1] ^= 1 }), ending.Forged, "", false},
		"credential rewritten":         {lookup(func(a *relay.LookupAnswer) { a.Credential[len(a.Credential)-1] ^= 1 }), ending.Forged, "", false},
		"key rewritten":                {lookup(func(a *relay.LookupAnswer) { a.PKA[7] ^= 1 }), ending.Forged, "", false},
		"commitment rewritten":         {lookup(func(a *relay.LookupAnswer) { a.CA[7] ^= 1 }), ending.Forged, "", false},
		"staple rewritten":             {lookup(func(a *relay.LookupAnswer) { a.Staple[len(a.Staple)-1] ^= 1 }), ending.Forged, "", false},
		"staple left out":              {lookup(func(a *relay.LookupAnswer) { a.Staple = []byte{} }), ending.StatusStale, "", false},
		"lookup refused as completed":  {instead(func(m *adversary.Message) { m.Refuse(ending.Completed) }), ending.Unsupported, "", false},
		"lookup refused as amber":      {instead(func(m *adversary.Message) { m.Refuse(ending.Offline) }), ending.Unsupported, "", false},
		"lookup answered with nothing": {instead(func(m *adversary.Message) { m.Reply(relay.LookupAnswer{}) }), ending.Forged, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			agent := w.agent(anna).dials("C-1")
			code := agent.code()
			played := attack.play(w)
			customer := w.customer("C-1").types(code, theyCalled)
			receive(w, played)
			customer.endsAs(attack.customer)
			if attack.agent == "" {
				agent.End()
				attack.agent = ending.Cancelled
			}
			agent.endsAs(attack.agent)
			if told[call.Opened](agent) || told[call.Secured](agent) || told[call.Secured](customer) {
				t.Error("the call went on")
			}
			if green(customer) != attack.green {
				t.Errorf("the customer saw green: %t", green(customer))
			}
			outcome(t, "A12", attacks.Detected, "ends as "+string(attack.customer))
		})
	}
}

// TestAttackA12AnotherOffer serves, for what the customer typed or scanned, the
// genuine offer of another call.
func TestAttackA12AnotherOffer(t *testing.T) {
	w := newWorld(t)
	first, second := w.agent(anna).dials("C-1"), w.agent(jan).dials("C-2")
	code, text := first.code(), first.picture()
	d := w.hacked("")
	answers := w.relay.Watch(adversary.AnswerTo("cp1.lookup"))
	_, err := d.LookUp(t.Context(), second.code())
	w.must(err)
	others := receive(w, answers).Data
	w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) { m.Data = others; m.Send() })

	victim := w.customer("C-1")
	for _, s := range []*side{victim.types(code, theyCalled), victim.scans(text, theyCalled)} {
		s.ends(ending.Forged)
		if green(s) {
			t.Error("another offer was verified")
		}
	}
	outcome(t, "A12", attacks.Detected, "the code and the QR code name one offer: any other is forged")
}

// TestAttackA12SwappedSessions runs two calls at once and hands each side the
// messages of the other call.
func TestAttackA12SwappedSessions(t *testing.T) {
	t.Run("replies", func(t *testing.T) {
		w := newWorld(t)
		firstAgent, secondAgent := w.agent(anna).dials("C-1"), w.agent(jan).dials("C-2")
		held := w.relay.Catch(adversary.PushTo(relay.RoleAgent, relay.KindReply))
		first, second := w.customer("C-1").types(firstAgent.code(), theyCalled), w.customer("C-2").types(secondAgent.code(), theyCalled)
		swap(w, held)
		first.endsInTime(ending.LineLost)
		second.endsInTime(ending.LineLost)
		if told[call.Opened](firstAgent) || told[call.Opened](secondAgent) || green(first) || green(second) {
			t.Error("a reply to one offer was taken for another")
		}
		outcome(t, "A12", attacks.Detected, "a reply to another offer does not open")
	})
	t.Run("reveals", func(t *testing.T) {
		w := newWorld(t)
		firstAgent, secondAgent := w.agent(anna).dials("C-1"), w.agent(jan).dials("C-2")
		held := w.relay.Catch(adversary.PushTo(relay.RoleCompanion, relay.KindReveal))
		first, second := w.customer("C-1").types(firstAgent.code(), theyCalled), w.customer("C-2").types(secondAgent.code(), theyCalled)
		swap(w, held)
		first.ends(ending.Forged)
		second.ends(ending.Forged)
		if green(first) || green(second) {
			t.Error("a reveal of another offer made a verdict green")
		}
		outcome(t, "A12", attacks.Detected, "a reveal of another call is forged")
	})
	t.Run("records", func(t *testing.T) {
		w := newWorld(t)
		firstAgent, first := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		secondAgent, second := w.secureCall(w.agent(jan), "C-2", w.customer("C-2"))
		held := w.relay.Catch(adversary.First(2, adversary.PushTo(relay.RoleCompanion, relay.KindRecord)))
		firstAgent.Say("for the first")
		secondAgent.Say("for the second")
		swap(w, held)
		first.ends(ending.Forged)
		second.ends(ending.Forged)
		if told[call.Message](first) || told[call.Message](second) {
			t.Error("a record of another call was read")
		}
		outcome(t, "A12", attacks.Detected, "a record of another call is forged, and nobody reads it")
	})
}

// swap gives two messages of two calls each to the other call, under the name
// of the call that it is given to.
func swap(w *world, held <-chan *adversary.Message) {
	w.Helper()
	a, b := receive(w, held), receive(w, held)
	pa, pb := adversary.Read[relay.Push](a), adversary.Read[relay.Push](b)
	adversary.Edit(a, func(p *relay.Push) { p.Body = pb.Body })
	adversary.Edit(b, func(p *relay.Push) { p.Body = pa.Body })
	a.Send()
	b.Send()
}

// TestAttackA12AnotherCustomer: a fraudster who is customer C-2 has rung the
// bank as C-1, and the relay puts C-2 in the place of C-1 where the agent's
// program asks the authority who that is.
func TestAttackA12AnotherCustomer(t *testing.T) {
	lines := map[string]func(*world, *adversary.Message){
		"made up": func(w *world, m *adversary.Message) {
			word := relay.Prepared{
				Status: wire.KeyID(wire.Point(&w.bank.StatusAt(time.Now()).PublicKey)), Reference: "C-1", Direction: offer.BankCalled,
				Line: trust.LineOf(phone2), Enrolled: true, IssuedAt: w.clock.Now().Unix(),
			}
			device, err := trust.PeekDevice(town.given["C-2"].Credential)
			w.must(err)
			word.Pseudonym = device.Pseudonym
			answer, err := word.Sign(newKey(w))
			w.must(err)
			m.Reply(answer)
		},
		"asked for another": func(_ *world, m *adversary.Message) {
			adversary.Edit(m, func(q *relay.PrepareRequest) { q.Reference = "C-2" })
			m.Send()
		},
		"asked for another number": func(_ *world, m *adversary.Message) {
			adversary.Edit(m, func(q *relay.PrepareRequest) { q.Number = phone1 })
			m.Send()
		},
	}
	for name, play := range lines {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.relay.On(adversary.Request("cp1.agent.prepare"), func(m *adversary.Message) { play(w, m) })
			agent := w.agent(anna).dials("C-1")
			agent.ends(ending.Forged)
			if told[call.CodeShown](agent) {
				t.Error("an offer was made for a customer of the relay's choice")
			}
			outcome(t, "A12", attacks.Detected, "who a reference is, is the authority's signed word: anything else ends as forged")
		})
	}
	t.Run("an earlier answer", func(t *testing.T) {
		w := newWorld(t)
		desk := w.agent(anna)
		seen := w.relay.Watch(adversary.AnswerTo("cp1.agent.prepare"))
		agent := desk.isRung("C-1")
		agent.code()
		agent.End()
		agent.ends(ending.Cancelled)
		before := receive(w, seen).Data
		w.clock.passes(trust.Skew + time.Second)
		w.relay.On(adversary.AnswerTo("cp1.agent.prepare"), func(m *adversary.Message) { m.Data = before; m.Send() })
		desk.isRung("C-1").ends(ending.Forged)
		outcome(t, "A12", attacks.Detected, "an answer of a minute ago, from before a hold perhaps, ends as forged")
	})
}

// changes puts another number on file for C-1.
func (w *world) changes(number string) {
	w.Helper()
	w.must(w.server.Directory().ChangePhones(w.Context(), "C-1", []string{number}))
}

// heldFor is how long the customer's own device holds calls.
func (p *phone) heldFor() time.Duration {
	p.w.Helper()
	banks, err := p.Banks(p.w.Context())
	p.w.must(err)
	if banks[0].HoldUntil.IsZero() {
		return 0
	}
	return banks[0].HoldUntil.Sub(p.w.clock.Now())
}

// TestAttackA12Renewal: the relay gives a device another credential than the
// authority's fresh one, or none, or what it refuses in the authority's name.
func TestAttackA12Renewal(t *testing.T) {
	const other, third, fourth = "+48600700811", "+48600700822", "+48600700833"
	// stopped wants the bank's next call to end so, without green and without
	// accusing anybody, and the one after that, with an honest relay, to be secure.
	stopped := func(w *world, d *desk, p *phone, want ending.Reason) {
		w.Helper()
		reports := w.relay.Watch(adversary.Request("cp1.report"))
		agent := d.dials("C-1")
		customer := p.types(agent.code(), theyCalled)
		customer.ends(want)
		if green(customer) || told[call.ReadbackShown](customer) {
			t.Errorf("%s: the verdict was green", want)
		}
		if held := p.heldFor(); held != 0 || len(reports) != 0 {
			t.Errorf("%s: held for %v, %d reports", want, held, len(reports))
		}
		agent.End()
		agent.ends(ending.Cancelled)
		w.relay.Honest()
		agent, customer = w.secureCall(d, "C-1", p)
		customer.End()
		customer.ends(ending.Completed)
		agent.ends(ending.Completed)
	}
	// renewed changes the number, plays a call with an honest relay, and returns
	// what the authority answered.
	renewed := func(w *world, d *desk, p *phone, number string) []byte {
		w.Helper()
		w.changes(number)
		answers := w.relay.Watch(adversary.AnswerTo("cp1.renew"))
		agent, customer := w.secureCall(d, "C-1", p)
		customer.End()
		customer.ends(ending.Completed)
		agent.ends(ending.Completed)
		for customer.wait(nil) != nil { // until what came is kept
		}
		return receive(w, answers).Data
	}
	instead := func(w *world, data []byte) {
		w.relay.On(adversary.AnswerTo("cp1.renew"), func(m *adversary.Message) { m.Data = data; m.Send() })
	}

	t.Run("the one of two minutes ago", func(t *testing.T) {
		w := newWorld(t)
		desk, victim := w.agent(anna), w.customer("C-1")
		before := renewed(w, desk, victim, other)
		w.clock.passes(2 * time.Minute)
		w.changes(third)
		instead(w, before)
		stopped(w, desk, victim, ending.Forged)
		outcome(t, "A12", attacks.Detected, "an earlier credential of the same device in the fresh one's place is forged, and nothing is rolled back")
	})
	t.Run("one that was kept back", func(t *testing.T) {
		w := newWorld(t)
		desk, victim := w.agent(anna), w.customer("C-1")
		w.changes(other)
		kept := w.relay.Catch(adversary.AnswerTo("cp1.renew"))
		agent := desk.dials("C-1")
		customer := victim.types(agent.code(), theyCalled)
		before := receive(w, kept).Data
		customer.ends(ending.ServerDown)
		agent.End()
		agent.ends(ending.Cancelled)
		w.clock.passes(2 * time.Minute)
		instead(w, before)
		stopped(w, desk, victim, ending.Forged)
		outcome(t, "A12", attacks.Detected, "a fresh credential that was kept back counts no more than a minute later")
	})
	t.Run("the one of a minute ago", func(t *testing.T) {
		w := newWorld(t)
		desk, victim := w.agent(anna), w.customer("C-1")
		before := renewed(w, desk, victim, other)
		w.clock.passes(20 * time.Second)
		renewed(w, desk, victim, third)
		w.clock.passes(20 * time.Second)
		w.changes(fourth)
		instead(w, before)
		stopped(w, desk, victim, ending.Forged)
		outcome(t, "A12", attacks.Detected, "a credential that is older than the own one is forged")
	})
	t.Run("another device's", func(t *testing.T) {
		for _, ref := range []string{"C-2", "C-1"} { // another customer's, and a second device of the same one
			w := newWorld(t)
			desk, victim := w.agent(anna), w.customer("C-1")
			w.changes(other)
			own, err := trust.PeekDevice(town.given["C-1"].Credential)
			w.must(err)
			others, err := trust.PeekDevice(town.given[ref].Credential)
			w.must(err)
			others.NotBefore, others.Lines, others.Enrolled = w.clock.Now().Unix(), []string{trust.LineOf(other)}, own.Enrolled
			if ref == "C-1" {
				others.ID[0]++
			}
			signed, err := trust.SignDevice(*others, w.bank.IssuerAt(time.Now()))
			w.must(err)
			w.relay.On(adversary.Request("cp1.renew"), func(m *adversary.Message) { m.Reply(relay.RenewAnswer{Credential: signed}) })
			stopped(w, desk, victim, ending.Forged)
		}
		outcome(t, "A12", attacks.Detected, "another customer's credential, or another device's of the same customer, is forged")
	})
	t.Run("made up", func(t *testing.T) {
		w := newWorld(t)
		desk, victim := w.agent(anna), w.customer("C-1")
		w.changes(other)
		own, err := trust.PeekDevice(town.given["C-1"].Credential)
		w.must(err)
		own.NotBefore, own.Lines = w.clock.Now().Unix(), []string{trust.LineOf(other)}
		signed, err := trust.SignDevice(*own, newKey(w))
		w.must(err)
		w.relay.On(adversary.Request("cp1.renew"), func(m *adversary.Message) { m.Reply(relay.RenewAnswer{Credential: signed}) })
		stopped(w, desk, victim, ending.Forged)
		outcome(t, "A12", attacks.Detected, "a credential that no issuer signed is forged")
	})
	t.Run("refused", func(t *testing.T) {
		for said, want := range map[ending.Reason]ending.Reason{
			ending.Busy: ending.Busy, ending.Revoked: ending.Revoked, ending.Forged: ending.Forged, ending.WrongClock: ending.WrongClock,
			ending.Unsupported: ending.Unsupported, ending.WrongNumber: ending.Unsupported, ending.Guest: ending.Unsupported,
			ending.Completed: ending.Unsupported, ending.Offline: ending.Unsupported,
		} {
			w := newWorld(t)
			desk, victim := w.agent(anna), w.customer("C-1")
			w.changes(other)
			w.relay.On(adversary.Request("cp1.renew"), func(m *adversary.Message) { m.Refuse(said) })
			stopped(w, desk, victim, want)
		}
		outcome(t, "A12", attacks.Detected, "what the relay says in the authority's place ends the call, makes nothing green, and accuses nobody")
	})
	t.Run("the server restarted in between", func(t *testing.T) {
		w := newWorld(t)
		desk, victim := w.agent(anna), w.customer("C-1")
		w.changes(other)
		w.relay.On(adversary.First(1, adversary.Request("cp1.renew")), func(*adversary.Message) { w.restart(func() {}) })
		stopped(w, desk, victim, ending.ServerDown)
		outcome(t, "A12", attacks.Detected, "a question that a restart swallows is no answer, and the next call asks again")
	})
	t.Run("asked twice, and by somebody else", func(t *testing.T) {
		w := newWorld(t)
		desk, victim, stranger := w.agent(anna), w.customer("C-1"), w.hacked("C-2")
		w.changes(other)
		asked := make(chan relay.RenewRequest, 1)
		w.relay.On(adversary.First(1, adversary.Request("cp1.renew")), func(m *adversary.Message) {
			asked <- adversary.Read[relay.RenewRequest](m)
			m.Send()
			m.Send()
		})
		agent, customer := w.secureCall(desk, "C-1", victim)
		customer.End()
		customer.ends(ending.Completed)
		agent.ends(ending.Completed)
		if answer, err := stranger.Renew(t.Context(), receive(w, asked)); ending.Of(err, "") != ending.Forged || answer.Credential != nil {
			t.Errorf("on another connection: %v", err)
		}
		outcome(t, "A12", attacks.Stopped, "a renewal is worth nothing on another connection, and harmless twice")
	})
	t.Run("a question changed on its way", func(t *testing.T) {
		w := newWorld(t)
		desk, victim, others := w.agent(anna), w.customer("C-1"), w.hacked("C-2")
		w.changes(other)
		w.relay.On(adversary.Request("cp1.renew"), func(m *adversary.Message) {
			q, err := others.Renewal(m.From.Nkey())
			w.must(err)
			m.Data = wire.Marshal(q) // another customer works with the relay
			m.Send()
		})
		stopped(w, desk, victim, ending.Forged)
		outcome(t, "A12", attacks.Detected, "the answer to another customer's question is forged")
	})
}

// TestAttackA12NoRenewal shows what is left: a relay that answers no renewal
// keeps a device at what it knew, for an offer that was made before the change.
func TestAttackA12NoRenewal(t *testing.T) {
	w := newWorld(t)
	desk, victim := w.agent(anna), w.customer("C-1")
	w.clock.passes(25 * time.Hour)
	w.relay.On(adversary.Request("cp1.renew"), func(m *adversary.Message) { m.Refuse(ending.Busy) })
	agent := desk.dials("C-1")
	code := agent.code()
	w.changes("+48600700811") // after the offer was made
	customer := victim.types(code, theyCalled)
	secured(agent, customer)
	outcome(t, "A12", attacks.Limited, "a relay that answers no renewal leaves a device with the numbers that it knew, so one that was taken off file still counts there")
}

// TestAttackA12Status lies about credentials that are revoked or unknown.
func TestAttackA12Status(t *testing.T) {
	t.Run("old staple", func(t *testing.T) {
		w := newWorld(t)
		answers := w.relay.Watch(adversary.AnswerTo("cp1.lookup"))
		desk := w.agent(anna)
		agent, customer := w.secureCall(desk, "C-1", w.customer("C-1"))
		fresh, _ := adversary.ReadAnswer[relay.LookupAnswer](receive(w, answers))
		customer.End()
		customer.ends(ending.Completed)
		agent.ends(ending.Completed)

		w.clock.passes(trust.MaxStaple + time.Second)
		replies := w.relay.Watch(adversary.Up())
		w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
			adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.Staple = fresh.Staple })
			m.Send()
		})
		agent = desk.dials("C-1")
		customer = w.customer("C-1").types(agent.code(), theyCalled)
		if out := next[call.VerdictGiven](customer).Output; out.Result != verdict.Unverified {
			t.Errorf("with an old staple: %v", out.Result)
		}
		customer.ends(ending.StatusStale)
		if len(replies) != 0 {
			t.Error("an offer without a fresh staple was answered")
		}
		outcome(t, "A12", attacks.Detected, "a staple over 30 minutes old is amber and nothing is answered")
	})
	t.Run("staple of another agent", func(t *testing.T) {
		w := newWorld(t)
		second := w.agent(jan).dials("C-2")
		answers := w.relay.Watch(adversary.AnswerTo("cp1.lookup"))
		_, err := w.hacked("").LookUp(t.Context(), second.code())
		w.must(err)
		others, _ := adversary.ReadAnswer[relay.LookupAnswer](receive(w, answers))
		w.relay.On(adversary.AnswerTo("cp1.lookup"), func(m *adversary.Message) {
			adversary.EditAnswer(m, func(a *relay.LookupAnswer) { a.Staple = others.Staple })
			m.Send()
		})
		agent := w.agent(anna).dials("C-1")
		w.customer("C-1").types(agent.code(), theyCalled).ends(ending.StatusStale)
		outcome(t, "A12", attacks.Detected, "another agent's staple is none")
	})
	t.Run("revoked device hidden from the agent", func(t *testing.T) {
		w := newWorld(t)
		device, err := trust.PeekDevice(town.given["C-2"].Credential)
		w.must(err)
		others, err := w.server.Directory().Staple(t.Context(), device.ID) // good and fresh
		w.must(err)
		for _, shown := range []struct {
			staple []byte
			want   ending.Reason
		}{{[]byte{}, ending.StatusStale}, {[]byte("good"), ending.Forged}, {others, ending.StatusStale}} {
			want := shown.want
			agent := w.agent(anna).dials("C-1")
			w.relay.On(adversary.AnswerTo("cp1.agent.admit"), func(m *adversary.Message) {
				adversary.EditAnswer(m, func(a *relay.AdmitAnswer) { a.Staple = shown.staple })
				m.Send()
			})
			customer := w.customer("C-1").types(agent.code(), theyCalled)
			agent.ends(want)
			customer.ends(want)
			if green(customer) || told[call.Opened](agent) {
				t.Error("a device without its own fresh staple was let in")
			}
		}
		outcome(t, "A12", attacks.Detected, "the agent lets no device in without that device's own fresh staple")
	})
	t.Run("notices", func(t *testing.T) {
		w := newWorld(t)
		tickets := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindTicket))
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		ticket := newest(tickets)
		oid := adversary.Read[relay.Push](ticket).OID
		lie := relay.Push{OID: oid, Kind: relay.KindNotice, Body: []byte(ending.Completed)}
		ticket.From.Push(lie)
		customer.endsInTime(ending.LineLost)
		w.relay.Clients(relay.RoleAgent)[0].Push(lie)
		agent.endsInTime(ending.LineLost)
		outcome(t, "A12", attacks.Detected, "the relay can end a call, but not make it look completed")
	})
}

func TestAttackA12Channel(t *testing.T) {
	t.Run("all records dropped", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		w.relay.Drop(adversary.Or(adversary.Up(relay.KindRecord), adversary.Down(relay.KindRecord)))
		agent.Say("never arrives")
		if alert := nextInTime[call.AlertEvent](customer); alert.Key != call.AlertLost {
			t.Errorf("the customer was told %q", alert.Key)
		}
		customer.endsInTime(ending.LineLost)
		agent.endsInTime(ending.LineLost)
		if told[call.Message](customer) {
			t.Error("a dropped record was read")
		}
		outcome(t, "A12", attacks.Detected, "silence is told after seconds and ends both as line_lost after a minute")
	})
	t.Run("acknowledgements dropped", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		says(agent, customer, "before")
		w.relay.Drop(adversary.Or(adversary.Up(relay.KindAck), adversary.Down(relay.KindAck)))
		agent.Say("behind it")
		agent.Say("and behind that")
		customer.endsInTime(ending.LineLost)
		agent.endsInTime(ending.LineLost)
		if n := counted[call.Message](customer); n > 2 {
			t.Errorf("the customer read %d texts: one may be on its way, and be sent again", n)
		}
		outcome(t, "A12", attacks.Detected, "without acknowledgements nothing new travels: line_lost, and nothing is read twice")
	})
	t.Run("one record dropped and acknowledged", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		met := w.meets(adversary.First(1, adversary.Down(relay.KindRecord)), func(m *adversary.Message) { forgeAck(w, m) })
		agent.Say("do not pay")
		agent.Say("account 1")
		receive(w, met)
		customer.endsInTime(ending.LineLost)
		agent.endsInTime(ending.LineLost)
		if told[call.Message](customer) {
			t.Error("the customer read what came behind a hole")
		}
		outcome(t, "A12", attacks.Detected, "a forged acknowledgement leaves a hole, and a hole ends both as line_lost before anything behind it is read")
	})
	t.Run("reordered", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		var late *adversary.Message
		met := w.meets(adversary.Down(relay.KindRecord), func(m *adversary.Message) {
			if late == nil {
				late = m
				forgeAck(w, m)
				return
			}
			m.Send()
			late.Send()
		})
		agent.Say("first")
		agent.Say("second")
		receive(w, met)
		customer.endsInTime(ending.LineLost)
		agent.endsInTime(ending.LineLost)
		if told[call.Message](customer) {
			t.Error("records were read out of their order")
		}
		outcome(t, "A12", attacks.Detected, "records out of order end both as line_lost")
	})
	t.Run("delayed", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		held := w.relay.Catch(adversary.Or(adversary.Up(relay.KindRecord), adversary.Down(relay.KindRecord)))
		agent.Say("late")
		if alert := nextInTime[call.AlertEvent](customer); alert.Key != call.AlertLost {
			t.Errorf("the customer was told %q", alert.Key)
		}
		w.relay.Honest()
		for len(held) > 0 {
			(<-held).Send()
		}
		if text := nextInTime[call.Message](customer).Text; text != "late" {
			t.Errorf("the customer read %q", text)
		}
		agent.End()
		agent.ends(ending.Completed)
		customer.endsInTime(ending.Completed)
		if n := counted[call.Message](customer); n != 1 {
			t.Errorf("the customer read the text %d times", n)
		}
		outcome(t, "A12", attacks.Detected, "a delay is told, and what was late is read once and in order")
	})
	t.Run("rewritten", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		w.relay.On(adversary.First(1, adversary.Up(relay.KindRecord)), flip)
		customer.Say("my account is 2")
		agent.ends(ending.Forged)
		customer.endsInTime(ending.Forged)
		if told[call.Message](agent) {
			t.Error("a rewritten record was read")
		}
		outcome(t, "A12", attacks.Detected, "a rewritten record ends both as forged")
	})
	t.Run("ending dropped", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		says(agent, customer, "nearly done")
		w.relay.Drop(adversary.Or(adversary.Down(relay.KindRecord), adversary.PushTo(relay.RoleCompanion, relay.KindNotice)))
		agent.End()
		agent.endsInTime(ending.Completed)
		customer.endsInTime(ending.LineLost)
		outcome(t, "A12", attacks.Detected, "who does not hear the ending ends as line_lost, never as completed")
	})
	t.Run("last text dropped and acknowledged", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		met := w.meets(adversary.First(1, adversary.Down(relay.KindRecord)), func(m *adversary.Message) { forgeAck(w, m) })
		agent.Say("do not pay")
		receive(w, met)
		customer.End()
		customer.ends(ending.Completed)
		end := next[call.EndedEvent](agent)
		if want := (call.Undelivered{NotArrived: 1}); end.Reason != ending.Completed || end.Texts != want {
			t.Errorf("the agent's call ended %q, %+v", end.Reason, end.Texts)
		}
		outcome(t, "A12", attacks.Detected, "the other side's own count outweighs a forged acknowledgement: people are told that their last text did not arrive")
	})
	t.Run("last text held back until nobody reads it", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		says(agent, customer, "before")
		says(customer, agent, "before") // so its acknowledgement has passed as well
		held := w.relay.Catch(adversary.First(1, adversary.Down(relay.KindRecord)))
		agent.Say("do not pay")
		text := receive(w, held)
		waits := w.meets(adversary.Up(relay.KindRecord), func(*adversary.Message) {})
		customer.Say("keeps the customer's program waiting")
		receive(w, waits)
		acks := w.relay.Watch(adversary.Up(relay.KindAck))
		arrived := w.relay.Watch(adversary.PushTo(relay.RoleCompanion, relay.KindRecord))
		w.relay.Clients(relay.RoleCompanion)[0].Push(relay.Push{
			OID: adversary.Read[relay.Down](text).OID, Kind: relay.KindNotice, Body: []byte(ending.Superseded),
		})
		text.Send()
		receive(w, arrived)
		if end := nextInTime[call.EndedEvent](customer); end.Reason != ending.Superseded || end.Texts != (call.Undelivered{NotConfirmed: 1}) {
			t.Errorf("the customer's call ended %q, %+v", end.Reason, end.Texts)
		}
		agent.End()
		end := nextInTime[call.EndedEvent](agent)
		if end.Texts != (call.Undelivered{NotConfirmed: 1}) || len(acks) > 0 || counted[call.Message](customer) != 1 {
			t.Errorf("%+v, after %d acknowledgements", end.Texts, len(acks))
		}
		outcome(t, "A12", attacks.Detected, "who has ended reads nothing more and acknowledges no text: its sender is told that it is not confirmed")
	})
	t.Run("every connection cut again and again", func(t *testing.T) {
		w := newWorld(t)
		agent, customer := w.secureCall(w.agent(anna), "C-1", w.customer("C-1"))
		for _, text := range []string{"one", "two", "three"} {
			back := w.relay.Watch(adversary.Or(adversary.AnswerTo("cp1.agent.admit"), adversary.AnswerTo("cp1.up")))
			w.relay.Cut()
			receive(w, back)
			receive(w, back)
			saysInTime(agent, customer, text)
		}
		outcome(t, "A12", attacks.Detected, "a call comes back after every cut, with each text once")
	})
}

// forgeAck tells the agent that a record arrived which did not.
func forgeAck(w *world, m *adversary.Message) {
	w.Helper()
	d := adversary.Read[relay.Down](m)
	var sequence uint64
	w.must(cborElement(d.Body, 2, &sequence))
	m.From.Push(relay.Push{OID: d.OID, Kind: relay.KindAck, Body: call.EncodeAck(sequence + 1), From: d.Companion})
}

// TestAttackA12HiddenRevocation shows what is left: the relay works with an
// agent who has been revoked, and serves the last staple from before that.
func TestAttackA12HiddenRevocation(t *testing.T) {
	w := newWorld(t)
	rogue := w.rogue(anna)
	credential, err := trust.PeekCredential(rogue.Credential)
	w.must(err)
	prepared, err := rogue.Prepares(t.Context(), relay.PrepareRequest{Reference: "C-1", Direction: offer.BankCalled})
	w.must(err)
	first, err := rogue.LooseOffer(offer.BankCalled, prepared)
	w.must(err)
	staple, err := w.server.Directory().Staple(t.Context(), credential.ID)
	w.must(err)
	serve := func(o *adversary.LooseOffer) {
		w.relay.On(adversary.Request("cp1.lookup"), func(m *adversary.Message) {
			q := adversary.Read[relay.LookupRequest](m)
			m.Reply(o.Served(relay.LookupAnswer{Staple: staple, News: w.bank.News(q.BundleVersion, q.BundleHash, q.ContentVersion)}))
		})
	}
	serve(first)
	last := w.relay.Catch(adversary.Up(relay.KindReply))
	w.must(w.server.Directory().RevokeAgent(t.Context(), town.given[anna].AgentID))
	if err := rogue.Create(t.Context(), first.Request); ending.Of(err, "") != ending.Revoked {
		t.Errorf("the bank's own server took the offer: %v", err)
	}

	customer := w.customer("C-1").types(first.Request.Code, theyCalled)
	reply := receive(w, last)
	reply.Taken()
	heard, err := first.Open(adversary.Read[relay.Up](reply).Body)
	w.must(err)
	reply.From.Push(relay.Push{OID: first.Core.ID(), Kind: relay.KindReveal, Body: heard.Reveal(first.NA)})
	next[call.ReadbackShown](customer)
	if !green(customer) {
		t.Error("a fresh staple and the agent's own key are green: the relay hides the revocation")
	}

	w.clock.passes(trust.MaxStaple + time.Second) // and not a minute longer
	second, err := rogue.LooseOffer(offer.BankCalled, prepared)
	w.must(err)
	serve(second)
	w.customer("C-1").types(second.Request.Code, theyCalled).ends(ending.StatusStale)
	outcome(t, "A12", attacks.Limited, "together with a revoked agent the relay can hide the revocation until the last staple is 30 minutes old")
}

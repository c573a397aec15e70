// This file feeds the programs of both sides, keys and all, with messages of any
// kind in any order: true ones, repeated ones, changed ones, junk, the relay's
// word, timers, and people who do what they like. Half of the steps lead the call
// on, so that calls get as far as secure. There is no network: what a side would
// send is taken from it, and what a request would answer is drawn.

package session

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/computer/connection"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/spelling"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
)

// still is a clock on which no timer ever runs out: the story fires them.
type still struct{ at time.Time }

func (s still) Now() time.Time                       { return s.at }
func (still) AfterFunc(time.Duration, func()) func() { return func() {} }

// stage is what every story begins with. It is read only.
var stage = sync.OnceValue(func() *staged {
	w := verdicttest.New()
	return &staged{World: w, bundle: w.Opened(), signed: w.SignedCredential(), deviceSigned: w.SignedDevice()}
})

type staged struct {
	*verdicttest.World
	bundle               *trust.Bundle
	signed, deviceSigned []byte
}

// end is one side of the story: a call's loop, driven by hand.
type end struct {
	*runner
	name   string
	events []call.Event
	said   []string // texts that left or were told to be lost, in order
	read   []string // texts of the other side that people were shown
}

func newEnd(folder, name string, at time.Time) *end {
	home := &home{dir: folder, vault: vault.New(vault.NewMemory()), clock: still{at}, log: slog.New(slog.DiscardHandler)}
	return &end{runner: newRunner(context.Background(), home), name: name}
}

// does hands something to the loop and lets everything that follows happen,
// but for the answers of the network, which the story draws.
func (e *end) does(h happening) {
	e.handle(h)
	for {
		e.beside.Wait()
		e.story.keeping.Wait()
		queue := e.inbox.take()
		if len(queue) == 0 {
			break
		}
		for _, h := range queue {
			if _, answer := h.(done); !answer {
				e.handle(h)
			}
		}
	}
	e.hear()
}

// record is the record on its way, which leaves now, or nil.
func (e *end) record() []byte {
	e.outbox.Left()
	return e.outbox.InFlight()
}

// hear takes what people were told meanwhile.
func (e *end) hear() {
	for {
		select {
		case event, open := <-e.runner.events:
			if !open {
				return
			}
			e.events = append(e.events, event)
			if m, ok := event.(call.Message); ok {
				e.read = append(e.read, m.Text)
			}
		default:
			return
		}
	}
}

func told[E call.Event](e *end) bool {
	return slices.ContainsFunc(e.events, func(event call.Event) bool { _, ok := event.(E); return ok })
}

// play is one story: an agent, and three companions who all know the code: the
// customer's device, the same device a second time, and a stranger as a guest.
type play struct {
	*staged
	t          *rapid.T
	desk       *end
	agent      *agentCall
	ends       []*end
	companions []*customerCall
	typedRight bool
	wrong      int // read-backs
	meddled    bool

	// Everything secret that the story has ever met, to see it erased.
	keys    []*handshake.OfferKeys
	opened  []*handshake.Opened
	hands   []*handshake.Companion
	secrets []*handshake.Secrets
}

func nkeyOf(i int) string { return "U" + strconv.Itoa(i) }

func newPlay(t *rapid.T, folder string, enrolled bool) *play {
	p := &play{staged: stage(), t: t}
	p.desk = newEnd(folder, "agent", p.Now)
	p.agent = &agentCall{
		runner: p.desk.runner, wanted: Offering{Direction: offer.BankCalled, Purpose: trust.CardPayment},
		key: p.Agent, signed: p.signed,
	}
	p.agent.credential = must(p.bundle.Credential(p.signed))
	p.agent.prepared.Pseudonym, p.agent.prepared.Line, p.agent.prepared.Enrolled = p.Own.Pseudonym, verdicttest.CustomerLine, enrolled
	p.desk.side, p.desk.bank, p.desk.conn = p.agent, bank{bundle: p.bundle}, &connection.Conn{}
	for i := range 3 {
		e := newEnd(folder, "companion "+strconv.Itoa(i), p.Now)
		c := &customerCall{runner: e.runner, asked: Verification{Answers: p.Answers}}
		e.side, e.bank, e.conn = c, bank{bundle: p.bundle}, &connection.Conn{}
		if i < 2 {
			c.device, c.own, e.bank.Credential = p.Device, must(p.bundle.Device(p.deviceSigned)), p.deviceSigned
		}
		p.ends, p.companions = append(p.ends, e), append(p.companions, c)
	}
	return p
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// looksUp is what a companion's lookup brings.
func (p *play) looksUp(i int) {
	c := p.companions[i]
	if p.agent.keys == nil || c.state.Phase != call.Looking {
		return
	}
	c.core, c.oid, c.keys = p.agent.core, p.agent.oid, p.agent.keys.Public()
	out := verdict.Output{Result: verdict.Verified, Reply: true, Core: c.core, OID: c.oid, Credential: p.agent.credential, Bundle: p.bundle}
	if c.device == nil {
		out.Result, out.Reasons = verdict.Unverified, []ending.Reason{ending.Guest}
	}
	p.ends[i].does(call.LookedUp{Output: out})
}

// toAgent and toCompanion deliver a message.
func (p *play) toAgent(i int, kind relay.Kind, body []byte) {
	if body != nil {
		p.desk.does(pushed(relay.Push{OID: p.agent.oid, Kind: kind, Body: body, From: nkeyOf(i)}))
	}
}

func (p *play) toCompanion(i int, kind relay.Kind, body []byte) {
	if body != nil {
		p.ends[i].does(pushed(relay.Push{OID: p.companions[i].oid, Kind: kind, Body: body}))
	}
}

// says has a person type a text.
func (e *end) says(text string, secure bool) {
	if secure || e.over {
		e.said = append(e.said, text)
	}
	e.does(typed{say: text})
}

// goOn takes the next step of a call between the agent and companion i.
func (p *play) goOn(i int) {
	a, c := p.agent, p.companions[i]
	switch a.state.Phase {
	case call.Idle:
		p.desk.does(call.Begin{})
		return
	case call.Preparing:
		p.desk.does(call.Prepared{})
		return
	case call.Creating:
		p.desk.does(call.Created{Code: a.placed.Code, Remain: time.Minute})
		return
	}
	switch c.state.Phase {
	case call.Idle:
		p.ends[i].does(call.Begin{})
		return
	case call.Looking:
		p.looksUp(i)
		return
	}
	switch a.state.Phase {
	case call.Open:
		p.toAgent(i, relay.KindReply, c.envelope)
	case call.Admitting:
		p.desk.does(call.Admitted{Enrolled: a.device != nil})
	case call.Revealed:
		p.toAgent(i, relay.KindConfirm, make([]byte, 32)) // somebody else's is always faster
		if c.secrets == nil {
			p.toCompanion(i, relay.KindReveal, a.reveal)
		} else {
			p.toAgent(i, relay.KindConfirm, p.confirmation(i))
		}
	case call.ReadBack:
		p.types(a.secrets.Readback(0))
	case call.Securing:
		p.desk.does(call.AuthorityTold{})
	case call.Secure:
		p.records(i)
		p.desk.says("a"+strconv.Itoa(len(p.desk.said)), a.state.Phase == call.Secure)
		p.ends[i].says("c"+strconv.Itoa(len(p.ends[i].said)), c.state.Phase == call.Secure)
	}
}

// confirmation is what companion i has sent to confirm, nil for nothing.
func (p *play) confirmation(i int) []byte {
	if !told[call.ReadbackShown](p.ends[i]) {
		return nil
	}
	return p.companions[i].secrets.Confirm()
}

// records delivers the records on their way, each of them twice, and their
// acknowledgements.
func (p *play) records(i int) {
	a, c := p.agent, p.companions[i]
	for range 2 {
		p.toCompanion(i, relay.KindRecord, p.desk.record())
		p.toAgent(i, relay.KindRecord, p.ends[i].record())
	}
	for _, side := range []struct {
		channel interface{ Received() uint64 }
		there   bool
		deliver func([]byte)
	}{
		{c.channel, c.channel != nil, func(ack []byte) { p.toAgent(i, relay.KindAck, ack) }},
		{a.channel, a.channel != nil, func(ack []byte) { p.toCompanion(i, relay.KindAck, ack) }},
	} {
		if side.there {
			side.deliver(call.EncodeAck(side.channel.Received()))
		}
	}
}

// types has the agent type digits.
func (p *play) types(digits string) {
	if digits, ok := spelling.Digits(digits, readbackDigits); ok && p.agent.state.Phase == call.ReadBack {
		if digits == p.agent.secrets.Readback(0) {
			p.typedRight = true
		} else {
			p.wrong++
		}
	}
	p.desk.does(typed{readback: digits})
}

// anything is one message, with or without a change, to anybody.
func (p *play) anything(t *rapid.T) {
	p.meddled = true
	i := rapid.IntRange(0, 2).Draw(t, "companion")
	c := p.companions[i]
	confirm := p.confirmation(i)
	if confirm == nil {
		confirm = make([]byte, 32)
	}
	type message struct {
		kind relay.Kind
		body []byte
	}
	up := []message{{relay.KindReply, c.envelope}, {relay.KindConfirm, confirm}, {relay.KindRecord, p.ends[i].record()}, {relay.KindAck, call.EncodeAck(rapid.Uint64Range(0, 4).Draw(t, "number"))}}
	if p.agent.keys != nil && c.keys.PKA != nil {
		sealed, err := handshake.SealDecline(c.core, c.keys, anyReason(t), c.bank.Credential, c.device)
		if err == nil {
			up = append(up, message{relay.KindDecline, sealed})
		}
	}
	down := []message{
		{relay.KindReveal, p.agent.reveal}, {relay.KindRecord, p.desk.record()}, {relay.KindAck, call.EncodeAck(1)}, {relay.KindTicket, []byte("ticket")},
		{relay.KindNotice, []byte(anyReason(t))}, {relay.KindAlert, []byte(anyReason(t))}, {relay.KindRefuse, []byte("refused")},
	}
	kinds := append(slices.Clone(up), down...)
	m := rapid.SampledFrom(kinds).Draw(t, "message")
	if len(m.body) > 0 && rapid.Bool().Draw(t, "changed") {
		m.body = bytes.Clone(m.body)
		m.body[rapid.IntRange(0, len(m.body)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
	}
	if rapid.IntRange(0, 9).Draw(t, "as another kind") == 0 {
		m.kind = relay.Kind(rapid.IntRange(0, 12).Draw(t, "kind"))
	}
	if rapid.Bool().Draw(t, "to the agent") {
		p.toAgent(rapid.IntRange(0, 2).Draw(t, "from"), m.kind, m.body)
	} else {
		p.toCompanion(i, m.kind, m.body)
	}
}

// anyReason draws a reason of the table, or a word that is none.
func anyReason(t *rapid.T) ending.Reason {
	return rapid.SampledFrom(append(ending.All(), "", "<b>")).Draw(t, "reason")
}

// anyWord is something that is not a message: a timer, the connection, an answer of
// the network, or a person.
func (p *play) anyWord(t *rapid.T) {
	timer := call.Timer(rapid.IntRange(0, int(call.TimerRefresh)).Draw(t, "timer"))
	common := []call.Input{call.Begin{}, call.End{}, call.ConnectionDown{}, call.ConnectionUp{}, call.ConnectionFailed{Reason: anyReason(t)}, call.Fired{Timer: timer}, call.Refreshed{Reason: anyReason(t)}}
	if rapid.Bool().Draw(t, "the agent's") {
		switch rapid.IntRange(0, 3).Draw(t, "what") {
		case 0:
			p.types(rapid.SampledFrom([]string{"000000", "12345", "", "abcdef"}).Draw(t, "digits"))
		case 1:
			p.desk.says("early", p.agent.state.Phase == call.Secure)
		default:
			own := []call.Input{call.Prepared{}, call.CreateFailed{Reason: ending.UsedCode}, call.Admitted{Reason: anyReason(t)}, call.AdmitFailed{Reason: anyReason(t)}, call.AuthorityRefused{Reason: anyReason(t)}}
			p.desk.does(rapid.SampledFrom(append(common, own...)).Draw(t, "input"))
		}
		return
	}
	i := rapid.IntRange(0, 2).Draw(t, "companion")
	if rapid.Bool().Draw(t, "says") {
		p.ends[i].says("early", p.companions[i].state.Phase == call.Secure)
		return
	}
	own := []call.Input{call.Wrong{}, call.ReportDone{}, call.LookupFailed{Reason: anyReason(t)}, call.ReplyFailed{Reason: anyReason(t)}}
	p.ends[i].does(rapid.SampledFrom(append(common, own...)).Draw(t, "input"))
}

// check holds after every step.
func (p *play) check() {
	a := p.agent
	p.keep()
	if p.wrong > call.Tries || p.wrong == call.Tries && a.state.Phase != call.Ended {
		p.t.Fatalf("%d wrong read-backs, and the call is %s", p.wrong, a.state.Phase)
	}
	if told[call.Secured](p.desk) && !p.typedRight {
		p.t.Fatal("secure without the right digits")
	}
	if told[call.Opened](p.desk) && !slices.ContainsFunc(p.ends, func(e *end) bool { return told[call.ReadbackShown](e) }) {
		p.t.Fatal("the agent was told of a companion that has confirmed nothing")
	}
	secure := 0
	for i, c := range p.companions {
		e := p.ends[i]
		for _, event := range e.events {
			switch event := event.(type) {
			case call.VerdictGiven:
				if event.Output.Result == verdict.Verified && (a.reveal == nil || c.envelope == nil || !bytes.Equal(a.envelope, c.envelope)) {
					p.t.Fatalf("%s: green, and the agent has revealed to another reply", e.name)
				}
			case call.ReadbackShown:
				if len(event.Code) != handshake.ReadbackDigits || a.secrets != nil && a.secrets.Confirm() != nil && event.Code != a.secrets.Readback(0) {
					p.t.Fatalf("%s: the digits are not those that the agent expects", e.name)
				}
			case call.Secured:
				secure++
				if !told[call.Secured](p.desk) {
					p.t.Fatalf("%s: secure before the agent", e.name)
				}
			}
		}
		p.delivered(p.desk, e)
	}
	if secure > 1 {
		p.t.Fatalf("%d companions are secure in one call", secure)
	}
	for _, e := range p.everybody() {
		last := len(e.events) - 1
		if at := slices.IndexFunc(e.events, func(event call.Event) bool { _, ok := event.(call.EndedEvent); return ok }); at >= 0 && at != last {
			p.t.Fatalf("%s: told after the ending: %#v", e.name, e.events[at:])
		}
	}
}

// delivered: what one read is what the other said, from the first word on.
func (p *play) delivered(desk, companion *end) {
	if len(companion.read) > len(desk.said) || !slices.Equal(companion.read, desk.said[:len(companion.read)]) {
		p.t.Fatalf("%s read %q, the agent said %q", companion.name, companion.read, desk.said)
	}
	if told[call.Secured](companion) && (len(desk.read) > len(companion.said) || !slices.Equal(desk.read, companion.said[:len(desk.read)])) {
		p.t.Fatalf("the agent read %q, %s said %q", desk.read, companion.name, companion.said)
	}
}

func (p *play) everybody() []*end { return append([]*end{p.desk}, p.ends...) }

// keep remembers every secret that came to be.
func (p *play) keep() {
	if k := p.agent.keys; k != nil && !slices.Contains(p.keys, k) {
		p.keys = append(p.keys, k)
	}
	if o := p.agent.opened; o != nil && !slices.Contains(p.opened, o) {
		p.opened = append(p.opened, o)
	}
	for _, c := range p.companions {
		if c.hands != nil && !slices.Contains(p.hands, c.hands) {
			p.hands = append(p.hands, c.hands)
		}
	}
	for _, e := range p.everybody() {
		if e.runner.secrets != nil && !slices.Contains(p.secrets, e.runner.secrets) {
			p.secrets = append(p.secrets, e.runner.secrets)
		}
	}
}

// finish ends what has not ended, closes every loop, and looks for what is left.
func (p *play) finish() {
	for _, e := range p.everybody() {
		for _, last := range []call.Input{call.Begin{}, call.End{}, call.ReportDone{}} {
			if e.closing == nil {
				e.does(last)
			}
		}
		if e.closing == nil {
			p.t.Fatalf("%s: the call does not end", e.name)
		}
		p.keep()
		e.giveUpWaiting()
		if !e.finished() {
			p.t.Fatalf("%s: the call waits for something", e.name)
		}
		e.hear()
		endings := 0
		for _, event := range e.events {
			if _, ok := event.(call.EndedEvent); ok {
				endings++
			}
		}
		if endings != 1 {
			p.t.Fatalf("%s: %d endings", e.name, endings)
		}
	}
	p.check()
	for _, e := range p.ends {
		if e.channel != nil {
			p.lastWords(p.desk, e)
			p.lastWords(e, p.desk)
		}
	}
	for _, e := range p.everybody() {
		e.conn = nil // it was never open
		e.stop()
		if e.runner.channel != nil {
			p.t.Fatalf("%s: the channel's keys are left", e.name)
		}
	}
	p.nothingLeft()
}

// lastWords: what is told not to have arrived was never read, whoever meddled; and
// where nobody forged an acknowledgement, all that was not read is told.
func (p *play) lastWords(from, to *end) {
	texts := from.events[len(from.events)-1].(call.EndedEvent).Texts
	unread := len(from.said) - len(to.read)
	if texts.NotArrived > unread {
		p.t.Fatalf("%s: %d of %d texts were not read, and the ending says %+v", from.name, unread, len(from.said), texts)
	}
	if !p.meddled && texts.NotArrived+texts.NotConfirmed < unread || texts.NotConfirmed > 1 {
		p.t.Fatalf("%s: %d of %d texts were not read, and the ending says %+v", from.name, unread, len(from.said), texts)
	}
}

// nothingLeft: every secret of the story is erased.
func (p *play) nothingLeft() {
	for _, k := range p.keys {
		if _, err := k.Open(p.agent.core, nil); !errors.Is(err, handshake.ErrSpent) {
			p.t.Fatal("the keys of an offer are left")
		}
	}
	for _, o := range p.opened {
		if _, err := o.Refuse(ending.Busy); !errors.Is(err, handshake.ErrSpent) {
			p.t.Fatal("the secrets of a reply are left at the agent")
		}
	}
	for _, h := range p.hands {
		if _, err := h.Refusal(nil); !errors.Is(err, handshake.ErrSpent) {
			p.t.Fatal("the secrets of a reply are left at the companion")
		}
	}
	for _, s := range p.secrets {
		if s.Confirm() != nil || s.Readback(0) != "" {
			p.t.Fatal("the secrets of a call are left")
		}
	}
}

// callStory is one call, or what becomes of it, with a folder for what the
// sides keep.
func callStory(folder string) func(*rapid.T) {
	return func(t *rapid.T) { tell(t, folder) }
}

func tell(t *rapid.T, folder string) {
	p := newPlay(t, folder, rapid.Bool().Draw(t, "enrolled"))
	favourite := rapid.IntRange(0, 2).Draw(t, "favourite")
	for range rapid.IntRange(1, 40).Draw(t, "steps") {
		switch rapid.IntRange(0, 7).Draw(t, "step") {
		case 0:
			p.anything(t)
		case 1:
			p.anyWord(t)
		case 2:
			p.goOn(rapid.IntRange(0, 2).Draw(t, "companion"))
		default:
			p.goOn(favourite)
		}
		p.check()
	}
	p.finish()
}

func TestNoOrderOfMessagesBreaksACall(t *testing.T) { rapid.Check(t, callStory(t.TempDir())) }

// FuzzCall plays the same story, led by what the fuzzer finds.
func FuzzCall(f *testing.F) {
	f.Add(bytes.Repeat([]byte{3, 0, 0, 0, 0, 0, 0, 0}, 64))
	story := rapid.MakeFuzz(callStory(f.TempDir()))
	f.Fuzz(story)
}

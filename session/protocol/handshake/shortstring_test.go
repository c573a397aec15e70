// These tests measure what the digits of a read-back are worth to somebody in
// the middle. They play whole handshakes of the real code, read only the last
// one or two digits, so that luck can be counted, and take away one defence at
// a time.
//
// The people: a customer who reads aloud what the companion shows, and an agent
// who types it. The telephone line between them is honest: whoever could change
// the voices would simply say the digits of a session of their own. The device
// is not enrolled, so its replies are unsigned (a guest). Where the customer has
// a device, the agent's end takes signed replies only, nobody in the middle can
// make one, and there is nothing left to guess.
//
// In the middle stands one of two adversaries, who also runs the relay, hears
// the telephone and knows every program:
//
//   - The guest makes replies, and has no agent's key. So what the customer's
//     device takes is a genuine offer of a second agent, whom the guest keeps on
//     another line. The guest learns the customer's digits as they are spoken.
//   - The thief makes replies and has stolen an agent's key: what the customer's
//     device takes is the thief's own offer. The thief computes the customer's
//     digits before they are shown.
//
// Either wins a call when the digits that the customer reads are those of the
// adversary's own session with the agent: the agent's program then takes that
// session for the customer's. Either has three tries: the agent's program
// refuses a fourth, and a fourth code is more than this customer enters.
//
// What each defence takes away:
//
//   - The commitment fixes nA before the reply brings nC. Without it the thief
//     waits for the reply and looks for an nA that gives the digits wanted.
//   - One reveal: an offer shows its nA to one reply. Without it either asks for
//     the reveal once, looks for a reply that gives the digits wanted, and asks
//     again with that one.
//   - Fresh offers: a frame counts for 30 seconds, an offer for five minutes, or
//     until its agent makes the next one. Without it either collects the agent's
//     frames beforehand, and in one call asks each offer for its one reveal until
//     one gives the digits wanted. The age of the frame alone would bind honest
//     companions only: a guest's reply is unsigned and may lie about it. The liar
//     is stopped by the keys, which end with their offer.

package handshake

import (
	"math"
	"testing"
	"testing/cryptotest"
	"time"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// tries is how many read-backs an agent's program takes.
const tries = 3

// defences are what stands between an adversary and the digits.
type defences struct{ commitment, oneReveal, freshOffers bool }

var everyDefence = defences{commitment: true, oneReveal: true, freshOffers: true}

// shown is an offer as somebody saw it at a time, and the keys that its agent's
// program holds.
type shown struct {
	core   offer.Core
	public offer.Keys
	seen   time.Time
	keys   *OfferKeys
}

// honestAgent is an agent's program: the real handshake and the real checks of
// a reply.
type honestAgent struct {
	t    *testing.T
	d    defences
	now  time.Time
	last *shown
}

// show makes the next offer, which ends the one before.
func (a *honestAgent) show() *shown {
	a.t.Helper()
	a.endOffer()
	keys, core := newOffer(a.t)
	core.Start = a.now.Unix()
	a.last = &shown{core, keys.Public(), a.now, keys}
	return a.last
}

// endOffer is the end of the offer shown last: its keys are gone.
func (a *honestAgent) endOffer() {
	if a.last != nil && a.d.freshOffers {
		a.last.keys.Erase()
	}
}

// answer takes a reply to an offer, and reveals or says why not.
func (a *honestAgent) answer(o *shown, envelope []byte) ([]byte, *Secrets, error) {
	opened, err := o.keys.Open(o.core, envelope)
	if err != nil {
		return nil, nil, err
	}
	now := a.now
	if !a.d.freshOffers {
		now = o.seen
	}
	if _, reason := verdict.CheckReply(verdict.ReplyInput{
		Now: now, Bundle: &trust.Bundle{Suites: []uint8{trust.Suite1}}, Core: o.core, Guest: opened.Guest, Answers: opened.Reply.Answers,
		Entry: opened.Reply.Entry, FrameTime: opened.Reply.FrameTime, Suite: opened.Reply.Suite,
	}); reason != "" {
		return nil, nil, ending.Because(reason, "")
	}
	if !a.d.oneReveal {
		o.keys.revealed = nil
	}
	return opened.Reveal()
}

// replyTo is an unsigned reply to an offer, by anybody.
func replyTo(t *testing.T, o *shown) (*Companion, []byte) {
	t.Helper()
	c, envelope, err := Start(o.core, o.public, rang, offer.ByQR, o.seen.Unix(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c, envelope
}

// middle is one call, as the adversary in the middle plays it.
type middle struct {
	t      *testing.T
	d      defences
	digits int          // of a read-back
	agent  *honestAgent // who talks to the customer
	second *honestAgent // on the guest's other line
	offer  *shown       // the agent's, of this call
	nA     [32]byte     // of that offer, which the adversary's reply got revealed
	typed  string       // the digits that the agent's end waits for
	closed bool         // nothing but luck is left: the agent's end refused what else there is
}

// newCall is a call in which the adversary has replied to the agent's offer in
// the customer's place.
func newCall(t *testing.T, d defences, digits int) *middle {
	t.Helper()
	noon := time.Unix(1_790_000_000, 0)
	m := &middle{t: t, d: d, digits: digits, agent: &honestAgent{t: t, d: d, now: noon}, second: &honestAgent{t: t, d: d, now: noon}}
	m.offer = m.agent.show()
	own, envelope := replyTo(t, m.offer)
	if !m.enter(m.offer, own, envelope) {
		t.Fatal("the agent's end refuses a guest's reply")
	}
	return m
}

// enter gives the agent's end a reply of the adversary. When it is taken, its
// session is the one whose digits the agent's end waits for.
func (m *middle) enter(o *shown, own *Companion, envelope []byte) bool {
	m.t.Helper()
	body, agent, err := m.agent.answer(o, envelope)
	if err != nil {
		return false
	}
	var r reveal
	if err := wire.Unmarshal(body, maxAnswer, &r); err != nil {
		m.t.Fatal(err)
	}
	secrets, err := own.Reveal(body)
	if err != nil || secrets.Readback(0) != agent.Readback(0) {
		m.t.Fatal("the adversary and the agent's end have no session", err)
	}
	m.nA, m.typed = r.NA, m.short(agent)
	return true
}

// short is a read-back of fewer digits. HOTP computes one number and takes as
// many of its last digits as it is asked for (RFC 4226, section 5.3).
func (m *middle) short(s *Secrets) string {
	readback := s.Readback(0)
	return readback[len(readback)-m.digits:]
}

// codes is how many read-backs there are.
func (m *middle) codes() int { return int(math.Pow10(m.digits)) }

// thief plays one call with a stolen agent key.
func (m *middle) thief() bool {
	m.t.Helper()
	for range tries {
		keys, core := newOffer(m.t) // under the stolen key
		companion, envelope := replyTo(m.t, &shown{core, keys.Public(), m.agent.now, keys})
		opened, err := keys.Open(core, envelope)
		if err != nil {
			m.t.Fatal(err)
		}
		nA := keys.nA
		will := m.short(newSecrets(opened.th, opened.k0, nA, opened.Reply.NC)) // be shown
		if will != m.typed && !m.changeSession(will) {
			nA = m.otherNonce(opened)
		}
		body := wire.Marshal(reveal{NA: nA, MAC: [32]byte(answerMAC(labelReveal, opened.th, opened.k0, nA[:]))})
		if m.take(companion, body) == m.typed {
			return true
		}
	}
	return false
}

// guest plays one call without any agent's key.
func (m *middle) guest() bool {
	m.t.Helper()
	for range tries {
		forwarded := m.second.show()
		companion, envelope := replyTo(m.t, forwarded)
		body, _, err := m.second.answer(forwarded, envelope)
		if err != nil {
			m.t.Fatal(err)
		}
		heard := m.take(companion, body)
		if heard == m.typed || m.changeSession(heard) && heard == m.typed {
			return true
		}
	}
	return false
}

// take gives the customer's companion a reveal and returns what the customer
// then reads aloud: nothing, when the companion refuses the reveal.
func (m *middle) take(c *Companion, body []byte) string {
	m.t.Helper()
	if !m.d.commitment {
		var r reveal
		if err := wire.Unmarshal(body, maxAnswer, &r); err != nil {
			m.t.Fatal(err)
		}
		c.ca = offer.Commitment(c.callID, r.NA) // any nonce is the one committed to
	}
	secrets, err := c.Reveal(body)
	if err != nil {
		return ""
	}
	return m.short(secrets)
}

// otherNonce looks for an nA with which the customer is shown the digits that
// the agent's end waits for.
func (m *middle) otherNonce(o *Opened) (nA [32]byte) {
	for i := range 20 * m.codes() {
		nA = wire.H("another nonce", []byte{byte(i), byte(i >> 8), byte(i >> 16)})
		if m.short(newSecrets(o.th, o.k0, nA, o.Reply.NC)) == m.typed {
			break
		}
	}
	return nA
}

// changeSession tries to get into a session with the agent's end that has the
// digits wanted. Once it was refused, the adversary leaves it.
func (m *middle) changeSession(wanted string) bool {
	m.t.Helper()
	if m.closed {
		return false
	}
	m.closed = !m.replyAgain(wanted) && !m.replyToOld(wanted)
	return m.typed == wanted
}

// replyAgain uses that the nonce of this offer is known now: it looks for a
// reply that gives the digits wanted and sends that one.
func (m *middle) replyAgain(wanted string) bool {
	m.t.Helper()
	if own, envelope := replyTo(m.t, m.offer); !m.enter(m.offer, own, envelope) {
		return false
	}
	for range 20 * m.codes() {
		own, envelope := replyTo(m.t, m.offer)
		if m.short(newSecrets(own.th, own.k0, m.nA, own.nC)) == wanted {
			return m.enter(m.offer, own, envelope)
		}
	}
	return true
}

// replyToOld asks one offer after the other, photographed before this call, for
// its reveal. They are made as they are asked for: what the agent showed on
// other days does not depend on this call.
func (m *middle) replyToOld(wanted string) bool {
	m.t.Helper()
	for i := range 8 * m.codes() {
		before := &honestAgent{t: m.t, d: m.d, now: m.agent.now.Add(-time.Duration(i+1) * 10 * time.Minute)}
		photographed := before.show()
		before.endOffer()
		own, envelope := replyTo(m.t, photographed)
		if !m.enter(photographed, own, envelope) {
			return false
		}
		if m.typed == wanted {
			return true
		}
	}
	return true
}

// won counts the calls that an adversary wins, up to enough.
func won(t *testing.T, seed uint64, d defences, digits, calls, enough int, play func(*middle) bool) (n int) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	for range calls {
		if play(newCall(t, d, digits)) {
			n++
		}
		if n == enough {
			break
		}
	}
	return n
}

var (
	withoutCommitment  = defences{oneReveal: true, freshOffers: true}
	withoutOneReveal   = defences{commitment: true, freshOffers: true}
	withoutFreshOffers = defences{commitment: true, oneReveal: true}
)

// Three tries win with one short code in b, 1-(1-1/b)^3 of the calls. Four
// standard deviations of luck are allowed to either side: fewer wins would mean
// that the adversary played badly. A guest makes no offer, so to a guest the
// commitment makes no difference.
func TestWithEveryDefenceTheMiddleGuessesBlindly(t *testing.T) {
	for seed, row := range []struct {
		name          string
		d             defences
		digits, calls int
		play          func(*middle) bool
	}{
		{"guest, 1 digit", everyDefence, 1, 200, (*middle).guest},
		{"guest, 2 digits", everyDefence, 2, 200, (*middle).guest},
		{"thief, 1 digit", everyDefence, 1, 200, (*middle).thief},
		{"thief, 2 digits", everyDefence, 2, 200, (*middle).thief},
		{"guest without the commitment, 1 digit", withoutCommitment, 1, 200, (*middle).guest},
	} {
		t.Run(row.name, func(t *testing.T) {
			calls, luck := float64(row.calls), 1-math.Pow(1-math.Pow10(-row.digits), tries)
			blind, allowed := calls*luck, 4*math.Sqrt(calls*luck*(1-luck))
			n := won(t, uint64(seed), row.d, row.digits, row.calls, int(blind+allowed)+1, row.play)
			t.Logf("%d of %.0f calls are won; blind guessing wins %.1f, allowed are %.1f more or less", n, calls, blind, allowed)
			if math.Abs(float64(n)-blind) > allowed {
				t.Errorf("the adversary does not guess blindly: %d calls are won, and no more were played beyond %.0f", n, blind+allowed)
			}
		})
	}
}

func TestWithoutOneDefenceTheMiddleWins(t *testing.T) {
	const digits, calls = 1, 25
	for seed, row := range []struct {
		name string
		d    defences
		play func(*middle) bool
	}{
		{"thief without the commitment", withoutCommitment, (*middle).thief},
		{"thief without one reveal", withoutOneReveal, (*middle).thief},
		{"thief without fresh offers", withoutFreshOffers, (*middle).thief},
		{"guest without one reveal", withoutOneReveal, (*middle).guest},
		{"guest without fresh offers", withoutFreshOffers, (*middle).guest},
	} {
		t.Run(row.name, func(t *testing.T) {
			n := won(t, 100+uint64(seed), row.d, digits, calls, calls, row.play)
			t.Logf("%d of %d calls are won", n, calls)
			if 100*n <= 95*calls {
				t.Errorf("%d of %d calls are won: this defence seems to be worth nothing", n, calls)
			}
		})
	}
}

//go:build e2e

// This file owns sides that fall silent: killed, frozen, or behind a network
// that fails, at every step of a call. The other side must end by a named
// reason, in the contract's time. Many calls are broken at once and looked at
// afterwards, by the times of their events: so a minute of silence is waited
// for once.

package e2e

import (
	"os"
	"testing"
	"time"

	"countersign/app/tools/demo/programs"
)

// The contract's times. Slack is what a busy machine may add, and the seconds
// in which a side that gives up still tries to say so.
const (
	lostBeforeSecure = 15 * time.Second
	alertInSecure    = 5 * time.Second
	lostInSecure     = 60 * time.Second
	slack            = 6 * time.Second
)

// survivor is a process whose other side has fallen silent.
type survivor struct {
	name   string
	left   *programs.Process
	gone   []*programs.Process
	silent time.Time // since when
	secure bool
}

// victim picks who falls silent.
type victim func(pair) (gone, left *programs.Process)

var victims = map[string]victim{
	"agent":    func(p pair) (gone, left *programs.Process) { return p.agent, p.customer },
	"customer": func(p pair) (gone, left *programs.Process) { return p.customer, p.agent },
}

var silences = map[string]os.Signal{"killed": killed, "frozen": stopped}

// breaks silences one side of a call.
func (p pair) breaks(name string, who victim, how os.Signal, secure bool) survivor {
	p.Helper()
	gone, left := who(p)
	p.signal(gone, how)
	return survivor{name, left, []*programs.Process{gone}, time.Now(), secure}
}

// endsByLostConnection checks that a survivor was told in time and ended in time.
func (s *scene) endsByLostConnection(v survivor) {
	s.Helper()
	limit := lostBeforeSecure
	if v.secure {
		limit = lostInSecure
		s.toldOfSilence(v)
	}
	e := s.ends(v.left, "line_lost", 1)
	if took := e.At.Sub(v.silent); took > limit+slack || took < limit-slack {
		s.Errorf("%s: the connection was given up after %v, not %v", v.name, took, limit)
	}
}

// toldOfSilence waits for the alert that the contract words.
func (s *scene) toldOfSilence(v survivor) {
	s.Helper()
	e := s.await(v.left, "alert of a lost connection", func(e programs.Event) bool {
		return e.Name == "ended" || e.Name == "alert" && e.Text == "connection lost, trying again" && e.At.After(v.silent)
	})
	if took := e.At.Sub(v.silent); e.Name == "ended" || took > alertInSecure+slack/2 {
		s.Errorf("%s: people were told after %v, not %v", v.name, took, alertInSecure)
	}
}

func TestSilentSideBeforeSecure(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	var broken []survivor
	for how, signal := range silences {
		// The code is shown, then nobody is behind it.
		agent, customer := b.newAgent(), b.newCustomer()
		call := agent.offers("bank-called", customer)
		code := agent.codeOf(call)
		s.signal(call, signal)
		check := customer.verifies("they-called", code)
		broken = append(broken, survivor{"the code is shown, the agent is " + how, check, []*programs.Process{call}, time.Now(), false})

		for who, pick := range victims {
			p, _ := s.meet(b.newAgent(), b.newCustomer())
			broken = append(broken, p.breaks("read-back, the "+who+" is "+how, pick, signal, false))
		}
	}
	for _, v := range broken {
		s.endsByLostConnection(v)
		s.buries(v)
	}
}

func TestSilentSideInASecureCall(t *testing.T) {
	s := newScene(t)
	b := s.openBank()
	var broken []survivor
	for how, signal := range silences {
		for who, pick := range victims {
			p := s.secure(b.newAgent(), b.newCustomer())
			broken = append(broken, p.breaks("the "+who+" is "+how, pick, signal, true))
		}
	}
	for _, v := range broken {
		s.endsByLostConnection(v)
		s.buries(v)
	}
}

// buries ends what is only frozen; it would wake up in a call that is over.
func (s *scene) buries(v survivor) {
	s.Helper()
	for _, p := range v.gone {
		s.signal(p, killed)
		s.exit(p)
	}
}

func TestNetworkThatFailsEndsBothSides(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]network{"cut": cut, "frozen": frozen} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			b, link := s.openBankBehindALink()
			agent, customer := b.newAgent(), b.newCustomer()
			alone := agent.offers("bank-called", customer)
			code := agent.codeOf(alone)
			met, _ := s.meet(b.newAgent(), b.newCustomer())
			safe := s.secure(b.newAgent(), b.newCustomer())

			since := time.Now() // before: a cut is told at once
			link.becomes(failure)
			// Nobody behind that network gets anywhere.
			s.ends(customer.verifies("they-called", code), "server_down", 3)
			for _, v := range []survivor{
				{"the code is shown", alone, nil, since, false},
				{"read-back, the agent", met.agent, nil, since, false},
				{"read-back, the customer", met.customer, nil, since, false},
				{"secure, the agent", safe.agent, nil, since, true},
				{"secure, the customer", safe.customer, nil, since, true},
			} {
				s.endsByLostConnection(v)
			}
		})
	}
}

// openBankBehindALink is a bank whose clients all go through one link.
func (s *scene) openBankBehindALink() (*bank, *link) {
	s.Helper()
	listen := freeAddress(s.T)
	link := newLink(s.T, listen)
	b := s.foundBank("Example Bank", link.address())
	b.listen = listen
	b.serve()
	return b, link
}

// A silence of some seconds is told and survived: nothing is lost, nothing
// comes twice.
func TestShortSilenceIsSurvived(t *testing.T) {
	s := newScene(t)
	b, link := s.openBankBehindALink()
	p := s.secure(b.newAgent(), b.newCustomer())
	both := []*programs.Process{p.agent, p.customer}
	p.chat("before", "before")
	for _, failure := range []network{cut, frozen} {
		since := time.Now()
		link.becomes(failure)
		s.types(p.agent, "say meanwhile")
		s.types(p.customer, "say meanwhile")
		for _, side := range both {
			s.toldOfSilence(survivor{"a side", side, nil, since, true})
		}
		link.becomes(working)
		for _, side := range both {
			s.event(side, "message")
		}
	}
	for _, pick := range victims {
		gone, left := pick(p)
		s.signal(gone, stopped)
		s.toldOfSilence(survivor{"a side", left, nil, time.Now(), true})
		s.signal(gone, continued)
		p.chat("awake", "awake")
	}
	p.complete()
	for _, side := range both {
		s.heard(side, "before", "meanwhile", "meanwhile", "awake", "awake")
	}
}
